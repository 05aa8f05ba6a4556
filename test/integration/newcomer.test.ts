import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import { createTestDatabase } from '../support/database.ts';
import { practiceOf } from '../support/practice-client.ts';
import { signedCall } from '../support/signed-call.ts';
import { until } from '../support/until.ts';
import { makeDataDir, runWeft, startWeft, type WeftProcess } from '../support/weft-process.ts';

const demoFlow = 'Orders: WooCommerce → Fortnox, with status write-back';

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The order is in the ERP, and the shop says so, with the ERP's number in a note. */
async function arrives(weft: WeftProcess, number: string): Promise<string> {
  const practice = practiceOf(weft);
  const inErp = await until(async () => (await practice.erpOrders()).find((order) => order.yourOrder === number));
  await until(async () => {
    const order = (await practice.shopOrders()).find((each) => each.number === number);
    return order?.status === 'completed' && order.notes.some(({ note }) => note.includes(inErp.number));
  });
  return inErp.number;
}

async function tenantsOf(weft: WeftProcess, password: string): Promise<string[]> {
  const { body } = await (await weft.admin(password)).ask('GET', '/api/session');
  return body.tenants.map((tenant: { name: string }) => tenant.name);
}

/** What a caller of the address sees from before it listens until the answer changes from 503. */
async function answersWhileStarting(url: string, method: string, stop: AbortSignal) {
  const seen: { status: number; retryAfter: string | null }[] = [];
  while (!stop.aborted) {
    const response = await fetch(url, { method, ...(method === 'POST' ? { body: '{"id":1}' } : {}) }).catch(() => null);
    await response?.arrayBuffer();
    if (response) seen.push({ status: response.status, retryAfter: response.headers.get('retry-after') });
    await turn();
  }
  return seen;
}

