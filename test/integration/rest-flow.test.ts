import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from '../support/client.ts';
import { type PracticeClient, practiceOf } from '../support/practice-client.ts';
import { shopBySettings } from '../support/shop-by-settings.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

const WEBHOOK_SECRET = 'a secret that a person made up';
const data = makeDataDir();
let weft: WeftProcess;
let practice: PracticeClient;
let admin: Client;
/** The demo's customers. */
let premium: number;
let small: number;
let flow: string;
let hook: string;

interface Connection {
  readonly id: string;
  readonly connector: string;
}

const at = (tenant: number, path: string): string => `/api/tenants/${tenant}/${path}`;

async function asked<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await admin.ask(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

/** The practice shop, as a connection that knows of it by its settings alone. */
async function describedShop(tenant: number, requests: object = {}): Promise<string> {
  const settings = shopBySettings(weft.url);
  const list = { ...settings.requests['orders.list'], everySeconds: 10 };
  const { id } = await asked<Connection>('POST', at(tenant, 'connections'), {
    connector: 'rest',
    title: 'Butiken, beskriven',
    settings: { ...settings, requests: { ...settings.requests, 'orders.list': list, ...requests } },
    secrets: {
      user: weft.practice?.consumerKey,
      password: weft.practice?.consumerSecret,
      webhookSecret: WEBHOOK_SECRET,
    },
    grants: [new URL(weft.url).host],
  });
  return id;
}

const erpOf = async (tenant: number): Promise<string> => {
  const { connections } = await asked<{ connections: Connection[] }>('GET', at(tenant, 'connections'));
  return connections.find((each) => each.connector === 'fortnox')?.id ?? '';
};

async function withoutWebhooks(): Promise<void> {
  for (const { id } of (await practice.shop('GET', 'webhooks')) as { id: number }[])
    await practice.shop('DELETE', `webhooks/${id}?force=true`);
}

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path });
  practice = practiceOf(weft);
  admin = await weft.admin();
  const { tenants } = await asked<{ tenants: { id: number; package: string }[] }>('GET', '/api/session');
  const idOf = (owned: string): number => tenants.find((each) => each.package === owned)?.id ?? 0;
  [premium, small] = [idOf('premium'), idOf('100')];
  const { flows } = await asked<{ flows: { id: string }[] }>('GET', at(premium, 'flows'));
  // the demo's own flow reads the same shop: both at once would bill every order twice
  for (const { id } of flows) await asked('PUT', at(premium, `flows/${id}/state`), { on: false });
  await withoutWebhooks();
  const answers = { shop: await describedShop(premium), erp: await erpOf(premium) };
  const made = await asked<{ id: string; revision: number }>('POST', at(premium, 'templates/orders-to-erp'), {
    answers,
  });
  flow = made.id;
  await asked('POST', at(premium, `flows/${flow}/publish`), { revision: made.revision });
  const { hooks } = await asked<{ hooks: { url: string }[] }>('GET', at(premium, `flows/${flow}/hooks`));
  hook = hooks[0]?.url ?? '';
});
afterAll(async () => {
  await weft?.stop();
  await data.remove();
});

interface Run {
  readonly record: string;
  readonly via: string;
  readonly status: string;
}

const runs = async (): Promise<Run[]> =>
  (await asked<{ runs: Run[] }>('GET', at(premium, `runs?flow=${flow}&ignored=true&limit=200`))).runs;

/** All orders are in the ERP once, the shop's are completed with the ERP's number, and no run is open. */
async function arrive(numbers: readonly string[]): Promise<void> {
  await until(
    async () => {
      const inErp = await practice.erpOrders();
      const inShop = await practice.shopOrders();
      return numbers.every((number) => {
        const document = inErp.find((order) => order.yourOrder === number);
        const order = inShop.find((each) => each.number === number);
        return (
          document && order?.status === 'completed' && order.notes.some(({ note }) => note.includes(document.number))
        );
      });
    },
    60_000,
    250,
  );
  await until(async () => (await runs()).every((run) => ['succeeded', 'ignored'].includes(run.status)), 60_000, 250);
}

