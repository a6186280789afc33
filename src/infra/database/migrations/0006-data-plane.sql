-- The data plane: every message passes through. Ids are UUIDv7, tables are partitioned by range of id (that is, by
-- time): a look-up by id touches one, and one that retention has emptied is dropped. No foreign keys here: their checks
-- would cost more than the insert. The account is the first column of every primary key. Each index names the query
-- that it serves.

-- The millisecond in which a UUIDv7 was made.
create function time_of_id(id uuid) returns timestamptz language sql immutable parallel safe
  return to_timestamp(('x' || translate(left(id::text, 13), '-', ''))::bit(48)::bigint / 1000.0);

create table messages (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  event_type text not null,
  version text not null,
  event_id text,
  override_payload boolean not null,
  -- Who it was posted to: all of the app (both null), one subscriber, or one endpoint.
  subscription_id uuid,
  endpoint_id uuid,
  -- The endpoints that it goes to, as routed at accept. A delivery without a row of its own is pending, and then the
  -- message is named by exactly one job.
  endpoint_ids uuid[] not null,
  -- Those, and the ones that it is held for.
  deliveries_count integer not null,
  -- Those, and the ones that a rule ignored at accept: what of it has no row is pending or delivered. Null: as many as
  -- deliveries_count. After an import: as many as the file had, each of which has a row.
  routed_count integer,
  headers json,
  -- Null: it goes to the endpoints of all channels.
  channels text[],
  deliver_at timestamptz,
  -- At endpoints that keep an order: it is after others of the same key.
  ordering_key text,
  -- At endpoints that coalesce: it replaces the one with this key that waits.
  coalesce_key text,
  -- The app's, by which it was routed: with endpoint_revisions it tells why an endpoint did not get it.
  routing_revision bigint not null,
  -- Of a message that is passed on as it came, whatever it is. Null: JSON, as the envelope is and as most messages are.
  content_type text,
  -- What the provider wrote. The webhook's body is this, or is made of this and the columns above: always the same
  -- bytes.
  data text not null,
  -- What cannot be a text, in place of data.
  data_bytes bytea,
  -- Serves: messages of an app, newest first; one by its id.
  primary key (account_id, app_id, id),
  constraint messages_data_is_text_or_bytes
    check (data_bytes is null or (content_type is not null and override_payload and data = ''))
) partition by range (id);

-- Serves: is there a newer one with the key. Partial, so that a message without a key does not pay for it.
create index messages_coalesced on messages (account_id, app_id, coalesce_key, id) where coalesce_key is not null;

-- event_id is unique in an app for as long as its message is kept, which a partitioned table cannot promise.
create table message_event_ids (
  account_id uuid not null,
  app_id uuid not null,
  event_id text not null,
  message_id uuid not null,
  primary key (account_id, app_id, event_id)
);

create table deliveries (
  account_id uuid not null,
  app_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  -- scheduled: one retry job names it. held: kept for a replay. ignored: a rule keeps it from being sent. The rest is
  -- final. A delivery that succeeds at its first attempt, as nearly all do, has no row: its attempt says so.
  state text not null check (state in ('delivered', 'scheduled', 'failed', 'held', 'ignored', 'discarded')),
  attempts_made smallint not null,
  next_attempt_at timestamptz,
  -- Of what is ignored: which rule.
  reason text check (reason in ('filtered', 'duplicate', 'transformation_failed', 'superseded', 'cancelled')),
  -- Serves: deliveries of a message; the settling of an attempt.
  primary key (account_id, message_id, endpoint_id),
  constraint deliveries_scheduled_has_time check ((state = 'scheduled') = (next_attempt_at is not null)),
  constraint deliveries_ignored_has_reason check ((state = 'ignored') = (reason is not null))
) partition by range (message_id);
-- Serves: what an endpoint missed. Partial, so that a successful delivery does not pay for it.
create index deliveries_missed on deliveries (account_id, endpoint_id, message_id)
  where state in ('failed', 'held');
-- Serves: what rules kept from an endpoint.
create index deliveries_ignored on deliveries (account_id, endpoint_id, message_id) where state = 'ignored';
-- Serves: how many of an endpoint's deliveries wait, and how many of these for their first attempt. Partial: only what
-- is retried, replayed or put off pays for it.
create index deliveries_scheduled on deliveries (account_id, endpoint_id, attempts_made)
  where state = 'scheduled';