describe('a newcomer with nothing but Node', () => {
  const data = makeDataDir();
  let weft: WeftProcess;
  let port: number;
  let password: string;
  let first: { order: string; document: string };

  beforeAll(async () => {
    port = await freePort();
    weft = await startWeft({ dataDir: data.path, env: { PORT: String(port) }, npm: true });
  });
  afterAll(async () => {
    await weft.stop();
    await data.remove();
  });

  test('npm start tells address, sign-in and the practice systems’ keys within 30 s', () => {
    expect(weft.readyMs).toBeLessThan(30_000);
    expect(weft.url).toBe(`http://127.0.0.1:${port}`);
    password = weft.signIn.password ?? '';
    expect(password.length).toBeGreaterThanOrEqual(12);
    expect(weft.practice).toMatchObject({
      consumerKey: expect.stringMatching(/^ck_/),
      consumerSecret: expect.stringMatching(/^cs_/),
      clientId: expect.stringMatching(/./),
      clientSecret: expect.stringMatching(/./),
    });
    expect(weft.lines.join('\n')).toMatch(/Making the database[\s\S]*Starting the database/);
  });

  test('the page, both practice pages and both APIs answer at the printed addresses', async () => {
    const practice = practiceOf(weft);
    for (const address of [weft.url, weft.practice?.shop ?? '', weft.practice?.erp ?? '']) {
      const page = await fetch(address);
      expect([address, page.status]).toEqual([address, 200]);
      expect(page.headers.get('content-type')).toContain('text/html');
    }
    expect(await practice.shop('GET', 'products?per_page=1')).toHaveLength(1);
    expect(await practice.erp('GET', 'articles')).toHaveProperty('Articles');
  });

  test('two demo customers are there, and the first one’s order flow is live', async () => {
    const admin = await weft.admin();
    const session = await admin.ask('GET', '/api/session');
    const [premium, small] = session.body.tenants;
    expect(session.body.tenants).toHaveLength(2);
    expect([premium.package, small.package]).toEqual(['premium', '100']);
    const { flows } = (await admin.ask('GET', `/api/tenants/${premium.id}/flows`)).body;
    expect(flows).toMatchObject([{ name: demoFlow, state: 'live' }]);
  });

  test('an order placed in the shop stands in the ERP, once, and the shop’s order is completed with its number', async () => {
    const [order = ''] = await practiceOf(weft).place(1);
    first = { order, document: await arrives(weft, order) };
    const documents = (await practiceOf(weft).erpOrders()).filter((each) => each.yourOrder === order);
    expect(documents).toHaveLength(1);
  });

  test('a second start on the same data says where the first one runs, in one line, and ends with 1', async () => {
    const { code, lines } = await runWeft({ dataDir: data.path });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('already runs');
    expect(lines[0]).toContain(weft.url);
    expect(lines[0]).toContain(String(weft.pid));
  });

  test('another start on the same port says that the port is taken', async () => {
    const other = makeDataDir();
    try {
      const { code, lines } = await runWeft({ dataDir: other.path, env: { PORT: String(port) } });
      expect(code).toBe(1);
      expect(lines).toEqual([expect.stringMatching(new RegExp(`^Port ${port} is taken`))]);
    } finally {
      await other.remove();
    }
  });

  test('SIGTERM ends it cleanly, and whoever calls while it starts again is told to come back', async () => {
    const admin = await weft.admin();
    const [premium] = (await admin.ask('GET', '/api/session')).body.tenants;
    const [flow] = (await admin.ask('GET', `/api/tenants/${premium.id}/flows`)).body.flows;
    const { hooks } = (await admin.ask('GET', `/api/tenants/${premium.id}/flows/${flow.id}/hooks`)).body;
    const keys = weft.practice;
    expect(await weft.stop()).toBe(0);

    const stop = new AbortController();
    const callers = ['POST', 'GET'].map((method) => answersWhileStarting(hooks[0].url, method, stop.signal));
    weft = await startWeft({ dataDir: data.path, env: { PORT: String(port) } });
    stop.abort();
    const [hookCalls = []] = await Promise.all(callers);
    const early = hookCalls.filter(({ status }) => status === 503);
    expect(early.length).toBeGreaterThan(0);
    expect(early.every(({ retryAfter }) => Number(retryAfter) > 0)).toBe(true);
    // an unsigned call is refused once the flow can be looked up; it is never unknown and never taken
    expect(new Set(hookCalls.map(({ status }) => status))).toEqual(
      new Set(hookCalls.length > early.length ? [503, 401] : [503]),
    );

    expect(weft.practice).toEqual(keys);
    expect(weft.signIn.password).toBeNull();
    expect(weft.lines.join('\n')).not.toContain(password);
    expect(await tenantsOf(weft, password)).toHaveLength(2);
    const documents = await practiceOf(weft).erpOrders();
    expect(documents.filter((each) => each.yourOrder === first.order)).toMatchObject([{ number: first.document }]);
    const [order = ''] = await practiceOf(weft).place(1);
    await arrives(weft, order);
  });

  test('kill -9 of Node loses no order, and doubles none', async () => {
    const admin = await weft.admin(password);
    const [premium] = (await admin.ask('GET', '/api/session')).body.tenants;
    const orders = await practiceOf(weft).place(12);
    // the ERP takes 25 requests in 5 s, so most of them are stored and wait when Node dies
    await until(async () => {
      const { runs } = (await admin.ask('GET', `/api/tenants/${premium.id}/runs?limit=200`)).body;
      const stored = new Set(runs.map(({ record }: { record: string }) => record));
      return orders.every((order) => stored.has(order));
    });
    expect(await weft.stop('SIGKILL')).toBeNull();
    weft = await startWeft({ dataDir: data.path, env: { PORT: String(port) } });
    for (const order of orders) await until(() => inErp(weft, order), 50_000, 100);
    const documents = await practiceOf(weft).erpOrders();
    for (const order of orders) expect(documents.filter((each) => each.yourOrder === order)).toHaveLength(1);
  }, 120_000);

  test('on another port, the shop’s next order comes in as fast as before', async () => {
    expect(await weft.stop()).toBe(0);
    weft = await startWeft({ dataDir: data.path });
    expect(weft.url).not.toBe(`http://127.0.0.1:${port}`);
    const [order = ''] = await practiceOf(weft).place(1);
    await until(async () => inErp(weft, order), 10_000);
  });
});

async function inErp(weft: WeftProcess, order: string): Promise<boolean> {
  return (await practiceOf(weft).erpOrders()).some((each) => each.yourOrder === order);
}

describe('settings that cannot be', () => {
  const data = makeDataDir();
  afterAll(() => data.remove());

  test.for([
    ['PORT', 'abc'],
    ['PORT', '70000'],
    ['MASTER_KEY', 'x'],
    ['REDIS_URL', 'ftp://example.com'],
    ['DATABASE_URL', 'mysql://example.com/weft'],
    ['PUBLIC_URL', 'weft.example'],
    ['ROLE', 'both'],
    ['PRACTICE', 'maybe'],
    ['ADMIN_EMAIL', 'me'],
    ['ADMIN_PASSWORD', 'short'],
    ['LEASE_SECONDS', '0'],
    ['LOG_LEVEL', 'loud'],
  ])('%s=%s is named in one line, and the start ends with 1', async ([name = '', value = '']) => {
    const { code, lines } = await runWeft({ dataDir: data.path, env: { [name]: value } });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(new RegExp(`^${name}: `));
    expect(lines[0]).not.toContain('    at ');
  });

  test('several are named in one go', async () => {
    const { code, lines } = await runWeft({ dataDir: data.path, env: { PORT: 'abc', MASTER_KEY: 'x' } });
    expect(code).toBe(1);
    expect(lines.map((line) => line.split(':')[0])).toEqual(['PORT', 'MASTER_KEY']);
  });

  test('a DATABASE_URL where nobody listens is one clear line', async () => {
    const url = `postgres://weft:hidden-word@127.0.0.1:${await freePort()}/weft`;
    const { code, lines } = await runWeft({ dataDir: data.path, env: { DATABASE_URL: url } });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^DATABASE_URL: .*(refused|reached)/i);
    expect(lines[0]).not.toContain('hidden-word');
  });

  test('a worker alone needs a DATABASE_URL, and says so', async () => {
    const { code, lines } = await runWeft({ dataDir: data.path, env: { ROLE: 'worker' } });
    expect([code, lines]).toEqual([1, [expect.stringContaining('DATABASE_URL')]]);
  });

  test('a data directory that cannot be made is named', async () => {
    const below = path.join(import.meta.filename, 'data');
    const { code, lines } = await runWeft({ dataDir: below });
    expect([code, lines]).toEqual([1, [expect.stringMatching(/newcomer\.test\.ts.data.*DATA_DIR/)]]);
  });
});

