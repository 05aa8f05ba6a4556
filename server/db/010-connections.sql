-- A tenant's data keys, wrapped by the master key, which is never here. The newest seals; the older ones still open.
create table tenant_key (
  tenant_id int not null references tenant (id) on delete cascade,
  id int not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);

create table connection (
  tenant_id int not null references tenant (id) on delete cascade,
  id uuid not null,
  connector text not null,
  title text not null,
  settings jsonb not null,
  -- sealed to (tenant, id, 'secrets', secrets_version); null when the connector has none
  secrets bytea,
  secrets_version int not null default 0,
  -- host:port on private networks that an administrator lets this connection reach
  grants text[] not null default '{}',
  -- a limit agreed with the vendor in place of the connector's own
  rate_requests int check (rate_requests > 0),
  rate_per_ms int check (rate_per_ms > 0),
  state text not null default 'ready' check (state in ('ready', 'sign-in-needed', 'disabled')),
  state_reason text,
  -- counts changes of any kind, so that a cached row knows that it is old
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  primary key (tenant_id, id),
  check ((rate_requests is null) = (rate_per_ms is null))
);

-- OAuth tokens; renewed under the lock of the connection's row, so that two workers never renew at once.
create table connection_token (
  tenant_id int not null,
  connection_id uuid not null,
  -- counts the pairs; the sealed bytes open under this number only
  version int not null,
  sealed bytea not null,
  expires_at timestamptz not null,
  updated_at timestamptz not null default now(),
  primary key (tenant_id, connection_id),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);

-- Sign-ins begun and not finished; used once, by the person who began it.
create table connection_sign_in (
  tenant_id int not null,
  state_hash bytea not null,
  connection_id uuid not null,
  user_id text not null,
  redirect_uri text not null,
  verifier text,
  expires_at timestamptz not null,
  primary key (tenant_id, state_hash),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
);

-- What is known of a connection's recent requests, for the vendor's limit. Times are milliseconds since 1970 of this clock.
create table rate_state (
  tenant_id int not null,
  connection_id uuid not null,
  -- requests that ended, by when
  spent_at double precision[] not null default '{}',
  spent int[] not null default '{}',
  -- requests a process may have under way, and when that lapses should the process be gone
  holders uuid[] not null default '{}',
  held int[] not null default '{}',
  held_until double precision[] not null default '{}',
  -- the vendor said: not before
  paused_until double precision not null default 0,
  primary key (connection_id, tenant_id),
  foreign key (tenant_id, connection_id) references connection (tenant_id, id) on delete cascade
) with (fillfactor = 50);

do $$
declare name text;
begin
  foreach name in array array['tenant_key', 'connection', 'connection_token', 'connection_sign_in', 'rate_state'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format('create policy %I on %I to weft_app using (tenant_id = current_tenant()) with check (tenant_id = current_tenant())', name || '_app', name);
    execute format('create policy %I on %I to weft_engine using (true) with check (true)', name || '_engine', name);
    execute format('grant select, insert, update, delete on %I to weft_app, weft_engine', name);
  end loop;
end $$;

-- Takes up to p_want permits for requests of which the vendor allows p_requests in any p_per_ms. A permit counts from now until
-- p_per_ms after its request was answered, so the vendor never sees more in any window, however long a request was on its way.
-- p_held: permits this process has out, p_used: those whose requests ended since it last said so (each said once).
-- Answers the permits granted, and for those refused in how many milliseconds each may be had at the earliest.
create function take_rate(
  p_tenant int, p_connection uuid, p_holder uuid, p_requests int, p_per_ms int,
  p_want int, p_held int, p_used int, p_hold_ms int, p_pause_ms double precision,
  out granted int, out waits double precision[]
) language plpgsql as $$
declare
  state rate_state;
  now_ms double precision;
  grain double precision := greatest(1, p_per_ms / 100);
  recent_at double precision[] := '{}';
  recent int[] := '{}';
  keepers uuid[] := '{}';
  kept int[] := '{}';
  kept_until double precision[] := '{}';
  under_way int := p_held;
  busy int := p_used;
  paused double precision;
begin
  select * into state from rate_state r where r.connection_id = p_connection and r.tenant_id = p_tenant for update;
  if not found then
    insert into rate_state (tenant_id, connection_id) values (p_tenant, p_connection) on conflict do nothing;
    select * into state from rate_state r where r.connection_id = p_connection and r.tenant_id = p_tenant for update;
  end if;
  -- read after the lock: the order of grants is the order of times
  now_ms := extract(epoch from clock_timestamp()) * 1000;
  paused := greatest(state.paused_until - now_ms, p_pause_ms);

  for i in 1 .. cardinality(state.spent) loop
    if state.spent_at[i] + p_per_ms > now_ms then
      recent_at := recent_at || state.spent_at[i];
      recent := recent || state.spent[i];
      busy := busy + state.spent[i];
    end if;
  end loop;
  if p_used > 0 then
    -- rounded up, so that a hundred entries do for any window and none is let go early
    if recent_at[cardinality(recent)] >= now_ms then
      recent[cardinality(recent)] := recent[cardinality(recent)] + p_used;
    else
      recent_at := recent_at || ceil(now_ms / grain) * grain;
      recent := recent || p_used;
    end if;
  end if;
  for i in 1 .. cardinality(state.holders) loop
    if state.holders[i] <> p_holder and state.held_until[i] > now_ms then
      keepers := keepers || state.holders[i];
      kept := kept || state.held[i];
      kept_until := kept_until || state.held_until[i];
      under_way := under_way + state.held[i];
    end if;
  end loop;
  busy := busy + under_way;

  granted := case when paused > 0 then 0 else least(p_want, greatest(0, p_requests - busy)) end;
  if p_held + granted > 0 then
    keepers := keepers || p_holder;
    kept := kept || p_held + granted;
    kept_until := kept_until || now_ms + p_hold_ms + p_per_ms;
  end if;
  update rate_state r set spent_at = recent_at, spent = recent, holders = keepers, held = kept, held_until = kept_until,
    paused_until = case when paused > 0 then now_ms + paused else 0 end
    where r.connection_id = p_connection and r.tenant_id = p_tenant;

  -- the oldest requests leave the window first; those under way leave it a whole window from now at the earliest
  if granted = p_want then
    waits := '{}';
  elsif paused > 0 then
    waits := array_fill(paused, array[least(p_want, 200)]);
  else
    select coalesce(array_agg(soonest.wait order by soonest.wait), '{}') into waits from (
      select leaving.wait from (
        select s.at + p_per_ms - now_ms from unnest(recent_at, recent) as s(at, n), generate_series(1, s.n)
        union all
        select p_per_ms from generate_series(1, under_way + granted)
      ) as leaving(wait)
      order by leaving.wait offset busy + granted - p_requests limit least(p_want - granted, 200)
    ) as soonest;
  end if;
end $$;
grant execute on function take_rate to weft_engine;
