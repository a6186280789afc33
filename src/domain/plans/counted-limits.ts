import type { Plan } from './plans.ts';

/** What an account may have only so much of, by its plan: the API, pages and documents tell it from here. */
export interface CountedLimit {
  of: Exclude<keyof Plan, 'slug' | 'messagesPerMonth' | 'publishRate' | 'members' | 'retentionDays'>;
  /** As texts name it: `1 app`, `10 apps`. */
  noun: string;
  plural: string;
  /** Its name in the API: `GET /account`. */
  name: string;
  /** How to have less of it. */
  where: string;
  /** SQL: how much an account has; `$1` is its id. */
  count: string;
}

const rowsOf = (table: string) => `select count(*)::int as count from ${table} where account_id = $1`;

export const COUNTED_LIMITS: readonly CountedLimit[] = [
  {
    of: 'apps',
    noun: 'app',
    plural: 'apps',
    name: 'apps',
    where: 'DELETE /api/v1/apps/ID',
    count: rowsOf('apps'),
  },
  {
    of: 'eventTypes',
    noun: 'event type',
    plural: 'event types',
    name: 'event_types',
    where: 'DELETE /api/v1/apps/ID/webhook_events/ID',
    count: rowsOf('webhook_events'),
  },
  {
    of: 'schemaKilobytes',
    noun: 'KB of event schemas',
    plural: 'KB of event schemas',
    name: 'schema_kilobytes',
    where: 'PATCH /api/v1/apps/ID/webhook_events/ID with a smaller schema',
    count: `select ceil(coalesce(sum(coalesce(octet_length(schema::text), 0) + octet_length(versions::text) - 2), 0)
      / 1024.0)::int as count from webhook_events where account_id = $1`,
  },
  {
    of: 'subscriptions',
    noun: 'subscription',
    plural: 'subscriptions',
    name: 'subscriptions',
    where: 'DELETE /api/v1/subscriptions/ID',
    count: rowsOf('subscriptions'),
  },
  {
    of: 'endpoints',
    noun: 'endpoint',
    plural: 'endpoints',
    name: 'endpoints',
    where: 'Delete endpoint, at the foot of its page under Apps',
    count: rowsOf('endpoints'),
  },
  {
    of: 'hookHelpers',
    noun: 'Hook Helper',
    plural: 'Hook Helpers',
    name: 'hook_helpers',
    where: 'DELETE /api/v1/hook_helpers/ID',
    count: rowsOf('hook_helpers'),
  },
];

export type Counted = CountedLimit['of'];
