-- Whose turn it is to write to a system that cannot take two writes side by side. A turn that its process does not renew has
-- lapsed; lost in a crash of the database, it would have lapsed, too.
create unlogged table write_turn (
  tenant_id int not null,
  connection_id uuid not null,
  holder uuid not null,
  lapses_at timestamptz not null,
  primary key (connection_id, tenant_id)
);
alter table write_turn enable row level security;
alter table write_turn force row level security;
create policy write_turn_app on write_turn to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy write_turn_guest on write_turn as restrictive to weft_app using ((select current_guest()) is null);
create policy write_turn_engine on write_turn to weft_engine using (true) with check (true);
grant select on write_turn to weft_app;
grant select, insert, update, delete on write_turn to weft_engine;
