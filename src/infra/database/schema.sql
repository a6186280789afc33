-- Written by `npm run schema` from the migrations. Do not edit.

CREATE OR REPLACE FUNCTION public.announce_account()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('control_plane', 'account:' || coalesce(new.account_id, old.account_id));
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.announce_app()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('control_plane', 'app:' || coalesce(new.id, old.id));
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.announce_health()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('control_plane', 'app:' || new.app_id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.announce_plan()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform pg_notify('control_plane', 'account:' || new.id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.endpoint_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform keep_endpoint_revision(coalesce(new, old));
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.endpoint_event_changed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform keep_endpoint_revision(endpoints) from endpoints where id = coalesce(new.endpoint_id, old.endpoint_id);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.keep_endpoint_revision(changed endpoints)
 RETURNS void
 LANGUAGE plpgsql
AS $function$
declare
  now_at bigint := (select revision from apps where id = changed.app_id);
  this_call text := changed.id || '@' || now_at;
begin
  if now_at is null or this_call = current_setting('hostedhooks.kept_revision', true) then
    return;
  end if;
  perform set_config('hostedhooks.kept_revision', this_call, true);

  with present as (
    select version, status, inactive_reason, case when not receives_all_events then array(
      select event_type from endpoint_events join webhook_events on webhook_events.id = webhook_event_id
      where endpoint_id = changed.id order by event_type) || event_patterns end as event_types,
      case when jsonb_typeof(rules->'channels') = 'array' then
        array(select jsonb_array_elements_text(rules->'channels')) end as channels
    from endpoints where id = changed.id
    union all
    select changed.version, 'deleted', null, null, null where not exists (select from endpoints where id = changed.id)
  ), newest as (
    select version, status, inactive_reason, event_types, channels from endpoint_revisions
    where account_id = changed.account_id and app_id = changed.app_id
      and subscription_id = changed.subscription_id and endpoint_id = changed.id
    order by revision desc limit 1
  )
  insert into endpoint_revisions
    (account_id, app_id, subscription_id, endpoint_id, revision, version, status, inactive_reason, event_types,
      channels)
  select changed.account_id, changed.app_id, changed.subscription_id, changed.id, now_at, present.*
  from present left join newest on true
  where (present.*) is distinct from (newest.*);
end $function$
;

CREATE OR REPLACE FUNCTION public.raise_app_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  update apps set revision = revision + 1 where id in (select app_id from changed);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.raise_app_revision_of_endpoints()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
declare
  health constant text[] := array['failing_since', 'next_probe_at', 'has_issues'];
begin
  update apps set revision = revision + 1 where id in (
    select id from apps where id in (
      select changed.app_id from changed join before using (id)
      where to_jsonb(changed) - health is distinct from to_jsonb(before) - health)
    order by id for no key update);
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.raise_own_revision()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  if new.revision = old.revision then
    new.revision := old.revision + 1;
  end if;
  return new;
end $function$
;

CREATE OR REPLACE FUNCTION public.time_of_id(id uuid)
 RETURNS timestamp with time zone
 LANGUAGE sql
 IMMUTABLE PARALLEL SAFE
RETURN to_timestamp((((((('x'::text || translate("left"((id)::text, 13), '-'::text, ''::text)))::bit(48))::bigint)::numeric / 1000.0))::double precision)
;

CREATE OR REPLACE FUNCTION public.wake_endpoint_queue()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into endpoint_queue_wakes (account_id, app_id, endpoint_id)
  select account_id, app_id, endpoint_id from endpoint_queues
  where account_id = old.account_id and endpoint_id = old.id;
  if found then
    perform pg_notify('endpoint_queues', '');
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.wake_endpoint_queues_of_app()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  insert into endpoint_queue_wakes (account_id, app_id, endpoint_id)
  select account_id, app_id, endpoint_id from endpoint_queues where account_id = new.account_id and app_id = new.id;
  if found then
    perform pg_notify('endpoint_queues', '');
  end if;
  return null;
end $function$
;

CREATE OR REPLACE FUNCTION public.webhook_event_renamed()
 RETURNS trigger
 LANGUAGE plpgsql
AS $function$
begin
  perform keep_endpoint_revision(endpoints) from endpoints
  where id in (select endpoint_id from endpoint_events where webhook_event_id = new.id);
  return null;
end $function$
;

create sequence endpoint_alerts_id_seq as bigint;

create table accounts (
  id uuid not null,
  name text not null,
  plan text not null,
  created_at timestamp with time zone default now() not null
);

create table api_keys (
  id uuid not null,
  account_id uuid not null,
  name text not null,
  prefix text not null,
  key_hash bytea not null,
  scopes text[] default '{read,messages:write,admin}'::text[] not null,
  created_at timestamp with time zone default now() not null,
  last_used_at timestamp with time zone,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone,
  generation integer,
  grace_seconds integer,
  config_updated_at timestamp with time zone,
  config_problem text
);

create table api_requests (
  account_id uuid not null,
  id uuid not null,
  method text not null,
  path text not null,
  operation text,
  status smallint not null,
  code text,
  message text,
  details json default '[]'::json not null,
  event_type text,
  event_id text,
  api_key_id uuid,
  request_id text not null,
  client_address text not null,
  user_agent text,
  content_type text,
  duration_ms integer not null,
  body text,
  body_bytes integer,
  unlisted integer default 0 not null
);

create table app_delivery_counts (
  account_id uuid not null,
  app_id uuid not null,
  slot timestamp with time zone not null,
  shard smallint not null,
  succeeded integer not null,
  failed integer not null,
  took_1 integer,
  took_2 integer,
  took_3 integer,
  took_5 integer,
  took_7 integer,
  took_10 integer,
  took_15 integer,
  took_20 integer,
  took_30 integer,
  took_50 integer,
  took_70 integer,
  took_100 integer,
  took_150 integer,
  took_200 integer,
  took_300 integer,
  took_500 integer,
  took_700 integer,
  took_1000 integer,
  took_1500 integer,
  took_2000 integer,
  took_3000 integer,
  took_5000 integer,
  took_7000 integer,
  took_10000 integer,
  took_15000 integer,
  took_20000 integer,
  took_30000 integer,
  took_longer integer
) with (fillfactor=50);

create table app_replays (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  filter jsonb not null,
  is_exact boolean not null,
  endpoints integer not null,
  endpoints_off integer not null,
  deliveries_off integer not null,
  cancelled_at timestamp with time zone,
  created_at timestamp with time zone default now() not null
);

create table apps (
  id uuid not null,
  account_id uuid not null,
  uid text,
  name text not null,
  success_policy text default 'any_2xx'::text not null,
  retry_delays_seconds double precision[],
  header_prefix text,
  rules jsonb default '{}'::jsonb not null,
  revision bigint default 1 not null,
  created_at timestamp with time zone default now() not null,
  portal jsonb default '{}'::jsonb not null
);

create table attempts (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  subscription_id uuid not null,
  duration_ms integer not null,
  first_byte_ms integer,
  dns_ms integer,
  connect_ms integer,
  tls_ms integer,
  attempt_number smallint not null,
  status_code smallint,
  succeeded boolean not null,
  event_type text not null,
  trigger text,
  outcome text,
  error_message text,
  response_headers text,
  response_body text,
  possible_duplicate boolean,
  was_repeated boolean,
  may_be_taken boolean,
  execution_id uuid,
  next_attempt_at timestamp with time zone
) partition by RANGE (id);

create table audit_events (
  account_id uuid not null,
  id uuid not null,
  actor_type text not null,
  actor_id text,
  actor_email text,
  action text not null,
  object_type text not null,
  object_id text not null,
  object_name text,
  app_id uuid,
  details jsonb default '{}'::jsonb not null
);

create table channels (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  name text not null,
  format text not null,
  url_encrypted bytea not null,
  host text not null,
  kinds text[] not null,
  created_at timestamp with time zone not null,
  failing_since timestamp with time zone,
  last_error text
);

create table deduplication_keys (
  account_id uuid not null,
  endpoint_id uuid not null,
  hash text not null,
  message_id uuid not null,
  seen_at timestamp with time zone not null,
  expires_at timestamp with time zone not null
);

create table deliveries (
  account_id uuid not null,
  app_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  state text not null,
  attempts_made smallint not null,
  next_attempt_at timestamp with time zone,
  reason text
) partition by RANGE (message_id);

create table delivery_counts (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  hour timestamp with time zone not null,
  succeeded integer not null,
  failed integer not null,
  took_1 integer,
  took_2 integer,
  took_3 integer,
  took_5 integer,
  took_7 integer,
  took_10 integer,
  took_15 integer,
  took_20 integer,
  took_30 integer,
  took_50 integer,
  took_70 integer,
  took_100 integer,
  took_150 integer,
  took_200 integer,
  took_300 integer,
  took_500 integer,
  took_700 integer,
  took_1000 integer,
  took_1500 integer,
  took_2000 integer,
  took_3000 integer,
  took_5000 integer,
  took_7000 integer,
  took_10000 integer,
  took_15000 integer,
  took_20000 integer,
  took_30000 integer,
  took_longer integer
);

create table endpoint_alert_mails (
  account_id uuid not null,
  kind text not null,
  reader text not null,
  mailed_at timestamp with time zone not null
);

create table endpoint_alerts (
  id bigint generated always as identity not null,
  account_id uuid not null,
  endpoint_id uuid not null,
  kind text not null,
  reader text not null,
  raised_at timestamp with time zone not null
);

create table endpoint_events (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  webhook_event_id uuid not null
);

create table endpoint_queue_wakes (
  account_id uuid not null,
  endpoint_id uuid not null,
  id uuid default gen_random_uuid() not null,
  app_id uuid not null,
  wake_at timestamp with time zone default now() not null
);

create table endpoint_queues (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  next_release_at timestamp with time zone
);

create table endpoint_revisions (
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  endpoint_id uuid not null,
  revision bigint not null,
  version text not null,
  status text not null,
  inactive_reason text,
  event_types text[],
  channels text[]
);

create table endpoint_secrets (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  secret_encrypted bytea not null,
  expires_at timestamp with time zone not null
);

create table endpoints (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  uid text,
  url text not null,
  description text default ''::text not null,
  version text not null,
  status text default 'active'::text not null,
  inactive_reason text,
  inactive_since timestamp with time zone,
  failing_since timestamp with time zone,
  next_probe_at timestamp with time zone,
  has_issues boolean default false not null,
  paused_at timestamp with time zone,
  url_since timestamp with time zone,
  secret_since timestamp with time zone,
  rules_since timestamp with time zone,
  receives_all_events boolean default false not null,
  event_patterns text[] default '{}'::text[] not null,
  secret_encrypted bytea not null,
  retry_delays_seconds double precision[],
  rules jsonb default '{}'::jsonb not null,
  rule_secrets_encrypted bytea,
  transformation_id uuid,
  created_at timestamp with time zone default now() not null
);

create table endpoints_told (
  account_id uuid not null,
  endpoint_id uuid not null,
  reader text not null,
  warned_at timestamp with time zone,
  issue_told_at timestamp with time zone,
  awaits text
);

create table evidence_links (
  account_id uuid not null,
  app_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null,
  token_hash bytea not null,
  shows_payload boolean not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null
);

create table heroku_authorizations (
  resource_id uuid not null,
  account_id uuid not null,
  state text not null,
  problem text,
  grant_hash bytea,
  grant_encrypted bytea,
  grant_expires_at timestamp with time zone,
  exchange_begun_at timestamp with time zone,
  access_token_encrypted bytea,
  refresh_token_encrypted bytea,
  access_expires_at timestamp with time zone,
  version integer default 0 not null,
  refresh_lease_until timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  authorized_at timestamp with time zone
);

create table heroku_resources (
  id uuid not null,
  account_id uuid,
  name text,
  app_name text,
  region text,
  options jsonb,
  app_id uuid,
  config_var text,
  owner_email text,
  key_generation integer default 1 not null,
  is_sync_queued boolean default false not null,
  synced_at timestamp with time zone,
  created_at timestamp with time zone default now() not null,
  deprovisioned_at timestamp with time zone
);

create table heroku_webhooks (
  resource_id uuid not null,
  account_id uuid not null,
  secret_encrypted bytea not null,
  authorization_encrypted bytea not null,
  url text,
  created_at timestamp with time zone default now() not null
);

create table hook_helper_requests (
  id uuid not null,
  account_id uuid not null,
  hook_helper_id uuid not null,
  method text not null,
  path text not null,
  headers jsonb not null,
  body bytea not null,
  signature jsonb not null,
  answered_status integer not null,
  created_at timestamp with time zone default now() not null
);

create table hook_helpers (
  id uuid not null,
  account_id uuid not null,
  label text not null,
  token text not null,
  endpoint_id uuid,
  answer jsonb,
  failures_left integer default 0 not null,
  created_at timestamp with time zone default now() not null
);

create table idempotency_keys (
  account_id uuid not null,
  key_hash bytea not null,
  fingerprint bytea not null,
  claim uuid not null,
  leased_until timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  answer bytea
);

create table imports (
  account_id uuid not null,
  claim uuid,
  leased_until timestamp with time zone,
  history_month date,
  history_messages integer default 0 not null
);

create table invitations (
  id uuid not null,
  account_id uuid not null,
  app_id uuid,
  subscription_id uuid,
  email text not null,
  role text,
  invited_by text,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  accepted_at timestamp with time zone,
  person_id uuid
);

create table issues (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  subscription_id uuid not null,
  cause text not null,
  status_code smallint,
  status text default 'open'::text not null,
  opened_at timestamp with time zone not null,
  opening_attempt_id uuid not null,
  first_seen_at timestamp with time zone not null,
  last_seen_at timestamp with time zone not null,
  ends_from timestamp with time zone not null,
  missed_since timestamp with time zone not null,
  resolved_at timestamp with time zone,
  resolved_by text,
  succeeded_since boolean default false not null,
  count integer not null,
  last_attempt_id uuid,
  last_error text not null
);

create table job_runs (
  job_id uuid not null,
  runs integer not null
);

create table mails (
  id uuid not null,
  account_id uuid,
  template text not null,
  recipient text not null,
  subject text not null,
  text text not null,
  html text not null,
  preferences_url text,
  created_at timestamp with time zone not null,
  sent_at timestamp with time zone,
  failed_at timestamp with time zone,
  attempts integer default 0 not null,
  last_error text
);

create table members (
  id uuid not null,
  account_id uuid not null,
  heroku_user_id text,
  email text not null,
  role text not null,
  created_at timestamp with time zone default now() not null,
  last_signed_in_at timestamp with time zone,
  person_id uuid
);

create table message_counts (
  account_id uuid not null,
  day date not null,
  shard smallint not null,
  messages integer not null
) with (fillfactor=50);

create table message_event_ids (
  account_id uuid not null,
  app_id uuid not null,
  event_id text not null,
  message_id uuid not null
);

create table messages (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  event_type text not null,
  version text not null,
  event_id text,
  override_payload boolean not null,
  subscription_id uuid,
  endpoint_id uuid,
  endpoint_ids uuid[] not null,
  deliveries_count integer not null,
  routed_count integer,
  headers json,
  channels text[],
  deliver_at timestamp with time zone,
  ordering_key text,
  coalesce_key text,
  routing_revision bigint not null,
  content_type text,
  data text not null,
  data_bytes bytea
) partition by RANGE (id);

create table muted_mails (
  account_id uuid not null,
  app_id uuid,
  subscription_id uuid,
  email text not null,
  kind text not null,
  muted_at timestamp with time zone not null
);

create table people (
  id uuid not null,
  email text not null,
  password_hash text not null,
  totp_secret bytea,
  totp_step bigint default 0 not null,
  created_at timestamp with time zone not null
);

create table portal_links_used (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  expires_at timestamp with time zone not null
);

create table process_metrics (
  process text not null,
  families json not null,
  updated_at timestamp with time zone not null
);

create unlogged table publish_rates (
  account_id uuid not null,
  full_at double precision not null,
  granted integer not null
) with (fillfactor=50);

create table queue_entries (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  message_id uuid not null,
  attempts_made smallint not null,
  trigger text not null,
  may_have_been_sent boolean default false not null,
  due_at timestamp with time zone not null,
  released_at timestamp with time zone,
  ordering_key text,
  coalesce_key text,
  is_coalesced boolean default false not null
);

create table recovery_codes (
  person_id uuid not null,
  code_hash bytea not null
);

create table replays (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null,
  status text default 'running'::text not null,
  app_replay_id uuid,
  states text[] not null,
  of_missing boolean default false not null,
  reason text,
  event_type text,
  status_code smallint,
  query text,
  from_message_id uuid not null,
  to_message_id uuid not null,
  cursor_message_id uuid,
  total integer not null,
  done integer default 0 not null,
  created_at timestamp with time zone default now() not null
);

create table retention_days (
  account_id uuid not null,
  day date not null
);

create table saved_views (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  list text not null,
  name text not null,
  query text not null,
  created_at timestamp with time zone not null
);

create table schema_migrations (
  name text not null,
  run_at timestamp with time zone default now() not null,
  checksum text
);

create table search_blocks (
  account_id uuid not null,
  app_id uuid not null,
  list text not null,
  from_id uuid not null,
  to_id uuid not null,
  rows_seen integer not null,
  filter bytea not null
);

create table search_progress (
  account_id uuid not null,
  app_id uuid not null,
  list text not null,
  next_id uuid default '00000000-0000-0000-0000-000000000000'::uuid not null,
  due_at timestamp with time zone not null,
  wait_seconds integer default 10 not null
);

create table search_recounts (
  account_id uuid not null,
  app_id uuid not null,
  list text not null,
  from_id uuid not null,
  recount_at timestamp with time zone not null
);

create table session_people (
  sid character varying not null,
  person_id uuid not null,
  address text not null,
  browser text not null,
  signed_in_at timestamp with time zone not null,
  used_at timestamp with time zone not null
);

create table session_visits (
  sid character varying not null,
  account_id uuid not null,
  resource_id uuid,
  member_id uuid,
  signed_in_at timestamp with time zone not null,
  used_at timestamp with time zone not null
);

create table sessions (
  sid character varying not null,
  sess json not null,
  expire timestamp(6) without time zone not null
);

create table sign_in_rates (
  key_hash bytea not null,
  full_at timestamp with time zone not null
);

create table sign_ups (
  id uuid not null,
  email text not null,
  account_name text not null,
  password_hash text not null,
  browser_hash bytea not null,
  expires_at timestamp with time zone not null
);

create table subscription_people (
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  person_id uuid not null,
  created_at timestamp with time zone not null
);

create table subscriptions (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  uid text,
  name text not null,
  email text,
  created_at timestamp with time zone default now() not null,
  portal_epoch integer default 0 not null
);

create unlogged table test_rates (
  account_id uuid not null,
  full_at double precision not null,
  granted integer not null
) with (fillfactor=50);

create table transformation_executions (
  account_id uuid not null,
  id uuid not null,
  app_id uuid not null,
  transformation_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  version integer not null,
  outcome text not null,
  request json not null,
  result json,
  console json not null,
  error text,
  duration_ms integer not null
);

create table transformation_versions (
  account_id uuid not null,
  app_id uuid not null,
  transformation_id uuid not null,
  version integer not null,
  code text not null,
  created_at timestamp with time zone not null
);

create table transformations (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  name text not null,
  code text not null,
  version integer default 1 not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
);

create table usage_warnings (
  account_id uuid not null,
  month date not null,
  plan text not null,
  threshold smallint not null
);

create table used_sso_tokens (
  token_hash bytea not null,
  expires_at timestamp with time zone not null
);

create table webhook_events (
  id uuid not null,
  account_id uuid not null,
  app_id uuid not null,
  event_type text not null,
  description text default ''::text not null,
  sample_payload json default '{}'::json not null,
  schema json,
  versions json default '[]'::json not null,
  enforce boolean default false not null,
  broadcast boolean default true not null,
  created_at timestamp with time zone default now() not null
);

alter table accounts add constraint accounts_name_check CHECK ((name <> ''::text));

alter table accounts add constraint accounts_pkey PRIMARY KEY (id);

alter table api_keys add constraint api_keys_grace_seconds_check CHECK ((grace_seconds >= 0));

alter table api_keys add constraint api_keys_key_hash_check CHECK ((octet_length(key_hash) = 32));

alter table api_keys add constraint api_keys_scopes_check CHECK (((scopes <> '{}'::text[]) AND (scopes <@ '{read,messages:write,admin}'::text[])));

alter table api_keys add constraint api_keys_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table api_keys add constraint api_keys_pkey PRIMARY KEY (id);

alter table api_keys add constraint api_keys_key_hash_key UNIQUE (key_hash);

alter table api_requests add constraint api_requests_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table api_requests add constraint api_requests_pkey PRIMARY KEY (account_id, id);

alter table app_delivery_counts add constraint app_delivery_counts_pkey PRIMARY KEY (account_id, app_id, slot, shard);

alter table app_replays add constraint app_replays_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table app_replays add constraint app_replays_pkey PRIMARY KEY (account_id, id);

alter table apps add constraint apps_header_prefix_check CHECK (((header_prefix ~ '^[A-Za-z][A-Za-z0-9-]{0,63}$'::text) AND (lower(header_prefix) <> 'webhook'::text)));

alter table apps add constraint apps_name_check CHECK ((name <> ''::text));

alter table apps add constraint apps_portal_check CHECK ((jsonb_typeof(portal) = 'object'::text));

alter table apps add constraint apps_success_policy_check CHECK ((success_policy = ANY (ARRAY['any_2xx'::text, 'only_200'::text])));

alter table apps add constraint apps_uid_check CHECK (((length(uid) <= 128) AND (uid ~ '^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$'::text)));

alter table apps add constraint apps_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table apps add constraint apps_pkey PRIMARY KEY (id);

alter table apps add constraint apps_account_id_id_key UNIQUE (account_id, id);

alter table apps add constraint apps_account_id_uid_key UNIQUE (account_id, uid);

alter table attempts add constraint attempts_trigger_check CHECK ((trigger = ANY (ARRAY['test'::text, 'replay'::text, 'probe'::text])));

alter table attempts add constraint attempts_pkey PRIMARY KEY (account_id, app_id, id);

alter table audit_events add constraint audit_events_action_check CHECK ((action ~ '^[a-z_]+\.[a-z_]+$'::text));

alter table audit_events add constraint audit_events_actor_type_check CHECK ((actor_type = ANY (ARRAY['person'::text, 'api_key'::text, 'heroku'::text, 'portal'::text, 'system'::text])));

alter table audit_events add constraint audit_events_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table audit_events add constraint audit_events_pkey PRIMARY KEY (account_id, id);

alter table channels add constraint channels_format_check CHECK ((format = ANY (ARRAY['slack'::text, 'json'::text])));

alter table channels add constraint channels_name_check CHECK ((name <> ''::text));

alter table channels add constraint channels_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table channels add constraint channels_pkey PRIMARY KEY (id);

alter table deduplication_keys add constraint deduplication_keys_pkey PRIMARY KEY (account_id, endpoint_id, hash);

alter table deliveries add constraint deliveries_ignored_has_reason CHECK (((state = 'ignored'::text) = (reason IS NOT NULL)));

alter table deliveries add constraint deliveries_reason_check CHECK ((reason = ANY (ARRAY['filtered'::text, 'duplicate'::text, 'transformation_failed'::text, 'superseded'::text, 'cancelled'::text])));

alter table deliveries add constraint deliveries_scheduled_has_time CHECK (((state = 'scheduled'::text) = (next_attempt_at IS NOT NULL)));

alter table deliveries add constraint deliveries_state_check CHECK ((state = ANY (ARRAY['delivered'::text, 'scheduled'::text, 'failed'::text, 'held'::text, 'ignored'::text, 'discarded'::text])));

alter table deliveries add constraint deliveries_pkey PRIMARY KEY (account_id, message_id, endpoint_id);

alter table delivery_counts add constraint delivery_counts_pkey PRIMARY KEY (account_id, endpoint_id, hour);

alter table endpoint_alert_mails add constraint endpoint_alert_mails_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table endpoint_alert_mails add constraint endpoint_alert_mails_pkey PRIMARY KEY (account_id, kind, reader);

alter table endpoint_alerts add constraint endpoint_alerts_kind_check CHECK ((kind = ANY (ARRAY['endpoint-failing'::text, 'endpoint-disabled'::text, 'endpoint-recovered'::text, 'issue-opened'::text, 'issue-resolved'::text, 'secret-rotated'::text])));

alter table endpoint_alerts add constraint endpoint_alerts_reader_check CHECK ((reader = ANY (ARRAY['provider'::text, 'subscriber'::text])));

alter table endpoint_alerts add constraint endpoint_alerts_account_id_endpoint_id_fkey FOREIGN KEY (account_id, endpoint_id) REFERENCES endpoints(account_id, id) ON DELETE CASCADE;

alter table endpoint_alerts add constraint endpoint_alerts_pkey PRIMARY KEY (id);

alter table endpoint_events add constraint endpoint_events_account_id_app_id_endpoint_id_fkey FOREIGN KEY (account_id, app_id, endpoint_id) REFERENCES endpoints(account_id, app_id, id) ON DELETE CASCADE;

alter table endpoint_events add constraint endpoint_events_account_id_app_id_webhook_event_id_fkey FOREIGN KEY (account_id, app_id, webhook_event_id) REFERENCES webhook_events(account_id, app_id, id) ON DELETE CASCADE;

alter table endpoint_events add constraint endpoint_events_pkey PRIMARY KEY (endpoint_id, webhook_event_id);

alter table endpoint_queue_wakes add constraint endpoint_queue_wakes_pkey PRIMARY KEY (account_id, endpoint_id, id);

alter table endpoint_queues add constraint endpoint_queues_pkey PRIMARY KEY (account_id, endpoint_id);

alter table endpoint_revisions add constraint endpoint_revisions_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text, 'deleted'::text])));

