import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import type { MissedState } from '#src/domain/deliveries/delivery.ts';
import { takeForProbe } from '#src/domain/deliveries/transitions/take-for-probe.ts';
import type { DeliveryRef } from '#src/infra/queue/jobs.ts';
import { wakeWorkers } from '#src/infra/queue/statements.ts';
import type { Logger } from '#src/infra/telemetry/logger.ts';
import { FIRST_PROBE_AFTER, MAX_PROBE_WAIT } from './probe-times.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
  /** Time between two polls; {@link POLL_MS} unless a test sets it. */
  pollMs?: number;
}

const POLL_MS = 30_000;
/** Endpoints a poll; after a full poll the next one follows at once. */
const MAX_PROBES_PER_POLL = 100;
/** Endpoints of one account a poll, so that an account with many due endpoints does not delay others. */
const MAX_PER_ACCOUNT = 5;

/**
 * Probes endpoints that we turned off, as the half-open trial of a circuit breaker: one missed delivery of the
 * endpoint is sent in one attempt. The pipeline makes that attempt like any other. A success turns the endpoint on
 * (`pipeline/settle/endpoint-health.ts`). After a failure the endpoint stays off and the delivery returns to the
 * state in which it was missed (`missedAs`).
 */
export class EndpointProber {
  readonly #deps: Dependencies;
  readonly #poller: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#poller = new Poller({
      poll: async () => (await this.probe()) === MAX_PROBES_PER_POLL,
      intervalMs: deps.pollMs ?? POLL_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'endpoints that are off could not be probed; trying again');
      },
    });
  }

  start(): void {
    this.#poller.start();
  }

  async stop(): Promise<void> {
    await this.#poller.stop();
  }

  /**
   * Enqueues the probes that are due. One transaction schedules the endpoint's next probe, reschedules the delivery and
   * inserts its job, so a crash loses nothing and two workers never probe the same endpoint. Answers the number of due
   * endpoints, including those without a missed delivery.
   */
  async probe(): Promise<number> {
    const { clock, pool, queue } = this.#deps;
    const now = new Date(clock.now());
    return transaction(pool, async (client) => {
      const { dueCount, probes } = await takeDueProbes(client, now);
      if (probes.length === 0) return dueCount;
      const jobs = probes.map((probe) => ({
        id: uuidv7(now.getTime()),
        data: { deliveries: [{ ...probe, dueAt: now.toISOString(), trigger: 'probe' as const }] },
        startAfterSeconds: 0,
      }));
      await queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
      return dueCount;
    });
  }
}

interface DueProbes {
  /** Due endpoints, with and without a missed delivery. */
  dueCount: number;
  probes: Probe[];
}

type Probe = Omit<DeliveryRef, 'dueAt' | 'trigger'> & { missedAs: MissedState };

/**
 * Schedules the next probe of every due endpoint and reschedules its newest missed delivery. An endpoint without a
 * missed delivery is not probed this time.
 *
 * Backoff: the wait is the time since the endpoint was turned off plus one hour, so the probes come 1, 2, 4, 8 and 16
 * hours after one another, then daily.
 *
 * The newest missed delivery is sent, because finding it is one step in the index however many there are, and because
 * the endpoint most likely still understands it.
 */
async function takeDueProbes(client: PoolClient, now: Date): Promise<DueProbes> {
  const { rows } = await client.query<Probe | { messageId: null }>(
    `with recursive accounts as (
       (select account_id from endpoints where next_probe_at is not null order by account_id limit 1)
       union all
       select next.account_id from accounts cross join lateral (
         select account_id from endpoints where next_probe_at is not null and account_id > accounts.account_id
         order by account_id limit 1
       ) next
     ), found as (
       select first.id from accounts cross join lateral (
         select id, next_probe_at from endpoints where account_id = accounts.account_id and next_probe_at <= $1
         order by next_probe_at limit $3
       ) first
       order by first.next_probe_at limit $2
     ), due as (
       select account_id, app_id, id from endpoints where id = any(array(select id from found)) and next_probe_at <= $1
       for update skip locked
     ), claimed as (
       update endpoints set next_probe_at =
         $1::timestamptz + least($1 - inactive_since + ${FIRST_PROBE_AFTER}, ${MAX_PROBE_WAIT})
       from due where endpoints.account_id = due.account_id and endpoints.id = due.id
     ), ${takeForProbe({ endpoints: 'due', dueAt: '$1' })}
     select taken.account_id as "accountId", taken.app_id as "appId", message_id as "messageId",
       endpoint_id as "endpointId", attempts_made as "attemptsMade", missed_as as "missedAs"
     from due left join taken on endpoint_id = due.id`,
    [now, MAX_PROBES_PER_POLL, MAX_PER_ACCOUNT],
  );
  return { dueCount: rows.length, probes: rows.filter((row) => row.messageId !== null) };
}
