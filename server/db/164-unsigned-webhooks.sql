-- An administrator lets those who publish for the customer open addresses that take unsigned calls.
alter table tenant add column unsigned_hooks boolean not null default false;
