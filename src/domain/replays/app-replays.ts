import type { Pool, PoolClient } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { recordChange } from '#src/domain/audit/record-change.ts';
import { idRange } from '#src/infra/database/id-range.ts';
import { transaction } from '#src/infra/database/transaction.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { Conflict, NotFound } from '#src/infra/lib/errors.ts';
import { isUuid, uuidv7 } from '#src/infra/lib/ids.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import {
  addAppReplay,
  addParts,
  appReplay,
  cancelParts,
  countUnfinished,
  listAppReplays,
} from './app-replay-rows.ts';
import { countMatching, type Matching } from './count-matching.ts';
import { countSuperseded } from './count-superseded.ts';
import { countDeliveredMeanwhile, type EstimatedPace, estimatePace } from './estimate-pace.ts';
import type { AppReplay, AppReplayFilter, Estimate } from './replay.ts';

/** Each may have a replay of every endpoint. */
const MAX_UNFINISHED = 10;

/** What a replay by filter would do; its pace is that of the endpoints that are not paused. */
export interface Forecast extends Estimate, EstimatedPace {
  /** What it would send to endpoints that are paused, where it waits until they are resumed. */
  paused: { endpoints: number; deliveries: number };
  /** Deliveries of the time that were delivered since, and are not sent again. */
  deliveredMeanwhile: { count: number; isCut: boolean };
  /** Of what it would send: how many have a newer message with their `coalesce_key` at the same endpoint. */
  superseded: { count: number; isCut: boolean };
}

/**
 * Sends again what matches a filter, at all endpoints of an app. It is carried out by a replay of each endpoint, which
 * waits for others of the same endpoint; endpoints that are off are left out.
 */
export class AppReplays {
  readonly #pool: Pool;
  readonly #clock: Clock;

  constructor({ pool, clock }: { pool: Pool; clock: Clock }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /** What {@link start} would do now. Changes nothing. */
  async forecast(app: App, filter: AppReplayFilter): Promise<Forecast> {
    const [from, to] = idRange(filter, { limit: 0, offset: 0 });
    const matching = await countMatching(this.#pool, app, filter);
    const on = matching.endpoints.filter(({ isOn, matching: count }) => isOn && count > 0);
    const [paused = [], others = []] = [true, false].map((isPaused) =>
      on.filter((one) => one.isPaused === isPaused),
    );
    const isUnknown = others.length === 0 && (paused.length > 0 || !matching.isExact);
    const [pace, deliveredMeanwhile, superseded] = await Promise.all([
      isUnknown
        ? { seconds: null, ahead: 0, isAheadCut: false }
        : estimatePace(this.#pool, app.accountId, others),
      countDeliveredMeanwhile(this.#pool, app, { from, to, endpointIds: askedEndpoints(filter, matching) }),
      countSuperseded(this.#pool, app, { ...matching, filter }),
    ]);
    return {
      ...estimateOf(matching),
      paused: { endpoints: paused.length, deliveries: sumOf(paused) },
      ...pace,
      // An endpoint that was not looked at may have something waiting, too.
      isAheadCut: pace.isAheadCut || !matching.isExact,
      ...{ deliveredMeanwhile, superseded },
    };
  }

  /** Throws Conflict while {@link MAX_UNFINISHED} of the account run. */
  async start(app: App, filter: AppReplayFilter): Promise<AppReplay> {
    const matching = await countMatching(this.#pool, app, filter);
    const id = uuidv7(this.#clock.now());
    await transaction(this.#pool, async (client) => {
      await this.#refuseTooMany(client, app.accountId);
      await addAppReplay(client, app, { id, filter, estimate: estimateOf(matching) });
      const { isExact } = matching;
      const parts = matching.endpoints
        .filter(({ isOn, matching: count }) => isOn && (count > 0 || !isExact))
        .map((one) => ({ id: uuidv7(this.#clock.now()), endpoint_id: one.endpointId, total: one.matching }));
      await addParts(client, app, { id, filter, parts });
      await recordChange(
        { db: client, clock: this.#clock },
        {
          accountId: app.accountId,
          action: 'replay.started',
          object: { type: 'app', id: app.id, name: app.name },
          appId: app.id,
          details: { replay_id: id, total: estimateOf(matching).total },
        },
      );
    });
    return this.get(app, id);
  }

  /** Throws NotFound when the app has no replay with this id. */
  async get(app: App, id: string): Promise<AppReplay> {
    const found = isUuid(id) ? await appReplay(this.#pool, app, id) : undefined;
    if (found === undefined) throw new NotFound(`The app has no replay ${id}.`);
    return found;
  }

  /** Newest first. */
  list(app: App, paging: Paging): Promise<AppReplay[]> {
    return listAppReplays(this.#pool, app, paging);
  }

  /** Ends what has not ended; deliveries that it has rescheduled are still sent. Throws NotFound like {@link get}. */
  async cancel(app: App, id: string): Promise<AppReplay> {
    const { status } = await this.get(app, id);
    if (status === 'running') await transaction(this.#pool, (client) => cancelParts(client, app, id));
    return this.get(app, id);
  }

  async #refuseTooMany(client: PoolClient, accountId: string): Promise<void> {
    if ((await countUnfinished(client, accountId)) < MAX_UNFINISHED) return;
    throw new Conflict('Ten replays are running. Wait until one is done or cancel it, then replay.');
  }
}

function estimateOf({ endpoints, isExact }: Matching): Estimate {
  const counted = endpoints.filter(({ matching }) => matching > 0);
  const [on = [], off = []] = [true, false].map((isOn) => counted.filter((one) => one.isOn === isOn));
  return {
    total: sumOf(on),
    isExact,
    endpoints: on.length,
    endpointsOff: off.length,
    deliveriesOff: sumOf(off),
  };
}

const sumOf = (endpoints: Matching['endpoints']) =>
  endpoints.reduce((sum, { matching }) => sum + matching, 0);

function askedEndpoints({ endpointId, subscriptionId }: AppReplayFilter, { endpoints }: Matching) {
  if (endpointId !== undefined) return [endpointId];
  return subscriptionId === undefined ? undefined : endpoints.map((one) => one.endpointId);
}
