-- What an administrator tells of a customer.
alter table tenant
  add column org_number text not null default '',
  add column language text not null default 'sv' check (language in ('sv', 'en'));
