-- Roles: the product never works as owner. weft_app sees one tenant at a time, weft_engine runs the fixed set statements.
do $$ begin
  if not exists (select from pg_roles where rolname = 'weft_app') then create role weft_app nologin nobypassrls; end if;
  if not exists (select from pg_roles where rolname = 'weft_engine') then create role weft_engine nologin nobypassrls; end if;
  execute format('grant weft_app, weft_engine to %I', current_user);
end $$;
grant usage on schema public to weft_app, weft_engine;

-- The tenant a statement works for; null (and so no rows) when nobody has said.
create function current_tenant() returns int language sql stable as
  $$ select nullif(current_setting('weft.tenant', true), '')::int $$;

create table app_user (
  id uuid primary key default gen_random_uuid(),
  email text not null unique check (email = lower(email)),
  name text not null,
  password_hash text not null,
  role text not null check (role in ('customer', 'customer-admin', 'kam', 'partner', 'support', 'admin')),
  created_at timestamptz not null default now()
);
create table user_session (sid varchar primary key, sess json not null, expire timestamptz not null);
create index user_session_expire on user_session (expire);
grant select, insert, update, delete on app_user, user_session to weft_app;

create table tenant (
  id int generated always as identity primary key,
  name text not null,
  package text not null check (package in ('100', '200', '400', '800', 'premium')),
  time_zone text not null default 'Europe/Stockholm',
  created_at timestamptz not null default now()
);
create table membership (
  tenant_id int not null references tenant (id) on delete cascade,
  user_id uuid not null references app_user (id) on delete cascade,
  primary key (tenant_id, user_id)
);

