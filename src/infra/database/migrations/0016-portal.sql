-- Links to the portal are signed and have no row. Raising a subscription's epoch ends those of before, and what they
-- opened.
alter table subscriptions add column portal_epoch integer not null default 0;

-- Links that open once and did, until they would have expired.
create table portal_links_used (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  expires_at timestamptz not null,
  foreign key (account_id, app_id, subscription_id)
    references subscriptions (account_id, app_id, id) on delete cascade
);
create index portal_links_used_subscription on portal_links_used (account_id, subscription_id);

-- Serves: the latest replay of an endpoint, whose progress its page shows.
create index replays_endpoint on replays (account_id, endpoint_id, id);

-- How the portal of an app looks, who may frame it, and what it shows, as the API names it.
alter table apps add column portal jsonb not null default '{}' check (jsonb_typeof(portal) = 'object');
