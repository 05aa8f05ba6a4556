-- Who has a flow open to draw in it, tab by tab, and which tab edits. A row that its web process does not renew has lapsed.
create table attendance (
  tenant_id int not null,
  flow_id uuid not null,
  tab uuid not null,
  user_id uuid not null references app_user (id) on delete cascade,
  editing boolean not null default false,
  lapses_at timestamptz not null,
  primary key (tenant_id, flow_id, tab),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
-- one tab edits, whatever two processes do at the same moment
create unique index attendance_editing on attendance (flow_id, tenant_id) where editing;

alter table attendance enable row level security;
alter table attendance force row level security;
create policy attendance_app on attendance to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy attendance_engine on attendance to weft_engine using (true) with check (true);
grant select, insert, update, delete on attendance to weft_app;
