import type { Pool, PoolClient } from 'pg';
import { idRange } from '#src/infra/database/id-range.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Endpoint } from '#src/domain/endpoints/endpoint.ts';
import { recordEndpoint } from '#src/domain/endpoints/record-endpoint.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound, PaymentRequired } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { JobQueue } from '#src/infra/queue/job-queue.ts';
import { wakeWorkers } from '#src/infra/queue/statements.ts';
import { REPLAYS_SHARD } from '#src/domain/quotas/counter-shards.ts';
import { countMessages, type ShardCount } from '#src/domain/quotas/message-counts.ts';
import type { MessageQuota } from '#src/domain/quotas/message-quota.ts';
import { dayAt } from '#src/domain/quotas/month.ts';
import { countInStates } from './count-in-states.ts';
import { countMissing } from './missing-messages.ts';
import type { Replay, ReplayFilter } from './replay.ts';
import { retriedAndHeldBefore } from './retried-and-held.ts';
import { type DeliveryKey, MISSED_STATES, REPLAYABLE_STATES } from '#src/domain/deliveries/delivery.ts';
import { rescheduleOne } from '#src/domain/deliveries/transitions/reschedule-one.ts';

interface Dependencies {
  pool: Pool;
  queue: JobQueue;
  clock: Clock;
  quota: Pick<MessageQuota, 'record' | 'reserve'>;
}

const COLUMNS = `id, status, greatest(total, done) as total, done, created_at as "createdAt"`;
const INSERT = `
  insert into replays (id, account_id, app_id, endpoint_id, from_message_id, to_message_id, states, of_missing,
    event_type, total, status)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
  on conflict (account_id, endpoint_id) where status = 'running' do nothing returning ${COLUMNS}`;
const ALL = { limit: 0, offset: 0 };

/**
 * Sends missed deliveries again. A replay reschedules a delivery from `failed` or `held` with a fresh retry schedule,
 * in one transaction with its job. A delivery that succeeded in the meantime is in neither state, so it is not sent
 * twice.
 */
export class Replays {
  readonly #deps: Dependencies;

  constructor(deps: Dependencies) {
    this.#deps = deps;
  }

  /**
   * Inserts a replay of what an endpoint missed, or was not routed to, which `ReplayPacer` then carries out. A replay
   * without a matching delivery is `done` at once. Throws Conflict while the endpoint is off, because its deliveries
   * would only be held again, and while another replay of the endpoint is running.
   */
  async start(endpoint: Endpoint, filter: ReplayFilter): Promise<Replay> {
    refuseWhileOff(endpoint);
    const { clock, pool } = this.#deps;
    const [from, to] = idRange(filter, ALL);
    const { accountId, appId, id: endpointId } = endpoint;
    const selection = { accountId, appId, endpointId, fromMessageId: from, toMessageId: to };
    const eventType = filter.eventType ?? null;
    await refuseWhileRunning(pool, { accountId, endpointId });
    const matching =
      filter.ofMissing === true
        ? await countMissing(pool, { ...selection, eventType, cursorMessageId: null })
        : await countInStates(pool, { ...selection, eventType, states: filter.states });
    const isOver = matching.isExact && matching.total === 0;
    return transaction(pool, async (client) => {
      const { rows } = await client.query<Replay>(INSERT, [
        uuidv7(clock.now()),
        ...[accountId, appId, endpointId, from, to, filter.states, filter.ofMissing === true, eventType],
        ...[matching.total, isOver ? 'done' : 'running'],
      ]);
      const [replay] = rows;
      if (replay === undefined) throw new Conflict(STILL_RUNNING);
      const details = { replay_id: replay.id, total: replay.total };
      if (!isOver) {
        await recordEndpoint({ db: client, clock }, endpoint, { action: 'replay.started', details });
      }
      return replay;
    });
  }

  /**
   * Like {@link start}, of what was missed since the first message behind an issue. What was retried when the endpoint
   * was turned off is held, too, and may be older: an issue opens when the first delivery is given up.
   */
  async startSince(endpoint: Endpoint, since: Date): Promise<Replay> {
    const heldFrom = await retriedAndHeldBefore(this.#deps.pool, endpoint, since);
    return this.start(endpoint, { states: MISSED_STATES, since: heldFrom ?? since });
  }

  /** Throws NotFound when the endpoint has no replay with this id. */
  async get(endpoint: Endpoint, replayId: string): Promise<Replay> {
    return this.#one(
      `select ${COLUMNS} from replays where account_id = $1 and endpoint_id = $2 and id = $3`,
      endpoint,
      replayId,
    );
  }

