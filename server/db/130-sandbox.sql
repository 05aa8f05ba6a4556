-- Code of customers that had to be stopped: three times in ten minutes switches it off.
create table sandbox_program (
  tenant_id int not null references tenant (id) on delete cascade,
  -- plugin and version, or what the code is and a digest of its text
  program text not null,
  struck_at timestamptz[] not null default '{}',
  why text not null,
  off_at timestamptz,
  primary key (tenant_id, program)
);

-- What a plugin keeps between its calls.
create table plugin_value (
  tenant_id int not null references tenant (id) on delete cascade,
  plugin_id text not null,
  key text not null,
  -- JSON
  value text not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, plugin_id, key)
);

do $$
declare name text;
begin
  foreach name in array array['sandbox_program', 'plugin_value'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
    execute format('create policy %I on %I to weft_engine using (true) with check (true)', name || '_engine', name);
    execute format('grant select, insert, update, delete on %I to weft_app, weft_engine', name);
  end loop;
end $$;
