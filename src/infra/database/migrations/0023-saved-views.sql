-- Filters of an app's logs that its people gave a name.
create table saved_views (
  account_id uuid not null,
  app_id uuid not null,
  id uuid not null,
  list text not null check (list in ('messages', 'deliveries', 'webhook_attempts')),
  name text not null check (name <> ''),
  -- The filters, as the address of the list carries them.
  query text not null,
  created_at timestamptz not null,
  -- Serves: the views of an app's list; one name is one view.
  primary key (account_id, app_id, list, name),
  unique (account_id, id),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);
