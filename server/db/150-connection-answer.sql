-- When the system last answered well: by a test or by a run's work, to the minute.
alter table connection add column answered_at timestamptz;