/** Answers its caller through a respond step. */
const echo: FlowDocument = {
  format: 1,
  name: 'Echo',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [
    { id: 'call', type: 'core.webhook', version: 1, config: {}, onError: 'stop', at: { x: 0, y: 0 } },
    {
      id: 'answer',
      type: 'core.respond',
      version: 1,
      config: { status: 200, body: { heard: '{{ value.word }}' } },
      onError: 'stop',
      at: { x: 200, y: 0 },
    },
  ],
  wires: [{ from: 'call.body', to: 'answer.value' }],
  groups: [],
  notes: [],
};

describe('on a PostgreSQL of one’s own', () => {
  test('without practice systems nothing of them is shown, and their addresses are unknown', async () => {
    const database = await createTestDatabase();
    const data = makeDataDir();
    const start = (env: Record<string, string>) =>
      startWeft({ dataDir: data.path, env: { DATABASE_URL: database.url, ...env } });
    try {
      for (const env of [{ NODE_ENV: 'production' }, { PRACTICE: 'off' }]) {
        const weft = await start(env);
        expect(weft.lines.join('\n')).not.toMatch(/practice/i);
        for (const at of ['/practice/shop', '/practice/shop/', '/practice/erp/3/orders', '/practice'])
          expect([at, (await fetch(`${weft.url}${at}`)).status]).toEqual([at, 404]);
        expect((await fetch(weft.url)).status).toBe(200);
        expect(await weft.stop()).toBe(0);
      }
    } finally {
      await data.remove();
      await database.drop();
    }
  });

  test('web and worker as two processes carry an order through, and a caller gets its flow’s answer', async () => {
    const database = await createTestDatabase();
    const data = [makeDataDir(), makeDataDir()] as const;
    const env = { DATABASE_URL: database.url, MASTER_KEY: randomBytes(32).toString('base64') };
    const web = await startWeft({ dataDir: data[0].path, env: { ...env, ROLE: 'web' } });
    const worker = await startWeft({ dataDir: data[1].path, env: { ...env, ROLE: 'worker' } });
    try {
      const [order = ''] = await practiceOf(web).place(1);
      await arrives(web, order);

      const admin = await web.admin();
      const [premium] = (await admin.ask('GET', '/api/session')).body.tenants;
      const at = `/api/tenants/${premium.id}/flows`;
      const flow = (await admin.ask('POST', at, { document: echo })).body;
      const published = await admin.ask('POST', `${at}/${flow.id}/publish`, { revision: flow.revision });
      expect(published.status).toBe(200);
      const { hooks } = (await admin.ask('GET', `${at}/${flow.id}/hooks`)).body;
      const made = await admin.ask('POST', `${at}/${flow.id}/hooks/${hooks[0].trigger}/secret`, {});
      const answer = await signedCall(hooks[0].url, made.body.secret, { word: 'loom' });
      expect([answer.status, await answer.json()]).toEqual([200, { heard: 'loom' }]);
    } finally {
      expect(await worker.stop()).toBe(0);
      expect(await web.stop()).toBe(0);
      for (const each of data) await each.remove();
      await database.drop();
    }
  });

  test('secrets sealed with another master key are said to be, in one line', async () => {
    const database = await createTestDatabase();
    const [one, other] = [makeDataDir(), makeDataDir()];
    const env = { DATABASE_URL: database.url };
    try {
      await (await startWeft({ dataDir: one.path, env })).stop();
      const { code, lines } = await runWeft({ dataDir: other.path, env });
      expect(code).toBe(1);
      expect(lines.at(-1)).toMatch(/master key|MASTER_KEY/);
      expect((await readFile(path.join(one.path, 'master.key'), 'utf8')).trim()).toHaveLength(44);
    } finally {
      await one.remove();
      await other.remove();
      await database.drop();
    }
  });
});
