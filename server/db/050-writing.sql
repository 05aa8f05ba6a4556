-- Whose write of a shared document (a customer two orders have in common) is under way. Runs of one record are kept apart by
-- their lane; this keeps runs of different records apart over what they both need. A row of an ended run means nothing.
create table writing (
  tenant_id int not null,
  reference text not null,
  run_id uuid not null,
  at timestamptz not null default now(),
  primary key (reference, tenant_id)
);
alter table writing enable row level security;
alter table writing force row level security;
create policy writing_app on writing to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy writing_engine on writing to weft_engine using (true) with check (true);
grant select, insert, update, delete on writing to weft_app, weft_engine;
