-- Plugins that somebody is writing. The revision only rises, so that a stale save is refused also after a draft was thrown away.
create table plugin_draft (
  tenant_id int not null references tenant (id) on delete cascade,
  plugin_id text not null,
  revision int not null,
  -- JSON, as its author left it; null where nothing is being written
  document text,
  changed_at timestamptz not null default now(),
  changed_by text not null,
  primary key (tenant_id, plugin_id)
);

alter table plugin_draft enable row level security;
alter table plugin_draft force row level security;
create policy plugin_draft_app on plugin_draft to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant());
grant select, insert, update, delete on plugin_draft to weft_app;
