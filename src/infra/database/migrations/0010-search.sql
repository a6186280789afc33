-- The search index: zone maps with Bloom filters, which a worker builds behind the traffic. Nothing here is written
-- while a message is accepted or delivered; rows that no block covers yet are read by the search itself.

-- A block covers the rows of one range of ids in an app's messages or attempts.
create table search_blocks (
  account_id uuid not null,
  app_id uuid not null,
  list text not null check (list in ('messages', 'attempts')),
  from_id uuid not null,
  -- Exclusive.
  to_id uuid not null,
  rows_seen integer not null,
  -- The Bloom filter of the rows' terms (`search/bloom-filter.ts`).
  filter bytea not null,
  -- Serves: the blocks of a list, newest first.
  primary key (account_id, app_id, list, from_id)
);
-- A query reads 32 bytes of a filter; of a compressed value PostgreSQL would have to read all.
alter table search_blocks alter column filter set storage external;

-- Up to which id each list has blocks, and when the next one is built.
create table search_progress (
  account_id uuid not null,
  app_id uuid not null,
  list text not null,
  next_id uuid not null default '00000000-0000-0000-0000-000000000000',
  due_at timestamptz not null,
  -- How long the list waits when it has too few rows for a block.
  wait_seconds integer not null default 10,
  primary key (account_id, app_id, list),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);
create index search_progress_due on search_progress (due_at);

-- The blocks that are counted again, because a row may commit long after its id was made. A row lives 15 minutes. It
-- has no foreign key, because whoever adds one would wait for a deletion of the app that waits for `search_progress`.
create table search_recounts (
  account_id uuid not null,
  app_id uuid not null,
  list text not null,
  -- The block's.
  from_id uuid not null,
  recount_at timestamptz not null,
  primary key (account_id, app_id, list, from_id)
);
create index search_recounts_due on search_recounts (recount_at);
