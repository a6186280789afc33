import type { PoolClient } from 'pg';
import { nextId } from '#src/infra/database/id-range.ts';
import type { BuildOptions } from './build-blocks.ts';
import { firstRows } from './read-rows.ts';
import type { Source, Span } from './spans.ts';
import { writeBlock } from './write-block.ts';

interface DueBlock extends Source {
  from: string;
}

interface BuiltBlock extends Source, Span {
  rowsSeen: number;
}

/**
 * Rebuilds a block when rows committed in its range after it was built. Returns whether a recount was due. Its row in
 * `search_recounts` is locked before the block, as by an import, so that two workers never recount the same.
 */
export async function recountOne(client: PoolClient, { nowMs, blockRows }: BuildOptions): Promise<boolean> {
  const due = await takeDue(client, nowMs);
  if (due === undefined) return false;
  const block = await lockBlock(client, due);
  if (block === undefined || !(await hasMoreRows(client, block))) return true;
  // Between the blocks there may be gaps, because a search reads the rows of a gap themselves.
  await client.query(
    'delete from search_blocks where account_id = $1 and app_id = $2 and list = $3 and from_id = $4',
    keyOf(block),
  );
  await rebuild(client, block, { nowMs, blockRows });
  return true;
}

async function takeDue(client: PoolClient, nowMs: number): Promise<DueBlock | undefined> {
  const { rows } = await client.query<DueBlock>(
    `with due as (
       select account_id, app_id, list, from_id from search_recounts
       where recount_at <= $1 order by recount_at limit 1 for update skip locked
     )
     delete from search_recounts recount using due
     where recount.account_id = due.account_id and recount.app_id = due.app_id and recount.list = due.list
       and recount.from_id = due.from_id
     returning due.account_id as "accountId", due.app_id as "appId", due.list, due.from_id as "from"`,
    [new Date(nowMs)],
  );
  return rows[0];
}

/** Undefined when retention has deleted the block. */
async function lockBlock(client: PoolClient, due: DueBlock): Promise<BuiltBlock | undefined> {
  const { rows } = await client.query<{ to: string; rowsSeen: number }>(
    `select to_id as "to", rows_seen as "rowsSeen" from search_blocks
     where account_id = $1 and app_id = $2 and list = $3 and from_id = $4 for update`,
    keyOf(due),
  );
  return rows[0] && { ...due, ...rows[0] };
}

async function hasMoreRows(client: PoolClient, block: BuiltBlock): Promise<boolean> {
  const { rows } = await client.query<{ count: number }>(
    `select count(*)::int as count from ${block.list} where account_id = $1 and app_id = $2 and id >= $3 and id < $4`,
    [block.accountId, block.appId, block.from, block.to],
  );
  return (rows[0]?.count ?? 0) > block.rowsSeen;
}

const keyOf = ({ accountId, appId, list, from }: DueBlock) => [accountId, appId, list, from];

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
    const { rows, isFull } = await firstRows(client, block, { span: { from, to: block.to }, limit });
    const last = rows.at(-1);
    const span = { from, to: last === undefined || !isFull ? block.to : nextId(last.id) };
    await writeBlock(client, block, { span, rows, nowMs });
    from = span.to;
  }
}
