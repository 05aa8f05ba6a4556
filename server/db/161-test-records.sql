-- A flow may be on for test records only: what comes of others is stored, ended as ignored, and can be carried later.
alter table flow drop constraint flow_state_check;
alter table flow add constraint flow_state_check check (state in ('draft', 'live', 'test', 'off')) not valid;
alter table flow validate constraint flow_state_check;
alter table flow add column test_records text[] not null default '{}';
-- since when it is, or was the last time
alter table flow add column test_since timestamptz;

-- When a trigger has first read its source, or planned its time, after the flow was published or switched on.
alter table trigger_clock add column started_at timestamptz;
update trigger_clock set started_at = now();
