-- What a person chose, and a count that ends every session begun before it went up, whatever any process still holds of it.
alter table app_user
  add column language text check (language in ('sv', 'en')),
  add column epoch int not null default 0,
  add column seen_at timestamptz;
create index user_session_user on user_session ((sess ->> 'user'));

-- Ways to a new password: the token is in the mail only, here is its hash.
create table password_reset (
  token_hash bytea primary key,
  user_id uuid not null references app_user (id) on delete cascade,
  expires_at timestamptz not null
);
create index password_reset_user on password_reset (user_id);
grant select, insert, update, delete on password_reset to weft_app;
