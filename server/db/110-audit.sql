-- Who did what on what. Lines are only ever added; those of a tenant are a chain, each holding the hash of the one before.
-- Tenant 0 is the house: what belongs to no tenant.
create table audit_line (
  tenant_id int not null,
  seq bigint not null,
  at timestamptz not null,
  actor text not null,
  actor_id uuid,
  role text,
  ip text,
  action text not null,
  kind text not null,
  subject text not null,
  title text not null,
  -- JSON, in short and without secrets
  before text,
  after text,
  note text,
  previous bytea not null,
  hash bytea not null,
  primary key (tenant_id, seq)
);
create index audit_line_subject on audit_line (tenant_id, subject, seq);

-- A field as it goes into the hash: its bytes counted, so that nothing can move from one field into the next.
create function audit_field(value text) returns text language sql immutable as
  $$ select coalesce(octet_length(value) || ':' || value, '-') || ',' $$;

create function audit_hash(line audit_line) returns bytea language sql stable as $$
  select sha256(line.previous || convert_to(
    audit_field(line.tenant_id::text) || audit_field(line.seq::text) || audit_field(round(extract(epoch from line.at) * 1000)::bigint::text)
    || audit_field(line.actor) || audit_field(line.actor_id::text) || audit_field(line.role) || audit_field(line.ip)
    || audit_field(line.action) || audit_field(line.kind) || audit_field(line.subject) || audit_field(line.title)
    || audit_field(line.before) || audit_field(line.after) || audit_field(line.note), 'UTF8')) $$;

-- Place, time and hash are the database's to say, whoever writes.
create function chain_audit_line() returns trigger language plpgsql as $$
declare last record;
begin
  perform pg_advisory_xact_lock(7310246, new.tenant_id);
  select l.seq, l.hash into last from audit_line l where l.tenant_id = new.tenant_id order by l.seq desc limit 1;
  new.seq := coalesce(last.seq, 0) + 1;
  new.previous := coalesce(last.hash, ''::bytea);
  new.at := date_trunc('milliseconds', clock_timestamp());
  new.hash := audit_hash(new);
  return new;
end $$;
create trigger audit_line_chain before insert on audit_line for each row execute function chain_audit_line();

-- Not even the owner, unless the trigger is taken off first.
create function refuse_audit_change() returns trigger language plpgsql as $$
begin
  raise exception 'lines of the audit log are never altered or taken away';
end $$;
create trigger audit_line_fixed before update or delete or truncate on audit_line for each statement execute function refuse_audit_change();

alter table audit_line enable row level security;
alter table audit_line force row level security;
create policy audit_line_app on audit_line for select to weft_app using (tenant_id = current_tenant());
create policy audit_line_add on audit_line for insert to weft_app with check (tenant_id = current_tenant());
create policy audit_line_engine on audit_line for select to weft_engine using (true);
grant select, insert on audit_line to weft_app;
grant select on audit_line to weft_engine;
