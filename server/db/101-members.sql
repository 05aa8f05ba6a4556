-- What a person is for one customer, where that is not what the account is: somebody can look after one and only look at another.
alter table membership add column role text check (role in ('customer', 'customer-admin', 'kam', 'support'));

-- Ways in for people who have none yet. The token is in the mail only, here is its hash.
create table invitation (
  tenant_id int not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  email text not null check (email = lower(email)),
  role text not null check (role in ('customer', 'customer-admin', 'kam', 'support')),
  language text not null check (language in ('sv', 'en')),
  token_hash bytea not null,
  invited_by uuid references app_user (id) on delete cascade,
  invited_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- why the last mail was not taken
  mail_failure text,
  primary key (tenant_id, id),
  unique (tenant_id, email)
);
create unique index invitation_token on invitation (token_hash, tenant_id);
alter table invitation enable row level security;
alter table invitation force row level security;
create policy invitation_app on invitation to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy invitation_engine on invitation to weft_engine using (true) with check (true);
grant select, insert, update, delete on invitation to weft_app, weft_engine;
