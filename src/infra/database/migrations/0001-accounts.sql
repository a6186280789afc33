-- Whom we serve: accounts, the add-ons that Heroku sold them, their people and their keys.

create table accounts (
  id uuid primary key,
  name text not null check (name <> ''),
  plan text not null,
  created_at timestamptz not null default now()
);

-- Heroku's add-on resources. A deprovisioned one keeps its uuid and nothing else: the tombstone that answers 410.
create table heroku_resources (
  id uuid primary key,
  -- Deferred: the resource is inserted first, because its uuid decides which of several equal requests makes the
  -- account.
  account_id uuid unique references accounts (id) deferrable initially deferred,
  name text,
  app_name text,
  region text,
  options jsonb,
  app_id uuid,
  -- The name of the API key's config var on the owning app: another one where the app has two of the add-on.
  config_var text,
  -- Whom to write to when no admin has signed in yet. Never the synthetic address that Heroku gives to teams.
  owner_email text,
  -- Which of the keys that are derived from the uuid is the current one.
  key_generation int not null default 1,
  -- Whether a `heroku-sync` job waits: more would do the same again.
  is_sync_queued boolean not null default false,
  synced_at timestamptz,
  created_at timestamptz not null default now(),
  deprovisioned_at timestamptz,
  constraint heroku_resources_tombstone_is_bare check (
    (deprovisioned_at is null and account_id is not null)
    or (deprovisioned_at is not null and not is_sync_queued and key_generation = 1
      and num_nonnulls(account_id, name, app_name, region, options, app_id, config_var, owner_email, synced_at) = 0)
  )
);

create table members (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  heroku_user_id text,
  email text not null,
  role text not null check (role in ('owner', 'admin', 'member', 'viewer')),
  created_at timestamptz not null default now(),
  last_signed_in_at timestamptz,
  unique (account_id, heroku_user_id)
);

create table api_keys (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  name text not null,
  prefix text not null,
  key_hash bytea not null unique check (octet_length(key_hash) = 32),
  -- What its holder may do; a resource's own key may do everything.
  scopes text[] not null default '{read,messages:write,admin}'
    check (scopes <> '{}' and scopes <@ '{read,messages:write,admin}'),
  created_at timestamptz not null default now(),
  -- To the minute.
  last_used_at timestamptz,
  expires_at timestamptz,
  revoked_at timestamptz,
  -- Of a key that is derived from its resource's uuid.
  generation int,
  -- Of a replaced key: for how long it works once its successor is in the config of the customer's apps.
  grace_seconds int check (grace_seconds >= 0),
  -- When the key was put into that config; null while it is not.
  config_updated_at timestamptz,
  -- Why it cannot be, as a sentence.
  config_problem text
);
create index api_keys_account on api_keys (account_id);
