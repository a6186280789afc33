import type { Request } from 'express';
import type { Container } from '#src/container.ts';
import type { App } from '#src/domain/apps/app.ts';
import { NotFound } from '#src/infra/lib/errors.ts';
import { viewHelpers } from '#src/surfaces/html/view-helpers.ts';
import { type Choices, choicesOf } from './choices.ts';
import { accountFields, LOG_FIELDS, type LogName, type LogQuery, momentOf } from './fields.ts';
import { queryOf } from './read-query.ts';

/** A field of the filter bar. */
export interface BarField {
  kind: 'text' | 'select' | 'time';
  name: string;
  label: string;
  value: string;
  hint?: string;
  /** Of a select; the first lets all through. */
  options?: Choices;
  /** What may be typed. */
  suggestions?: string[];
}

/** A filter that is on, and the address without it. */
interface Chip {
  label: string;
  value: string;
  /** Of a time, which the reader's own zone is told of. */
  at?: Date;
  href: string;
}

/** The filter bar of a list: what is asked most stands in it, the rest unfolds; what is on can be taken back. */
export interface Bar {
  href: string;
  fields: BarField[];
  more: BarField[];
  hidden: [string, string][];
  chips: Chip[];
  query: string;
}

/** Fields of a bar that always show; the others unfold. */
const FIRST = ['q', 'status', 'state', 'last'];

const LABELS: Record<string, string> = {
  q: 'Search',
  status: 'Attempt',
  state: 'State',
  reason: 'Ignored by',
  status_code: 'Status code',
  status_class: 'Answer',
  outcome: 'Cause',
  trigger: 'Trigger',
  event_type: 'Event',
  event_id: 'Event id',
  channel: 'Channel',
  subscription_id: 'Subscriber',
  endpoint_id: 'Endpoint',
  message_id: 'Message',
  last: 'Time',
  since: 'From',
  until: 'Until',
};

const HINTS: Record<string, string> = {
  q: 'Payload, answer, id',
  status_code: 'Like 500',
  event_type: 'Any',
  event_id: 'Your own id',
  channel: 'Any',
  subscription_id: 'Name, uid or id',
  endpoint_id: 'URL, uid or id',
};

/** What is typed of these is looked up, and then it is a chip. */
const TYPED: Record<string, string> = { subscription_id: 'subscriber', endpoint_id: 'endpoint' };

const SUGGESTIONS = 200;

type Parts = Pick<Container, 'endpoints' | 'subscriptions' | 'webhookEvents'>;

interface Asked {
  href: string;
  names: string[];
  shown: LogQuery;
  query: Request['query'];
  eventTypes: string[];
  /** What a chip says in place of an id. */
  people: Record<string, string>;
}

/** The bar of a list of an app. */
export async function barOf(
  container: Parts,
  req: Request,
  { app, list, shown }: { app: App; list: LogName; shown: LogQuery },
): Promise<Bar> {
  const [events, people] = await Promise.all([
    container.webhookEvents.all(app),
    namesOf(container, app, shown),
  ]);
  return barWith({
    href: `/apps/${app.id}/${list}`,
    names: Object.keys(LOG_FIELDS[list].shape),
    shown,
    query: req.query,
    eventTypes: events.map(({ eventType }) => eventType),
    people,
  });
}

/** The bar of the log of all apps, which also chooses one. */
export function barOfAccount(
  req: Request,
  { apps, shown }: { apps: { id: string; name: string }[]; shown: LogQuery },
): Bar {
  const names = Object.keys(accountFields.shape);
  const bar = barWith({ href: '/logs', names, shown, query: req.query, eventTypes: [], people: {} });
  const options: Choices = [['', 'All'], ...apps.map(({ id, name }): [string, string] => [id, name])];
  const choice: BarField = { kind: 'select', name: 'app', label: 'App', value: '', options };
  return { ...bar, fields: apps.length > 1 ? [choice, ...bar.fields] : bar.fields };
}

function barWith({ href, names, shown, query, eventTypes, people }: Asked): Bar {
  const given = (name: string) => (shown as Record<string, string | undefined>)[name];
  const fieldOf = (name: string): BarField => {
    const field = { name: TYPED[name] ?? name, label: LABELS[name] ?? name };
    const options = choicesOf(name);
    if (options !== undefined) return { ...field, kind: 'select', value: given(name) ?? '', options };
    if (isTime(name)) return { ...field, kind: 'time', value: localOf(given(name)) };
    const typed = query[field.name];
    const value = typeof typed === 'string' ? typed : '';
    const suggestions = name === 'event_type' ? { suggestions: eventTypes.slice(0, SUGGESTIONS) } : {};
    return { ...field, kind: 'text', value, hint: HINTS[name] ?? '', ...suggestions };
  };
  const chipOf = (name: string): Chip => {
    const value = given(name) ?? '';
    return {
      label: LABELS[name] ?? name,
      value: people[name] ?? labelOf(name, value),
      ...(isTime(name) ? { at: new Date(momentOf(value)) } : {}),
      href: `${href}${queryOf({ ...shown, [name]: undefined })}`,
    };
  };
  const isField = (name: string) => !(name in TYPED && given(name) !== undefined);
  return {
    href,
    fields: FIRST.filter((name) => names.includes(name)).map(fieldOf),
    more: ORDER.filter((name) => names.includes(name) && isField(name)).map(fieldOf),
    hidden: ['message_id', ...Object.keys(TYPED)].flatMap((name) => {
      const value = given(name);
      return value === undefined ? [] : [[name, value] as [string, string]];
    }),
    chips: names.filter((name) => !FIRST.includes(name) && given(name) !== undefined).map(chipOf),
    query: queryOf(shown),
  };
}

const isTime = (name: string) => name === 'since' || name === 'until';

/** How the fields that unfold follow each other: whom it concerns, what it was, how it ended, when. */
const ORDER = [
  ...['subscription_id', 'endpoint_id', 'event_type', 'event_id', 'channel'],
  ...['status_class', 'status_code', 'outcome', 'reason', 'trigger', 'since', 'until'],
];

function labelOf(name: string, value: string): string {
  const chosen = choicesOf(name)?.find(([option]) => option === value)?.[1];
  return chosen ?? (name === 'status_code' && Number(value) === 0 ? 'no answer' : value);
}

/** The names of the subscriber and the endpoint that are filtered by; of what is gone its id. */
async function namesOf(
  { endpoints, subscriptions }: Parts,
  app: App,
  { subscription_id: subscription, endpoint_id: endpoint, message_id: message }: LogQuery,
): Promise<Record<string, string>> {
  const orId = (id: string) => (error: unknown) => {
    if (error instanceof NotFound) return viewHelpers.shortId(id);
    throw error;
  };
  return {
    ...(subscription && {
      subscription_id: await subscriptions
        .getOfApp(app, subscription)
        .then(({ name }) => name)
        .catch(orId(subscription)),
    }),
    ...(endpoint && {
      endpoint_id: await endpoints
        .getOfApp(app, endpoint)
        .then(({ url }) => url)
        .catch(orId(endpoint)),
    }),
    ...(message && { message_id: viewHelpers.shortId(message) }),
  };
}

/** As a field of the type `datetime-local` has it, in UTC. */
function localOf(value: string | undefined): string {
  if (value === undefined) return '';
  const iso = new Date(momentOf(value)).toISOString();
  return iso.endsWith(':00.000Z') ? iso.slice(0, 16) : iso.slice(0, 19);
}
