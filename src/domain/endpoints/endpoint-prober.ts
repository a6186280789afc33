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
  lookEveryMs?: number;
}

const LOOK_EVERY_MS = 30_000;
/** After as many comes the next look at once. */
const MAX_PROBES_PER_LOOK = 100;
/** In one look, so that an account whose endpoints are all off takes nobody's turn. The rest is due at the next one. */
const MAX_PER_ACCOUNT = 5;

/**
 * Finds out whether endpoints that we turned off are well again: each gets one of the deliveries that it missed, once. The
 * pipeline makes that attempt like any other, and turns the endpoint on when it succeeds (`pipeline/endpoint-health.ts`);
 * when it fails all is as it was.
 */
export class EndpointProber {
  readonly #deps: Dependencies;
  readonly #looks: Poller;

  constructor(deps: Dependencies) {
    this.#deps = deps;
    this.#looks = new Poller({
      poll: async () => (await this.probe()) === MAX_PROBES_PER_LOOK,
      intervalMs: deps.lookEveryMs ?? LOOK_EVERY_MS,
      onError: (error) => {
        deps.logger.error({ err: error }, 'endpoints that are off could not be probed; trying again');
      },
    });
  }

  start(): void {
    this.#looks.start();
  }

  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  /**
   * Hands the probes that are due to the pipeline. Who claims an endpoint moves its next probe on, takes the delivery and
   * writes its job in one transaction: a crash loses nothing, and two workers do not probe twice. Answers how many
   * endpoints were claimed.
   */
  async probe(): Promise<number> {
    const { clock, pool, queue } = this.#deps;
    const now = new Date(clock.now());
    return transaction(pool, async (client) => {
      const { claimed, probes } = await claimProbes(client, now);
      if (probes.length === 0) return claimed;
      const jobs = probes.map((probe) => ({
        id: uuidv7(now.getTime()),
        data: { deliveries: [{ ...probe, dueAt: now.toISOString(), trigger: 'probe' as const }] },
        startAfterSeconds: 0,
      }));
      await queue.insert('deliver', jobs, client);
      await wakeWorkers(client);
      return claimed;
    });
  }
}

interface Claims {
  claimed: number;
  probes: Probe[];
}

type Probe = Omit<DeliveryRef, 'dueAt' | 'trigger'> & { missedAs: MissedState };

/**
 * The next probe is after as long again as the endpoint has been off, and an hour: 1, 2, 4, 8, 16 hours, then daily. One
 * that missed nothing is passed over until then.
 *
 * Of what it missed the newest is sent: one step in the index, whatever there is, and the likeliest to be understood.
 */
async function claimProbes(client: PoolClient, now: Date): Promise<Claims> {
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
    [now, MAX_PROBES_PER_LOOK, MAX_PER_ACCOUNT],
  );
  return { claimed: rows.length, probes: rows.filter((row) => row.messageId !== null) };
}
