-- Tables that a customer's own code looks things up in, and that people of the customer edit.
create table lookup_table (
  tenant_id int not null references tenant (id) on delete cascade,
  name text not null,
  kind text not null check (kind in ('text', 'json')),
  updated_at timestamptz not null default now(),
  updated_by text not null,
  primary key (tenant_id, name)
);
create table lookup_row (
  tenant_id int not null,
  table_name text not null,
  key text collate "C" not null,
  -- JSON
  value text not null,
  primary key (tenant_id, table_name, key),
  foreign key (tenant_id, table_name) references lookup_table (tenant_id, name) on delete cascade
);

do $$
declare name text;
begin
  foreach name in array array['lookup_table', 'lookup_row'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
    execute format('grant select, insert, update, delete on %I to weft_app', name);
  end loop;
end $$;
