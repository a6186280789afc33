-- Replays by filter: what matches in an app, carried out by a replay of each endpoint.
create table app_replays (
  account_id uuid not null references accounts on delete cascade,
  app_id uuid not null,
  id uuid not null,
  -- As it was asked for.
  filter jsonb not null,
  -- Whether all that matched was counted; otherwise the totals say at least how many.
  is_exact boolean not null,
  endpoints integer not null,
  -- What was left out, because its endpoint was off.
  endpoints_off integer not null,
  deliveries_off integer not null,
  cancelled_at timestamptz,
  created_at timestamptz not null default now(),
  primary key (account_id, id)
);
-- Serves: the list of an app.
create index app_replays_app on app_replays (account_id, app_id, id);
-- Serves: how far a replay by filter is.
create index replays_app_replay on replays (account_id, app_replay_id) where app_replay_id is not null;
-- Serves: which one of an endpoint is next.
create index replays_queued on replays (account_id, endpoint_id, id) where status = 'queued';
