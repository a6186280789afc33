-- What each process counts and measures, for /metrics of any web process: workers listen nowhere, and of several web
-- processes a router picks one.
create table process_metrics (
  process text primary key,
  families json not null,
  updated_at timestamptz not null
);
