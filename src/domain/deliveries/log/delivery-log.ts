import { performance } from 'node:perf_hooks';
import type { Pool } from 'pg';
import type { App } from '#src/domain/apps/app.ts';
import type { Found } from '#src/domain/search/search.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { type DeliveryFilters, statesOf } from './delivery-filters.ts';
import { type FoundDelivery, listDeliveries, type ListedDelivery } from './listed-delivery.ts';
import { type PlaceRange, placeAfter, placeRange, startOf } from './place.ts';
import type { Part, Walk } from './walk.ts';
import { walkMessages } from './walk-messages.ts';
import { areOnlyInRows, walkRows } from './walk-rows.ts';

/** After so long a page ends early, and its cursor goes on. */
const MAX_MS = 500;

/** Reads the deliveries of an app, with those that have no row: pending, and delivered at the first attempt. */
export class DeliveryLog {
  readonly #pool: Pool;

  constructor({ pool }: { pool: Pool }) {
    this.#pool = pool;
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

  /** In the order of the walk. */
  async #collect(
    app: App,
    filters: DeliveryFilters,
    paging: Paging,
  ): Promise<{ found: FoundDelivery[]; resumeAfter?: string }> {
    const found: FoundDelivery[] = [];
    const startedAt = performance.now();
    let toSkip = paging.offset;
    for await (const part of await this.#walk(app, filters, paging)) {
      for (const delivery of await this.#withStatus(app, filters, part.found)) {
        if (toSkip > 0) toSkip -= 1;
        else found.push(delivery);
        if (found.length === paging.limit) return { found };
      }
      if (performance.now() - startedAt > MAX_MS) return { found, resumeAfter: part.through };
    }
    return { found };
  }

  async #walk(app: App, filters: DeliveryFilters, paging: Paging): Promise<AsyncIterable<Part> | Part[]> {
    const { eventType, messageId, reason } = filters;
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

  /** Those whose last attempt was answered as the filters ask for. */
  async #withStatus(
    app: App,
    { statusCode }: DeliveryFilters,
    found: FoundDelivery[],
  ): Promise<FoundDelivery[]> {
    if (statusCode === undefined) return found;
    const listed = await listDeliveries(this.#pool, app, found);
    return listed.filter(({ lastAttempt }) => lastAttempt !== null && lastAttempt.statusCode === statusCode);
  }
}

function withinMessage(range: PlaceRange, messageId: string | undefined): PlaceRange {
  if (messageId === undefined) return range;
  const [from, to] = [startOf(messageId), placeAfter(messageId)];
  return { from: range.from > from ? range.from : from, to: range.to < to ? range.to : to };
}
