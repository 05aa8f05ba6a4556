-- A suspect whose group's process died too: from now on it is tried alone.
alter table due add column alone boolean not null default false;
-- Suspects are few, and looked for every second.
create index due_suspect on due (due_at) where suspect;
