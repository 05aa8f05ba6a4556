-- Tokens that a customer's own systems call the API with. Only the digest of a token is here; whoever made it is looked up at
-- every use, so that it never allows more than its maker may do at that moment.
create table api_token (
  tenant_id int not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  token_hash bytea not null,
  name text not null,
  -- the first characters after the prefix: tells tokens apart, and opens nothing
  hint text not null,
  scopes text[] not null check (cardinality(scopes) > 0),
  made_by uuid not null references app_user (id) on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null check (expires_at <= created_at + interval '366 days'),
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (tenant_id, id)
);
create unique index api_token_hash on api_token (token_hash, tenant_id);

alter table api_token enable row level security;
alter table api_token force row level security;
create policy api_token_app on api_token to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy api_token_engine on api_token to weft_engine using (true) with check (true);
grant select, insert, update, delete on api_token to weft_app;
grant select, update on api_token to weft_engine;
