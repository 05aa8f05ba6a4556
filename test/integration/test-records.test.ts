import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import type { FlowAnswer, FlowSummary, RunSummary } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type PublishedFlow, prepareDatabase, publishFlow, startEngine, type TestEngine } from '../support/engine.ts';
import { type PracticeClient, practiceOf } from '../support/practice-client.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

describe('the shop’s flow, on for test records only', () => {
  const data = makeDataDir();
  let weft: WeftProcess;
  let practice: PracticeClient;
  let admin: Client;
  let flow: string;

  const put = async (wish: object): Promise<FlowSummary> => {
    const { status, body } = await admin.ask('PUT', `/api/tenants/1/flows/${flow}/state`, wish);
    expect([status, body.error]).toEqual([200, undefined]);
    return body;
  };
  const read = async (): Promise<FlowAnswer> => (await admin.ask('GET', `/api/tenants/1/flows/${flow}`)).body;
  const runs = async (): Promise<RunSummary[]> =>
    (await admin.ask('GET', `/api/tenants/1/runs?flow=${flow}&ignored=true&limit=200`)).body.runs;
  const ended = (record: string) =>
    until(async () => {
      const theirs = (await runs()).filter((run) => run.record === record);
      return theirs.length > 0 && theirs.every(({ endedAt }) => endedAt !== null) ? theirs : undefined;
    }, 60_000);
  const inErp = async (number: string) =>
    (await practice.erpOrders()).filter((each) => each.yourOrder === number && !each.cancelled).length;

  beforeAll(async () => {
    weft = await startWeft({ dataDir: data.path });
    practice = practiceOf(weft);
    admin = await weft.admin();
    const { body } = await admin.ask('GET', '/api/tenants/1/flows');
    flow = body.flows.find((each: FlowSummary) => each.state === 'live').id;
  }, 120_000);
  afterAll(async () => {
    await weft?.stop();
    await data.remove();
  });

  let others: string[];

  test('passes by what is no test record: stored, told why, nothing in the ERP, nothing to fix', async () => {
    const { state, test: tried } = await put({ on: true, testRecords: ['999999', ' 999999 '] });
    expect([state, tried]).toEqual(['test', { records: ['999999'], passedBy: 0 }]);
    others = await practice.place(3);
    for (const number of others) {
      const theirs = await ended(number);
      expect(theirs.map(({ status, failure }) => [status, failure?.code])).toEqual(
        theirs.map(() => ['ignored', 'TEST_ONLY']),
      );
      expect(await inErp(number)).toBe(0);
    }
    const { flow: summary } = await read();
    expect(summary.test?.passedBy).toBeGreaterThanOrEqual(3);
    expect([summary.counts.failed, summary.counts.held, summary.counts.active]).toEqual([0, 0, 0]);
    // what it said is kept whole
    const [run] = await ended(others[0] ?? '');
    const { body } = await admin.ask('GET', `/api/tenants/1/runs/${run?.id}`);
    expect(body.events).toMatchObject([{ type: 'run.ignored', failure: { code: 'TEST_ONLY' } }]);
  });

  test('carries a test record as ever, once, and only that', async () => {
    // the shop has one counter for orders, notes and all else: which number comes next is known only nearly
    const newest = Math.max(...others.map(Number));
    const soon = Array.from({ length: 20 }, (_, at) => String(newest + 1 + at));
    await put({ on: true, testRecords: soon });
    const [next = ''] = await practice.place(1);
    expect(soon).toContain(next);
    await until(async () => (await inErp(next)) === 1, 60_000);
    await ended(next);
    expect(await inErp(others[0] ?? '')).toBe(0);
  });

  test('what was passed by can be replayed by itself, though the flow is still only tried', async () => {
    const [number = ''] = others;
    const theirs = await ended(number);
    const { body } = await admin.ask('POST', '/api/tenants/1/replay', { runs: theirs.map(({ id }) => id) });
    expect(body).toEqual({ replayed: theirs.length, skipped: 0 });
    await until(async () => (await inErp(number)) === 1, 60_000);
    await ended(number);
    expect(await inErp(others[1] ?? '')).toBe(0);
  });

  test('goes back to an older version as what it is: on for the same test records', async () => {
    const { flow: before } = await read();
    await admin.ask('POST', `/api/tenants/1/flows/${flow}/rollback`, { version: before.liveVersion });
    const { flow: after } = await read();
    expect([after.state, after.test?.records]).toEqual(['test', before.test?.records]);
    expect(after.test?.passedBy).toBe(before.test?.passedBy);
  });

  test('turned on for everything it carries what came meanwhile if asked, each once, and all that comes', async () => {
    const { state } = await put({ on: true, carry: true });
    expect(state).toBe('live');
    for (const number of others) await until(async () => (await inErp(number)) === 1, 60_000);
    const [next = ''] = await practice.place(1);
    await until(async () => (await inErp(next)) === 1, 60_000);
    for (const number of others) await ended(number);
    await ended(next);
    expect(await Promise.all([...others, next].map(inErp))).toEqual([1, 1, 1, 1]);
    // asked again there is nothing left to carry
    await put({ on: true, carry: true });
    expect(await Promise.all(others.map(inErp))).toEqual([1, 1, 1]);
  });

  test('says how its triggers are: starting, then well; and in the system’s own words what does not start', async () => {
    await put({ on: false });
    expect((await read()).flow.health).toBeNull();
    expect((await put({ on: true })).health).toBe('starting');
    await until(async () => (await read()).flow.health === 'well', 60_000);
    const { body } = await admin.ask('GET', '/api/tenants/1/connections');
    const shop = body.connections.find((each: { connector: string }) => each.connector === 'woocommerce');
    await admin.ask('PUT', `/api/tenants/1/connections/${shop.id}/state`, { on: false });
    await put({ on: false });
    await put({ on: true });
    const answer = await until(async () => {
      const now = await read();
      return now.flow.health === 'failing' || now.flow.health === 'partly' ? now : undefined;
    }, 60_000);
    expect(answer.failing.length).toBeGreaterThan(0);
    expect(answer.failing.every(({ failure }) => failure !== '')).toBe(true);
    await admin.ask('PUT', `/api/tenants/1/connections/${shop.id}/state`, { on: true });
  });
});

