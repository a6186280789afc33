-- The control plane: few writes, rich rules. Every table names its account, and composite foreign keys keep a row's
-- parents in the same account, so that a query that forgets the account still cannot join across tenants.

create table accounts (
  id uuid primary key,
  name text not null check (name <> ''),
  plan text not null,
  created_at timestamptz not null default now()
);

-- Heroku's add-on resources. A deprovisioned one keeps its uuid and nothing else: the tombstone that answers 410.
create table heroku_resources (
  id uuid primary key,
  -- Deferred: the resource is inserted first, because its uuid decides which of several equal requests makes the account.
  account_id uuid unique references accounts (id) deferrable initially deferred,
  name text,
  app_name text,
  region text,
  options jsonb,
  created_at timestamptz not null default now(),
  deprovisioned_at timestamptz,
  constraint heroku_resources_tombstone_is_bare check (
    (deprovisioned_at is null and account_id is not null)
    or (deprovisioned_at is not null and num_nonnulls(account_id, name, app_name, region, options) = 0)
  )
);

create table members (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  heroku_user_id text,
  email text not null,
  role text not null check (role in ('admin', 'member')),
  created_at timestamptz not null default now(),
  last_signed_in_at timestamptz,
  unique (account_id, heroku_user_id)
);

-- Single sign-on tokens that were used, until they are too old to be accepted anyway.
create table used_sso_tokens (
  token_hash bytea primary key,
  expires_at timestamptz not null
);
create index used_sso_tokens_expires_at on used_sso_tokens (expires_at);

-- As connect-pg-simple wants it.
create table sessions (
  sid varchar primary key,
  sess json not null,
  expire timestamp(6) not null
);
create index sessions_expire on sessions (expire);

create table api_keys (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  name text not null,
  prefix text not null,
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  created_at timestamptz not null default now(),
  expires_at timestamptz,
  revoked_at timestamptz
);
create index api_keys_account on api_keys (account_id);

create table apps (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  uid text check (uid ~ '^[A-Za-z0-9_.-]{1,128}$'),
  name text not null check (name <> ''),
  success_policy text not null default 'any_2xx' check (success_policy in ('any_2xx', 'only_200')),
  retry_delays_seconds double precision[],
  header_prefix text check (header_prefix ~ '^[A-Za-z][A-Za-z0-9-]{0,63}$' and lower(header_prefix) <> 'webhook'),
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
  created_at timestamptz not null default now(),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade,
  unique (app_id, event_type),
  unique (account_id, app_id, id)
);

create table subscriptions (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  uid text check (uid ~ '^[A-Za-z0-9_.-]{1,128}$'),
  name text not null check (name <> ''),
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
  uid text check (uid ~ '^[A-Za-z0-9_.-]{1,128}$'),
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
  receives_all_events boolean not null default false,
  secret_encrypted bytea not null,
  retry_delays_seconds double precision[],
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

create table hook_helpers (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  label text not null check (label <> ''),
  token text not null unique,
  endpoint_id uuid,
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
  created_at timestamptz not null default now(),
  foreign key (account_id, hook_helper_id) references hook_helpers (account_id, id) on delete cascade
);
create index hook_helper_requests_newest on hook_helper_requests (account_id, hook_helper_id, id desc);

-- Changes are announced to every process (channel control_plane, payload app:<id> or account:<id>), so that they drop
-- what they have cached. Triggers, because then no code path can forget to.
create function announce_app() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'app:' || coalesce(new.id, old.id));
  return null;
end $$;

-- Once a statement: an event that 10,000 endpoints name is deleted with one raise, not 10,000.
create function raise_app_revision() returns trigger language plpgsql as $$
begin
  update apps set revision = revision + 1 where id in (select app_id from changed);
  return null;
end $$;

-- For anything but an endpoint's health, which alters no routing. Apps in order, so that two batches cannot deadlock.
create function raise_app_revision_of_endpoints() returns trigger language plpgsql as $$
declare
  health constant text[] := array['failing_since', 'next_probe_at'];
begin
  update apps set revision = revision + 1 where id in (
    select id from apps where id in (
      select changed.app_id from changed join before using (id)
      where to_jsonb(changed) - health is distinct from to_jsonb(before) - health)
    order by id for no key update);
  return null;
end $$;

-- Those who send must know whether an endpoint fails, to see that it is well again.
create function announce_health() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'app:' || new.app_id);
  return null;
