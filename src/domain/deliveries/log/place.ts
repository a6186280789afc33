import { idRange, nextId } from '#src/infra/database/id-range.ts';
import type { Paging } from '#src/infra/lib/paging.ts';
import { placeOf } from '#src/infra/lib/place.ts';
import type { Span } from '#src/domain/search/spans.ts';

export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/**
 * A range of the log of deliveries, whose order is that of their messages, and of the endpoints of one message: `from`
 * inclusive, `to` exclusive. Both are places (`infra/lib/place.ts`), which compare as texts.
 */
export interface PlaceRange {
  from: string;
  to: string;
}

/** The range of a page. A cursor that names a message alone stands before its first delivery. */
export function placeRange(
  times: { since?: Date | undefined; until?: Date | undefined },
  paging: Paging,
): PlaceRange {
  const [since, until] = idRange(times, { limit: paging.limit, offset: 0 });
  const range = { from: placeOf(since, FIRST_ID), to: placeOf(until, FIRST_ID) };
  if (paging.before !== undefined) range.to = min(range.to, placeBefore(paging.before));
  if (paging.after !== undefined) range.from = max(range.from, placeAfter(paging.after));
  return range;
}

/** The message and the endpoint of a place. */
export function partsOf(place: string): { messageId: string; endpointId: string } {
  const [messageId = FIRST_ID, endpointId = FIRST_ID] = place.split('.');
  return { messageId, endpointId };
}

/** The ids of the messages of which a delivery is in the range. */
export function messageSpan({ from, to }: PlaceRange): Span {
  const end = partsOf(to);
  const isWithin = end.endpointId !== FIRST_ID && end.messageId !== LAST_ID;
  return { from: partsOf(from).messageId, to: isWithin ? nextId(end.messageId) : end.messageId };
}

/** Where the deliveries of a message begin; all places before it are of older messages. */
export const startOf = (messageId: string) => placeOf(messageId, FIRST_ID);

function placeBefore(cursor: string): string {
  const { messageId, endpointId } = partsOf(cursor);
  return placeOf(messageId, endpointId);
}

/** The next place that a delivery may be at. A cursor of a message alone stands after its deliveries. */
export function placeAfter(cursor: string): string {
  const { messageId, endpointId } = partsOf(cursor);
  if (!cursor.includes('.')) return startOf(messageId === LAST_ID ? LAST_ID : nextId(messageId));
  return endpointId === LAST_ID ? startOf(nextId(messageId)) : placeOf(messageId, nextId(endpointId));
}

const min = (a: string, b: string) => (a < b ? a : b);
const max = (a: string, b: string) => (a > b ? a : b);
