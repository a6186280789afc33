import { performance } from 'node:perf_hooks';
import type { App } from '#src/domain/apps/app.ts';
import type { DeliveryState } from '#src/domain/deliveries/delivery.ts';
import type { ListedMessage } from '#src/domain/messages/message.ts';
import type { MessageFilters } from '#src/domain/messages/message-filters.ts';
import type { Messages } from '#src/domain/messages/messages.ts';
import type { Found } from '#src/domain/search/search.ts';
import { filterInSlices } from '#src/domain/search/filter-in-slices.ts';
import { matches } from '#src/domain/search/searched-texts.ts';
import type { TimeSlices } from '#src/domain/search/time-slices.ts';
import { MAX_PAGE_BYTES, type Paging } from '#src/infra/lib/paging.ts';
import type { DeliveryLog } from './delivery-log.ts';

export interface MessageLogFilters extends MessageFilters {
  /** Of at least one of the message's deliveries. */
  states?: readonly DeliveryState[] | undefined;
}

/** Payloads in memory at a time: each may have a megabyte. */
const MESSAGES_AT_A_TIME = 16;
/** After so long a page ends early, and its cursor goes on. */
const MAX_MS = 500;

/** Reads the messages of an app, also by how they fared. */
export class MessageLog {
  readonly #messages: Messages;
  readonly #deliveryLog: DeliveryLog;

  constructor({ messages, deliveryLog }: { messages: Messages; deliveryLog: DeliveryLog }) {
    this.#messages = messages;
    this.#deliveryLog = deliveryLog;
  }

  /** A page of the log, the newest message first. It may end early: see {@link Found}. */
  async search(app: App, filters: MessageLogFilters, paging: Paging): Promise<Found<ListedMessage>> {
    const { states, ...others } = filters;
    if (states === undefined) return this.#messages.search(app, others, paging);
    return this.#searchInStates(app, { ...others, states }, paging);
  }

  /** Walks deliveries in the states, because few messages have one; other filters are asked of what it finds. */
  async #searchInStates(
    app: App,
    filters: MessageLogFilters & { states: readonly DeliveryState[] },
    paging: Paging,
  ): Promise<Found<ListedMessage>> {
    const { states, eventType, subscriptionId, since, until } = filters;
    const asked = { states, eventType, subscriptionId, since, until };
    const isBackwards = paging.after !== undefined;
    const rows: ListedMessage[] = [];
    const startedAt = performance.now();
    let { offset: toSkip, before, after } = paging;
    for (let bytes = 0; ;) {
      const step = { limit: MESSAGES_AT_A_TIME, offset: 0, before, after };
      const { ids, resumeAfter } = await this.#deliveryLog.messagesWith(app, asked, step);
      const known = await this.#messages.byIds(app, ids);
      const messages = ids.flatMap((id) => known.get(id) ?? []);
      const passing = filterInSlices(messages, (one, slices) => passes(one, filters, slices));
      for await (const message of passing) {
        if (toSkip > 0) toSkip -= 1;
        else {
          rows.push(message);
          bytes += message.data.length;
        }
        if (rows.length === paging.limit) return { rows: newestFirst(rows, isBackwards) };
        if (bytes > MAX_PAGE_BYTES) return { rows: newestFirst(rows, isBackwards), resumeAfter: message.id };
      }
      const last = resumeAfter ?? (ids.length === step.limit ? ids.at(-1) : undefined);
      if (last === undefined) return { rows: newestFirst(rows, isBackwards) };
      if (performance.now() - startedAt > MAX_MS) {
        return { rows: newestFirst(rows, isBackwards), resumeAfter: last };
      }
      if (isBackwards) after = last;
      else before = last;
    }
  }
}

const newestFirst = (rows: ListedMessage[], isBackwards: boolean) => (isBackwards ? rows.toReversed() : rows);

/** What is not asked of the deliveries. */
function passes(
  message: ListedMessage,
  { text, eventId, channel }: MessageFilters,
  slices: TimeSlices,
): boolean | Promise<boolean> {
  const { data, eventType } = message;
  if (eventId !== undefined && message.eventId !== eventId) return false;
  if (channel !== undefined && message.channels?.includes(channel) !== true) return false;
  const texts = [typeof data === 'string' ? data : '', eventType, message.eventId];
  return text === undefined || matches(text, texts, slices);
}
