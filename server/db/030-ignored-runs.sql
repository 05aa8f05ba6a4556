-- A trigger that lets nothing through ends its run as ignored: not a record for the flow, and in nobody's way.
alter table run drop constraint run_status_check;
alter table run add constraint run_status_check
  check (status in ('active', 'succeeded', 'ignored', 'failed', 'cancelled')) not valid;
alter table run validate constraint run_status_check;

create or replace function note_unsuccessful_run() returns trigger language plpgsql as $$
begin
  delete from unsuccessful_run u
    where u.flow_id = new.flow_id and u.status = old.status and u.run_id = new.id and u.tenant_id = new.tenant_id;
  if new.status in ('ignored', 'failed', 'cancelled') then
    insert into unsuccessful_run (tenant_id, flow_id, run_id, status) values (new.tenant_id, new.flow_id, new.id, new.status)
      on conflict do nothing;
  end if;
  return null;
end $$;
drop trigger run_unsuccessful on run;
create trigger run_unsuccessful after update of status on run
  for each row when (new.status in ('ignored', 'failed', 'cancelled') or old.status in ('ignored', 'failed', 'cancelled'))
  execute function note_unsuccessful_run();
