import type { SentAs } from '#src/domain/messages/sent-as.ts';
import type { AppRules, EndpointRules } from '#src/domain/outbound-rules/rules.ts';
import type { AppSnapshot, RoutedEndpoint } from './app-snapshot.ts';

export interface EndpointRow extends Omit<
  RoutedEndpoint,
  'channels' | 'eventTypes' | 'filter' | 'queue' | 'requestRules' | 'retrySchedule' | 'signingKeys' | 'target'
> {
  isPaused: boolean;
  retryDelaysSeconds: number[] | null;
  rules: EndpointRules;
  /** Base64, as all that is encrypted here. */
  ruleSecrets: string | null;
  receivesAllEvents: boolean;
  eventTypes: string[];
  /** `order.*` */
  eventPatterns: string[];
  secret: string;
  /** The replaced secrets that still sign, newest first; `null`: none. */
  previous: PreviousSecret[] | null;
}

export interface PreviousSecret {
  secret: string;
  expiresAtMs: number;
}

/** What {@link SNAPSHOT} answers. */
export type AppRow = Omit<
  AppSnapshot,
  'eventTypes' | 'unicastTypes' | 'schemas' | 'endpoints' | 'hasFilters' | 'retrySchedule' | keyof SentAs
> & {
  retryDelaysSeconds: number[] | null;
  rules: AppRules;
  enforced: string[];
  headerPrefix: string | null;
  eventTypes: string[];
  unicastTypes: string[];
  endpoints: EndpointRow[];
};

/** SQL: the transformation of the row of `endpoints`, with what its code is told. */
const TRANSFORMATION = `(select json_build_object('id', used.id, 'version', used.version, 'context', json_build_object(
    'endpoint', json_build_object('id', endpoints.id, 'uid', endpoints.uid, 'url', endpoints.url),
    'subscription', json_build_object('id', owner.id, 'uid', owner.uid, 'name', owner.name),
    'app', json_build_object('id', apps.id, 'uid', apps.uid, 'name', apps.name)))
  from transformations used, subscriptions owner
  where used.id = endpoints.transformation_id and owner.id = endpoints.subscription_id)`;

/**
 * One statement, hence one snapshot of the database: the revision belongs to exactly these endpoints. Previous secrets
 * are read together, because few endpoints have any.
 */
export const SNAPSHOT = `
  select account_id as "accountId", id, revision::text, success_policy as "successPolicy",
    retry_delays_seconds as "retryDelaysSeconds", header_prefix as "headerPrefix",
    rules,
    coalesce((select json_agg(event_type) from webhook_events where app_id = apps.id), '[]') as "eventTypes",
    coalesce((select json_agg(event_type) from webhook_events where app_id = apps.id and not broadcast), '[]')
      as "unicastTypes",
    coalesce((select json_agg(event_type) from webhook_events where app_id = apps.id and enforce), '[]') as enforced,
    coalesce((select json_agg(json_build_object(
      'id', id, 'subscriptionId', subscription_id, 'url', url, 'version', version, 'status', status,
      'inactiveReason', inactive_reason, 'isPaused', paused_at is not null,
      'isFailing', failing_since is not null,
      'hasIssues', has_issues, 'receivesAllEvents', receives_all_events,
      'eventPatterns', event_patterns,
      'retryDelaysSeconds', retry_delays_seconds, 'rules', rules,
      'ruleSecrets', encode(rule_secrets_encrypted, 'base64'), 'secret', encode(secret_encrypted, 'base64'), 'previous', previous,
      'transformation', case when transformation_id is not null then ${TRANSFORMATION} end,
      'eventTypes', coalesce((select json_agg(event_type) from endpoint_events
        join webhook_events on webhook_events.id = webhook_event_id where endpoint_id = endpoints.id), '[]')
    )) from endpoints left join (
      select endpoint_id, json_agg(json_build_object('secret', encode(secret_encrypted, 'base64'),
        'expiresAtMs', extract(epoch from expires_at) * 1000) order by id desc) as previous
      from endpoint_secrets where account_id = apps.account_id and app_id = apps.id group by endpoint_id
    ) secrets on endpoint_id = endpoints.id
    where app_id = apps.id), '[]') as endpoints
  from apps where id = $1`;