alter table endpoint_revisions add constraint endpoint_revisions_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table endpoint_revisions add constraint endpoint_revisions_pkey PRIMARY KEY (account_id, app_id, subscription_id, endpoint_id, revision);

alter table endpoint_secrets add constraint endpoint_secrets_account_id_app_id_endpoint_id_fkey FOREIGN KEY (account_id, app_id, endpoint_id) REFERENCES endpoints(account_id, app_id, id) ON DELETE CASCADE;

alter table endpoint_secrets add constraint endpoint_secrets_pkey PRIMARY KEY (id);

alter table endpoints add constraint endpoints_active_has_no_reason CHECK (((status = 'inactive'::text) OR ((inactive_reason IS NULL) AND (inactive_since IS NULL))));

alter table endpoints add constraint endpoints_inactive_reason_check CHECK ((inactive_reason = ANY (ARRAY['attempts_exhausted'::text, 'gone'::text])));

alter table endpoints add constraint endpoints_probed_only_when_exhausted CHECK (((next_probe_at IS NULL) OR (NOT (inactive_reason IS DISTINCT FROM 'attempts_exhausted'::text))));

alter table endpoints add constraint endpoints_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])));

alter table endpoints add constraint endpoints_uid_check CHECK (((length(uid) <= 128) AND (uid ~ '^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$'::text)));