end $$;

create function raise_own_revision() returns trigger language plpgsql as $$
begin
  if new.revision = old.revision then
    new.revision := old.revision + 1;
  end if;
  return new;
end $$;

create function announce_account() returns trigger language plpgsql as $$
begin
  perform pg_notify('control_plane', 'account:' || coalesce(new.account_id, old.account_id));
  return null;
end $$;

create trigger apps_revision before update on apps for each row execute function raise_own_revision();
create trigger apps_announce after update or delete on apps for each row execute function announce_app();
create trigger webhook_events_insert after insert on webhook_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger webhook_events_update after update on webhook_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger webhook_events_delete after delete on webhook_events referencing old table as changed
  for each statement execute function raise_app_revision();
create trigger endpoints_insert after insert on endpoints referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger endpoints_update after update on endpoints referencing old table as before new table as changed
  for each statement execute function raise_app_revision_of_endpoints();
create trigger endpoints_health after update of failing_since on endpoints
  for each row when (old.failing_since is distinct from new.failing_since) execute function announce_health();
create trigger endpoints_delete after delete on endpoints referencing old table as changed
  for each statement execute function raise_app_revision();
create trigger endpoint_events_insert after insert on endpoint_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger endpoint_events_update after update on endpoint_events referencing new table as changed
  for each statement execute function raise_app_revision();
create trigger endpoint_events_delete after delete on endpoint_events referencing old table as changed
  for each statement execute function raise_app_revision();
create trigger api_keys_announce after update or delete on api_keys
  for each row execute function announce_account();

-- What routing saw of an endpoint, from a revision of its app on until the next row: with the revision that a message
-- was routed by, it tells why an endpoint did not get it. Goes with its app.
create table endpoint_revisions (
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  endpoint_id uuid not null,
  revision bigint not null,
  version text not null,
  status text not null check (status in ('active', 'inactive', 'deleted')),
  inactive_reason text,
  -- Null: all.
  event_types text[],
  -- Serves: the endpoints of an app, of a subscription, or one, as they were at a revision.
  primary key (account_id, app_id, subscription_id, endpoint_id, revision),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);

-- Adds a row when routing sees something else than in the newest one. It is called at commit, when the revision is the
-- one that messages will be routed by, and by every row that a transaction changed: of equal calls the first one works.
create function keep_endpoint_revision(changed endpoints) returns void language plpgsql as $$
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
      where endpoint_id = changed.id order by event_type) end as event_types
    from endpoints where id = changed.id
    union all
    select changed.version, 'deleted', null, null where not exists (select from endpoints where id = changed.id)
  ), newest as (
    select version, status, inactive_reason, event_types from endpoint_revisions
    where account_id = changed.account_id and app_id = changed.app_id
      and subscription_id = changed.subscription_id and endpoint_id = changed.id
    order by revision desc limit 1
  )
  insert into endpoint_revisions
    (account_id, app_id, subscription_id, endpoint_id, revision, version, status, inactive_reason, event_types)
  select changed.account_id, changed.app_id, changed.subscription_id, changed.id, now_at, present.*
  from present left join newest on true
  where (present.*) is distinct from (newest.*);
end $$;

create function endpoint_changed() returns trigger language plpgsql as $$
begin
  perform keep_endpoint_revision(coalesce(new, old));
  return null;
end $$;

-- Of a deleted endpoint nothing is found here: its own trigger keeps that.
create function endpoint_event_changed() returns trigger language plpgsql as $$
begin
  perform keep_endpoint_revision(endpoints) from endpoints where id = coalesce(new.endpoint_id, old.endpoint_id);
  return null;
end $$;

create function webhook_event_renamed() returns trigger language plpgsql as $$
begin
  perform keep_endpoint_revision(endpoints) from endpoints
  where id in (select endpoint_id from endpoint_events where webhook_event_id = new.id);
  return null;
end $$;

create constraint trigger endpoints_history
  after insert or delete or update of version, status, inactive_reason, receives_all_events on endpoints
  deferrable initially deferred for each row execute function endpoint_changed();
create constraint trigger endpoint_events_history after insert or update or delete on endpoint_events
  deferrable initially deferred for each row execute function endpoint_event_changed();
create constraint trigger webhook_events_history after update of event_type on webhook_events
  deferrable initially deferred for each row execute function webhook_event_renamed();
