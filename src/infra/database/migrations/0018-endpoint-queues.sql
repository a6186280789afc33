-- Queues of endpoints with a rule that has to see their other deliveries: a rate limit, a delay, order, a pause. A
-- delivery of such an endpoint waits here and not as a job, so that a rule holds over all processes.

-- A row an outstanding delivery that waits, or was released to be attempted. Its delivery is scheduled for due_at, and
-- while it is not released no job names it.
create table queue_entries (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  message_id uuid not null,
  attempts_made smallint not null,
  trigger text not null check (trigger in ('automatic', 'replay', 'probe')),
  may_have_been_sent boolean not null default false,
  due_at timestamptz not null,
  -- Since when a job names it. Null: it waits.
  released_at timestamptz,
  ordering_key text,
  coalesce_key text,
  -- Whether the pacer has looked for those with the same coalesce_key.
  is_coalesced boolean not null default false,
  -- Serves: the order of acceptance; the settling of an attempt.
  primary key (account_id, endpoint_id, message_id)
);
-- Serves: what is to be released next.
create index queue_entries_waiting on queue_entries (account_id, endpoint_id, due_at, message_id)
  where released_at is null;
-- Serves: how many are released.
create index queue_entries_released on queue_entries (account_id, endpoint_id) where released_at is not null;
-- Serves: the first of each key.
create index queue_entries_ordered on queue_entries (account_id, endpoint_id, ordering_key, message_id);
-- Serves: the others of a key.
create index queue_entries_coalesced on queue_entries (account_id, endpoint_id, coalesce_key, message_id)
  where coalesce_key is not null;
-- Serves: whose key is to be looked at.
create index queue_entries_uncoalesced on queue_entries (account_id, endpoint_id, message_id)
  where coalesce_key is not null and not is_coalesced;
-- Serves: cancelling a message.
create index queue_entries_message on queue_entries (account_id, message_id);

-- The pace of an endpoint's queue while it has entries; who locks the row releases them.
create table endpoint_queues (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  -- By the rate limit; null: at once.
  next_release_at timestamptz,
  primary key (account_id, endpoint_id)
);
-- Serves: the queues that a rule of their app is about.
create index endpoint_queues_app on endpoint_queues (account_id, app_id);

-- When queues are to be looked at. Rows are only added and deleted, so that nobody who adds one waits for another.
create table endpoint_queue_wakes (
  account_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null default gen_random_uuid(),
  app_id uuid not null,
  wake_at timestamptz not null default now(),
  primary key (account_id, endpoint_id, id)
);
-- Serves: those that are due.
create index endpoint_queue_wakes_due on endpoint_queue_wakes (wake_at);

-- What governs a queue has changed.
create function wake_endpoint_queue() returns trigger language plpgsql as $$
begin
  insert into endpoint_queue_wakes (account_id, app_id, endpoint_id)
  select account_id, app_id, endpoint_id from endpoint_queues
  where account_id = old.account_id and endpoint_id = old.id;
  if found then
    perform pg_notify('endpoint_queues', '');
  end if;
  return null;
end $$;
create trigger endpoints_queue after delete or update of rules, paused_at on endpoints
  for each row execute function wake_endpoint_queue();

create function wake_endpoint_queues_of_app() returns trigger language plpgsql as $$
begin
  insert into endpoint_queue_wakes (account_id, app_id, endpoint_id)
  select account_id, app_id, endpoint_id from endpoint_queues where account_id = new.account_id and app_id = new.id;
  if found then
    perform pg_notify('endpoint_queues', '');
  end if;
  return null;
end $$;
create trigger apps_queues after update of rules on apps
  for each row when (old.rules is distinct from new.rules) execute function wake_endpoint_queues_of_app();

-- The messages that an endpoint has taken, by what it tells duplicates by.
create table deduplication_keys (
  account_id uuid not null,
  endpoint_id uuid not null,
  -- Of the rule and what it compares.
  hash text not null,
  -- The first one.
  message_id uuid not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (account_id, endpoint_id, hash)
);
