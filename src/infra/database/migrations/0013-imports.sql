-- Who imports into an account, one at a time: without a claim nobody does, and at the end of the lease, which is
-- renewed, whoever had it is dead. And how much history was imported in the month, which the plan bounds.
create table imports (
  account_id uuid primary key references accounts (id) on delete cascade,
  claim uuid,
  leased_until timestamptz,
  -- Its first day.
  history_month date,
  history_messages integer not null default 0
);
