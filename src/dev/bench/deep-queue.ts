import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { DeliveryJobData, DeliveryQueue } from '#src/infra/queue/jobs.ts';

const ACCOUNTS = 100;

interface Fill {
  jobs: number;
  /** The age of the oldest job. The others are written evenly since then. */
  writtenBeforeSeconds: number;
  /** From now until the first job is due; negative for the past. */
  dueInSeconds: number;
  /** The others come due evenly within this time after the first. */
  dueWithinSeconds: number;
}

/**
 * Fills a delivery queue with jobs as the pipeline writes them: our own code inserts one job an account, and PostgreSQL
 * copies it. Statistics are left to autovacuum, as in production. Returns the ids of the accounts.
 */
export async function fillQueue(
  queue: JobQueue,
  pool: Pool,
  { name, ...fill }: Fill & { name: DeliveryQueue },
) {
  return transaction(pool, async (client) => {
    const accountIds = Array.from({ length: ACCOUNTS }, () => randomUUID());
    const templates = accountIds.map((accountId) => ({
      id: randomUUID(),
      data: jobData(name, accountId),
      startAfterSeconds: 0,
    }));
    await queue.insert(name, templates, client);
    const { rows } = await client.query<{ columns: string }>(
      `select string_agg(quote_ident(attname), ', ' order by attnum) as columns from pg_attribute
       where attrelid = 'pgboss.job'::regclass and attnum > 0 and not attisdropped and attgenerated = ''
         and attname not in ('id', 'created_on', 'start_after')`,
    );
    const columns = rows[0]?.columns ?? '';
    await client.query(
      `insert into pgboss.job (id, created_on, start_after, ${columns})
       select gen_random_uuid(),
         now() - make_interval(secs => $2 * (1 - n / $1::float8)),
         now() + make_interval(secs => $3 + $4 * (n / $1::float8)),
         ${columns}
       from (select template.*, row_number() over () as place from pgboss.job template
             where name = $5 and id = any($6)) as template
       join generate_series(0, $1::int - 1) as n on n % ${String(ACCOUNTS)} = place - 1`,
      [
        fill.jobs,
        fill.writtenBeforeSeconds,
        fill.dueInSeconds,
        fill.dueWithinSeconds,
        name,
        templates.map(({ id }) => id),
      ],
    );
    const ids = templates.map(({ id }) => id);
    await queue.delete(name, ids, client);
    return accountIds;
  });
}

/** For `deliver`: a message with all its deliveries. For `retry`: the second attempt of one delivery. */
function jobData(name: DeliveryQueue, accountId: string): DeliveryJobData {
  const app = { accountId, appId: randomUUID() };
  if (name === 'deliver') return { messages: [{ ...app, messageIds: [randomUUID()] }] };
  const ref = { messageId: randomUUID(), endpointId: randomUUID(), attemptsMade: 1 };
  return { deliveries: [{ ...app, ...ref, dueAt: new Date().toISOString(), trigger: 'automatic' }] };
}