  /** The endpoint's latest replay; null without any. */
  async latest({ accountId, id }: Endpoint): Promise<Replay | null> {
    const { rows } = await this.#deps.pool.query<Replay>(
      `select ${COLUMNS} from replays where account_id = $1 and endpoint_id = $2 order by id desc limit 1`,
      [accountId, id],
    );
    return rows[0] ?? null;
  }

  /** Ends a queued or running replay; deliveries that it has rescheduled are still sent. Throws NotFound like `get`. */
  async cancel(endpoint: Endpoint, replayId: string): Promise<Replay> {
    await this.get(endpoint, replayId);
    return this.#one(
      `update replays set status = case when status in ('queued', 'running') then 'cancelled' else status end
       where account_id = $1 and endpoint_id = $2 and id = $3 returning ${COLUMNS}`,
      endpoint,
      replayId,
    );
  }

  /**
   * Sends one delivery again now, and answers when it is due. Throws Conflict while the endpoint is off, while the
   * delivery is pending or due within a second, when it is retried later and `hastensRetry` is false, and when it was
   * delivered and `isForced` is false. A delivered one counts as a message, because it is sent twice for one post:
   * throws PaymentRequired over the month's quota.
   */
  async replayOne(
    endpoint: Endpoint,
    key: DeliveryKey,
    { isForced, hastensRetry = true }: { isForced: boolean; hastensRetry?: boolean },
  ): Promise<Date> {
    refuseWhileOff(endpoint);
    const { clock, pool, quota } = this.#deps;
    const dueAt = new Date(clock.now());
    const reserved = isForced ? await quota.reserve(key.accountId, 1) : null;
    try {
      const counted = await transaction(pool, async (client) => {
        const details = { message_id: key.messageId };
        const counts = await this.#reschedule(client, key, { dueAt, reserved, hastensRetry });
        await recordEndpoint({ db: client, clock }, endpoint, { action: 'replay.started', details });
        return counts;
      });
      if (counted !== undefined) quota.record(key.accountId, counted);
    } finally {
      if (typeof reserved === 'function') reserved();
    }
    return dueAt;
  }

  /** `reserved`: room for a message, or why there is none; null: only what was missed. Returns what it counted. */
  async #reschedule(
    client: PoolClient,
    key: DeliveryKey,
    {
      dueAt,
      reserved,
      hastensRetry,
    }: { dueAt: Date; reserved: (() => void) | PaymentRequired | null; hastensRetry: boolean },
  ): Promise<ShardCount | undefined> {
    const wasMissed = await rescheduleOne(client, key, { dueAt, states: REPLAYABLE_STATES, hastensRetry });
    if (!wasMissed) {
      if (reserved === null) throw new Conflict(ALREADY_DELIVERED);
      const wasDelivered = await rescheduleOne(client, key, { dueAt, states: ['delivered'] });
      if (!wasDelivered) throw new Conflict(STILL_ATTEMPTED);
      if (reserved instanceof PaymentRequired) throw reserved;
    }
    const delivery = { ...key, attemptsMade: 0, dueAt: dueAt.toISOString(), trigger: 'replay' as const };
    const job = { id: uuidv7(dueAt.getTime()), data: { deliveries: [delivery] }, startAfterSeconds: 0 };
    await this.#deps.queue.insert('deliver', [job], client);
    await wakeWorkers(client);
    if (wasMissed) return undefined;
    const day = dayAt(dueAt.getTime());
    return countMessages(client, key.accountId, { day, shard: REPLAYS_SHARD, messages: 1 });
  }

  async #one(sql: string, { accountId, id }: Endpoint, replayId: string): Promise<Replay> {
    const { rows } = isUuid(replayId)
      ? await this.#deps.pool.query<Replay>(sql, [accountId, id, replayId])
      : { rows: [] };
    if (rows[0] === undefined) throw new NotFound(`The endpoint has no replay ${replayId}.`);
    return rows[0];
  }
}

/** Before anything is counted; the insert refuses the one that begins at the same time. */
async function refuseWhileRunning(
  pool: Pool,
  { accountId, endpointId }: Pick<DeliveryKey, 'accountId' | 'endpointId'>,
): Promise<void> {
  const { rowCount } = await pool.query(
    `select from replays where account_id = $1 and endpoint_id = $2 and status = 'running'`,
    [accountId, endpointId],
  );
  if (rowCount !== 0) throw new Conflict(STILL_RUNNING);
}

const STILL_RUNNING =
  'A replay of this endpoint is running. Wait until it is done or cancel it, then replay.';
const STILL_ATTEMPTED = 'This delivery is still being attempted. Wait for it to end.';
const ALREADY_DELIVERED =
  'This delivery is still being attempted, or was delivered already. ' +
  'To send a delivered one again, set "force" to true.';

function refuseWhileOff({ status }: Endpoint): void {
  if (status === 'inactive') throw new Conflict('The endpoint is off. Turn it on first, then replay.');
}
