-- What Heroku lets us do for a resource, and what it tells us about it.

create table heroku_authorizations (
  resource_id uuid primary key references heroku_resources (id),
  account_id uuid not null references accounts (id) on delete cascade,
  -- `pending`: a grant waits for its exchange. `unconfigured`: we have no client secret to exchange it with.
  state text not null check (state in ('pending', 'authorized', 'failed', 'unconfigured')),
  -- Why it failed, or why the last try did, as a sentence.
  problem text,
  -- Tells a repeated grant from a new one; the code itself is erased with its use.
  grant_hash bytea check (octet_length(grant_hash) = 32),
  grant_encrypted bytea,
  grant_expires_at timestamptz,
  -- Set before Heroku is asked: if the code is refused then, its answer to an earlier try may have been lost.
  exchange_begun_at timestamptz,
  access_token_encrypted bytea,
  refresh_token_encrypted bytea,
  access_expires_at timestamptz,
  -- Raised by every refresh, so that of two that see the same token go stale only one refreshes it.
  version int not null default 0,
  -- Until when whoever refreshes may take; no connection is held meanwhile.
  refresh_lease_until timestamptz,
  created_at timestamptz not null default now(),
  authorized_at timestamptz,
  constraint heroku_authorizations_pending_has_grant
    check ((state = 'pending') = (grant_encrypted is not null and grant_expires_at is not null)),
  constraint heroku_authorizations_authorized_has_tokens
    check (state <> 'authorized'
      or num_nulls(access_token_encrypted, refresh_token_encrypted, access_expires_at) = 0)
);
create index heroku_authorizations_account on heroku_authorizations (account_id);

-- Our subscription to what happens to a resource at Heroku. Written before Heroku is asked for it, because its events
-- may arrive before the answer does.
create table heroku_webhooks (
  resource_id uuid primary key references heroku_resources (id),
  account_id uuid not null references accounts (id) on delete cascade,
  secret_encrypted bytea not null,
  authorization_encrypted bytea not null,
  -- Where Heroku sends them; null while it has not agreed.
  url text,
  created_at timestamptz not null default now()
);
create index heroku_webhooks_account on heroku_webhooks (account_id);
