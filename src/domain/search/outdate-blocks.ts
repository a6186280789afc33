import type { PoolClient } from 'pg';
import type { Source } from './spans.ts';

/** What may hold any word: to be read itself, until the block is made anew. */
const ALL_BITS = Buffer.alloc(32, 0xff);

interface Late extends Source {
  ids: string[];
  now: Date;
}

/**
 * To be called in the transaction that writes rows whose ids are old, as an import does: blocks that they fall into know
 * nothing of them, and were counted for the last time long ago. A block that is made meanwhile is counted again anyway.
 */
export async function outdateBlocks(client: PoolClient, late: Late): Promise<void> {
  const { accountId, appId, list, ids, now } = late;
  await client.query(
    `update search_blocks set filter = $6, rows_seen = 0, recount_at = $5 from (
       select distinct block.from_id from unnest($4::uuid[]) late(id) cross join lateral (
         select from_id, to_id from search_blocks where account_id = $1 and app_id = $2 and list = $3
           and from_id <= late.id order by from_id desc limit 1 offset 0) block
       where block.to_id > late.id
     ) outdated
     where account_id = $1 and app_id = $2 and list = $3 and search_blocks.from_id = outdated.from_id`,
    [accountId, appId, list, ids, now, ALL_BITS],
  );
}
