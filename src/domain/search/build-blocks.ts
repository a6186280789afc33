import type { Pool, PoolClient } from 'pg';
import { nextId } from '#src/infra/database/id-range.ts';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import { filterOf, firstRows } from './read-texts.ts';
import type { Source, Span } from './spans.ts';

/** A row is committed after its id was made: nearly always within this time. */
const SETTLED_MS = 30_000;
/** By then all are: no outcome is written after the end of its lease. */
const RECOUNT_AFTER_MS = 15 * 60_000;
const SHORTEST_WAIT_SECONDS = 10;
const MAX_WAIT_SECONDS = 300;

/** Puts the lists of new apps in line. */
export async function enrolApps(pool: Pool, nowMs: number): Promise<void> {
  await pool.query(
    `insert into search_progress (account_id, app_id, list, look_at)
     select account_id, id, list, $1 from apps cross join unnest(array['messages', 'attempts']) list
     where not exists (select from search_progress known where known.account_id = apps.account_id
       and known.app_id = apps.id and known.list = list.list)
     on conflict do nothing`,
    [new Date(nowMs)],
  );
}

/** Now, and how many rows make a block. */
interface Moment {
  nowMs: number;
  blockRows: number;
}

interface Progress extends Source {
  nextId: string;
  waitSeconds: number;
}

/**
 * Looks at the list whose turn it is, and makes a block of its next rows if they are enough. Answers whether a list was
 * due. The row of its progress is locked until the block is committed, so each is made once.
 */
export async function buildNext(client: PoolClient, { nowMs, blockRows }: Moment): Promise<boolean> {
  const { rows: due } = await client.query<Progress>(
    `select account_id as "accountId", app_id as "appId", list, next_id as "nextId", wait_seconds as "waitSeconds"
     from search_progress where look_at <= $1 order by look_at limit 1 for update skip locked`,
    [new Date(nowMs)],
  );
  const [source] = due;
  if (source === undefined) return false;
  const settled = { from: source.nextId, to: firstIdAt(nowMs - SETTLED_MS) };
  const { rows, isFull } = await firstRows(client, source, { span: settled, limit: blockRows });
  const last = rows.at(-1);
  if (last === undefined || !isFull) {
    await wait(client, source, { nowMs, isIdle: last === undefined });
    return true;
  }
  const span = { from: source.nextId, to: nextId(last.id) };
  const filter = await filterOf(client, source, { span, rows });
  await client.query(
    `insert into search_blocks (account_id, app_id, list, from_id, to_id, rows_seen, recount_at, filter)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [...keyOf(source, span), span.to, rows.length, new Date(nowMs + RECOUNT_AFTER_MS), filter],
  );
  await client.query(
    `update search_progress set next_id = $4, look_at = $5, wait_seconds = $6
     where account_id = $1 and app_id = $2 and list = $3`,
    [source.accountId, source.appId, source.list, span.to, new Date(nowMs), SHORTEST_WAIT_SECONDS],
  );
  return true;
}

const keyOf = (source: Source, { from }: { from: string }) => [
  source.accountId,
  source.appId,
  source.list,
  from,
];

/** Longer each time in which nothing came, so that apps that rest cost next to nothing. */
async function wait(
  client: PoolClient,
  source: Progress,
  { nowMs, isIdle }: { nowMs: number; isIdle: boolean },
): Promise<void> {
  const seconds = isIdle ? Math.min(source.waitSeconds * 2, MAX_WAIT_SECONDS) : SHORTEST_WAIT_SECONDS;
  await client.query(
    `update search_progress set look_at = $4, wait_seconds = $5
     where account_id = $1 and app_id = $2 and list = $3`,
    [source.accountId, source.appId, source.list, new Date(nowMs + seconds * 1000), seconds],
  );
}

interface Counted extends Source, Span {
  rowsSeen: number;
}

/** Makes a block anew to which rows have come since. Answers whether one was due. */
export async function recountOne(client: PoolClient, { nowMs, blockRows }: Moment): Promise<boolean> {
  const { rows: due } = await client.query<Counted>(
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
  // What is not covered is read itself: so a block may begin where another has ended, or not.
  await client.query(`delete from search_blocks where ${ofBlock}`, key);
  await rebuild(client, block, { nowMs, blockRows });
  return true;
}

/** In as many parts as memory asks for; to be counted again, because of what an import adds meanwhile. */
async function rebuild(
  client: PoolClient,
  block: Counted,
  { nowMs, blockRows: limit }: Moment,
): Promise<void> {
  let { from } = block;
  while (from < block.to) {
    const { rows, isFull } = await firstRows(client, block, {
      span: { from, to: block.to },
      limit,
    });
    const last = rows.at(-1);
    const span = { from, to: last === undefined || !isFull ? block.to : nextId(last.id) };
    const filter = await filterOf(client, block, { span, rows });
    await client.query(
      `insert into search_blocks (account_id, app_id, list, from_id, to_id, rows_seen, recount_at, filter)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [...keyOf(block, span), span.to, rows.length, new Date(nowMs + RECOUNT_AFTER_MS), filter],
    );
    from = span.to;
  }
}
