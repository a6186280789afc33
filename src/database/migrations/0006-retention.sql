-- The day, in UTC, for which an account's log was last asked to be cut: so it is once a day, with several workers too.
create table retention_days (
  account_id uuid primary key references accounts (id) on delete cascade,
  day date not null
);
