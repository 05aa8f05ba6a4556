-- When the last whole poll of a trigger began: a change it did not bring by then, it never will by itself.
alter table trigger_clock add column polled_at timestamptz;

-- One row a trigger that reads from a connection: when what it should have brought is gone through next, and how far a pass has come.
create table reconciliation (
  tenant_id int not null,
  flow_id uuid not null,
  trigger text not null,
  due_at timestamptz not null,
  -- the flow has read this source since then; what changed before is none of its business
  reads_from timestamptz not null default now(),
  -- hours to look back, asked for once in place of the setting
  hours int check (hours > 0),
  -- of the pass under way, all null between passes
  began_at timestamptz,
  since timestamptz,
  progress text,
  -- of the last whole pass
  ended_at timestamptz,
  records int not null default 0,
  documents int not null default 0,
  failures int not null default 0,
  failure text,
  primary key (flow_id, trigger, tenant_id),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
create index reconciliation_due on reconciliation (due_at);

-- What a pass has seen of the source: one row a record, with its content where no run has taken that state of it in.
create table reconciled_record (
  tenant_id int not null,
  flow_id uuid not null,
  trigger text not null,
  record text not null,
  seen_at timestamptz not null,
  sketch text,
  missed_key text,
  body bytea,
  primary key (flow_id, trigger, record, tenant_id),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);

-- What it has seen of the systems the flow writes documents to.
create table reconciled_document (
  tenant_id int not null,
  flow_id uuid not null,
  trigger text not null,
  connection_id text not null,
  document text not null,
  reference text,
  sketch text not null,
  primary key (flow_id, trigger, connection_id, document, tenant_id),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
create index reconciled_document_reference on reconciled_document (reference, tenant_id);

create table finding (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  flow_id uuid not null,
  kind text not null check (kind in
    ('missed-change', 'double-document', 'missing-document', 'unlinked-document', 'unknown-document', 'lost-reference', 'different-document', 'suspected-document')),
  -- what makes two findings the same
  fingerprint text not null,
  entity text not null,
  record text,
  source_connection text not null,
  target_connection text,
  documents text[] not null default '{}',
  reference text,
  run_id uuid,
  detail text not null default '',
  -- open: a person is needed; resolved: a later pass found it in order; dismissed: a person has seen it and lets it be
  state text not null check (state in ('repaired', 'open', 'resolved', 'dismissed')),
  found_at timestamptz not null default now(),
  seen_at timestamptz not null default now(),
  settled_at timestamptz,
  settled_by text,
  primary key (tenant_id, id),
  unique (flow_id, kind, fingerprint, tenant_id),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
create index finding_open on finding (tenant_id, found_at) where state = 'open';
create index finding_found on finding (tenant_id, found_at);

do $$
declare name text;
begin
  foreach name in array array['reconciliation', 'reconciled_record', 'reconciled_document', 'finding'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
    execute format('create policy %I on %I to weft_engine using (true) with check (true)', name || '_engine', name);
    execute format('grant select, insert, update, delete on %I to weft_app, weft_engine', name);
  end loop;
end $$;

-- flows that were live before: schedules among them are set aside when their turn comes
set local role weft_engine;
insert into reconciliation (tenant_id, flow_id, trigger, due_at) select tenant_id, flow_id, trigger, now() + interval '1 hour' from trigger_clock;
reset role;
