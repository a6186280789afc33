-- People who sign in with an address and a password of ours. Heroku's people are members and have no row here.

create table people (
  id uuid primary key,
  email text not null,
  -- Argon2id, as a PHC string. Whoever has one has proved that the address is theirs.
  password_hash text not null,
  -- Of the codes of the second step, sealed; null while signing in has none.
  totp_secret bytea,
  -- The time step of the last code, so that none works twice.
  totp_step bigint not null default 0,
  created_at timestamptz not null
);
-- In the normal form, in which addresses are compared as they are.
create unique index people_email on people (email);

-- Codes for whoever has lost the device of the second step, by SHA-256: each works once.
create table recovery_codes (
  person_id uuid not null references people (id) on delete cascade,
  code_hash bytea not null,
  primary key (person_id, code_hash)
);

-- Who signed up and has not followed the link yet: nobody is a person before that.
create table sign_ups (
  id uuid primary key,
  email text not null,
  account_name text not null,
  password_hash text not null,
  -- SHA-256 of the cookie that the browser was given: there, the link alone is enough.
  browser_hash bytea not null,
  expires_at timestamptz not null
);
-- Serves: deleting what is over.
create index sign_ups_expires_at on sign_ups (expires_at);

-- Which person a browser's session is signed in as: at most one.
create table session_people (
  sid varchar primary key references sessions (sid) on delete cascade,
  person_id uuid not null references people (id) on delete cascade,
  -- For the list of sessions, where a person tells them apart.
  address text not null,
  browser text not null,
  signed_in_at timestamptz not null,
  -- To the minute.
  used_at timestamptz not null
);
-- Serves: the list, ending all of a person, and the cascade.
create index session_people_person_id on session_people (person_id);

-- Token buckets of what may be tried without being signed in, by a hash of the address or of the person.
create table sign_in_rates (
  key_hash bytea primary key,
  -- When the bucket is full again: such a row says nothing any more.
  full_at timestamptz not null
);
create index sign_in_rates_full_at on sign_in_rates (full_at);

alter table members
  add column person_id uuid references people (id) on delete cascade,
  add unique (account_id, person_id);
-- Serves: the accounts of a person, and the cascade.
create index members_person_id on members (person_id);

-- Who was invited by mail: into the team, or to look after the endpoints of a subscriber.
create table invitations (
  id uuid primary key,
  account_id uuid not null references accounts (id) on delete cascade,
  app_id uuid,
  -- Null: into the team.
  subscription_id uuid,
  email text not null,
  role text check (role in ('admin', 'member', 'viewer')),
  -- The address of whoever invited, if it was a person.
  invited_by text,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  accepted_at timestamptz,
  -- Who accepted.
  person_id uuid references people (id) on delete set null,
  foreign key (account_id, app_id, subscription_id) references subscriptions (account_id, app_id, id)
    on delete cascade,
  check (num_nonnulls(subscription_id, role) = 1 and num_nonnulls(subscription_id, app_id) <> 1)
);
-- One open invitation for each address: to invite again renews it.
create unique index invitations_open_team on invitations (account_id, lower(email))
  where subscription_id is null and accepted_at is null;
create unique index invitations_open_subscription on invitations (subscription_id, lower(email))
  where subscription_id is not null and accepted_at is null;
-- Serve: the lists, newest first, and the cascades.
create index invitations_account on invitations (account_id, id);
create index invitations_subscription on invitations (account_id, app_id, subscription_id, id);
create index invitations_person on invitations (person_id);

-- People of ours who look after the endpoints of a subscriber.
create table subscription_people (
  account_id uuid not null,
  app_id uuid not null,
  subscription_id uuid not null,
  person_id uuid not null references people (id) on delete cascade,
  created_at timestamptz not null,
  primary key (subscription_id, person_id),
  foreign key (account_id, app_id, subscription_id) references subscriptions (account_id, app_id, id)
    on delete cascade
);
-- Serves: the subscriptions of a person, and the cascade.
create index subscription_people_person on subscription_people (person_id);
