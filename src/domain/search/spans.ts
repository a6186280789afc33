import type { Pool } from 'pg';
import { mayHoldSql } from './word-filter.ts';

/** What is searched: the list of one app. */
export interface Source {
  accountId: string;
  appId: string;
  list: 'messages' | 'attempts';
}

/** Ids from `from` to before `to`. */
export interface Span {
  from: string;
  to: string;
}

interface Walk {
  source: Source;
  /** What a run must hold to be worth reading. */
  words: readonly string[];
  range: Span;
  isBackwards: boolean;
}

export interface Step extends Span {
  /** False: no row of it can match. */
  mayHold: boolean;
}

/** A common word is found at once; for a rare one few questions are asked. */
const FIRST_BLOCKS = 16;
const MAX_BLOCKS = 1024;
/** Rows that are read at a time where no block covers them. */
const GAP_ROWS = 500;

/**
 * Goes over `range` from the newest to the oldest, or backwards, in spans without a gap between them. What blocks do not
 * cover, as the newest rows are, is always worth reading.
 */
export async function* walkSpans(pool: Pool, walk: Walk): AsyncGenerator<Step> {
  let { from, to } = walk.range;
  const { isBackwards } = walk;
  for (let limit = FIRST_BLOCKS; from < to; limit = Math.min(limit * 4, MAX_BLOCKS)) {
    const blocks = await nextBlocks(pool, { ...walk, range: { from, to } }, limit);
    for (const block of blocks) {
      const span = { from: max(block.from, from), to: min(block.to, to), mayHold: block.mayHold };
      if (isBackwards) {
        yield* gapSpans(pool, { ...walk, range: { from, to: span.from } });
        from = span.to;
      } else {
        yield* gapSpans(pool, { ...walk, range: { from: span.to, to } });
        to = span.from;
      }
      yield span;
    }
    if (blocks.length < limit) break;
  }
  yield* gapSpans(pool, { ...walk, range: { from, to } });
}

async function nextBlocks(
  pool: Pool,
  { source, words, range, isBackwards }: Walk,
  limit: number,
): Promise<Step[]> {
  const mayHold = words.map((word) => mayHoldSql('filter', word)).join(' and ');
  const place = isBackwards
    ? `from_id >= coalesce((select from_id from search_blocks where account_id = $1 and app_id = $2 and list = $3
        and from_id <= $4 order by from_id desc limit 1), $4) and from_id < $5`
    : 'from_id < $5';
  const { rows } = await pool.query<Step>(
    `select from_id as "from", to_id as "to", ${mayHold === '' ? 'true' : mayHold} as "mayHold" from search_blocks
     where account_id = $1 and app_id = $2 and list = $3 and to_id > $4 and ${place}
     order by from_id ${isBackwards ? 'asc' : 'desc'} limit $6`,
    [source.accountId, source.appId, source.list, range.from, range.to, limit],
  );
  return rows;
}

async function* gapSpans(pool: Pool, { source, range, isBackwards }: Walk): AsyncGenerator<Step> {
  let { from, to } = range;
  while (from < to) {
    const { rows } = await pool.query<{ id: string }>(
      `select id from ${source.list} where account_id = $1 and app_id = $2 and id >= $3 and id < $4
       order by id ${isBackwards ? 'asc' : 'desc'} offset ${String(GAP_ROWS)} limit 1`,
      [source.accountId, source.appId, from, to],
    );
    const border = rows[0]?.id;
    if (isBackwards) {
      yield { from, to: border ?? to, mayHold: true };
      from = border ?? to;
    } else {
      yield { from: border ?? from, to, mayHold: true };
      to = border ?? from;
    }
  }
}

const min = (a: string, b: string) => (a < b ? a : b);
const max = (a: string, b: string) => (a > b ? a : b);
