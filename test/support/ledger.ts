import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import { ANSWER_COLUMNS } from '#src/domain/attempts/count-sql.ts';
import { OUTSTANDING_STATES } from '#src/domain/deliveries/delivery.ts';
import { hasSucceeded } from '#src/domain/deliveries/state-sql.ts';
import type { DeliveryJobData } from '#src/infra/queue/jobs.ts';
import { TEST_ENGINE } from './database.ts';
import { eventually } from './eventually.ts';

/** A poll reads all deliveries that there are. */
const POLL_MS = 100;

/** All that is outstanding, and by which jobs or queue entries, at one moment between commits. */
interface Ledger {
  /** Pending or scheduled, as `message/endpoint`, each with the jobs and unreleased queue entries that name it. */
  outstanding: Map<string, string[]>;
  /** How many deliveries there are in each state. */
  states: Record<string, number>;
  jobs: number;
}

interface Outstanding {
  messageId: string;
  endpointId: string;
  /** Null while it is pending. */
  dueAt: string | null;
}

interface Snapshot {
  states: Record<string, number> | null;
  outstanding: Outstanding[] | null;
  jobs: { id: string; data: DeliveryJobData }[] | null;
  waiting: Outstanding[] | null;
}

/** The rule is broken, on Citus, when it is in each of so many reads. */
const MAX_READS = TEST_ENGINE === 'citus' ? 20 : 1;

/**
 * Reads deliveries and jobs in one statement, hence in one snapshot: workers may go on meanwhile. A Citus cluster has
 * no snapshot of all its nodes, so what moves meanwhile may seem to be lost; what is lost is so in later reads too.
 */
async function readLedger(pool: Pool): Promise<Ledger> {
  const { rows } = await pool.query<Snapshot>(SNAPSHOT, [OUTSTANDING_STATES]);
  const nothing = { states: null, outstanding: null, jobs: null, waiting: null };
  const { states, outstanding, jobs, waiting } = rows[0] ?? nothing;
  const named = new Map<string, string[]>();
  for (const { id, data } of jobs ?? []) {
    for (const name of namesIn(data)) named.set(name, [...(named.get(name) ?? []), id]);
  }
  for (const name of (waiting ?? []).map(nameOf))
    named.set(name, [...(named.get(name) ?? []), 'queue entry']);
  return {
    outstanding: new Map(
      (outstanding ?? []).map((delivery) => [keyOf(delivery), named.get(nameOf(delivery)) ?? []] as const),
    ),
    states: states ?? {},
    jobs: jobs?.length ?? 0,
  };
}

const keyOf = ({ messageId, endpointId }: Outstanding) => `${messageId}/${endpointId}`;

/**
 * By what jobs name it: a pending one by its message; a scheduled one by itself and its time, so not by jobs that it
 * left behind.
 */
const nameOf = ({ messageId, endpointId, dueAt }: Outstanding) =>
  dueAt === null ? messageId : `${messageId}/${endpointId}/${String(Date.parse(dueAt))}`;

function namesIn({ messages = [], deliveries = [] }: DeliveryJobData): string[] {
  return [...messages.flatMap(({ messageIds }) => messageIds), ...deliveries.map(nameOf)];
}

/**
 * The rule of the architecture: every outstanding delivery is named by exactly one job, be it due, deferred or a
 * lease, or by one unreleased entry of its endpoint's queue.
 */
export async function assertOutstandingOnce(pool: Pool): Promise<Ledger> {
  let ledger = await readLedger(pool);
  let wrong = wrongIn(ledger);
  for (let reads = 1; wrong.length > 0 && reads < MAX_READS; reads += 1) {
    await pause(POLL_MS);
    ledger = await readLedger(pool);
    const before = new Set(wrong.map(([key]) => key));
    wrong = wrongIn(ledger).filter(([key]) => before.has(key));
  }
  assert.deepEqual(wrong, [], 'outstanding deliveries with the jobs that name them: each needs exactly one');
  return ledger;
}

const wrongIn = ({ outstanding }: Ledger) => [...outstanding].filter(([, jobs]) => jobs.length !== 1);