alter table endpoints add constraint endpoints_account_id_app_id_subscription_id_fkey FOREIGN KEY (account_id, app_id, subscription_id) REFERENCES subscriptions(account_id, app_id, id) ON DELETE CASCADE;

alter table endpoints add constraint endpoints_transformation FOREIGN KEY (account_id, app_id, transformation_id) REFERENCES transformations(account_id, app_id, id) DEFERRABLE INITIALLY DEFERRED;

alter table endpoints add constraint endpoints_pkey PRIMARY KEY (id);

alter table endpoints add constraint endpoints_account_id_app_id_id_key UNIQUE (account_id, app_id, id);

alter table endpoints add constraint endpoints_account_id_id_key UNIQUE (account_id, id);

alter table endpoints add constraint endpoints_app_id_uid_key UNIQUE (app_id, uid);

alter table endpoints_told add constraint endpoints_told_awaits_check CHECK ((awaits = ANY (ARRAY['endpoint-recovered'::text, 'issue-resolved'::text])));

alter table endpoints_told add constraint endpoints_told_reader_check CHECK ((reader = ANY (ARRAY['provider'::text, 'subscriber'::text])));

alter table endpoints_told add constraint endpoints_told_account_id_endpoint_id_fkey FOREIGN KEY (account_id, endpoint_id) REFERENCES endpoints(account_id, id) ON DELETE CASCADE;

