-- Mails that somebody does not want: of a kind, for one account or one subscriber.
create table muted_mails (
  account_id uuid not null references accounts (id) on delete cascade,
  -- Null: as one of the account's team.
  app_id uuid,
  subscription_id uuid,
  -- In lower case.
  email text not null,
  -- 'all': also the kinds that are added later.
  kind text not null,
  muted_at timestamptz not null,
  unique nulls not distinct (account_id, subscription_id, email, kind),
  foreign key (account_id, app_id, subscription_id) references subscriptions (account_id, app_id, id)
    on delete cascade
);

-- Endpoints of which a reader was told that they fail, are off or have an issue.
create table endpoints_told (
  account_id uuid not null,
  endpoint_id uuid not null,
  -- The account's team and its channels, or the subscriber.
  reader text not null check (reader in ('provider', 'subscriber')),
  -- When they were last told that it fails.
  warned_at timestamptz,
  -- When they were last told of an issue of it.
  issue_told_at timestamptz,
  -- What they are still to be told, once it is so; null when they were.
  awaits text check (awaits in ('endpoint-recovered', 'issue-resolved')),
  primary key (account_id, endpoint_id, reader),
  foreign key (account_id, endpoint_id) references endpoints (account_id, id) on delete cascade
);

-- Serves: whom to tell that it is over.
create index endpoints_told_awaited on endpoints_told (account_id, endpoint_id) where awaits is not null;

-- Chats and programs that are told what happens to the endpoints of an app.
create table channels (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  name text not null check (name <> ''),
  format text not null check (format in ('slack', 'json')),
  -- Sealed, because whoever has the URL may post there.
  url_encrypted bytea not null,
  -- What of the URL may be shown.
  host text not null,
  kinds text[] not null,
  created_at timestamptz not null,
  -- Since when nothing arrives there, and why; null after a success.
  failing_since timestamptz,
  last_error text,
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);
-- Serves: the channels of an account and of an app, and the cascade.
create index channels_app on channels (account_id, app_id, id);
