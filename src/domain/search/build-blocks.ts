// A block is a zone map with a Bloom filter: it tells which terms the rows of one range of ids may contain.

import type { Pool, PoolClient } from 'pg';
import { nextId } from '#src/infra/database/id-range.ts';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import { buildFilter, firstRows } from './read-rows.ts';
import type { Source, Span } from './spans.ts';

/** A row commits later than its id was made, nearly always within this time. */
const COMMIT_LAG_MS = 30_000;
/** By then every row has committed, because no outcome is written after the end of its lease. */
const RECOUNT_AFTER_MS = 15 * 60_000;
const MIN_WAIT_SECONDS = 10;
const MAX_WAIT_SECONDS = 300;

/** Adds the lists of new apps to `search_progress`. */
export async function enrolApps(pool: Pool, nowMs: number): Promise<void> {
  await pool.query(
    `insert into search_progress (account_id, app_id, list, due_at)
     select account_id, id, list, $1 from apps cross join unnest(array['messages', 'attempts']) list
     where not exists (select from search_progress known where known.account_id = apps.account_id
       and known.app_id = apps.id and known.list = list.list)
     on conflict do nothing`,
    [new Date(nowMs)],
  );
}

interface BuildOptions {
  nowMs: number;
  /** Rows of one block. */
  blockRows: number;
}

interface Progress extends Source {
  nextId: string;
  waitSeconds: number;
}

/**
 * Takes the list that is due longest and builds a block of its next rows, when they are enough for one. Returns
 * whether a list was due. The list's row in `search_progress` is locked until the block commits, so two workers never
 * build the same.
 */
export async function buildNext(client: PoolClient, { nowMs, blockRows }: BuildOptions): Promise<boolean> {
  const { rows: due } = await client.query<Progress>(
    `select account_id as "accountId", app_id as "appId", list, next_id as "nextId", wait_seconds as "waitSeconds"
     from search_progress where due_at <= $1 order by due_at limit 1 for update skip locked`,
    [new Date(nowMs)],
  );
  const [source] = due;
  if (source === undefined) return false;
  const committed = { from: source.nextId, to: firstIdAt(nowMs - COMMIT_LAG_MS) };
  const { rows, isFull } = await firstRows(client, source, { span: committed, limit: blockRows });
  const last = rows.at(-1);
  if (last === undefined || !isFull) {
    await postpone(client, source, { nowMs, isIdle: last === undefined });
    return true;
  }
  const span = { from: source.nextId, to: nextId(last.id) };
  const filter = await buildFilter(client, source, { span, rows });
  await client.query(
    `insert into search_blocks (account_id, app_id, list, from_id, to_id, rows_seen, recount_at, filter)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [...keyOf(source, span), span.to, rows.length, new Date(nowMs + RECOUNT_AFTER_MS), filter],
  );
  await client.query(
    `update search_progress set next_id = $4, due_at = $5, wait_seconds = $6
     where account_id = $1 and app_id = $2 and list = $3`,
    [source.accountId, source.appId, source.list, span.to, new Date(nowMs), MIN_WAIT_SECONDS],
  );
  return true;
}

const keyOf = (source: Source, { from }: { from: string }) => [
  source.accountId,
  source.appId,
  source.list,
  from,
];

/** The wait doubles while no row comes, because most apps are idle most of the time. */
async function postpone(
  client: PoolClient,
  source: Progress,
  { nowMs, isIdle }: { nowMs: number; isIdle: boolean },
): Promise<void> {
  const seconds = isIdle ? Math.min(source.waitSeconds * 2, MAX_WAIT_SECONDS) : MIN_WAIT_SECONDS;
  await client.query(
    `update search_progress set due_at = $4, wait_seconds = $5
     where account_id = $1 and app_id = $2 and list = $3`,
    [source.accountId, source.appId, source.list, new Date(nowMs + seconds * 1000), seconds],
  );
}

interface BuiltBlock extends Source, Span {
  rowsSeen: number;
}

/** Rebuilds a block when rows committed in its range after it was built. Returns whether a recount was due. */
export async function recountOne(client: PoolClient, { nowMs, blockRows }: BuildOptions): Promise<boolean> {
  const { rows: due } = await client.query<BuiltBlock>(
    `select account_id as "accountId", app_id as "appId", list, from_id as "from", to_id as "to",
       rows_seen as "rowsSeen"
     from search_blocks where recount_at <= $1 order by recount_at limit 1 for update skip locked`,
    [new Date(nowMs)],
  );
  const [block] = due;
  if (block === undefined) return false;
  const key = keyOf(block, block);
  const ofBlock = 'account_id = $1 and app_id = $2 and list = $3 and from_id = $4';
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from ${block.list} where account_id = $1 and app_id = $2 and id >= $3 and id < $4`,
    [block.accountId, block.appId, block.from, block.to],
  );
  if ((rows[0]?.count ?? 0) <= block.rowsSeen) {
    await client.query(`update search_blocks set recount_at = null where ${ofBlock}`, key);
    return true;
  }
  // Between the blocks there may be gaps, because a search reads the rows of a gap themselves.
  await client.query(`delete from search_blocks where ${ofBlock}`, key);
  await rebuild(client, block, { nowMs, blockRows });
  return true;
}

/**
 * Builds as many blocks as the memory bound needs. Each is recounted later, because an import may add rows meanwhile.
 */
async function rebuild(
  client: PoolClient,
  block: BuiltBlock,
  { nowMs, blockRows: limit }: BuildOptions,
): Promise<void> {
  let { from } = block;
  while (from < block.to) {
    const { rows, isFull } = await firstRows(client, block, {
      span: { from, to: block.to },
      limit,
    });
    const last = rows.at(-1);
    const span = { from, to: last === undefined || !isFull ? block.to : nextId(last.id) };
    const filter = await buildFilter(client, block, { span, rows });
    await client.query(
      `insert into search_blocks (account_id, app_id, list, from_id, to_id, rows_seen, recount_at, filter)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [...keyOf(block, span), span.to, rows.length, new Date(nowMs + RECOUNT_AFTER_MS), filter],
    );
    from = span.to;
  }
}