alter table endpoints_told add constraint endpoints_told_pkey PRIMARY KEY (account_id, endpoint_id, reader);

alter table evidence_links add constraint evidence_links_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table evidence_links add constraint evidence_links_pkey PRIMARY KEY (account_id, id);

alter table evidence_links add constraint evidence_links_token_hash_key UNIQUE (token_hash);

alter table heroku_authorizations add constraint heroku_authorizations_authorized_has_tokens CHECK (((state <> 'authorized'::text) OR (num_nulls(access_token_encrypted, refresh_token_encrypted, access_expires_at) = 0)));

alter table heroku_authorizations add constraint heroku_authorizations_grant_hash_check CHECK ((octet_length(grant_hash) = 32));

alter table heroku_authorizations add constraint heroku_authorizations_pending_has_grant CHECK (((state = 'pending'::text) = ((grant_encrypted IS NOT NULL) AND (grant_expires_at IS NOT NULL))));

alter table heroku_authorizations add constraint heroku_authorizations_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'authorized'::text, 'failed'::text, 'unconfigured'::text])));

alter table heroku_authorizations add constraint heroku_authorizations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table heroku_authorizations add constraint heroku_authorizations_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES heroku_resources(id);

alter table heroku_authorizations add constraint heroku_authorizations_pkey PRIMARY KEY (resource_id);

