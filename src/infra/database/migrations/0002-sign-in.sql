-- How people come in: by a token of Heroku's, and then by a session.

-- Single sign-on tokens that were used, until they are too old to be accepted anyway.
create table used_sso_tokens (
  token_hash bytea primary key,
  expires_at timestamptz not null
);
create index used_sso_tokens_expires_at on used_sso_tokens (expires_at);

-- As connect-pg-simple wants it.
create table sessions (
  sid varchar primary key,
  sess json not null,
  expire timestamp(6) not null
);
create index sessions_expire on sessions (expire);

-- Whom a browser's session is signed in as: an entry for each account, so that add-ons that are open in several tabs
-- never mix. Rows of their own, and not in the session's JSON: two tabs that write at once undo nothing of one another,
-- a sign-out least of all, and an entry ends with its member, its account or its session by itself.
create table session_visits (
  sid varchar not null references sessions (sid) on delete cascade,
  account_id uuid not null references accounts (id) on delete cascade,
  -- Null for whoever signed in without Heroku.
  resource_id uuid references heroku_resources (id),
  -- Null for whoever Heroku let in by a token that names nobody.
  member_id uuid references members (id) on delete cascade,
  signed_in_at timestamptz not null,
  used_at timestamptz not null,
  primary key (sid, account_id),
  check (num_nonnulls(resource_id, member_id) > 0)
);
-- For the cascades.
create index session_visits_account_id on session_visits (account_id);
create index session_visits_member_id on session_visits (member_id);
