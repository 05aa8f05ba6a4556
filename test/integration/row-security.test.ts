import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { actingAs } from '#server/adapters/acting.ts';
import { withTenant } from '#server/adapters/pg-pool.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

/** Tables that hold nothing of a tenant, or (tenant itself) are guarded by their own id. */
const WITHOUT_TENANT = [
  'app_user',
  'kept_key',
  'migration',
  'password_reset',
  'recovery_code',
  'restoration',
  'second_step',
  'sign_in_attempt',
  'user_session',
];

let web: TestWeb;
let one: number;
let other: number;
beforeAll(async () => {
  web = await startWeb();
  one = await web.tenant('One');
  other = await web.tenant('Other');
  await web.flows.create(one, webhookFlow());
});
afterAll(() => web.stop());

async function tables(condition: string): Promise<string[]> {
  const { rows } = await web.owner.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'public' and c.relkind in ('r', 'p') and ${condition} order by 1`,
  );
  return rows.map((row) => row.name);
}

const HAS_TENANT =
  "exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped)";

test('every table with a tenant has forced row level security, and the tables without are those that may be', async () => {
  expect(await tables(`${HAS_TENANT} and not (c.relrowsecurity and c.relforcerowsecurity)`)).toEqual([]);
  expect(await tables(`not ${HAS_TENANT} and c.relname <> 'tenant'`)).toEqual(WITHOUT_TENANT);
  expect(await tables("c.relname = 'tenant' and c.relrowsecurity and c.relforcerowsecurity")).toEqual(['tenant']);
});

test('every table with a tenant has the tenant in its key', async () => {
  const { rows } = await web.owner.query<{ name: string }>(
    `select c.relname as name from pg_class c join pg_index i on i.indrelid = c.oid and i.indisprimary
      join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
      where c.relnamespace = 'public'::regnamespace and not a.attnum = any(i.indkey) order by 1`,
  );
  // the queue is found by the run alone, which only one tenant has
  expect(rows.map((row) => row.name)).toEqual(['due']);
});

test('without a tenant the application sees no row of any tenant’s table', async () => {
  for (const table of [...(await tables(`${HAS_TENANT} and c.relispartition = false`)), 'tenant']) {
    const { rows } = await web.pools.app.query(`select * from ${table}`);
    expect([table, rows.length]).toEqual([table, 0]);
  }
});

test('a guest of no project sees no row of a tenant, whatever the table, and can write none', async () => {
  const guest = { id: randomUUID(), name: 'guest', role: 'partner', ip: null, guest: randomUUID() };
  const asGuest = (sql: string) => actingAs(guest, () => withTenant(web.pools.app, one, (client) => client.query(sql)));
  const closed = await tables(`${HAS_TENANT} and c.relispartition = false`);
  for (const table of closed) expect([table, (await asGuest(`select from ${table}`)).rowCount]).toEqual([table, 0]);
  expect((await asGuest("update flow set name = 'mine now'")).rowCount).toBe(0);
  await expect(
    asGuest(`insert into membership (tenant_id, user_id) values (${one}, gen_random_uuid())`),
  ).rejects.toThrow(/row-level security/);
  const open = await web.owner.query(
    `select c.relname as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
      and not c.relispartition and ${HAS_TENANT}
      and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive
        and pg_get_expr(p.polqual, c.oid) like '%current_guest%' and 'weft_app'::regrole = any(p.polroles))`,
  );
  expect(open.rows).toEqual([]);
});

test('with a tenant it sees that one’s rows, and can put none under another', async () => {
  expect((await web.flows.list(one)).length).toBe(1);
  expect(await web.flows.list(other)).toEqual([]);
  const foreign = withTenant(web.pools.app, other, (client) =>
    client.query("insert into flow (tenant_id, id, name, draft) values ($1, gen_random_uuid(), 'x', '{}')", [one]),
  );
  await expect(foreign).rejects.toThrow(/row-level security/);
  const moved = await withTenant(web.pools.app, other, (client) => client.query("update flow set name = 'mine now'"));
  expect(moved.rowCount).toBe(0);
});

test('neither role owns a table or may step round the policies', async () => {
  const { rows } = await web.owner.query(
    `select r.rolname from pg_roles r where r.rolname in ('weft_app', 'weft_engine')
      and (r.rolbypassrls or r.rolsuper or exists (select from pg_class c where c.relowner = r.oid))`,
  );
  expect(rows).toEqual([]);
});
