import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowList, FlowSummary } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let kam: Client;
let other: pg.Client;
const at = (path: string) => `/api/tenants/${tenant}${path}`;
const names = async (): Promise<string[]> =>
  FlowList.parse((await kam.ask('GET', at('/flows'))).body).flows.map(({ name }) => name);

beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Garnboden');
  kam = await web.person('kam', [tenant]);
  other = new pg.Client({ connectionString: web.database.url });
  await other.connect();
});
afterAll(async () => {
  await other.end();
  await web.stop();
});

async function done(method: string, path: string, body?: object): Promise<void> {
  const { status } = await kam.ask(method, path, body);
  expect(status).toBeLessThan(300);
}

/** Holds the counting of runs up, as a very busy day does. */
async function readSlowly(): Promise<string[]> {
  await other.query('begin; lock table unsuccessful_run in access exclusive mode');
  const reading = names();
  await until(async () => {
    const { rows } = await other.query(
      "select from pg_locks where not granted and relation = 'unsuccessful_run'::regclass",
    );
    return rows.length > 0;
  });
  await other.query('select pg_sleep(0.3)');
  await other.query('rollback');
  return reading;
}

test('a flow that was renamed, copied or removed is so in the list at once, also while its runs take long to count', async () => {
  const made = FlowSummary.parse((await kam.ask('POST', at('/flows'), { document: webhookFlow('Before') })).body);
  expect(await readSlowly()).toEqual(['Before']);
  const path = at(`/flows/${made.id}`);
  await done('PUT', `${path}/draft`, { basedOn: made.revision, document: webhookFlow('After') });
  expect(await names()).toEqual(['After']);
  await done('POST', `${path}/duplicate`, { name: 'After (copy)' });
  expect(await names()).toEqual(['After', 'After (copy)']);
  await done('DELETE', path);
  expect(await names()).toEqual(['After (copy)']);
});
