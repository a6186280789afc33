-- What the processes note for themselves.

-- The day, in UTC, for which an account's log was last asked to be cut: so it is once a day, with several workers too.
create table retention_days (
  account_id uuid primary key references accounts (id) on delete cascade,
  day date not null
);

-- What each process counts and measures, for /metrics of any web process: workers listen nowhere, and of several web
-- processes a router picks one.
create table process_metrics (
  process text primary key,
  families json not null,
  updated_at timestamptz not null
);

-- Runs of a background job that began and have not ended: all but one ended with their process.
create table job_runs (
  job_id uuid primary key,
  runs integer not null
);