describe('a call to a flow that answers, on for test records only', () => {
  let database: TestDatabase;
  let running: TestEngine;
  let published: PublishedFlow;
  let client: pg.Client;

  const document = FlowDocument.parse({
    format: 1,
    name: 'Answers',
    nodes: [
      { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none', recordId: 'number' } },
      { id: 'answer', type: 'core.respond', version: 1, config: { status: 200, body: { id: '{{ value.number }}' } } },
    ],
    wires: [{ from: 'call.body', to: 'answer.value' }],
  });

  beforeAll(async () => {
    database = await createTestDatabase();
    await prepareDatabase(database.url);
    published = await publishFlow(database.url, document, 'call');
    client = new pg.Client(database.url);
    await client.connect();
    await client.query("update flow set state = 'test', test_records = '{1042}', test_since = now()");
    running = await startEngine(database.url);
  });
  afterAll(async () => {
    await running?.stop();
    await client?.end();
    await database?.drop();
  });

  const send = (number: string): Promise<Response> =>
    fetch(`${running.hooks}/${published.token}`, { method: 'POST', body: JSON.stringify({ number }) });

  test('is accepted at once with nothing to wait for, stored and ended in one commit, and never queued', async () => {
    const before = running.engine.statements();
    const responses = await Promise.all(['7', '8', '9'].map(send));
    expect(responses.map(({ status }) => status)).toEqual([202, 202, 202]);
    const after = running.engine.statements();
    for (const lane of ['step', 'end', 'park']) expect(after[lane] ?? 0).toBe(before[lane] ?? 0);
    const { rows } = await client.query(
      `select r.record, r.status, r.failure::json ->> 'code' as code, octet_length(i.body) > 0 as kept from run r
        join inbox i on i.run_id = r.id order by r.record`,
    );
    expect(rows).toEqual(
      ['7', '8', '9'].map((record) => ({ record, status: 'ignored', code: 'TEST_ONLY', kept: true })),
    );
    expect((await client.query('select from due')).rows).toEqual([]);
    const again = await send('7');
    expect([again.status, await again.json()]).toMatchObject([202, { duplicate: true }]);
  });

  test('is answered by the flow when it is about a test record', async () => {
    const response = await send('1042');
    expect([response.status, await response.json()]).toEqual([200, { id: '1042' }]);
  });
});
