-- Links by which people without an account see what became of a message at one endpoint, until they expire or are
-- taken back.
create table evidence_links (
  account_id uuid not null,
  app_id uuid not null,
  message_id uuid not null,
  endpoint_id uuid not null,
  id uuid not null,
  -- SHA-256 of the token, which is shown once.
  token_hash bytea not null unique,
  shows_payload boolean not null,
  -- Who made it, as a list shows it.
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  primary key (account_id, id),
  foreign key (account_id, app_id) references apps (account_id, id) on delete cascade
);
-- Serves: the links of a message.
create index evidence_links_message on evidence_links (account_id, message_id);
-- Serves: deleting the links of an app with it.
create index evidence_links_app on evidence_links (account_id, app_id);
