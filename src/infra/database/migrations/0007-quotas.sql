-- What a plan limits: how many messages were accepted, how fast they may come, and who was warned.

-- Messages accepted, by account and UTC day, raised in the transaction that writes them. `shard` keeps flushes that are
-- under way at once from waiting for one another's row. Half of each page is left free, so that raising a row stays in
-- its page and writes no index entry (HOT). Without a foreign key, as all of the data plane.
create table message_counts (
  account_id uuid not null,
  day date not null,
  shard smallint not null,
  messages integer not null,
  -- Serves: the month of an account.
  primary key (account_id, day, shard)
) with (fillfactor = 50);

-- The publish rate of an account: when its bucket will be full again says how many tokens are in it (GCRA). Processes
-- take tokens from here in portions. Unlogged: after a crash of PostgreSQL every bucket is full.
create unlogged table publish_rates (
  account_id uuid primary key references accounts (id) on delete cascade,
  -- Seconds since the epoch, by the clocks of the processes.
  full_at double precision not null,
  -- What the last statement took, for it to read back.
  granted integer not null
) with (fillfactor = 50);

-- The same of tests, which have a rate of their own.
create unlogged table test_rates (
  account_id uuid primary key references accounts (id) on delete cascade,
  full_at double precision not null,
  granted integer not null
) with (fillfactor = 50);

-- Warnings of a month's messages, each once; again for another plan, whose limit is another.
create table usage_warnings (
  account_id uuid not null references accounts (id) on delete cascade,
  -- Its first day.
  month date not null,
  plan text not null,
  threshold smallint not null check (threshold in (50, 80, 100)),
  primary key (account_id, month, plan, threshold)
);
