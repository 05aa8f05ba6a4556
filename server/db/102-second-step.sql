-- A second step at sign-in: codes of an authenticator.
create table second_step (
  user_id uuid primary key references app_user (id) on delete cascade,
  -- under the key kept for this, which outlives master keys
  sealed bytea not null,
  -- null while a person is setting it up
  confirmed_at timestamptz,
  -- the moment of the last code taken, in steps of thirty seconds: none is taken twice
  last_step bigint not null default 0
);
-- For who has lost the authenticator; each works once. HMACs under a key that is not in the database.
create table recovery_code (
  user_id uuid not null references second_step (user_id) on delete cascade,
  hash bytea not null,
  primary key (user_id, hash)
);
grant select, insert, update, delete on second_step, recovery_code to weft_app;
