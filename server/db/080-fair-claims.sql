-- Workers take the same number of runs of every customer who has any that are due, so that one customer's backlog is not everybody's.
create index due_tenant on due (tenant_id, due_at);
drop index due_at;
