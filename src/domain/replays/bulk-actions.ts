import type { App } from '#src/domain/apps/app.ts';
import { MISSED_STATES } from '#src/domain/deliveries/delivery.ts';
import type { EndpointChanges, Endpoints } from '#src/domain/endpoints/endpoints.ts';
import type { EndpointWithParents } from '#src/domain/endpoints/endpoint-with-parents.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import { AppError } from '#src/infra/lib/errors.ts';
import type { Replays } from './replays.ts';

/** Endpoints of one bulk action. */
export const MAX_AT_ONCE = 500;
/** After that no further endpoint is begun, because Heroku's router ends a request at 30 s. */
const MAX_MS = 20_000;
const NOT_YET = 'Not done yet: go back and press the button again.';

export const BULK_ACTIONS = [
  'turn_on_and_replay',
  'turn_on',
  'replay',
  'pause',
  'resume',
  'turn_off',
] as const;
export type BulkAction = (typeof BULK_ACTIONS)[number];

/** An endpoint that is to be acted on. */
export interface Target {
  endpointId: string;
  /** When the first message behind the issues was accepted, see {@link Replays.startSince}; undefined: replays all. */
  since?: Date | undefined;
}

/** What a bulk action did to one endpoint. */
export interface BulkResult {
  endpointId: string;
  /** Null: the app has no such endpoint, or it was not looked at yet. */
  endpoint: { id: string; url: string; subscriber: string } | null;
  /** False: it was as wanted already, or the change was refused. A replay after the change may still be refused. */
  isChanged: boolean;
  /** Deliveries that a replay sends again; null: none was asked for, or none could begin. */
  replayed: number | null;
  /** What was refused or is not done yet, as a sentence; null: nothing. */
  problem: string | null;
}

/** Whether the action needs the right to replay. */
export const replaysMissed = (action: BulkAction): boolean =>
  action === 'replay' || action === 'turn_on_and_replay';

const CHANGES: Record<BulkAction, Pick<EndpointChanges, 'isPaused' | 'status'> | null> = {
  turn_on_and_replay: { status: 'active' },
  turn_on: { status: 'active' },
  replay: null,
  pause: { isPaused: true },
  resume: { isPaused: false },
  turn_off: { status: 'inactive' },
};

interface Parts {
  clock: Pick<Clock, 'monotonicNow'>;
  endpoints: Endpoints;
  replays: Replays;
}

/**
 * Does one thing to each of the endpoints, of which there are at most {@link MAX_AT_ONCE}: each in transactions of its
 * own, so that a refusal at one leaves the others done. Done again it changes nothing more, because an endpoint that is
 * on stays on, and what is on its way again is no longer missed. What 20 seconds are too short for has the problem that
 * it is not done yet.
 */
export async function actOnEndpoints(
  parts: Parts,
  app: App,
  { action, targets }: { action: BulkAction; targets: Target[] },
): Promise<BulkResult[]> {
  const once = new Map(targets.map((target) => [target.endpointId, target]));
  const end = parts.clock.monotonicNow() + MAX_MS;
  const results: BulkResult[] = [];
  for (const target of [...once.values()].slice(0, MAX_AT_ONCE)) {
    const isLate = parts.clock.monotonicNow() >= end;
    results.push(isLate ? notYet(target) : await actOnOne(parts, app, { action, target }));
  }
  return results;
}

const unchanged = ({ endpointId }: Target): BulkResult => ({
  endpointId,
  endpoint: null,
  isChanged: false,
  replayed: null,
  problem: null,
});

const notYet = (target: Target): BulkResult => ({ ...unchanged(target), problem: NOT_YET });

async function actOnOne(
  { endpoints, replays }: Parts,
  app: App,
  { action, target }: { action: BulkAction; target: Target },
): Promise<BulkResult> {
  const { endpointId, since } = target;
  const result = unchanged(target);
  try {
    let endpoint = await endpoints.getOfApp(app, endpointId);
    result.endpoint = nameOf(endpoint);
    const changes = CHANGES[action];
    if (changes !== null && !isAlready(endpoint, changes)) {
      endpoint = await endpoints.update(endpoint, changes);
      result.isChanged = true;
    }
    if (replaysMissed(action)) {
      const replay =
        since === undefined
          ? await replays.start(endpoint, { states: MISSED_STATES })
          : await replays.startSince(endpoint, since);
      result.replayed = replay.total;
    }
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    result.problem = error.message;
  }
  return result;
}

const isAlready = (
  { status, pausedAt }: EndpointWithParents,
  changes: Pick<EndpointChanges, 'isPaused' | 'status'>,
): boolean =>
  changes.isPaused === undefined ? status === changes.status : changes.isPaused === (pausedAt != null);

const nameOf = ({ id, url, subscription }: EndpointWithParents) => ({
  id,
  url,
  subscriber: subscription.name,
});
