-- Plugins of a tenant. A version never changes; flows keep those they were published with, whichever is active.
create table plugin (
  tenant_id int not null references tenant (id) on delete cascade,
  id text not null,
  active_version text not null,
  primary key (tenant_id, id)
);
create table plugin_version (
  tenant_id int not null,
  plugin_id text not null,
  version text not null,
  -- JSON: nodes, hosts, tables, code, examples
  document text not null,
  installed_at timestamptz not null default now(),
  installed_by text not null,
  primary key (tenant_id, plugin_id, version),
  foreign key (tenant_id, plugin_id) references plugin (tenant_id, id) on delete cascade
);

-- Plugin -> version, for the plugins the version uses.
alter table flow_version add column plugins jsonb not null default '{}';

do $$
declare name text;
begin
  foreach name in array array['plugin', 'plugin_version'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
    execute format('create policy %I on %I to weft_engine using (true) with check (true)', name || '_engine', name);
    execute format('grant select, insert, update, delete on %I to weft_app', name);
    execute format('grant select on %I to weft_engine', name);
  end loop;
end $$;
