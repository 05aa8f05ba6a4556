import type pg from 'pg';
import type { Json } from '#runtime/json.ts';
import {
  type ChangeTable,
  type CreateTable,
  type OfferedTable,
  TABLE_LIMITS,
  type TableChanged,
  type TableKind,
  type TableList,
  type TablePage,
  type TableQuery,
  type TableRow,
  type TableSummary,
} from '#runtime/lookup-table.ts';
import { allows, Package, packageOf } from '#runtime/package.ts';
import type { PluginDocument } from '#runtime/plugin.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';

/** A customer's tables, as people edit them. Rejects with Refused. */
export interface TableStore {
  list(tenant: number): Promise<TableList>;
  /** 409 TABLE_TAKEN where there is one of that name. */
  create(tenant: number, wish: CreateTable, by: string): Promise<TableSummary>;
  page(tenant: number, name: string, query: TableQuery): Promise<TablePage>;
  /** All rows, in pages, for a file. */
  all(tenant: number, name: string): AsyncGenerator<readonly TableRow[]>;
  change(tenant: number, name: string, change: ChangeTable, by: string): Promise<TableChanged>;
  /** Rows of a file; `replace`: what the file does not have goes. */
  bring(tenant: number, name: string, rows: readonly TableRow[], replace: boolean, by: string): Promise<TableChanged>;
  remove(tenant: number, name: string): Promise<void>;
}

const missing = (): Refused => new Refused(404, 'TABLE_MISSING', 'there is no such table', { field: 'table' });

interface SummaryRow {
  readonly name: string;
  readonly kind: TableKind;
  readonly rows: number;
  readonly updated_ms: number;
  readonly updated_by: string;
}

const SUMMARIES = `
select t.name, t.kind, t.updated_by, (extract(epoch from t.updated_at) * 1000)::float8 as updated_ms,
  (select count(*)::int from lookup_row r where r.tenant_id = t.tenant_id and r.table_name = t.name) as rows
from lookup_table t where t.tenant_id = current_tenant()`;

const summaryOf = ({ name, kind, rows, updated_ms, updated_by }: SummaryRow): TableSummary => ({
  name,
  kind,
  rows,
  updatedAt: updated_ms,
  updatedBy: updated_by,
});

async function summary(client: pg.PoolClient, name: string): Promise<TableSummary> {
  const { rows } = await client.query<SummaryRow>(`${SUMMARIES} and t.name = $1`, [name]);
  if (!rows[0]) throw missing();
  return summaryOf(rows[0]);
}

async function packageIn(client: pg.PoolClient): Promise<Package> {
  const { rows } = await client.query<{ package: string }>('select package from tenant where id = current_tenant()');
  return Package.parse(rows[0]?.package);
}

async function requirePackage(client: pg.PoolClient): Promise<void> {
  const owned = await packageIn(client);
  if (!allows(owned, 'plugins'))
    throw new Refused(
      403,
      'PACKAGE_NEEDED',
      `tables are part of package ${packageOf('plugins')}; this customer has ${owned}`,
    );
}

/** What the active versions of the customer's plugins bring, by the name of the table that would take its place. */
async function shipped(client: pg.PoolClient): Promise<Map<string, OfferedTable & { readonly content: Rows }>> {
  const { rows } = await client.query<{ document: string }>(
    `select v.document from plugin p
      join plugin_version v on v.tenant_id = p.tenant_id and v.plugin_id = p.id and v.version = p.active_version
      where p.tenant_id = current_tenant() order by p.id`,
  );
  const found = new Map<string, OfferedTable & { readonly content: Rows }>();
  for (const { document } of rows) {
    const { id, tables, locales } = JSON.parse(document) as PluginDocument;
    for (const [table, content] of Object.entries(tables)) {
      const name = `${id}.${table}`;
      const values = Object.values(content);
      const kind = values.every((value) => typeof value === 'string') ? 'text' : 'json';
      const plugin = { en: locales.en.title, sv: locales.sv.title };
      found.set(name, { name, plugin, kind, rows: values.length, content });
    }
  }
  return found;
}
type Rows = Readonly<Record<string, Json>>;

