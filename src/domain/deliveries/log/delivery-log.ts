import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import { isOfClass } from '#src/domain/attempts/status-class.ts';
import type { Found } from '#src/domain/search/search.ts';
import { previousId } from '#src/infra/database/id-range.ts';
import { chunksOf } from '#src/infra/lib/chunks.ts';
import type { Clock } from '#src/infra/lib/clock.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { placeOf } from '#src/infra/lib/place.ts';
import { matchingText } from '#src/domain/deliveries/match-text.ts';
import { type DeliveryFilters, statesOf } from './delivery-filters.ts';
import { type FoundDelivery, listDeliveries, type ListedDelivery } from './listed-delivery.ts';
import { type PlaceRange, partsOf, placeAfter, placeRange, startOf } from './place.ts';
import type { Part, Walk } from './walk.ts';
import { walkMessages } from './walk-messages.ts';
import { areOnlyInRows, walkRows } from './walk-rows.ts';

/** After so long a page ends early, and its cursor goes on. */
const MAX_MS = 500;
/** A part may hold thousands of deliveries, of which a page needs the first that match. */
const MATCHED_AT_A_TIME = 250;
/** The payload of each may be a megabyte, and the time of a page is asked between these. */
const SEARCHED_AT_A_TIME = 64;

/** Reads the deliveries of an app, with those that have no row: pending, and delivered at the first attempt. */
export class DeliveryLog {
  readonly #pool: Pool;
  readonly #clock: Pick<Clock, 'monotonicNow'>;

