-- Code of providers that changes what is sent to an endpoint, or keeps it from being sent.
create table transformations (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  name text not null check (name <> ''),
  code text not null,
  -- Raised by every change of the code.
  version integer not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade,
  unique (app_id, name),
  unique (account_id, app_id, id)
);

-- The newest versions of the code, with the present one.
create table transformation_versions (
  account_id uuid not null,
  app_id uuid not null,
  transformation_id uuid not null,
  version integer not null,
  code text not null,
  created_at timestamptz not null,
  primary key (transformation_id, version),
  foreign key (account_id, app_id, transformation_id) references transformations (account_id, app_id, id)
    on delete cascade
);

-- Deferred, because an app is deleted with both.
alter table endpoints add constraint endpoints_transformation
  foreign key (account_id, app_id, transformation_id) references transformations (account_id, app_id, id)
  deferrable initially deferred;
-- Serves: the endpoints that use one.
create index endpoints_transformation on endpoints (account_id, transformation_id) where transformation_id is not null;

-- The next attempt is made by the new code.
create trigger transformations_update after update on transformations referencing new table as changed
  for each statement execute function raise_app_revision();

-- What runs of transformations did: the newest of each. It grows with traffic, up to a bound.
create table transformation_executions (
  account_id uuid not null,
  id uuid not null,
  app_id uuid not null,
  transformation_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  version integer not null,
  outcome text not null check (outcome in ('sent', 'ignored', 'failed')),
  -- {"headers", "body"}, of the body as much as is kept; json and not jsonb, which knows fewer texts.
  request json not null,
  result json,
  console json not null,
  error text,
  duration_ms integer not null,
  primary key (account_id, id),
  foreign key (account_id, app_id, transformation_id) references transformations (account_id, app_id, id)
    on delete cascade
);
-- Serves: those of a transformation, newest first, and which of them are too many.
create index transformation_executions_newest on transformation_executions (account_id, transformation_id, id);
-- Serves: what was sent of a delivery.
create index transformation_executions_message on transformation_executions (account_id, message_id, endpoint_id, id);