alter table heroku_resources add constraint heroku_resources_tombstone_is_bare CHECK ((((deprovisioned_at IS NULL) AND (account_id IS NOT NULL)) OR ((deprovisioned_at IS NOT NULL) AND (NOT is_sync_queued) AND (key_generation = 1) AND (num_nonnulls(account_id, name, app_name, region, options, app_id, config_var, owner_email, synced_at) = 0))));

alter table heroku_resources add constraint heroku_resources_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) DEFERRABLE INITIALLY DEFERRED;

alter table heroku_resources add constraint heroku_resources_pkey PRIMARY KEY (id);

alter table heroku_resources add constraint heroku_resources_account_id_key UNIQUE (account_id);

alter table heroku_webhooks add constraint heroku_webhooks_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table heroku_webhooks add constraint heroku_webhooks_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES heroku_resources(id);

alter table heroku_webhooks add constraint heroku_webhooks_pkey PRIMARY KEY (resource_id);

alter table hook_helper_requests add constraint hook_helper_requests_account_id_hook_helper_id_fkey FOREIGN KEY (account_id, hook_helper_id) REFERENCES hook_helpers(account_id, id) ON DELETE CASCADE;

alter table hook_helper_requests add constraint hook_helper_requests_pkey PRIMARY KEY (id);

alter table hook_helpers add constraint hook_helpers_label_check CHECK ((label <> ''::text));

alter table hook_helpers add constraint hook_helpers_account_id_endpoint_id_fkey FOREIGN KEY (account_id, endpoint_id) REFERENCES endpoints(account_id, id) ON DELETE SET NULL (endpoint_id);

alter table hook_helpers add constraint hook_helpers_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table hook_helpers add constraint hook_helpers_pkey PRIMARY KEY (id);

alter table hook_helpers add constraint hook_helpers_account_id_id_key UNIQUE (account_id, id);

alter table hook_helpers add constraint hook_helpers_token_key UNIQUE (token);

alter table idempotency_keys add constraint idempotency_keys_fingerprint_check CHECK ((octet_length(fingerprint) = 32));

alter table idempotency_keys add constraint idempotency_keys_key_hash_check CHECK ((octet_length(key_hash) = 32));

alter table idempotency_keys add constraint idempotency_keys_pkey PRIMARY KEY (account_id, key_hash);

alter table imports add constraint imports_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table imports add constraint imports_pkey PRIMARY KEY (account_id);

alter table invitations add constraint invitations_check CHECK (((num_nonnulls(subscription_id, role) = 1) AND (num_nonnulls(subscription_id, app_id) <> 1)));

alter table invitations add constraint invitations_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'member'::text, 'viewer'::text])));

alter table invitations add constraint invitations_account_id_app_id_subscription_id_fkey FOREIGN KEY (account_id, app_id, subscription_id) REFERENCES subscriptions(account_id, app_id, id) ON DELETE CASCADE;

alter table invitations add constraint invitations_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table invitations add constraint invitations_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE SET NULL;

alter table invitations add constraint invitations_pkey PRIMARY KEY (id);

alter table issues add constraint issues_resolved_by_check CHECK ((resolved_by = ANY (ARRAY['auto'::text, 'person'::text])));

alter table issues add constraint issues_resolved_by_somebody CHECK ((((status = 'resolved'::text) = (resolved_at IS NOT NULL)) AND ((resolved_at IS NULL) = (resolved_by IS NULL))));

alter table issues add constraint issues_status_check CHECK ((status = ANY (ARRAY['open'::text, 'acknowledged'::text, 'resolved'::text])));

alter table issues add constraint issues_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table issues add constraint issues_pkey PRIMARY KEY (account_id, id);

