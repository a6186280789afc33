// A block is a zone map with a Bloom filter: it tells which terms the rows of one range of ids may contain.

import type { Pool, PoolClient } from 'pg';
import { nextId } from '#src/infra/database/id-range.ts';
import { firstIdAt } from '#src/infra/lib/ids.ts';
import { firstRows } from './read-rows.ts';
import type { Source } from './spans.ts';
import { writeBlock } from './write-block.ts';

/** A row commits later than its id was made, nearly always within this time. */
const COMMIT_LAG_MS = 30_000;
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

export interface BuildOptions {
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
  await writeBlock(client, source, { span, rows, nowMs });
  await client.query(
    `update search_progress set next_id = $4, due_at = $5, wait_seconds = $6
     where account_id = $1 and app_id = $2 and list = $3`,
    [source.accountId, source.appId, source.list, span.to, new Date(nowMs), MIN_WAIT_SECONDS],
  );
  return true;
}

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
