-- Mails, as they were or will be sent; the id's time is when one was written. Kept for 30 days.
create table mails (
  id uuid primary key,
  -- Null: about a person, and not about an account.
  account_id uuid references accounts (id) on delete cascade,
  template text not null,
  recipient text not null,
  subject text not null,
  text text not null,
  html text not null,
  -- Where its reader chooses which mails to get; null of one that is always sent.
  preferences_url text,
  created_at timestamptz not null,
  sent_at timestamptz,
  -- When we stopped trying.
  failed_at timestamptz,
  attempts integer not null default 0,
  last_error text,
  check (num_nonnulls(sent_at, failed_at) < 2)
);
-- Serves: "on delete cascade".
create index mails_account on mails (account_id);

-- What happened to endpoints, until people are told. Written beside that, and only ever
-- added and deleted, so that the transactions of deliveries never wait for each other here.
create table endpoint_alerts (
  id bigint generated always as identity primary key,
  account_id uuid not null,
  endpoint_id uuid not null,
  kind text not null check (
    kind in ('endpoint-failing', 'endpoint-disabled', 'endpoint-recovered', 'issue-opened', 'issue-resolved',
      'secret-rotated')
  ),
  -- Who is to be told: the account's team and its channels, or the subscriber.
  reader text not null check (reader in ('provider', 'subscriber')),
  raised_at timestamptz not null,
  foreign key (account_id, endpoint_id) references endpoints (account_id, id) on delete cascade
);
-- Serves: whom to tell, and of what.
create index endpoint_alerts_account on endpoint_alerts (account_id, kind, reader, raised_at);
-- Serves: "on delete cascade" of an endpoint.
create index endpoint_alerts_endpoint on endpoint_alerts (endpoint_id);

-- When a reader of an account was last told: what happens in the minutes after that shares the next mail of the kind.
create table endpoint_alert_mails (
  account_id uuid not null references accounts (id) on delete cascade,
  kind text not null,
  reader text not null,
  mailed_at timestamptz not null,
  primary key (account_id, kind, reader)
);
