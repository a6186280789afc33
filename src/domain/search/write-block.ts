import type { PoolClient } from 'pg';
import { buildFilter, type Row } from './read-rows.ts';
import type { Source, Span } from './spans.ts';

/** By then every row has committed, because no outcome is written after the end of its lease. */
const RECOUNT_AFTER_MS = 15 * 60_000;

interface NewBlock {
  span: Span;
  /** All rows of the span. */
  rows: Row[];
  nowMs: number;
}

/** Writes a block, and when it is counted again. */
export async function writeBlock(
  client: PoolClient,
  source: Source,
  { span, rows, nowMs }: NewBlock,
): Promise<void> {
  const filter = await buildFilter(client, source, { span, rows });
  await client.query(
    `insert into search_blocks (account_id, app_id, list, from_id, to_id, rows_seen, filter)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [source.accountId, source.appId, source.list, span.from, span.to, rows.length, filter],
  );
  await scheduleRecounts(client, { source, froms: [span.from], at: new Date(nowMs + RECOUNT_AFTER_MS) });
}

interface Recounts {
  source: Source;
  /** The first ids of the blocks. */
  froms: string[];
  at: Date;
}

/** Makes blocks due for a recount. Waits while one of them is being recounted. */
export async function scheduleRecounts(
  client: PoolClient,
  { source: { accountId, appId, list }, froms, at }: Recounts,
): Promise<void> {
  await client.query(
    `insert into search_recounts (account_id, app_id, list, from_id, recount_at)
     select $1, $2, $3, from_id, $5 from unnest($4::uuid[]) from_id order by from_id
     on conflict (account_id, app_id, list, from_id) do update set recount_at = excluded.recount_at`,
    [accountId, appId, list, froms, at],
  );
}