alter table issues add constraint issues_account_id_endpoint_id_cause_status_code_key UNIQUE NULLS NOT DISTINCT (account_id, endpoint_id, cause, status_code);

alter table job_runs add constraint job_runs_pkey PRIMARY KEY (job_id);

alter table mails add constraint mails_check CHECK ((num_nonnulls(sent_at, failed_at) < 2));

alter table mails add constraint mails_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table mails add constraint mails_pkey PRIMARY KEY (id);

alter table members add constraint members_role_check CHECK ((role = ANY (ARRAY['owner'::text, 'admin'::text, 'member'::text, 'viewer'::text])));

alter table members add constraint members_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table members add constraint members_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE CASCADE;

alter table members add constraint members_pkey PRIMARY KEY (id);

alter table members add constraint members_account_id_heroku_user_id_key UNIQUE (account_id, heroku_user_id);

alter table members add constraint members_account_id_person_id_key UNIQUE (account_id, person_id);

alter table message_counts add constraint message_counts_pkey PRIMARY KEY (account_id, day, shard);

alter table message_event_ids add constraint message_event_ids_pkey PRIMARY KEY (account_id, app_id, event_id);

alter table messages add constraint messages_data_is_text_or_bytes CHECK (((data_bytes IS NULL) OR ((content_type IS NOT NULL) AND override_payload AND (data = ''::text))));

alter table messages add constraint messages_pkey PRIMARY KEY (account_id, app_id, id);

alter table muted_mails add constraint muted_mails_account_id_app_id_subscription_id_fkey FOREIGN KEY (account_id, app_id, subscription_id) REFERENCES subscriptions(account_id, app_id, id) ON DELETE CASCADE;

alter table muted_mails add constraint muted_mails_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table muted_mails add constraint muted_mails_account_id_subscription_id_email_kind_key UNIQUE NULLS NOT DISTINCT (account_id, subscription_id, email, kind);

alter table people add constraint people_pkey PRIMARY KEY (id);

alter table portal_links_used add constraint portal_links_used_account_id_app_id_subscription_id_fkey FOREIGN KEY (account_id, app_id, subscription_id) REFERENCES subscriptions(account_id, app_id, id) ON DELETE CASCADE;

alter table portal_links_used add constraint portal_links_used_pkey PRIMARY KEY (id);

alter table process_metrics add constraint process_metrics_pkey PRIMARY KEY (process);

alter table publish_rates add constraint publish_rates_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table publish_rates add constraint publish_rates_pkey PRIMARY KEY (account_id);

alter table queue_entries add constraint queue_entries_trigger_check CHECK ((trigger = ANY (ARRAY['automatic'::text, 'replay'::text, 'probe'::text])));

alter table queue_entries add constraint queue_entries_pkey PRIMARY KEY (account_id, endpoint_id, message_id);

alter table recovery_codes add constraint recovery_codes_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE CASCADE;

alter table recovery_codes add constraint recovery_codes_pkey PRIMARY KEY (person_id, code_hash);

alter table replays add constraint replays_states_check CHECK ((states <@ ARRAY['failed'::text, 'held'::text, 'ignored'::text]));

alter table replays add constraint replays_status_check CHECK ((status = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'cancelled'::text])));

alter table replays add constraint replays_pkey PRIMARY KEY (account_id, id);

alter table retention_days add constraint retention_days_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table retention_days add constraint retention_days_pkey PRIMARY KEY (account_id);

alter table saved_views add constraint saved_views_list_check CHECK ((list = ANY (ARRAY['messages'::text, 'deliveries'::text, 'webhook_attempts'::text])));

alter table saved_views add constraint saved_views_name_check CHECK ((name <> ''::text));

alter table saved_views add constraint saved_views_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table saved_views add constraint saved_views_pkey PRIMARY KEY (account_id, app_id, list, name);

alter table saved_views add constraint saved_views_account_id_id_key UNIQUE (account_id, id);

alter table schema_migrations add constraint schema_migrations_pkey PRIMARY KEY (name);

alter table search_blocks add constraint search_blocks_list_check CHECK ((list = ANY (ARRAY['messages'::text, 'attempts'::text])));

alter table search_blocks add constraint search_blocks_pkey PRIMARY KEY (account_id, app_id, list, from_id);

alter table search_progress add constraint search_progress_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table search_progress add constraint search_progress_pkey PRIMARY KEY (account_id, app_id, list);

alter table search_recounts add constraint search_recounts_pkey PRIMARY KEY (account_id, app_id, list, from_id);

alter table session_people add constraint session_people_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE CASCADE;

alter table session_people add constraint session_people_sid_fkey FOREIGN KEY (sid) REFERENCES sessions(sid) ON DELETE CASCADE;

alter table session_people add constraint session_people_pkey PRIMARY KEY (sid);

alter table session_visits add constraint session_visits_check CHECK ((num_nonnulls(resource_id, member_id) > 0));

alter table session_visits add constraint session_visits_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table session_visits add constraint session_visits_member_id_fkey FOREIGN KEY (member_id) REFERENCES members(id) ON DELETE CASCADE;

alter table session_visits add constraint session_visits_resource_id_fkey FOREIGN KEY (resource_id) REFERENCES heroku_resources(id);

alter table session_visits add constraint session_visits_sid_fkey FOREIGN KEY (sid) REFERENCES sessions(sid) ON DELETE CASCADE;

alter table session_visits add constraint session_visits_pkey PRIMARY KEY (sid, account_id);

alter table sessions add constraint sessions_pkey PRIMARY KEY (sid);

alter table sign_in_rates add constraint sign_in_rates_pkey PRIMARY KEY (key_hash);

alter table sign_ups add constraint sign_ups_pkey PRIMARY KEY (id);

alter table subscription_people add constraint subscription_people_account_id_app_id_subscription_id_fkey FOREIGN KEY (account_id, app_id, subscription_id) REFERENCES subscriptions(account_id, app_id, id) ON DELETE CASCADE;

alter table subscription_people add constraint subscription_people_person_id_fkey FOREIGN KEY (person_id) REFERENCES people(id) ON DELETE CASCADE;

alter table subscription_people add constraint subscription_people_pkey PRIMARY KEY (subscription_id, person_id);

alter table subscriptions add constraint subscriptions_email_check CHECK ((email <> ''::text));

alter table subscriptions add constraint subscriptions_name_check CHECK ((name <> ''::text));

alter table subscriptions add constraint subscriptions_uid_check CHECK (((length(uid) <= 128) AND (uid ~ '^(\.{0,2}[A-Za-z0-9_-]|\.{3})[A-Za-z0-9_.-]*$'::text)));

alter table subscriptions add constraint subscriptions_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table subscriptions add constraint subscriptions_pkey PRIMARY KEY (id);