  constructor({ pool, clock }: { pool: Pool; clock: Pick<Clock, 'monotonicNow'> }) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /**
   * A page of the log, the newest message first. Its cursors are places. It ends early when few deliveries match: see
   * {@link Found}.
   */
  async search(app: App, filters: DeliveryFilters, paging: Paging): Promise<Found<ListedDelivery>> {
    const isBackwards = paging.after !== undefined;
    const { found, resumeAfter } = await this.#collect(app, filters, paging);
    const rows = await listDeliveries(this.#pool, app, isBackwards ? found.reverse() : found);
    return { rows, ...(resumeAfter === undefined ? {} : { resumeAfter }) };
  }

  /**
   * Ids of messages with a delivery that matches, in the order of the walk: with `after` from the oldest on. Cursors
   * are messages. It ends early as {@link search} does.
   */
  async messagesWith(
    app: App,
    filters: DeliveryFilters,
    paging: Paging,
  ): Promise<{ ids: string[]; resumeAfter?: string }> {
    const isBackwards = paging.after !== undefined;
    const ids: string[] = [];
    const startedAt = this.#clock.monotonicNow();
    for await (const part of await this.#walk(app, filters, paging)) {
      for await (const { found } of this.#matchesOf(app, filters, part)) {
        for (const { messageId } of found) {
          if (messageId === ids.at(-1)) continue;
          if (ids.length === paging.limit) return { ids };
          ids.push(messageId);
        }
      }
      // Its cursors are messages, so that a page cannot go on within one: it would begin the message anew.
      if (part.isWithinMessage === true || this.#clock.monotonicNow() - startedAt <= MAX_MS) continue;
      const { messageId } = partsOf(part.through);
      if (part.through === startOf(messageId))
        return { ids, resumeAfter: isBackwards ? previousId(messageId) : messageId };
      if (messageId === ids.at(-1)) return { ids, resumeAfter: messageId };
      // A walk over rows may come to any of a message's; looked at to its end, it is on this page or on none.
      const isFound = await this.#matchesBeyond(app, filters, { place: part.through, isBackwards });
      if (isFound && ids.length === paging.limit) return { ids };
      return { ids: isFound ? [...ids, messageId] : ids, resumeAfter: messageId };
    }
    return { ids };
  }

  /** Whether a delivery of the message at a place matches that the walk comes to after that place. */
  async #matchesBeyond(
    app: App,
    filters: DeliveryFilters,
    { place, isBackwards }: { place: string; isBackwards: boolean },
  ): Promise<boolean> {
    const { messageId } = partsOf(place);
    const paging = { limit: 1, offset: 0, [isBackwards ? 'after' : 'before']: place };
    for await (const part of await this.#walk(app, { ...filters, messageId }, paging)) {
      for await (const { found } of this.#matchesOf(app, filters, part)) if (found.length > 0) return true;
    }
    return false;
  }

  /** In the order of the walk. */
  async #collect(
    app: App,
    filters: DeliveryFilters,
    paging: Paging,
  ): Promise<{ found: FoundDelivery[]; resumeAfter?: string }> {
    const found: FoundDelivery[] = [];
    const startedAt = this.#clock.monotonicNow();
    let toSkip = paging.offset;
    for await (const part of await this.#walk(app, filters, paging)) {
      for await (const looked of this.#matchesOf(app, filters, part)) {
        for (const delivery of looked.found) {
          if (toSkip > 0) toSkip -= 1;
          else found.push(delivery);
          if (found.length === paging.limit) return { found };
        }
        if (this.#clock.monotonicNow() - startedAt > MAX_MS) return { found, resumeAfter: looked.through };
      }
    }
    return { found };
  }

  async #walk(app: App, filters: DeliveryFilters, paging: Paging): Promise<AsyncIterable<Part> | Part[]> {
    const { eventType, messageId, reason, text } = filters;
    const states = statesOf(filters);
    const endpointIds = await this.#endpointsOf(app, filters);
    const range = withinMessage(placeRange(filters, paging), messageId?.toLowerCase());
    if (states?.length === 0 || endpointIds?.length === 0 || range.from >= range.to) return [];
    const walk: Walk = {
      app,
      range,
      isBackwards: paging.after !== undefined,
      states,
      reason,
      endpointIds,
      eventType,
      text,
    };
    if (messageId === undefined && states !== undefined && areOnlyInRows(states)) {
      return walkRows(this.#pool, { ...walk, states });
    }
    return walkMessages(this.#pool, walk);
  }

  /** Undefined: all. */
  async #endpointsOf(
    app: App,
    { endpointId, subscriptionId }: DeliveryFilters,
  ): Promise<string[] | undefined> {
    if (subscriptionId === undefined) return endpointId === undefined ? undefined : [endpointId];
    const { rows } = await this.#pool.query<{ id: string }>(
      'select id from endpoints where account_id = $1 and app_id = $2 and subscription_id = $3',
      [app.accountId, app.id, subscriptionId],
    );
    const ids = rows.map(({ id }) => id);
    return endpointId === undefined ? ids : ids.filter((id) => id === endpointId);
  }

  /** The part in smaller parts, of deliveries that match. */
  async *#matchesOf(app: App, filters: DeliveryFilters, { found, through }: Part): AsyncGenerator<Part> {
    const size = filters.text === undefined ? MATCHED_AT_A_TIME : SEARCHED_AT_A_TIME;
    for (const some of chunksOf(found, size)) {
      const last = some.at(-1);
      yield {
        found: await this.#matching(app, filters, some),
        through:
          last === undefined || last === found.at(-1) ? through : placeOf(last.messageId, last.endpointId),
      };
    }
    if (found.length === 0) yield { found, through };
  }

  /** Those whose last attempt, and whose texts, are what the filters ask for. */
  async #matching(app: App, filters: DeliveryFilters, found: FoundDelivery[]): Promise<FoundDelivery[]> {
    const { statusCode, statusClass, outcome, text } = filters;
    let left: FoundDelivery[] = found;
    if ([statusCode, statusClass, outcome].some((of) => of !== undefined)) {
      left = (await listDeliveries(this.#pool, app, left)).filter(
        ({ lastAttempt: last }) =>
          last !== null &&
          (statusCode === undefined || last.statusCode === statusCode) &&
          (statusClass === undefined || isOfClass(last.statusCode, statusClass)) &&
          (outcome === undefined || last.outcome === outcome),
      );
    }
    if (text === undefined || left.length === 0) return left;
    return matchingText(this.#pool, { accountId: app.accountId, appId: app.id, text }, left);
  }
}

function withinMessage(range: PlaceRange, messageId: string | undefined): PlaceRange {
  if (messageId === undefined) return range;
  const [from, to] = [startOf(messageId), placeAfter(messageId)];
  return { from: range.from > from ? range.from : from, to: range.to < to ? range.to : to };
}
