import type { Request } from 'express';
import { z } from 'zod';
import {
  DELIVERY_STATES,
  type DeliveryState,
  IGNORE_REASONS,
  type IgnoreReason,
  isReplayableState,
  MISSED_STATES,
} from '#src/domain/deliveries/delivery.ts';
import type { DeliveryFilters } from '#src/domain/deliveries/log/delivery-filters.ts';
import { STATE_LABELS } from '#src/domain/deliveries/state-labels.ts';
import type { AppReplayFilter } from '#src/domain/replays/replay.ts';
import { unheardFilters } from '#src/surfaces/dashboard/frame/unheard-filters.ts';
import { isUuid } from '#src/infra/lib/ids.ts';

const STATES = Object.keys(DELIVERY_STATES) as DeliveryState[];

const id = z.string().refine(isUuid);

/** A time in UTC, as a field of the type `datetime-local` sends it. */
const time = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?$/)
  .refine((value) => utc(value) >= 0, 'must be a time after 1970');

/** The filters as the address of the log carries them, and the form of a replay of what they match. */
export const deliveryFilterFields = z.strictObject({
  state: z.enum(STATES).optional(),
  reason: z.enum(IGNORE_REASONS).optional(),
  event_type: z
    .string()
    .max(255)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u)
    .optional(),
  subscription_id: id.optional(),
  endpoint_id: id.optional(),
  since: time.optional(),
  until: time.optional(),
});

export type ShownFilters = z.infer<typeof deliveryFilterFields>;

/** An invalid filter is not applied, and `unheard` says so: for a hand-written address that is better than an error. */
export function readDeliveryFilters(query: Request['query']) {
  const heard = Object.entries(deliveryFilterFields.shape).map(([name, field]) => [
    name,
    query[name] === '' ? undefined : field.safeParse(query[name]).data,
  ]);
  const shown = Object.fromEntries(heard) as ShownFilters;
  return { shown, unheard: unheardFilters(query, shown) };
}

/** The filters as the query of an address; empty when there are none. */
export function queryOf(shown: ShownFilters): string {
  const set = Object.entries(shown).filter((one): one is [string, string] => one[1] !== undefined);
  return set.length === 0 ? '' : `?${String(new URLSearchParams(set))}`;
}

export const toLogFilters = ({ state, ...shown }: ShownFilters): DeliveryFilters => ({
  states: state === undefined ? undefined : [state],
  ...common(shown),
});

/**
 * What a replay of the filters sends again: of all states what was missed, of a reason what it ignored. Undefined when
 * the filters match nothing that can be replayed.
 */
export function toReplayFilter({ state, ...shown }: ShownFilters): AppReplayFilter | undefined {
  if (state !== undefined && !isReplayableState(state)) return undefined;
  if (shown.reason !== undefined && state !== undefined && state !== 'ignored') return undefined;
  const all = shown.reason === undefined ? MISSED_STATES : (['ignored'] as const);
  return { states: state === undefined ? all : [state], ...common(shown) };
}

const common = (shown: Omit<ShownFilters, 'state'>) => ({
  reason: shown.reason,
  eventType: shown.event_type,
  subscriptionId: shown.subscription_id,
  endpointId: shown.endpoint_id,
  since: shown.since === undefined ? undefined : new Date(utc(shown.since)),
  until: shown.until === undefined ? undefined : new Date(utc(shown.until)),
});

const utc = (local: string) => Date.parse(`${local}Z`);

const REASONS: Record<IgnoreReason, string> = {
  filtered: 'Filter',
  duplicate: 'Duplicate',
  transformation_failed: 'Transformation failed',
  superseded: 'Superseded',
  cancelled: 'Cancelled',
};

/** What may be chosen, with its words. */
export const DELIVERY_CHOICES = {
  states: STATES.map((state) => [state, STATE_LABELS[state].label]),
  reasons: IGNORE_REASONS.map((reason) => [reason, REASONS[reason]]),
};
