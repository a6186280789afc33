-- Requests that came with an Idempotency-Key, and their first answers. Without a foreign key, because there may be
-- many.
create table idempotency_keys (
  account_id uuid not null,
  -- SHA-256, because keys are long, and what callers make them of is theirs.
  key_hash bytea not null check (octet_length(key_hash) = 32),
  -- SHA-256 of the request.
  fingerprint bytea not null check (octet_length(fingerprint) = 32),
  -- Whoever executes the request now: without an answer at the end of the lease, it is taken for dead.
  claim uuid not null,
  leased_until timestamptz not null,
  expires_at timestamptz not null,
  -- Encrypted; null while there is none.
  answer bytea,
  primary key (account_id, key_hash)
);
-- What is encrypted cannot be compressed.
alter table idempotency_keys alter column answer set storage external;
