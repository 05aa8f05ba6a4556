-- One month of a table. Attached, not born a partition: that would shut out everyone who writes until it is made.
create function make_partition(parent text, day date) returns boolean language plpgsql as $$
declare
  month date := date_trunc('month', day)::date;
  part text := format('%s_%s', parent, to_char(month, 'YYYYMM'));
begin
  if to_regclass(part) is not null then return false; end if;
  execute format('create table %I (like %I including defaults including storage)', part, parent);
  execute format('alter table %I alter column body set storage external', part);
  execute format('alter table %I enable row level security', part);
  execute format('alter table %I force row level security', part);
  execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part,
    month::timestamp at time zone 'utc', (month + interval '1 month')::timestamp at time zone 'utc');
  return true;
end $$;

create or replace function make_partitions(months_ahead int) returns void language plpgsql as $$
declare parent text;
begin
  foreach parent in array array['inbox', 'run_event'] loop
    for ahead in -1 .. months_ahead loop
      perform make_partition(parent, (date_trunc('month', now() at time zone 'utc') + make_interval(months => ahead))::date);
    end loop;
  end loop;
end $$;

-- When this database was filled from a backup. What was written outside between the backup and then is in no log of ours,
-- so from then on writes that can be looked up are looked up first. Of the whole installation, hence of no tenant.
create table restoration (at timestamptz primary key default now(), backup_at timestamptz not null);
grant select on restoration to weft_engine;
