import type { Request } from 'express';
import { z } from 'zod';
import { type Action, ACTION_NAMES, ACTIONS } from '#src/domain/audit/actions.ts';
import type { AuditFilters } from '#src/domain/audit/audit-events.ts';
import { ACTOR_TYPES } from '#src/domain/audit/actor.ts';
import { unheardFilters } from '#src/surfaces/dashboard/frame/unheard-filters.ts';

const DAY_MS = 86_400_000;

const day = z.iso.date().optional().catch(undefined);

/** An invalid filter is not applied, and the page says so: for a hand-written address that is better than an error. */
const schema = z.object({
  actor: z.enum(ACTOR_TYPES).optional().catch(undefined),
  action: z.enum(ACTION_NAMES).optional().catch(undefined),
  since: day,
  until: day,
});

type Shown = z.infer<typeof schema> & { q: string };

/** What the page is asked to show: as its form shows it, and as the log takes it. */
export function readAuditFilters(query: Request['query']) {
  const asked = Object.fromEntries(Object.entries(query).filter(([, value]) => value !== ''));
  const filters = schema.parse(asked);
  const q =
    typeof query['q'] === 'string' ? query['q'].replaceAll('\0', '').slice(0, 200).toWellFormed() : '';
  const shown: Shown = { ...filters, q };
  return {
    shown,
    filters: toFilters(shown),
    isFiltered: Object.values(shown).some((value) => value !== undefined && value !== ''),
    unheard: unheardFilters(asked, { ...NO_FILTERS, ...filters }, ['q', 'format']),
  };
}

const NO_FILTERS = Object.fromEntries(Object.keys(schema.shape).map((name) => [name, undefined]));

/** The day of `until` belongs to it. */
const toFilters = ({ q, since, until, ...rest }: Shown): AuditFilters => ({
  ...rest,
  text: q.trim() === '' ? undefined : q.trim(),
  since: since === undefined ? undefined : new Date(since),
  until: until === undefined ? undefined : new Date(Date.parse(until) + DAY_MS),
});

const sentence = (words: string) => words.charAt(0).toUpperCase() + words.slice(1);

/** What may be chosen, with its words. */
export const AUDIT_CHOICES = {
  actors: [
    ['person', 'People'],
    ['api_key', 'API keys'],
    ['portal', 'Subscribers'],
    ['heroku', 'Heroku'],
    ['system', 'HostedHooks'],
  ],
  actions: ACTION_NAMES.map((action: Action) => [action, sentence(ACTIONS[action])]),
};