-- Serves: deliveries of an app that are in a state, newest first, however few they are among the others. Partial, so
-- that a delivery that was retried with success leaves it again.
create index deliveries_app_state on deliveries (account_id, app_id, state, message_id, endpoint_id)
  where state <> 'delivered';

create table attempts (
  account_id uuid not null,
  app_id uuid not null,
  -- Its time is when the attempt ended, so that lists grow at their newer end.
  id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  subscription_id uuid not null,
  -- It began this long before the time of its id.
  duration_ms integer not null,
  -- The phases that it came to; of an open connection that was used again, only the first.
  first_byte_ms integer,
  dns_ms integer,
  connect_ms integer,
  tls_ms integer,
  attempt_number smallint not null,
  status_code smallint,
  succeeded boolean not null,
  event_type text not null,
  -- Null: by the schedule of its delivery.
  trigger text check (trigger in ('test', 'replay', 'probe')),
  -- Null: the receiver answered, whatever its status. Otherwise how it failed.
  outcome text,
  error_message text,
  -- Lines, as HTTP writes them.
  response_headers text,
  response_body text,
  -- Null: no. Whether the receiver may have got it before; whether the request was sent twice; whether the receiver may
  -- have taken it, and did not say so.
  possible_duplicate boolean,
  was_repeated boolean,
  may_be_taken boolean,
  -- The run of the transformation that changed what was sent; null: none did.
  execution_id uuid,
  next_attempt_at timestamptz,
  -- Serves: attempts of an app, newest first; one by its id.
  primary key (account_id, app_id, id)
) partition by range (id);
-- Serves: attempts of an endpoint, newest first; has it succeeded since a time. Without the account, which an endpoint
-- and a message have only one of: entries of every delivery are kept short.
create index attempts_endpoint on attempts (endpoint_id, id);
-- Serves: attempts of a message; was it delivered at the first of them; did one follow another to the same endpoint, in
-- one step, because a message may go to thousands of endpoints.
create index attempts_message on attempts (message_id, endpoint_id, id);

-- A quarter less work than the default for payloads of some kilobytes, where PostgreSQL was built with it.
do $$ begin
  alter table messages alter column data set compression lz4;
  alter table attempts alter column response_body set compression lz4;
exception when feature_not_supported then null;
end $$;

-- What happened, by endpoint and hour: error rates, charts and usage without counting attempts.
create table delivery_counts (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  hour timestamptz not null,
  succeeded integer not null,
  failed integer not null,
  -- Of what was answered: how many answers took so many milliseconds and more than the bound before. Null: none, which
  -- costs no byte.
  took_1 integer, took_2 integer, took_3 integer, took_5 integer, took_7 integer, took_10 integer, took_15 integer,
  took_20 integer, took_30 integer, took_50 integer, took_70 integer, took_100 integer, took_150 integer,
  took_200 integer, took_300 integer, took_500 integer, took_700 integer, took_1000 integer, took_1500 integer,
  took_2000 integer, took_3000 integer, took_5000 integer, took_7000 integer, took_10000 integer, took_15000 integer,
  took_20000 integer, took_30000 integer, took_longer integer,
  primary key (account_id, endpoint_id, hour)
);

-- Bulk replays: what an endpoint missed, sent again. A running one is carried out from its row alone, also after a
-- crash.
create table replays (
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null,
  -- queued: it waits for the one of its endpoint that is running.
  status text not null default 'running' check (status in ('queued', 'running', 'done', 'cancelled')),
  -- The replay by filter that it is a part of.
  app_replay_id uuid,
  states text[] not null check (states <@ array['failed', 'held', 'ignored']),
  -- Of messages that the endpoint has no delivery of, in place of states.
  of_missing boolean not null default false,
  reason text,
  event_type text,
  -- Of the answer to the last attempt; 0: there was none.
  status_code smallint,
  -- The words that are searched for.
  query text,
  -- The messages that it is about; those up to the cursor are done with.
  from_message_id uuid not null,
  to_message_id uuid not null,
  cursor_message_id uuid,
  total integer not null,
  done integer not null default 0,
  created_at timestamptz not null default now(),
  -- Serves: one by its id.
  primary key (account_id, id)
);
-- An endpoint has one at a time, so that what it gets at once has one measure. Serves: those that are to be moved on.
create unique index replays_running on replays (account_id, endpoint_id) where status = 'running';
