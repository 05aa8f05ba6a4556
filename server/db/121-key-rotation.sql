-- Keys that must stay what they are when the master key is another (references, session cookies): derived from the first master
-- key and from the first rotation on kept here, wrapped by the one in use.
create table kept_key (
  purpose text primary key,
  wrapped bytea not null
);
grant select, insert, update on kept_key to weft_engine;

-- Number of the data key that a sealed value needs: its bytes 1 to 4, big endian.
create function data_key_of(sealed bytea) returns int language sql immutable strict parallel safe as
  $$ select get_byte(sealed, 1) * 16777216 + get_byte(sealed, 2) * 65536 + get_byte(sealed, 3) * 256 + get_byte(sealed, 4) $$;

-- A data key that is still needed cannot go, and nothing can be stored that was sealed with one that is gone.
alter table connection add column secrets_key int generated always as (data_key_of(secrets)) stored;
alter table connection add foreign key (tenant_id, secrets_key) references tenant_key (tenant_id, id);
alter table connection_token add column sealed_key int generated always as (data_key_of(sealed)) stored;
alter table connection_token add foreign key (tenant_id, sealed_key) references tenant_key (tenant_id, id);
alter table hook add column token_key int generated always as (data_key_of(token_sealed)) stored;
alter table hook add foreign key (tenant_id, token_key) references tenant_key (tenant_id, id);
alter table hook add column secret_key int generated always as (data_key_of(secret_sealed)) stored;
alter table hook add foreign key (tenant_id, secret_key) references tenant_key (tenant_id, id);