/** Waits until nothing is outstanding and no job is left, asserting the rule at each poll. Returns the states. */
export async function settledLedger(pool: Pool, withinMs = 30_000): Promise<Record<string, number>> {
  let ledger = await assertOutstandingOnce(pool);
  try {
    await eventually(
      'nothing outstanding, and no job left',
      async () => {
        await pause(POLL_MS);
        ledger = await assertOutstandingOnce(pool);
        return ledger.outstanding.size === 0 && ledger.jobs === 0;
      },
      withinMs,
    );
  } catch (cause) {
    const { outstanding, jobs, states } = ledger;
    throw new Error(
      `${String(outstanding.size)} outstanding, ${String(jobs)} jobs, ${JSON.stringify(states)}`,
      { cause },
    );
  }
  await assertCounted(pool);
  return ledger.states;
}

/** The hourly counts say what the log says: no outcome that was written twice was counted twice, or not at all. */
async function assertCounted(pool: Pool): Promise<void> {
  const { rows } = await pool.query(COUNTED_WRONGLY);
  assert.deepEqual(rows, [], 'delivery_counts differ from attempts');
  const { rows: ofApps } = await pool.query(COUNTED_WRONGLY_BY_APP);
  assert.deepEqual(ofApps, [], 'app_delivery_counts differ from attempts');
}

const SUCCEEDED = hasSucceeded({
  accountId: 'd.account_id',
  messageId: 'd.message_id',
  endpointId: 'd.endpoint_id',
});

/** Every delivery with its state, by the rule of `state-sql.ts`. */
const SNAPSHOT = `
  with named as (
    select account_id, id as message_id, unnest(endpoint_ids) as endpoint_id from messages
    union select account_id, message_id, endpoint_id from deliveries
  ), states as (
    select d.message_id, d.endpoint_id, row.next_attempt_at,
      coalesce(row.state, case when ${SUCCEEDED} then 'delivered' else 'pending' end) as state
    from named d left join deliveries row on row.account_id = d.account_id
      and row.message_id = d.message_id and row.endpoint_id = d.endpoint_id
  )
  select
    (select json_object_agg(state, n) from (select state, count(*) as n from states group by 1) counted) as states,
    (select json_agg(json_build_object('messageId', message_id, 'endpointId', endpoint_id, 'dueAt', next_attempt_at))
     from states where state = any($1)) as outstanding,
    (select json_agg(json_build_object('id', id, 'data', data)) from pgboss.job
     where name in ('deliver', 'retry')) as jobs,
    (select json_agg(json_build_object('messageId', message_id, 'endpointId', endpoint_id, 'dueAt', due_at))
     from queue_entries where released_at is null) as waiting`;

const COUNTED_WRONGLY = `
  with logged as (
    select endpoint_id, date_trunc('hour', time_of_id(id) - duration_ms * interval '1 millisecond', 'UTC') as hour,
      count(*) filter (where succeeded) as succeeded, count(*) filter (where not succeeded) as failed
    from attempts where trigger is distinct from 'test' group by 1, 2
  )
  select endpoint_id, hour, logged.succeeded, logged.failed, counts.succeeded as "countedSucceeded",
    counts.failed as "countedFailed"
  from logged full join delivery_counts counts using (endpoint_id, hour)
  where (logged.succeeded, logged.failed) is distinct from (counts.succeeded, counts.failed)`;

/** By hour, because slots of past days are put together; with all that was answered, however long it took. */
const COUNTED_WRONGLY_BY_APP = `
  with logged as (
    select app_id, date_trunc('hour', time_of_id(id) - duration_ms * interval '1 millisecond', 'UTC') as hour,
      count(*) filter (where succeeded) as succeeded, count(*) filter (where not succeeded) as failed,
      count(*) filter (where outcome is null) as answered
    from attempts where trigger is distinct from 'test' group by 1, 2
  ), counts as (
    select app_id, date_trunc('hour', slot, 'UTC') as hour, sum(succeeded) as succeeded, sum(failed) as failed,
      sum(${ANSWER_COLUMNS.map((name) => `coalesce(${name}, 0)`).join(' + ')}) as answered
    from app_delivery_counts group by 1, 2
  )
  select app_id, hour, logged, counts from logged full join counts using (app_id, hour)
  where (logged.succeeded, logged.failed, logged.answered)
    is distinct from (counts.succeeded, counts.failed, counts.answered)`;
