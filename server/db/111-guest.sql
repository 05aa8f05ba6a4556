-- A project groups flows of a tenant, with the people who work on them and the contract under which they do.
create table project (
  tenant_id int not null references tenant (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  name text not null,
  notes text not null default '',
  -- key account manager
  kam_id uuid references app_user (id) on delete set null,
  -- the contract: runs to the end of ends_on and is to be ended or renewed notice_months before
  starts_on date not null,
  ends_on date not null check (ends_on >= starts_on),
  notice_months int not null default 3 check (notice_months between 0 and 24),
  -- the end for which people have been reminded
  reminded_for date,
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create table project_flow (
  tenant_id int not null,
  project_id uuid not null,
  flow_id uuid not null,
  primary key (tenant_id, project_id, flow_id),
  foreign key (tenant_id, project_id) references project (tenant_id, id) on delete cascade,
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
create table project_member (
  tenant_id int not null,
  project_id uuid not null,
  user_id uuid not null references app_user (id) on delete cascade,
  -- of a guest: the firm the person is from
  firm text,
  added_at timestamptz not null default now(),
  primary key (tenant_id, project_id, user_id),
  foreign key (tenant_id, project_id) references project (tenant_id, id) on delete cascade
);
create index project_member_user on project_member (user_id);

do $$
declare name text;
begin
  foreach name in array array['project', 'project_flow', 'project_member'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
    execute format('create policy %I on %I to weft_engine using (true) with check (true)', name || '_engine', name);
    execute format('grant select, insert, update, delete on %I to weft_app, weft_engine', name);
  end loop;
end $$;

-- A guest, from another firm, sees of a tenant what the guest's projects hold and nothing else. Every transaction made for one
-- says so, and these policies stand beside those of the tenant: both must let a row through.
create function current_guest() returns uuid language sql stable as
  $$ select nullif(current_setting('weft.guest', true), '')::uuid $$;

create policy project_member_guest on project_member as restrictive to weft_app
  using ((select current_guest()) is null or user_id = (select current_guest()));
create policy project_guest on project as restrictive to weft_app
  using ((select current_guest()) is null
    or closed_at is null and id in (select m.project_id from project_member m where m.tenant_id = current_tenant()));
create policy project_flow_guest on project_flow as restrictive to weft_app
  using ((select current_guest()) is null or project_id in (select p.id from project p where p.tenant_id = current_tenant()));

create function guest_flows() returns setof uuid language sql stable as
  $$ select f.flow_id from project_flow f where f.tenant_id = current_tenant() $$;

create policy flow_guest on flow as restrictive to weft_app
  using ((select current_guest()) is null or id in (select guest_flows()));
do $$
declare name text;
begin
  foreach name in array array['flow_version', 'run', 'unsuccessful_run', 'finding', 'reconciliation'] loop
    execute format('create policy %I on %I as restrictive to weft_app using ((select current_guest()) is null or flow_id in (select guest_flows()))', name || '_guest', name);
  end loop;
  foreach name in array array['due', 'inbox', 'run_event'] loop
    execute format('create policy %I on %I as restrictive to weft_app using ((select current_guest()) is null or exists (select from run r where r.id = %I.run_id and r.tenant_id = %I.tenant_id))', name || '_guest', name, name, name);
  end loop;
end $$;
-- the connections a guest's flows use: an id is found nowhere by chance
create policy connection_guest on connection as restrictive to weft_app
  using ((select current_guest()) is null or exists (
    select from flow f left join flow_version v on v.tenant_id = f.tenant_id and v.flow_id = f.id and v.version = f.live_version
      where f.tenant_id = current_tenant()
        and strpos(concat_ws(' ', f.draft, f.params, v.document, v.params), connection.id::text) > 0));
create policy xref_guest on xref as restrictive to weft_app
  using ((select current_guest()) is null or target_connection in (select c.id::text from connection c where c.tenant_id = current_tenant()));

-- Tables that say nothing of guests are closed to them; called after every upgrade, so that no new one is forgotten.
create function keep_guests_out() returns void language plpgsql as $$
declare name text;
begin
  for name in
    select c.relname from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
      where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
        and not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = c.relname || '_guest')
  loop
    execute format('create policy %I on %I as restrictive to weft_app using ((select current_guest()) is null)', name || '_guest', name);
  end loop;
end $$;
