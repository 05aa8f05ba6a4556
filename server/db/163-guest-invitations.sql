-- A guest of a project, from another firm, is invited by mail as others are: into that project and nothing else.
alter table invitation drop constraint invitation_role_check;
alter table invitation add check (role in ('customer', 'customer-admin', 'kam', 'support', 'partner'));
alter table invitation add column project_id uuid;
alter table invitation add column firm text;
alter table invitation add foreign key (tenant_id, project_id) references project (tenant_id, id) on delete cascade;
alter table invitation add check ((role = 'partner') = (project_id is not null) and (role = 'partner') = (firm is not null));
