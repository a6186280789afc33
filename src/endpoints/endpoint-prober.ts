import type { Pool, PoolClient } from 'pg';
import { transaction } from '../database/transaction.ts';
import type { Clock } from '../lib/clock.ts';
import { uuidv7 } from '../lib/ids.ts';
import type { JobQueue } from '../queue/job-queue.ts';
import type { DeliveryRef, MissedState } from '../queue/jobs.ts';
import { wakeWorkers } from '../queue/statements.ts';
import type { Logger } from '../telemetry/logger.ts';
import { FIRST_PROBE_AFTER, LONGEST_PROBE_WAIT } from './probe-times.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  logger: Logger;
  lookEveryMs?: number;
}

const LOOK_EVERY_MS = 30_000;
/** The rest is due still at the next look. */
const MAX_PROBES_PER_LOOK = 100;

/**
 * Finds out whether endpoints that we turned off are well again: each gets one of the deliveries that it missed, once. The
 * pipeline makes that attempt like any other, and turns the endpoint on when it succeeds (`pipeline/endpoint-health.ts`);
 * when it fails all is as it was.
 */
export class EndpointProber {
  readonly #deps: Dependencies;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /** Looks now and from time to time. */
  start(): void {
    this.#looking = this.#look();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /**
   * Hands the probes that are due to the pipeline. Who claims an endpoint moves its next probe on, takes the delivery and
   * writes its job in one transaction: a crash loses nothing, and two workers do not probe twice.
   */
  async probe(): Promise<void> {
    const { clock, pool, queue } = this.#deps;
    const now = new Date(clock.now());
    await transaction(pool, async (client) => {
      const probes = await claimProbes(client, now);
      if (probes.length === 0) return;
      const jobs = probes.map((probe) => ({
        id: uuidv7(now.getTime()),
        data: { deliveries: [{ ...probe, dueAt: now.toISOString(), trigger: 'probe' as const }] },
        startAfterSeconds: 0,
      }));
      await queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
    });
  }

  async #look(): Promise<void> {
    try {
      await this.probe();
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'endpoints that are off could not be probed; trying again');
    }
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => {
      this.start();
    }, this.#deps.lookEveryMs ?? LOOK_EVERY_MS);
  }
}

type Probe = Omit<DeliveryRef, 'dueAt' | 'trigger'> & { missedAs: MissedState };

/**
 * The next probe is after as long again as the endpoint has been off, and an hour: 1, 2, 4, 8, 16 hours, then daily. One
 * that missed nothing is passed over until then.
 *
 * Of what it missed the newest is sent: one step in the index, whatever there is, and the likeliest to be understood.
 */
async function claimProbes(client: PoolClient, now: Date): Promise<Probe[]> {
  const { rows } = await client.query<Probe>(
    `with due as (
       select account_id, app_id, id from endpoints where next_probe_at <= $1
       order by next_probe_at limit $2 for update skip locked
     ), claimed as (
       update endpoints set next_probe_at =
         $1::timestamptz + least($1 - inactive_since + ${FIRST_PROBE_AFTER}, ${LONGEST_PROBE_WAIT})
       from due where endpoints.account_id = due.account_id and endpoints.id = due.id
     ), newest as (
       select missed.* from due cross join lateral (
         select account_id, message_id, endpoint_id, state from deliveries
         where account_id = due.account_id and endpoint_id = due.id and state in ('failed', 'held')
         order by message_id desc limit 1 for update skip locked
       ) missed
     )
     update deliveries set state = 'scheduled', next_attempt_at = $1
     from newest
     where deliveries.account_id = newest.account_id and deliveries.message_id = newest.message_id
       and deliveries.endpoint_id = newest.endpoint_id
     returning deliveries.account_id as "accountId", deliveries.app_id as "appId",
       deliveries.message_id as "messageId", deliveries.endpoint_id as "endpointId",
       deliveries.attempts_made as "attemptsMade", newest.state as "missedAs"`,
    [now, MAX_PROBES_PER_LOOK],
  );
  return rows;
}
