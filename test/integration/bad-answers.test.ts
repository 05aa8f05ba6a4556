import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ordersList } from '#nodes/commerce/capabilities.ts';
import { offerOf } from '#runtime/connector.ts';
import { ErrorCode, FlowError } from '#runtime/error.ts';
import { saveTokens } from '#server/adapters/oauth-tokens.ts';
import { withTenant } from '#server/adapters/pg-pool.ts';
import { type BadAnswer, badErpAnswers, badShopAnswers } from '../hostile/bad-answers.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

/** The event loop may be shut no longer than this, ms of CPU; the system that answers shares it here. */
const LONGEST_MS = 50;
const LOOK_MS = 4;

let web: TestWeb;
let tenant: number;
let vendor: http.Server;
let host: string;
let now: BadAnswer;

beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Exempel AB');
  vendor = http.createServer((request, response) => {
    request.resume();
    response.writeHead(now.status, {
      ...now.headers,
      ...(now.resetAfter ? { 'content-length': now.body.length } : {}),
    });
    if (now.resetAfter === undefined) response.end(now.body);
    else response.write(now.body.subarray(0, now.resetAfter), () => request.socket.resetAndDestroy());
  });
  vendor.listen(0, '127.0.0.1');
  await once(vendor, 'listening');
  host = `127.0.0.1:${(vendor.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vendor.closeAllConnections();
  vendor.close();
  await web.stop();
});

/** A connection of its own, so that no circuit is open because of what was answered before. */
async function connect(connector: 'woocommerce' | 'fortnox'): Promise<string> {
  const url = `http://${host}`;
  const made = await web.connections.admin.create(tenant, {
    connector,
    title: 'Bad',
    settings: connector === 'fortnox' ? { apiUrl: url, authUrl: url } : { url },
    secrets: connector === 'fortnox' ? { clientId: 'i', clientSecret: 's' } : { consumerKey: 'k', consumerSecret: 's' },
    grants: [host],
  });
  if (connector === 'fortnox') {
    const keys = await web.connections.vault.keysOf(tenant);
    const pair = { access: 'access', refresh: 'refresh' };
    await withTenant(web.pools.app, tenant, async (client) => {
      const at = (await client.query<{ now: string }>('select now()::text as now')).rows[0]?.now ?? '';
      await saveTokens(client, keys, { tenant, connection: made.id }, pair, 1, at, 3_600_000);
      await client.query(`update connection set state = 'ready' where id = $1 and tenant_id = $2`, [made.id, tenant]);
    });
  }
  return made.id;
}

async function rows(): Promise<string> {
  const { rows: found } = await web.owner.query(
    `select (select count(*) from run) as runs, (select count(*) from inbox) as inbox, (select count(*) from xref) as links`,
  );
  return JSON.stringify(found);
}

/** The longest the loop was shut while `act` went on, in CPU of its own. */
async function shutMs(act: () => Promise<void>): Promise<number> {
  let cpu = process.threadCpuUsage();
  let longest = 0;
  const look = (): void => {
    const { user, system } = process.threadCpuUsage(cpu);
    longest = Math.max(longest, (user + system) / 1000);
    cpu = process.threadCpuUsage();
  };
  const timer = setInterval(look, LOOK_MS);
  await act();
  look();
  clearInterval(timer);
  return longest;
}

async function isTold(connector: 'woocommerce' | 'fortnox', bad: BadAnswer): Promise<void> {
  const connection = await connect(connector);
  const before = await rows();
  now = bad;
  let told: unknown;
  const shut = await shutMs(async () => {
    const signal = AbortSignal.timeout(20_000);
    const opened = await web.connections.door.open(tenant, connection, { signal, note: () => undefined });
    const offer = offerOf(opened.connector, ordersList.name);
    const run = offer?.run as (session: unknown, input: object) => Promise<unknown>;
    told = await run(opened.session, {}).catch((error: unknown) => error);
  });
  expect(told).toBeInstanceOf(FlowError);
  const { code, message, field } = told as FlowError;
  expect(bad.codes).toContain(code);
  expect(ErrorCode.options).toContain(code);
  expect(message.length).toBeGreaterThan(8);
  // what was answered is told by the part that is wrong, or by who answered
  expect(field !== undefined || message.includes(host) || /answer|HTTP|\d{3}|sign/i.test(message)).toBe(true);
  expect(await rows()).toBe(before);
  expect(shut).toBeLessThan(LONGEST_MS);
}

describe('a run is told what is wrong when WooCommerce answers', () => {
  test.for(badShopAnswers)('$name', (bad) => isTold('woocommerce', bad));
});

describe('a run is told what is wrong when Fortnox answers', () => {
  test.for(badErpAnswers)('$name', (bad) => isTold('fortnox', bad));
});
