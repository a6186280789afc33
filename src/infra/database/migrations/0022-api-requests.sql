-- Calls of our API: those that were refused, and a sample of the others. Bounded in number by account, and kept a week
-- at most. Never a key, nor the body of a request that may hold a secret.
create table api_requests (
  account_id uuid not null references accounts (id) on delete cascade,
  -- Its time is that of the answer.
  id uuid not null,
  method text not null,
  -- With the query; what may be a secret is hidden.
  path text not null,
  -- The operation of the API's description; null where none has this address.
  operation text,
  status smallint not null,
  -- Null of a request that was not refused, as the message.
  code text,
  message text,
  details json not null default '[]',
  event_type text,
  event_id text,
  -- Nothing refers to it, because the row outlives the key.
  api_key_id uuid,
  request_id text not null,
  client_address text not null,
  user_agent text,
  content_type text,
  duration_ms integer not null,
  -- The beginning of a message that was refused.
  body text,
  body_bytes integer,
  -- How many like it, of the time around it, have no row.
  unlisted integer not null default 0,
  primary key (account_id, id)
);
-- Serve: one kind of them, newest first, and which of them are too many.
create index api_requests_refused on api_requests (account_id, id) where status >= 400;
create index api_requests_taken on api_requests (account_id, id) where status < 400;
-- Serve: finding one by an id that the caller knows.
create index api_requests_request_id on api_requests (account_id, request_id);
create index api_requests_event_id on api_requests (account_id, event_id) where event_id is not null;
