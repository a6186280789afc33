import type { Request } from 'express';
import { z } from 'zod';
import type { RequestFilters } from '#src/domain/api-requests/api-request-rows.ts';
import { unheardFilters } from '#src/surfaces/dashboard/frame/unheard-filters.ts';

const SHOWN_CHARACTERS = 200;
const HOUR_MS = 3_600_000;

/** The times that may be chosen, in milliseconds. */
const SINCE = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS };

/** An invalid filter is not applied, and the page says so: for a hand-written address that is better than an error. */
const schema = z.object({
  show: z.enum(['refused', 'accepted', 'all']).optional().catch(undefined),
  status: z
    .string()
    .regex(/^[1-5]\d\d$/)
    .optional()
    .catch(undefined),
  since: z.enum(['hour', 'day', 'week']).optional().catch(undefined),
});

const NO_FILTERS = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, undefined]));

/** What the page is asked to show: as its form shows it, and as the log takes it. The refused ones if not asked. */
export function readRequestFilters(query: Request['query'], nowMs: number) {
  const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const given = schema.parse(asked);
  const q =
    typeof query['q'] === 'string'
      ? query['q'].replaceAll('\0', '').slice(0, SHOWN_CHARACTERS).toWellFormed()
      : '';
  const show = given.show ?? 'refused';
  const filters: RequestFilters = {
    outcome: show === 'all' ? undefined : show,
    status: given.status === undefined ? undefined : Number(given.status),
    text: q.trim() === '' ? undefined : q.trim(),
    since: given.since === undefined ? undefined : new Date(nowMs - SINCE[given.since]),
  };
  return {
    filters,
    shown: { show, status: given.status ?? '', since: given.since ?? '', q },
    isFiltered: [given.status, given.since, filters.text].some((value) => value !== undefined),
    unheard: unheardFilters(asked, { ...NO_FILTERS, ...given }, ['q']),
  };
}

/** What may be chosen, with its words. */
export const REQUEST_CHOICES = {
  shows: [
    ['refused', 'Refused'],
    ['accepted', 'Accepted (a sample)'],
    ['all', 'All'],
  ],
  statuses: [
    ['', 'Any'],
    ...[400, 401, 402, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503].map((status) => [
      String(status),
      String(status),
    ]),
  ],
  times: [
    ['', 'Any time'],
    ['hour', 'Last hour'],
    ['day', 'Last 24 hours'],
    ['week', 'Last 7 days'],
  ],
};
