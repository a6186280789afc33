import type { Pool } from 'pg';
import { mayContainSql } from './bloom-filter.ts';

/** One list of one app. */
export interface Source {
  accountId: string;
  appId: string;
  list: 'messages' | 'attempts';
}

/** A range of ids: `from` inclusive, `to` exclusive. */
export interface Span {
  from: string;
  to: string;
}

interface Walk {
  source: Source;
  /** A block is read only when it may contain all of them. */
  requiredTerms: readonly string[];
  /** Sets of terms, of which it may contain one set as well. */
  orTerms?: readonly (readonly string[])[];
  range: Span;
  isBackwards: boolean;
}

export interface Step extends Span {
  /** False when no row of the span can match. */
  mayContain: boolean;
  /** How many blocks or gaps it covers. */
  count: number;
}

/**
 * The first query asks few blocks, because a common word is in one of them; a rare word takes few queries all the
 * same.
 */
const FIRST_BLOCKS = 16;
const MAX_BLOCKS = 1024;
/** Rows of a step where no block covers them: as many as a block has, so that the newest ones are nearly always one. */
const GAP_ROWS = 1000;

/**
 * Walks `range` from the newest id to the oldest, or backwards, in spans without gaps between them. Rows that no block
 * covers, as the newest are, are always read. Neighbouring blocks that are passed over are one step, because a walk
 * comes by a thousand of them.
 */
export async function* walkSpans(pool: Pool, walk: Walk): AsyncGenerator<Step> {
  let { from, to } = walk.range;
  const { isBackwards } = walk;
  for (let limit = FIRST_BLOCKS; from < to; limit = Math.min(limit * 4, MAX_BLOCKS)) {
    const blocks = await nextBlocks(pool, { ...walk, range: { from, to } }, limit);
    let passed: Step | undefined;
    for (const { mayContain, ...block } of blocks) {
      const span = { from: max(block.from, from), to: min(block.to, to) };
      const gap = isBackwards ? { from, to: span.from } : { from: span.to, to };
      const isGap = gap.from < gap.to;
      if (passed !== undefined && (isGap || mayContain)) {
        yield passed;
        passed = undefined;
      }
      if (isGap) yield* gapSpans(pool, { ...walk, range: gap });
      if (isBackwards) from = span.to;
      else to = span.from;
      if (mayContain) yield { ...span, mayContain, count: 1 };
      else if (passed === undefined) passed = { ...span, mayContain, count: 1 };
      else {
        if (isBackwards) passed.to = span.to;
        else passed.from = span.from;
        passed.count += 1;
      }
    }
    if (passed !== undefined) yield passed;
    if (blocks.length < limit) break;
  }
  yield* gapSpans(pool, { ...walk, range: { from, to } });
}

async function nextBlocks(
  pool: Pool,
  { source, requiredTerms, orTerms = [], range, isBackwards }: Walk,
  limit: number,
): Promise<Omit<Step, 'count'>[]> {
  const containsAll = (terms: readonly string[]) =>
    rarestFirst(terms).map((term) => mayContainSql('filter', term));
  const oneSet = orTerms.map((terms) => containsAll(terms).join(' and ')).join(' or ');
  const mayContain = [...containsAll(requiredTerms), ...(oneSet === '' ? [] : [`(${oneSet})`])].join(' and ');
  const position = isBackwards
    ? `from_id >= coalesce((select from_id from search_blocks where account_id = $1 and app_id = $2 and list = $3
        and from_id <= $4 order by from_id desc limit 1), $4) and from_id < $5`
    : 'from_id < $5';
  const { rows } = await pool.query<Omit<Step, 'count'>>(
    `select from_id as "from", to_id as "to", ${mayContain === '' ? 'true' : mayContain} as "mayContain" from search_blocks
     where account_id = $1 and app_id = $2 and list = $3 and to_id > $4 and ${position}
     order by from_id ${isBackwards ? 'asc' : 'desc'} limit $6`,
    [source.accountId, source.appId, source.list, range.from, range.to, limit],
  );
  return rows;
}

/**
 * What is likely in the fewest blocks first, because the others are asked only where that is: terms with a digit, as
 * numbers and ids are, and among these and the rest the longer ones.
 */
const rarestFirst = (terms: readonly string[]) => {
  const rarity = (term: string) => (/\d/.test(term) ? 1000 : 0) + term.length;
  return terms.toSorted((a, b) => rarity(b) - rarity(a));
};

async function* gapSpans(pool: Pool, { source, range, isBackwards }: Walk): AsyncGenerator<Step> {
  let { from, to } = range;
  while (from < to) {
    const { rows } = await pool.query<{ id: string }>(
      `select id from ${source.list} where account_id = $1 and app_id = $2 and id >= $3 and id < $4
       order by id ${isBackwards ? 'asc' : 'desc'} offset ${String(GAP_ROWS)} limit 1`,
      [source.accountId, source.appId, from, to],
    );
    const bound = rows[0]?.id;
    if (isBackwards) {
      yield { from, to: bound ?? to, mayContain: true, count: 1 };
      from = bound ?? to;
    } else {
      yield { from: bound ?? from, to, mayContain: true, count: 1 };
      to = bound ?? from;
    }
  }
}

const min = (a: string, b: string) => (a < b ? a : b);
const max = (a: string, b: string) => (a > b ? a : b);