create table flow (
  tenant_id int not null references tenant (id),
  id uuid not null,
  name text not null,
  state text not null default 'draft' check (state in ('draft', 'live', 'off')),
  draft text not null,
  params text not null default '{}',
  revision int not null default 1,
  live_version int,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create table flow_version (
  tenant_id int not null,
  flow_id uuid not null,
  version int not null,
  document text not null,
  params text not null default '{}',
  note text not null default '',
  author text not null,
  published_at timestamptz not null default now(),
  primary key (tenant_id, flow_id, version),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);

-- Where webhooks arrive: the token in the URL is looked up by its hash.
create table hook (
  tenant_id int not null,
  token_hash bytea not null,
  flow_id uuid not null,
  trigger text not null,
  connection_id text,
  -- how deliveries are signed: by the connection's vendor, by our own secret, or (with an admin's grant) not at all
  signature text not null check (signature in ('vendor', 'hmac-sha256', 'none')),
  token_sealed bytea,
  secret_sealed bytea,
  primary key (token_hash, tenant_id),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
create index hook_flow on hook (flow_id);

-- One row a trigger that looks for changes or follows a clock; whoever locks it when it is due fires it, once.
create table trigger_clock (
  tenant_id int not null,
  flow_id uuid not null,
  trigger text not null,
  due_at timestamptz not null,
  -- how far the source has been read; what the next poll starts from
  watermark text,
  failures int not null default 0,
  failure text,
  primary key (flow_id, trigger, tenant_id),
  foreign key (tenant_id, flow_id) references flow (tenant_id, id) on delete cascade
);
create index trigger_clock_due on trigger_clock (due_at);

-- Selective column first in every hot index: with the tenant first a plan made on empty tables picks the wrong one.
create table run (
  tenant_id int not null,
  id uuid not null,
  flow_id uuid not null,
  version int not null,
  trigger text not null,
  connection_id text not null,
  entity text not null,
  record text not null,
  via text not null,
  topic text not null,
  dedup bytea not null,
  received_at timestamptz not null,
  status text not null default 'active' check (status in ('active', 'succeeded', 'failed', 'cancelled')),
  ended_at timestamptz,
  failure text,
  answer_status int,
  answer bytea,
  primary key (id, tenant_id),
  unique (dedup)
) with (fillfactor = 70);
create index run_record on run (record, tenant_id);
create index run_flow on run (flow_id, id);

-- Unfinished runs only: the queue. Lease, claim and intent are in no full index, so their updates stay in the page.
create table due (
  run_id uuid primary key,
  tenant_id int not null,
  -- hash of source connection, entity and record: one at a time, in order of arrival
  lane bigint not null,
  received_at timestamptz not null,
  due_at timestamptz not null,
  lease_until timestamptz,
  claim bigint,
  attempt int not null default 0,
  -- events committed so far; a commit names the number it builds on
  seq int not null default 0,
  intent text,
  intent_at timestamptz,
  hold text check (hold in ('sign-in', 'quota', 'review', 'poison')),
  failure text,
  -- its worker died: claimed alone, in a process of its own, from now on
  suspect boolean not null default false,
  deaths int not null default 0
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 20000);
create index due_lane on due (lane);
create index due_at on due (due_at);
-- two processes that store runs of one record at the same moment cannot both begin
create unique index due_lane_claimed on due (lane) where claim is not null;

create table inbox (
  tenant_id int not null,
  run_id uuid not null,
  received_at timestamptz not null,
  body bytea not null,
  primary key (run_id, received_at, tenant_id)
) partition by range (received_at);
create table run_event (
  tenant_id int not null,
  run_id uuid not null,
  seq int not null,
  at timestamptz not null,
  body bytea not null
) partition by range (at);
create index run_event_run on run_event (run_id, seq);

create table xref (
  tenant_id int not null,
  reference text not null,
  entity text not null,
  source_connection text not null,
  source_id text not null,
  target_connection text not null,
  target_id text not null,
  run_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (reference, tenant_id)
);
create index xref_source on xref (source_id, tenant_id);
create index xref_target on xref (target_id, tenant_id);

-- Suspicion of a second document: a writer that had lost its claim, or a reference with two targets.
create table orphan_doc (
  tenant_id int not null,
  id uuid not null default gen_random_uuid(),
  run_id uuid not null,
  reference text not null,
  target_connection text not null,
  target_id text,
  found_by text not null,
  found_at timestamptz not null default now(),
  resolved_at timestamptz,
  primary key (tenant_id, id)
);

do $$
declare name text;
begin
  foreach name in array array['tenant', 'membership', 'flow', 'flow_version', 'hook', 'trigger_clock', 'run', 'due', 'inbox', 'run_event', 'xref', 'orphan_doc'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    if name <> 'tenant' then
      execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
      execute format('create policy %I on %I to weft_engine using (true) with check (true)', name || '_engine', name);
      execute format('grant select, insert, update, delete on %I to weft_app, weft_engine', name);
    end if;
  end loop;
end $$;
create policy tenant_app on tenant to weft_app using (id = current_tenant()) with check (id = current_tenant());
create policy tenant_engine on tenant to weft_engine using (true) with check (true);
grant select, insert, update, delete on tenant to weft_app, weft_engine;
grant usage, select on sequence tenant_id_seq to weft_app, weft_engine;
-- a signed-in user finds the way to the own tenants before one is chosen
create policy membership_own on membership for select to weft_app using (user_id = nullif(current_setting('weft.user', true), '')::uuid);
create policy tenant_own on tenant for select to weft_app
  using (id in (select tenant_id from membership where user_id = nullif(current_setting('weft.user', true), '')::uuid));

-- Months of inbox and events: made ahead, dropped when pruned. Bodies uncompressed: pglz costs more CPU than the disk is worth.
create function make_partitions(months_ahead int) returns void language plpgsql as $$
declare
  parent text;
  month date;
  part text;
begin
  foreach parent in array array['inbox', 'run_event'] loop
    for ahead in -1 .. months_ahead loop
      month := (date_trunc('month', now() at time zone 'utc') + make_interval(months => ahead))::date;
      part := format('%s_%s', parent, to_char(month, 'YYYYMM'));
      if to_regclass(part) is null then
        execute format('create table %I partition of %I for values from (%L) to (%L)', part, parent,
          month::timestamp at time zone 'utc', (month + interval '1 month')::timestamp at time zone 'utc');
        execute format('alter table %I alter column body set storage external', part);
        execute format('alter table %I enable row level security', part);
        execute format('alter table %I force row level security', part);
      end if;
    end loop;
  end loop;
end $$;
select make_partitions(3);
