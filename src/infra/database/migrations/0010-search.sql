-- Finding payloads and rare attempts. Nothing here is written while a message is accepted or delivered: a worker sums up
-- runs of about a thousand rows behind the traffic, and what it has not come to is read itself.

-- A run of an app's messages or attempts: from an id to before another.
create table search_blocks (
  account_id uuid not null,
  app_id uuid not null,
  list text not null check (list in ('messages', 'attempts')),
  from_id uuid not null,
  to_id uuid not null,
  rows_seen integer not null,
  -- A row may be committed long after its id was made: then the run is counted once more. Null: it has been.
  recount_at timestamptz,
  -- A Bloom filter of what its rows say (`search/word-filter.ts`).
  filter bytea not null,
  -- Serves: the runs of a list, newest first.
  primary key (account_id, app_id, list, from_id)
);
create index search_blocks_recount on search_blocks (recount_at) where recount_at is not null;
-- 32 bytes of it are read at a time, which of a compressed value would be all.
alter table search_blocks alter column filter set storage external;

-- How far the worker has come.
create table search_progress (
  account_id uuid not null,
  app_id uuid not null,
  list text not null,
  next_id uuid not null default '00000000-0000-0000-0000-000000000000',
  look_at timestamptz not null,
  -- How long it waits when there is too little for a run.
  wait_seconds integer not null default 10,
  primary key (account_id, app_id, list),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);
create index search_progress_due on search_progress (look_at);
