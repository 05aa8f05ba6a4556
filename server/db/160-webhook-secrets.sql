-- While a webhook's secret is rotated the one before is taken too, until a moment that was told.
alter table connection add column earlier_secret bytea;
alter table connection add column earlier_until timestamptz;
alter table connection add check ((earlier_secret is null) = (earlier_until is null));
alter table connection add column earlier_key int generated always as (data_key_of(earlier_secret)) stored;
alter table connection add foreign key (tenant_id, earlier_key) references tenant_key (tenant_id, id);
alter table hook add column earlier_secret bytea;
alter table hook add column earlier_until timestamptz;
alter table hook add check ((earlier_secret is null) = (earlier_until is null));
alter table hook add column earlier_key int generated always as (data_key_of(earlier_secret)) stored;
alter table hook add foreign key (tenant_id, earlier_key) references tenant_key (tenant_id, id);
