import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import {
  type Message,
  MESSAGE_COLUMNS,
  messageOf,
  type StoredMessage,
} from '#src/domain/messages/message.ts';

const BATCH = 500;
/** Bytes of payloads in one batch; a single payload may have 1 MB. */
const BATCH_BYTES = 4 * 1024 * 1024;

export interface IdRange {
  /** Inclusive. */
  from: string;
  /** Exclusive. */
  to: string;
}

type AppKey = Pick<App, 'accountId' | 'id'>;

/**
 * An app's messages, oldest first, in batches. Each batch is its own query, because one snapshot would stay open as
 * long as the client reads, and vacuum could remove no row that is deleted meanwhile.
 */
export async function* readMessages(
  pool: Pool,
  app: AppKey,
  { from, to }: IdRange,
): AsyncGenerator<Message[]> {
  let after: string | undefined;
  for (;;) {
    const { rows } = await pool.query<StoredMessage>(
      `select ${MESSAGE_COLUMNS} from messages
       where account_id = $1 and app_id = $2 and id = any(array(
         select id from (
           select id, sum(bytes) over (order by id) - bytes as "bytesBefore" from (
             select id, octet_length(data) + coalesce(octet_length(data_bytes), 0) as bytes from messages
             where account_id = $1 and app_id = $2 and id >= $3 and id < $4 and ($5::uuid is null or id > $5)
             order by id limit ${String(BATCH)}) batch
         ) sized where "bytesBefore" < ${String(BATCH_BYTES)}))
       order by id`,
      [app.accountId, app.id, from, to, after ?? null],
    );
    if (rows.length === 0) return;
    after = rows.at(-1)?.id;
    yield rows.map(messageOf);
  }
}
