import type { Pool, PoolClient } from 'pg';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { uuidv7 } from '#src/infra/lib/ids.ts';
import { Poller } from '#src/infra/lib/poller.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { takeForProbe, type TakenDelivery } from '#src/domain/deliveries/transitions/take-for-probe.ts';
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
      const due = await claimDue(client, now);
      const probes = await takeMissed(client, due, now);
      if (probes.length === 0) return due.length;
      const jobs = probes.map((probe) => ({
        id: uuidv7(now.getTime()),
        data: { deliveries: [{ ...probe, dueAt: now.toISOString(), trigger: 'probe' as const }] },
        startAfterSeconds: 0,
      }));
      await queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
      return due.length;
    });
  }
}

interface DueEndpoint {
  id: string;
  accountId: string;
}

/**
 * Locks the due endpoints and schedules the next probe of each, also of one that missed nothing and is not probed this
 * time. A loose index scan steps from account to account.
 *
 * Backoff: the wait is the time since the endpoint was turned off plus one hour, so the probes come 1, 2, 4, 8 and 16
 * hours after one another, then daily.
 */
async function claimDue(client: PoolClient, now: Date): Promise<DueEndpoint[]> {
  const { rows } = await client.query<DueEndpoint>(
    `with recursive accounts as (
       (select account_id from endpoints where next_probe_at is not null order by account_id limit 1)
       union all
       select next.account_id from accounts cross join lateral (
         select account_id from endpoints where next_probe_at is not null and account_id > accounts.account_id
         order by account_id limit 1
       ) next
     ), found as (
       select first.id from accounts cross join lateral (
         select id, next_probe_at from endpoints
         where account_id = accounts.account_id and next_probe_at <= $1 and paused_at is null
         order by next_probe_at limit $3
       ) first
       order by first.next_probe_at limit $2
     ), due as (
       select account_id, id from endpoints where id = any(array(select id from found)) and next_probe_at <= $1
       for update skip locked
     )
     update endpoints set next_probe_at =
       $1::timestamptz + least($1 - inactive_since + ${FIRST_PROBE_AFTER}, ${MAX_PROBE_WAIT})
     from due where endpoints.account_id = due.account_id and endpoints.id = due.id
     returning endpoints.id, endpoints.account_id as "accountId"`,
    [now, MAX_PROBES_PER_POLL, MAX_PER_ACCOUNT],
  );
  return rows;
}

/** Takes a missed delivery of each endpoint: one statement an account, all in one round trip. */
async function takeMissed(client: PoolClient, due: DueEndpoint[], dueAt: Date): Promise<TakenDelivery[]> {
  const byAccount = Map.groupBy(due, ({ accountId }) => accountId);
  const taken = await Promise.all(
    [...byAccount].map(([accountId, endpoints]) =>
      takeForProbe(client, { accountId, endpointIds: endpoints.map(({ id }) => id), dueAt }),
    ),
  );
  return taken.flat();
}
