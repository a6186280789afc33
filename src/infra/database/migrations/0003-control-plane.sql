-- The control plane: few writes, rich rules. Every table names its account, and composite foreign keys keep a row's
-- parents in the same account, so that a query that forgets the account still cannot join across tenants.

create table apps (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  uid text check (length(uid) <= 128 and uid ~ '^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$'),
  name text not null check (name <> ''),
  success_policy text not null default 'any_2xx' check (success_policy in ('any_2xx', 'only_200')),
  retry_delays_seconds double precision[],
  header_prefix text check (header_prefix ~ '^[A-Za-z][A-Za-z0-9-]{0,63}$' and lower(header_prefix) <> 'webhook'),
  -- The outbound rules that its endpoints have unless they set their own.
  rules jsonb not null default '{}',
  -- Raised by every change that may alter routing; a message is committed only against the revision it was routed by.
  revision bigint not null default 1,
  created_at timestamptz not null default now(),
  unique (account_id, id),
  unique (account_id, uid)
);

create table webhook_events (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  event_type text not null check (event_type <> ''),
  description text not null default '',
  sample_payload json not null default '{}',
  schema json,
  -- How its data looks in one version or another, [{"version", "schema", "example"}]: json and not jsonb, because
  -- examples are kept as they were written.
  versions json not null default '[]',
  -- Messages whose data is not as the schema says are refused.
  enforce boolean not null default false,
  -- False: messages of it are taken for a subscription or an endpoint alone, so that none goes to all by mistake.
  broadcast boolean not null default true,
  created_at timestamptz not null default now(),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade,
  unique (app_id, event_type),
  unique (account_id, app_id, id)
);

create table subscriptions (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  uid text check (length(uid) <= 128 and uid ~ '^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$'),
  name text not null check (name <> ''),
  -- Whom to write to about its endpoints.
  email text check (email <> ''),
  created_at timestamptz not null default now(),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade,
  unique (app_id, uid),
  unique (account_id, app_id, id)
);

-- Serves: a subscription by its uid alone, where the path names no app.
create index subscriptions_uid on subscriptions (account_id, uid) where uid is not null;

create table endpoints (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  uid text check (length(uid) <= 128 and uid ~ '^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$'),
  url text not null,
  description text not null default '',
  version text not null,
  status text not null default 'active' check (status in ('active', 'inactive')),
  -- Why we turned it off; null when it is on, or when a person turned it off.
  inactive_reason text check (inactive_reason in ('attempts_exhausted', 'gone')),
  inactive_since timestamptz,
  -- Since when its deliveries fail; null when it is well. A warning: it alters no routing.
  failing_since timestamptz,
  -- When we look whether it is well again.
  next_probe_at timestamptz,
  -- Whether an issue of it may be open, which its next success ends.
  has_issues boolean not null default false,
  -- Since when its deliveries wait, because a person wants that; null: they do not.
  paused_at timestamptz,
  -- Since when it has its URL, its secret, and what else makes a request (version, code, credentials, headers,
  -- signatures); null: always. Attempts keep none of these.
  url_since timestamptz,
  secret_since timestamptz,
  rules_since timestamptz,
  receives_all_events boolean not null default false,
  -- Such as order.*, beside the event types that endpoint_events lists.
  event_patterns text[] not null default '{}',
  secret_encrypted bytea not null,
  retry_delays_seconds double precision[],
  -- Outbound rules that were set; none is missing because of a default. Their secrets, encrypted, lie beside them.
  rules jsonb not null default '{}',
  rule_secrets_encrypted bytea,
  -- Of the same app.
  transformation_id uuid,
  created_at timestamptz not null default now(),
  foreign key (account_id, app_id, subscription_id)
    references subscriptions (account_id, app_id, id) on delete cascade,
  unique (app_id, uid),
  unique (account_id, id),
  unique (account_id, app_id, id),
  constraint endpoints_active_has_no_reason
    check (status = 'inactive' or (inactive_reason is null and inactive_since is null)),
  constraint endpoints_probed_only_when_exhausted
    check (next_probe_at is null or inactive_reason is not distinct from 'attempts_exhausted')
);
create index endpoints_subscription on endpoints (account_id, subscription_id, id);
-- Serves: those that are to be probed, a few of each account.
create index endpoints_probe_due on endpoints (account_id, next_probe_at) where next_probe_at is not null;
-- Serves: those that post to a Hook Helper, by its token.
create index endpoints_hook_helper on endpoints (account_id, substring(url from '/r/([A-Za-z0-9_-]{20})'))
  where url ~ '/r/[A-Za-z0-9_-]{20}';

create table endpoint_events (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  webhook_event_id uuid not null,
  primary key (endpoint_id, webhook_event_id),
  foreign key (account_id, app_id, endpoint_id) references endpoints (account_id, app_id, id) on delete cascade,
  foreign key (account_id, app_id, webhook_event_id)
    references webhook_events (account_id, app_id, id) on delete cascade
);
create index endpoint_events_app on endpoint_events (account_id, app_id);
create index endpoint_events_webhook_event on endpoint_events (webhook_event_id);

-- Secrets that an endpoint signed with before, and signs with still, until whoever runs it has changed to the new one.
create table endpoint_secrets (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  secret_encrypted bytea not null,
  expires_at timestamptz not null,
  foreign key (account_id, app_id, endpoint_id) references endpoints (account_id, app_id, id) on delete cascade
);
-- Serves: those of an app, for its snapshot; those of an endpoint.
create index endpoint_secrets_app on endpoint_secrets (account_id, app_id, endpoint_id);

create table hook_helpers (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  label text not null check (label <> ''),
  token text not null unique,
  endpoint_id uuid,
  -- What it answers; null: 200, at once.
  answer jsonb,
  -- So many requests still get that answer, where it is for the first ones only.
  failures_left integer not null default 0,
  created_at timestamptz not null default now(),
  foreign key (account_id, endpoint_id) references endpoints (account_id, id) on delete set null (endpoint_id),
  unique (account_id, id)
);

-- Serves: "on delete set null".
create index hook_helpers_endpoint on hook_helpers (endpoint_id);

create table hook_helper_requests (
  id uuid primary key,
  account_id uuid not null,
  hook_helper_id uuid not null,
  method text not null,
  path text not null,
  headers jsonb not null,
  body bytea not null,
  -- What its signature proved when it arrived.
  signature jsonb not null,
  answered_status integer not null,
  created_at timestamptz not null default now(),
  foreign key (account_id, hook_helper_id) references hook_helpers (account_id, id) on delete cascade
);
create index hook_helper_requests_newest on hook_helper_requests (account_id, hook_helper_id, id desc);
