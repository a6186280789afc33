import type { PoolClient } from 'pg';
import type { Source } from './spans.ts';
import { scheduleRecounts } from './write-block.ts';

/** A filter that may contain every term, so the rows of its block are read until the block is rebuilt. */
const MATCH_ALL = Buffer.alloc(32, 0xff);

interface LateRows extends Source {
  ids: string[];
  now: Date;
}

/**
 * Invalidates the blocks into whose ranges rows with old ids are written, and makes them due for a recount. An import
 * calls it in its own transaction, because the last recount of such a block was long ago. A block that is built
 * meanwhile has its recount still ahead.
 */
export async function invalidateBlocks(client: PoolClient, late: LateRows): Promise<void> {
  const { now, ids, ...source } = late;
  const list = [source.accountId, source.appId, source.list];
  const { rows } = await client.query<{ from: string }>(
    `select distinct block.from_id as "from" from unnest($4::uuid[]) late(id) cross join lateral (
       select from_id, to_id from search_blocks where account_id = $1 and app_id = $2 and list = $3
         and from_id <= late.id order by from_id desc limit 1 offset 0) block
     where block.to_id > late.id`,
    [...list, ids],
  );
  if (rows.length === 0) return;
  const froms = rows.map(({ from }) => from);
  // Before the blocks, because a recount locks in this order.
  await scheduleRecounts(client, { source, froms, at: now });
  await client.query(
    `update search_blocks set filter = $5, rows_seen = 0
     where account_id = $1 and app_id = $2 and list = $3 and from_id = any($4)`,
    [...list, froms, MATCH_ALL],
  );
}
