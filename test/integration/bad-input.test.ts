import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { badDocuments } from '../hostile/bad-documents.ts';
import { badRequests, drip } from '../hostile/bad-requests.ts';
import { badOwnCalls, badShopCalls, nastyBodies } from '../hostile/bad-webhooks.ts';
import { forgeriesFor } from '../hostile/forgeries.ts';
import { callRaw, type RawAnswer } from '../hostile/raw-call.ts';
import { callSigned, type HookTarget, openTarget, type Target } from '../hostile/target.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

/** The event loop may be shut no longer than this, ms. */
const LONGEST_MS = 50;

const data = makeDataDir();
let database: TestDatabase;
let weft: WeftProcess;
let target: Target;
let dripped: Promise<RawAnswer>;

beforeAll(async () => {
  database = await createTestDatabase();
  weft = await startWeft({ dataDir: data.path, env: { DATABASE_URL: database.url }, probe: true });
  target = await openTarget(weft, database.url);
  // what is compiled at the first call is not what a call costs
  for (let id = 1; id <= 20; id++) {
    const answer = await callSigned(target.own, Buffer.from(`{"id":${id}}`));
    expect([answer.status, answer.text]).toEqual([202, expect.stringContaining('run')]);
    await callSigned(target.own, Buffer.from('{'));
    await callSigned(target.shop, Buffer.from('{"id":0}'));
  }
  await settled();
  dripped = drip.send(target.own.url);
});
afterAll(async () => {
  await target.close();
  await weft.stop();
  await data.remove();
  await database.drop();
});

/** Nothing is at work any more, and every trigger has been looked after once: the first look makes webhooks and their secrets. */
async function settled(): Promise<void> {
  await until(async () => {
    const { rows } = await target.pool.query('select from trigger_clock where watermark is null and failures = 0');
    return rows.length === 0;
  });
  await until(async () => {
    const { runs } = (await target.admin.ask('GET', `/api/tenants/${target.tenant}/runs?status=active`)).body;
    return runs.length === 0;
  });
}

/** The longest the event loop was shut meanwhile, in CPU of its own: the wall's time is also the machine's doing. */
async function shutMs(act: () => Promise<void>): Promise<number> {
  await weft.loop.reset();
  await act();
  return (await weft.loop.read()).cpuMs;
}

/** Refused, naming the field in plain words, within the time, and without a trace in the database. */
async function isRefused(
  send: () => Promise<RawAnswer>,
  wanted: { readonly status: number; readonly field: string | undefined },
): Promise<void> {
  const before = await target.fingerprint();
  let answer: RawAnswer | undefined;
  const shut = await shutMs(async () => {
    answer = await send();
  });
  expect(answer).toMatchObject({
    status: wanted.status,
    field: wanted.field,
    code: expect.stringMatching(/^[A-Z_]+$/),
  });
  expect(answer?.message?.length).toBeGreaterThan(10);
  expect(answer?.message).not.toMatch(/internal|undefined|\[object|at .*\.ts/i);
  expect(await target.fingerprint()).toEqual(before);
  expect(shut).toBeLessThan(LONGEST_MS);
}

describe('a webhook of a flow’s own, rightly signed, is refused for', () => {
  test.for(badOwnCalls)('$name', (bad) => isRefused(() => callSigned(target.own, bad.body, bad.headers), bad));
});

describe('WooCommerce’s webhook, rightly signed, is refused for', () => {
  test.for(badShopCalls)('$name', (bad) => isRefused(() => callSigned(target.shop, bad.body, bad.headers), bad));
});

describe('a request that cannot be read is refused for', () => {
  test.for(badRequests)('$name', (bad) => isRefused(() => bad.send(target.own.url), bad));

  test(drip.name, async () => {
    expect(await dripped).toMatchObject({ status: drip.status, field: drip.field });
  });
});

describe('the API refuses', () => {
  test.for(badDocuments)('$name', ({ name: _name, method, path, body, headers, ...wanted }) =>
    isRefused(async () => {
      const at = path
        .replace('{flow}', target.flow)
        .replace('{connection}', target.connection)
        .replace('{run}', '00000000-0000-7000-8000-000000000000');
      return callRaw(`${weft.url}/api/tenants/${target.tenant}/${at}`, {
        method,
        headers: {
          cookie: target.admin.cookie,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: body === undefined ? undefined : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
      });
    }, wanted),
  );
});

describe('what is JSON is stored, and its run ends', () => {
  test.for(nastyBodies.map((nasty, at) => ({ ...nasty, id: 1000 + at })))('$name', async ({ body, id }) => {
    let run = '';
    const shut = await shutMs(async () => {
      const answer = await callSigned(target.own, body(id));
      expect([answer.status, answer.message]).toEqual([202, undefined]);
      run = JSON.parse(answer.text).run;
      await until(async () => ['succeeded', 'failed'].includes(await target.statusOf(run)));
    });
    expect(await target.statusOf(run)).toBe('succeeded');
    expect(shut).toBeLessThan(LONGEST_MS);
  });
});

describe('no forged call is stored', () => {
  const body = Buffer.from('{"id":424242}');
  const attack = async (hook: HookTarget) => {
    const overheard = { ...hook, body, signature: hook.sign(body) };
    for (const { name, headers, body: forged, path } of forgeriesFor(overheard)) {
      const url = new URL(hook.url);
      if (path) url.pathname = path(url.pathname);
      const before = await target.fingerprint();
      const answer = await callRaw(url.href, { headers, body: forged });
      expect([name, answer.status]).toEqual([name, path ? 404 : 401]);
      if (!path) expect([name, answer.field?.toLowerCase()]).toEqual([name, hook.header]);
      expect([name, await target.fingerprint()]).toEqual([name, before]);
    }
  };
  test('to a webhook of a flow’s own', () => attack(target.own));
  test('to WooCommerce’s webhook', () => attack(target.shop));

  test('a ping of WooCommerce stores nothing', async () => {
    const ping = Buffer.from('webhook_id=17');
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      [target.shop.header]: target.shop.sign(ping),
    };
    const before = await target.fingerprint();
    const answer = await callRaw(target.shop.url, { headers, body: ping });
    expect([answer.status, answer.text]).toEqual([200, '{"stored":false}']);
    expect(await target.fingerprint()).toEqual(before);
  });

  test('another method than POST is told so', async () => {
    for (const method of ['GET', 'PUT', 'DELETE', 'PATCH'])
      expect(await callRaw(target.own.url, { method })).toMatchObject({ status: 405, field: 'method' });
  });
});