async function timesInErp(numbers: readonly string[]): Promise<number[]> {
  const documents = await practice.erpOrders();
  return numbers.map((number) => documents.filter((each) => each.yourOrder === number && !each.cancelled).length);
}

test('orders of a shop that is only described reach the ERP once by polling, and their status goes back', async () => {
  const numbers = await practice.place(6);
  await arrive(numbers);
  expect(await timesInErp(numbers)).toEqual(numbers.map(() => 1));
  expect((await runs()).every((run) => run.via === 'poll')).toBe(true);
});

test('with signed webhooks that a person set up they come at once; what webhook and poll both tell is one run', async () => {
  for (const topic of ['order.created', 'order.updated'])
    await practice.shop('POST', 'webhooks', {
      name: topic,
      topic,
      delivery_url: hook,
      secret: WEBHOOK_SECRET,
      status: 'active',
    });
  const before = new Set((await runs()).map((run) => run.record));
  const numbers = await practice.place(10);
  await arrive(numbers);
  const own = async () => (await runs()).filter((run) => !before.has(run.record));
  expect((await own()).filter((run) => run.via === 'webhook').length).toBeGreaterThanOrEqual(10);
  // the poll that brings one whose webhook is never sent has read all the others too
  await withoutWebhooks();
  const [silent = ''] = await practice.place(1);
  await arrive([silent]);
  expect(await timesInErp([...numbers, silent])).toEqual([...numbers, silent].map(() => 1));
  const polled = (await own()).filter((run) => run.via === 'poll').map((run) => run.record);
  expect(new Set(polled)).toEqual(new Set([silent]));
});

test('a delivery with a wrong signature is refused, and nothing is stored', async () => {
  const count = (await runs()).length;
  const answer = await fetch(hook, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-wc-webhook-topic': 'order.created',
      'x-wc-webhook-signature': 'bm8=',
    },
    body: '{"id":1}',
  });
  expect(answer.status).toBe(401);
  expect(await runs()).toHaveLength(count);
});

test('what the settings have no request for is said before publishing, by the name of the setting', async () => {
  const shop = await describedShop(premium, { 'orders.set-status': undefined });
  const answers = { shop, erp: await erpOf(premium) };
  const { id, revision } = await asked<{ id: string; revision: number }>(
    'POST',
    at(premium, 'templates/orders-to-erp'),
    { answers },
  );
  const { problems } = await asked<{ problems: object[] }>('GET', at(premium, `flows/${id}`));
  expect(problems).toMatchObject([
    {
      severity: 'error',
      code: 'UNSUPPORTED',
      step: 'report',
      message: { en: expect.stringContaining('requests.orders.set-status') },
    },
  ]);
  expect((await admin.ask('POST', at(premium, `flows/${id}/publish`), { revision })).status).toBe(422);
});

test('a customer without Premium is told that the connection is part of it', async () => {
  const answers = { shop: await describedShop(small), erp: await erpOf(small) };
  const { id } = await asked<{ id: string }>('POST', at(small, 'templates/orders-to-erp-plain'), { answers });
  const { problems } = await asked<{ problems: { code: string; message: { en: string } }[] }>(
    'GET',
    at(small, `flows/${id}`),
  );
  expect(problems).toMatchObject([
    { code: 'PACKAGE_NEEDED', step: 'order', field: 'connection', message: { en: expect.stringContaining('Premium') } },
  ]);
});

test('settings with a slip are refused when they are saved, by the name of the field', async () => {
  const settings = { ...shopBySettings(weft.url), requests: { 'orders.get': { path: 'orders/{{ ordr }}' } } };
  const answer = await admin.ask('POST', at(premium, 'connections'), { connector: 'rest', title: 'Slip', settings });
  expect([answer.status, answer.body.error]).toMatchObject([
    422,
    { code: 'CONFIG_INVALID', field: 'requests.orders.get.path' },
  ]);
});
