-- How the data of an event looks in one version or another, and whether messages are held to it.
alter table webhook_events
  -- [{"version", "schema", "example"}]: json and not jsonb, because examples are kept as they were written.
  add column versions json not null default '[]',
  -- Messages whose data is not as the schema says are refused.
  add column enforce boolean not null default false;
