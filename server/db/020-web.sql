-- Tries at signing in, per account and address; kept by the rate limiter, which cleans up after itself. No tenant is known yet.
create table sign_in_attempt (key varchar(255) primary key, points int not null default 0, expire bigint);
grant select, insert, update, delete on sign_in_attempt to weft_app;

-- An administrator finds the way to every tenant.
create policy tenant_admin on tenant for select to weft_app
  using (exists (select from app_user where id = nullif(current_setting('weft.user', true), '')::uuid and role = 'admin'));

-- How often the run was taken up; kept from the queue's row when that goes.
alter table run add column attempt int not null default 0;

-- Runs that failed or were cancelled, to be found among millions that did not. A table of its own: with an index on the run's
-- status every end of a run would rewrite all of its index entries.
create table unsuccessful_run (
  tenant_id int not null,
  flow_id uuid not null,
  run_id uuid not null,
  status text not null,
  primary key (flow_id, status, run_id, tenant_id)
);
alter table unsuccessful_run enable row level security;
alter table unsuccessful_run force row level security;
create policy unsuccessful_run_app on unsuccessful_run to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
create policy unsuccessful_run_engine on unsuccessful_run to weft_engine using (true) with check (true);
grant select, insert, update, delete on unsuccessful_run to weft_app, weft_engine;

create function note_unsuccessful_run() returns trigger language plpgsql as $$
begin
  delete from unsuccessful_run u
    where u.flow_id = new.flow_id and u.status = old.status and u.run_id = new.id and u.tenant_id = new.tenant_id;
  if new.status in ('failed', 'cancelled') then
    insert into unsuccessful_run (tenant_id, flow_id, run_id, status) values (new.tenant_id, new.flow_id, new.id, new.status)
      on conflict do nothing;
  end if;
  return null;
end $$;
create trigger run_unsuccessful after update of status on run
  for each row when (new.status in ('failed', 'cancelled') or old.status in ('failed', 'cancelled'))
  execute function note_unsuccessful_run();

-- A published trigger has one address and one clock.
create unique index hook_trigger on hook (flow_id, trigger, tenant_id);

-- The counts of flows are read from the index alone, row level security's column included.
drop index run_flow;
create index run_flow on run (flow_id, id) include (tenant_id);