const valueText = (value: Json): string => JSON.stringify(value);

function hold(kind: TableKind, rows: readonly TableRow[]): void {
  for (const { key, value } of rows) {
    if (kind === 'text' && typeof value !== 'string')
      throw new Refused(422, 'ROW_INVALID', `${key}: the table holds texts`, { field: 'value' });
    if (valueText(value).length > TABLE_LIMITS.value)
      throw new Refused(422, 'ROW_INVALID', `${key}: a value has ${TABLE_LIMITS.value} letters at most`, {
        field: 'value',
      });
  }
}

/** Nobody else changes the table until the transaction is over. */
async function locked(client: pg.PoolClient, name: string): Promise<TableKind> {
  const { rows } = await client.query<{ kind: TableKind }>(
    'select kind from lookup_table where name = $1 and tenant_id = current_tenant() for update',
    [name],
  );
  if (!rows[0]) throw missing();
  return rows[0].kind;
}

const PUT = `
with put as (
  insert into lookup_row as r (tenant_id, table_name, key, value)
  select current_tenant(), $1, g.key, g.value from unnest($2::text[], $3::text[]) as g(key, value)
  on conflict (tenant_id, table_name, key) do update set value = excluded.value where r.value <> excluded.value
  returning xmax = 0 as added)
select count(*) filter (where added)::int as added, count(*) filter (where not added)::int as changed from put`;

interface Change {
  readonly set: readonly TableRow[];
  /** What goes: these keys, or all that are not set. */
  readonly remove: readonly string[] | 'others';
}

async function apply(
  client: pg.PoolClient,
  name: string,
  { set, remove }: Change,
): Promise<Pick<TableChanged, 'added' | 'changed' | 'removed'>> {
  const keys = set.map(({ key }) => key);
  const gone = await client.query(
    `delete from lookup_row where table_name = $1 and tenant_id = current_tenant() and ${
      remove === 'others' ? 'not key = any($2)' : 'key = any($2)'
    }`,
    [name, remove === 'others' ? keys : remove],
  );
  const { rows } = await client.query<{ added: number; changed: number }>(PUT, [
    name,
    keys,
    set.map(({ value }) => valueText(value)),
  ]);
  return { added: rows[0]?.added ?? 0, changed: rows[0]?.changed ?? 0, removed: gone.rowCount ?? 0 };
}

async function requireRoom(client: pg.PoolClient, name: string): Promise<void> {
  const { rows } = await client.query<{ rows: number; letters: number }>(
    `select count(*) filter (where table_name = $1)::int as rows, coalesce(sum(length(key) + length(value)), 0)::int as letters
      from lookup_row where tenant_id = current_tenant()`,
    [name],
  );
  const { rows: count = 0, letters = 0 } = rows[0] ?? {};
  if (count > TABLE_LIMITS.rows)
    throw new Refused(409, 'TABLE_FULL', `a table has ${TABLE_LIMITS.rows} rows at most; this would be ${count}`);
  if (letters > TABLE_LIMITS.letters)
    throw new Refused(409, 'TABLE_FULL', `all tables together hold ${TABLE_LIMITS.letters} letters at most`);
}