alter table subscriptions add constraint subscriptions_account_id_app_id_id_key UNIQUE (account_id, app_id, id);

alter table subscriptions add constraint subscriptions_app_id_uid_key UNIQUE (app_id, uid);

alter table test_rates add constraint test_rates_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table test_rates add constraint test_rates_pkey PRIMARY KEY (account_id);

alter table transformation_executions add constraint transformation_executions_outcome_check CHECK ((outcome = ANY (ARRAY['sent'::text, 'ignored'::text, 'failed'::text])));

alter table transformation_executions add constraint transformation_executions_account_id_app_id_transformation_fkey FOREIGN KEY (account_id, app_id, transformation_id) REFERENCES transformations(account_id, app_id, id) ON DELETE CASCADE;

alter table transformation_executions add constraint transformation_executions_pkey PRIMARY KEY (account_id, id);

alter table transformation_versions add constraint transformation_versions_account_id_app_id_transformation_i_fkey FOREIGN KEY (account_id, app_id, transformation_id) REFERENCES transformations(account_id, app_id, id) ON DELETE CASCADE;

alter table transformation_versions add constraint transformation_versions_pkey PRIMARY KEY (transformation_id, version);

alter table transformations add constraint transformations_name_check CHECK ((name <> ''::text));

alter table transformations add constraint transformations_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table transformations add constraint transformations_pkey PRIMARY KEY (id);

alter table transformations add constraint transformations_account_id_app_id_id_key UNIQUE (account_id, app_id, id);

alter table transformations add constraint transformations_app_id_name_key UNIQUE (app_id, name);

alter table usage_warnings add constraint usage_warnings_threshold_check CHECK ((threshold = ANY (ARRAY[50, 80, 100])));

alter table usage_warnings add constraint usage_warnings_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts(id) ON DELETE CASCADE;

alter table usage_warnings add constraint usage_warnings_pkey PRIMARY KEY (account_id, month, plan, threshold);

alter table used_sso_tokens add constraint used_sso_tokens_pkey PRIMARY KEY (token_hash);

alter table webhook_events add constraint webhook_events_event_type_check CHECK ((event_type <> ''::text));

alter table webhook_events add constraint webhook_events_account_id_app_id_fkey FOREIGN KEY (account_id, app_id) REFERENCES apps(account_id, id) ON DELETE CASCADE;

alter table webhook_events add constraint webhook_events_pkey PRIMARY KEY (id);

alter table webhook_events add constraint webhook_events_account_id_app_id_id_key UNIQUE (account_id, app_id, id);

alter table webhook_events add constraint webhook_events_app_id_event_type_key UNIQUE (app_id, event_type);

CREATE INDEX api_keys_account ON public.api_keys USING btree (account_id);

CREATE INDEX api_requests_event_id ON public.api_requests USING btree (account_id, event_id) WHERE (event_id IS NOT NULL);

CREATE INDEX api_requests_refused ON public.api_requests USING btree (account_id, id) WHERE (status >= 400);

CREATE INDEX api_requests_request_id ON public.api_requests USING btree (account_id, request_id);

CREATE INDEX api_requests_taken ON public.api_requests USING btree (account_id, id) WHERE (status < 400);

CREATE INDEX app_replays_app ON public.app_replays USING btree (account_id, app_id, id);

CREATE INDEX attempts_endpoint ON ONLY public.attempts USING btree (endpoint_id, id);

CREATE INDEX attempts_message ON ONLY public.attempts USING btree (message_id, endpoint_id, id);

CREATE INDEX channels_app ON public.channels USING btree (account_id, app_id, id);

CREATE INDEX deliveries_app_state ON ONLY public.deliveries USING btree (account_id, app_id, state, message_id, endpoint_id) WHERE (state <> 'delivered'::text);

CREATE INDEX deliveries_ignored ON ONLY public.deliveries USING btree (account_id, endpoint_id, message_id) WHERE (state = 'ignored'::text);

CREATE INDEX deliveries_missed ON ONLY public.deliveries USING btree (account_id, endpoint_id, message_id) WHERE (state = ANY (ARRAY['failed'::text, 'held'::text]));

CREATE INDEX deliveries_scheduled ON ONLY public.deliveries USING btree (account_id, endpoint_id, attempts_made) WHERE (state = 'scheduled'::text);

CREATE INDEX endpoint_alerts_account ON public.endpoint_alerts USING btree (account_id, kind, reader, raised_at);

CREATE INDEX endpoint_alerts_endpoint ON public.endpoint_alerts USING btree (endpoint_id);

CREATE INDEX endpoint_events_app ON public.endpoint_events USING btree (account_id, app_id);

CREATE INDEX endpoint_events_webhook_event ON public.endpoint_events USING btree (webhook_event_id);

CREATE INDEX endpoint_queue_wakes_due ON public.endpoint_queue_wakes USING btree (wake_at);

CREATE INDEX endpoint_queues_app ON public.endpoint_queues USING btree (account_id, app_id);

CREATE INDEX endpoint_secrets_app ON public.endpoint_secrets USING btree (account_id, app_id, endpoint_id);

CREATE INDEX endpoints_hook_helper ON public.endpoints USING btree (account_id, "substring"(url, '/r/([A-Za-z0-9_-]{20})'::text)) WHERE (url ~ '/r/[A-Za-z0-9_-]{20}'::text);

CREATE INDEX endpoints_probe_due ON public.endpoints USING btree (account_id, next_probe_at) WHERE (next_probe_at IS NOT NULL);

CREATE INDEX endpoints_subscription ON public.endpoints USING btree (account_id, subscription_id, id);

CREATE INDEX endpoints_transformation ON public.endpoints USING btree (account_id, transformation_id) WHERE (transformation_id IS NOT NULL);

CREATE INDEX endpoints_told_awaited ON public.endpoints_told USING btree (account_id, endpoint_id) WHERE (awaits IS NOT NULL);

CREATE INDEX evidence_links_app ON public.evidence_links USING btree (account_id, app_id);

CREATE INDEX evidence_links_message ON public.evidence_links USING btree (account_id, message_id);

CREATE INDEX heroku_authorizations_account ON public.heroku_authorizations USING btree (account_id);

CREATE INDEX heroku_webhooks_account ON public.heroku_webhooks USING btree (account_id);

CREATE INDEX hook_helper_requests_newest ON public.hook_helper_requests USING btree (account_id, hook_helper_id, id DESC);

CREATE INDEX hook_helpers_endpoint ON public.hook_helpers USING btree (endpoint_id);

CREATE INDEX invitations_account ON public.invitations USING btree (account_id, id);

CREATE UNIQUE INDEX invitations_open_subscription ON public.invitations USING btree (subscription_id, lower(email)) WHERE ((subscription_id IS NOT NULL) AND (accepted_at IS NULL));

