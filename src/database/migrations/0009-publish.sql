-- Secrets that an endpoint signed with before, and signs with still, until whoever runs it has changed to the new one.
create table endpoint_secrets (
  id uuid primary key,
  account_id uuid not null,
  app_id uuid not null,
  endpoint_id uuid not null,
  secret_encrypted bytea not null,
  expires_at timestamptz not null,
  foreign key (account_id, app_id, endpoint_id) references endpoints (account_id, app_id, id) on delete cascade
);
-- Serves: those of an app, for its snapshot; those of an endpoint.
create index endpoint_secrets_app on endpoint_secrets (account_id, app_id, endpoint_id);

-- Messages that are passed on as they came, whatever they are.
alter table messages
  -- Null: JSON, as the envelope is and as most messages are.
  add content_type text,
  -- What cannot be a text, in place of data.
  add data_bytes bytea,
  add constraint messages_data_is_text_or_bytes
    check (data_bytes is null or (content_type is not null and override_payload and data = ''));
