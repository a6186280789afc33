-- Who did what in an account: a row for each change, in the transaction of the change. Never a secret, nor a key. Kept
-- as long as the plan keeps the log.
create table audit_events (
  account_id uuid not null references accounts (id) on delete cascade,
  -- Its time is when it was done.
  id uuid not null,
  actor_type text not null check (actor_type in ('person', 'api_key', 'heroku', 'portal', 'system')),
  -- Of a person the member, of the portal the subscription. Nothing refers to it, because the row outlives them.
  actor_id text,
  actor_email text,
  action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
  object_type text not null,
  object_id text not null,
  object_name text,
  -- The app that the object belongs to.
  app_id uuid,
  details jsonb not null default '{}',
  primary key (account_id, id)
);
