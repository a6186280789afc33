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
    check (status = 'inactive' or (inactive_reason is null and inactive_since is null))
);
create index endpoints_subscription on endpoints (account_id, subscription_id, id);

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

create function raise_app_revision() returns trigger language plpgsql as $$
begin
  update apps set revision = revision + 1 where id = coalesce(new.app_id, old.app_id);
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
create trigger webhook_events_revision after insert or update or delete on webhook_events
  for each row execute function raise_app_revision();
create trigger endpoints_revision after insert or update or delete on endpoints
  for each row execute function raise_app_revision();
create trigger endpoint_events_revision after insert or update or delete on endpoint_events
  for each row execute function raise_app_revision();
create trigger api_keys_announce after update or delete on api_keys
  for each row execute function announce_account();