export function createTableStore(pool: pg.Pool, changed: (tenant: number) => void): TableStore {
  const alter = async (
    tenant: number,
    name: string,
    change: Change,
    by: string,
    action: 'table.change' | 'table.import',
  ): Promise<TableChanged> => {
    const result = await withTenant(pool, tenant, async (client) => {
      await requirePackage(client);
      hold(await locked(client, name), change.set);
      const counts = await apply(client, name, change);
      await requireRoom(client, name);
      await client.query(
        'update lookup_table set updated_at = now(), updated_by = $2 where name = $1 and tenant_id = current_tenant()',
        [name, by],
      );
      const table = await summary(client, name);
      await audit(client, {
        action,
        on: { id: name, title: name },
        after: {
          ...counts,
          ...(action === 'table.change' && change.remove !== 'others'
            ? { keys: [...change.set.map(({ key }) => key), ...change.remove].slice(0, 20) }
            : {}),
        },
      });
      return { table, ...counts };
    });
    changed(tenant);
    return result;
  };

  return {
    list: (tenant) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<SummaryRow>(`${SUMMARIES} order by t.name`);
        const own = new Set(rows.map(({ name }) => name));
        const offered = [...(await shipped(client)).values()]
          .filter(({ name }) => !own.has(name))
          .map(({ content: _content, ...table }) => table);
        return { tables: rows.map(summaryOf), offered, allowed: allows(await packageIn(client), 'plugins') };
      }),
    create: async (tenant, { name, kind }, by) => {
      const made = await withTenant(pool, tenant, async (client) => {
        await requirePackage(client);
        const model = (await shipped(client)).get(name);
        const { rows: counted } = await client.query<{ tables: number }>(
          'select count(*)::int as tables from lookup_table where tenant_id = current_tenant()',
        );
        if ((counted[0]?.tables ?? 0) >= TABLE_LIMITS.tables)
          throw new Refused(409, 'TOO_MANY_TABLES', `a customer can have ${TABLE_LIMITS.tables} tables at most`);
        const { rowCount } = await client.query(
          `insert into lookup_table (tenant_id, name, kind, updated_by) values (current_tenant(), $1, $2, $3)
            on conflict (tenant_id, name) do nothing`,
          [name, model?.kind ?? kind, by],
        );
        if (rowCount === 0)
          throw new Refused(409, 'TABLE_TAKEN', `there is a table “${name}” already`, { field: 'name' });
        const set = Object.entries(model?.content ?? {}).map(([key, value]) => ({ key, value }));
        await apply(client, name, { set, remove: [] });
        await requireRoom(client, name);
        const table = await summary(client, name);
        await audit(client, {
          action: 'table.create',
          on: { id: name, title: name },
          after: { kind: table.kind, rows: table.rows },
        });
        return table;
      });
      changed(tenant);
      return made;
    },
    page: (tenant, name, { find, after, limit }) =>
      withTenant(pool, tenant, async (client) => {
        const table = await summary(client, name);
        const rows = await rowsOf(client, name, { find, after, limit: limit + 1 });
        return { table, rows: rows.slice(0, limit), more: rows.length > limit };
      }),
    all: async function* (tenant, name) {
      let after: string | undefined;
      for (;;) {
        const rows = await withTenant(pool, tenant, async (client) => {
          if (after === undefined) await summary(client, name);
          return rowsOf(client, name, { after, limit: TABLE_LIMITS.together });
        });
        if (rows.length > 0) yield rows;
        if (rows.length < TABLE_LIMITS.together) return;
        after = rows.at(-1)?.key;
      }
    },
    change: (tenant, name, { set, remove }, by) => alter(tenant, name, { set, remove }, by, 'table.change'),
    bring: (tenant, name, rows, replace, by) =>
      alter(tenant, name, { set: rows, remove: replace ? 'others' : [] }, by, 'table.import'),
    remove: async (tenant, name) => {
      await withTenant(pool, tenant, async (client) => {
        await locked(client, name);
        const { rows } = await summary(client, name);
        await client.query('delete from lookup_table where name = $1 and tenant_id = current_tenant()', [name]);
        await audit(client, { action: 'table.delete', on: { id: name, title: name }, before: { rows } });
      });
      changed(tenant);
    },
  };
}

async function rowsOf(
  client: pg.PoolClient,
  name: string,
  { find, after, limit }: { find?: string | undefined; after?: string | undefined; limit: number },
): Promise<TableRow[]> {
  const { rows } = await client.query<{ key: string; value: string }>(
    `select key, value from lookup_row where table_name = $1 and tenant_id = current_tenant()
      and ($2::text is null or key > $2)
      and ($3::text is null or strpos(lower(key), lower($3)) > 0 or strpos(lower(value), lower($3)) > 0)
      order by key limit $4`,
    [name, after ?? null, find ?? null, limit],
  );
  return rows.map(({ key, value }) => ({ key, value: JSON.parse(value) as Json }));
}