CREATE UNIQUE INDEX invitations_open_team ON public.invitations USING btree (account_id, lower(email)) WHERE ((subscription_id IS NULL) AND (accepted_at IS NULL));

CREATE INDEX invitations_person ON public.invitations USING btree (person_id);

CREATE INDEX invitations_subscription ON public.invitations USING btree (account_id, app_id, subscription_id, id);

CREATE INDEX issues_app ON public.issues USING btree (account_id, app_id, id);

CREATE INDEX issues_unresolved ON public.issues USING btree (account_id, app_id, endpoint_id) WHERE (status <> 'resolved'::text);

CREATE INDEX mails_account ON public.mails USING btree (account_id);

CREATE INDEX members_person_id ON public.members USING btree (person_id);

CREATE INDEX messages_coalesced ON ONLY public.messages USING btree (account_id, app_id, coalesce_key, id) WHERE (coalesce_key IS NOT NULL);

CREATE UNIQUE INDEX people_email ON public.people USING btree (email);

CREATE INDEX portal_links_used_subscription ON public.portal_links_used USING btree (account_id, subscription_id);

CREATE INDEX queue_entries_coalesced ON public.queue_entries USING btree (account_id, endpoint_id, coalesce_key, message_id) WHERE (coalesce_key IS NOT NULL);

CREATE INDEX queue_entries_message ON public.queue_entries USING btree (account_id, message_id);

CREATE INDEX queue_entries_ordered ON public.queue_entries USING btree (account_id, endpoint_id, ordering_key, message_id);

CREATE INDEX queue_entries_released ON public.queue_entries USING btree (account_id, endpoint_id) WHERE (released_at IS NOT NULL);

CREATE INDEX queue_entries_uncoalesced ON public.queue_entries USING btree (account_id, endpoint_id, message_id) WHERE ((coalesce_key IS NOT NULL) AND (NOT is_coalesced));

CREATE INDEX queue_entries_waiting ON public.queue_entries USING btree (account_id, endpoint_id, due_at, message_id) WHERE (released_at IS NULL);

CREATE INDEX replays_app_replay ON public.replays USING btree (account_id, app_replay_id) WHERE (app_replay_id IS NOT NULL);

CREATE INDEX replays_endpoint ON public.replays USING btree (account_id, endpoint_id, id);

CREATE INDEX replays_queued ON public.replays USING btree (account_id, endpoint_id, id) WHERE (status = 'queued'::text);

CREATE UNIQUE INDEX replays_running ON public.replays USING btree (account_id, endpoint_id) WHERE (status = 'running'::text);

CREATE INDEX search_progress_due ON public.search_progress USING btree (due_at);

CREATE INDEX search_recounts_due ON public.search_recounts USING btree (recount_at);

CREATE INDEX session_people_person_id ON public.session_people USING btree (person_id);

CREATE INDEX session_visits_account_id ON public.session_visits USING btree (account_id);

CREATE INDEX session_visits_member_id ON public.session_visits USING btree (member_id);

CREATE INDEX sessions_expire ON public.sessions USING btree (expire);

CREATE INDEX sign_in_rates_full_at ON public.sign_in_rates USING btree (full_at);

CREATE INDEX sign_ups_expires_at ON public.sign_ups USING btree (expires_at);

CREATE INDEX subscription_people_person ON public.subscription_people USING btree (person_id);

CREATE INDEX subscriptions_uid ON public.subscriptions USING btree (account_id, uid) WHERE (uid IS NOT NULL);

CREATE INDEX transformation_executions_message ON public.transformation_executions USING btree (account_id, message_id, endpoint_id, id);

CREATE INDEX transformation_executions_newest ON public.transformation_executions USING btree (account_id, transformation_id, id);

CREATE INDEX used_sso_tokens_expires_at ON public.used_sso_tokens USING btree (expires_at);

CREATE TRIGGER accounts_announce_plan AFTER UPDATE OF plan ON public.accounts FOR EACH ROW WHEN ((old.plan IS DISTINCT FROM new.plan)) EXECUTE FUNCTION announce_plan();

CREATE TRIGGER api_keys_announce AFTER DELETE OR UPDATE OF scopes, expires_at, revoked_at ON public.api_keys FOR EACH ROW EXECUTE FUNCTION announce_account();

CREATE TRIGGER apps_announce AFTER DELETE OR UPDATE ON public.apps FOR EACH ROW EXECUTE FUNCTION announce_app();

CREATE TRIGGER apps_queues AFTER UPDATE OF rules ON public.apps FOR EACH ROW WHEN ((old.rules IS DISTINCT FROM new.rules)) EXECUTE FUNCTION wake_endpoint_queues_of_app();

CREATE TRIGGER apps_revision BEFORE UPDATE ON public.apps FOR EACH ROW EXECUTE FUNCTION raise_own_revision();

CREATE TRIGGER endpoint_events_delete AFTER DELETE ON public.endpoint_events REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE CONSTRAINT TRIGGER endpoint_events_history AFTER INSERT OR DELETE OR UPDATE ON public.endpoint_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION endpoint_event_changed();

CREATE TRIGGER endpoint_events_insert AFTER INSERT ON public.endpoint_events REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE TRIGGER endpoint_events_update AFTER UPDATE ON public.endpoint_events REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE TRIGGER endpoints_delete AFTER DELETE ON public.endpoints REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE TRIGGER endpoints_health AFTER UPDATE OF failing_since, has_issues ON public.endpoints FOR EACH ROW WHEN (((old.failing_since IS DISTINCT FROM new.failing_since) OR (old.has_issues <> new.has_issues))) EXECUTE FUNCTION announce_health();

CREATE CONSTRAINT TRIGGER endpoints_history AFTER INSERT OR DELETE OR UPDATE OF version, status, inactive_reason, receives_all_events, event_patterns, rules ON public.endpoints DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION endpoint_changed();

CREATE TRIGGER endpoints_insert AFTER INSERT ON public.endpoints REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE TRIGGER endpoints_queue AFTER DELETE OR UPDATE OF rules, paused_at ON public.endpoints FOR EACH ROW EXECUTE FUNCTION wake_endpoint_queue();

CREATE TRIGGER endpoints_update AFTER UPDATE ON public.endpoints REFERENCING OLD TABLE AS before NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision_of_endpoints();

CREATE TRIGGER transformations_update AFTER UPDATE ON public.transformations REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE TRIGGER webhook_events_delete AFTER DELETE ON public.webhook_events REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE CONSTRAINT TRIGGER webhook_events_history AFTER UPDATE OF event_type ON public.webhook_events DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION webhook_event_renamed();

CREATE TRIGGER webhook_events_insert AFTER INSERT ON public.webhook_events REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();

CREATE TRIGGER webhook_events_update AFTER UPDATE ON public.webhook_events REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION raise_app_revision();
