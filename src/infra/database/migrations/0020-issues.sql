-- Failures of an endpoint, put together by their cause and the status that it answered. One row of each, which opens
-- anew when the failure comes back.
create table issues (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  endpoint_id uuid not null,
  subscription_id uuid not null,
  cause text not null,
  -- Null: there was no answer.
  status_code smallint,
  status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
  -- Of the present or last opening; the first opening of all began at first_seen_at.
  opened_at timestamptz not null,
  -- Names the failure that opened it: an attempt, or what failed before one.
  opening_attempt_id uuid not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- A success ends it from then on: at once, or after a while when others succeeded meanwhile.
  ends_from timestamptz not null,
  -- When the oldest message was accepted that failed since it opened: what a replay behind it begins with.
  missed_since timestamptz not null,
  resolved_at timestamptz,
  resolved_by text check (resolved_by in ('auto', 'person')),
  -- Whether the endpoint succeeded since a person resolved it.
  succeeded_since boolean not null default false,
  -- Failures behind it since it opened: those that gave a delivery up, or marked the endpoint as failing.
  count integer not null,
  -- Null: the last failure made no attempt, because the transformation failed.
  last_attempt_id uuid,
  last_error text not null,
  primary key (account_id, id),
  -- Serves: the one row of a failure.
  unique nulls not distinct (account_id, endpoint_id, cause, status_code),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade,
  constraint issues_resolved_by_somebody
    check ((status = 'resolved') = (resolved_at is not null) and (resolved_at is null) = (resolved_by is null))
);
-- Serves: the list of an app.
create index issues_app on issues (account_id, app_id, id);
-- Serves: what is open of an app.
create index issues_unresolved on issues (account_id, app_id, endpoint_id) where status <> 'resolved';
