import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import { createTestDatabase } from '#test/support/database.ts';
import {
  type PublishedFlow,
  prepareDatabase,
  publishFlow,
  startEngine,
  type TestEngine,
} from '#test/support/engine.ts';

interface Sink {
  readonly url: string;
  readonly posts: { key: string; body: { number: string } }[];
  answer: (response: import('node:http').ServerResponse, count: number) => void;
}

let server: Server;
let sink: Sink;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let running: TestEngine;
let flow: PublishedFlow;
let client: pg.Client;

const created: Sink['answer'] = (response, count) => {
  response.writeHead(201, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ id: count }));
};

function orderFlow(url: string): FlowDocument {
  return FlowDocument.parse({
    format: 1,
    name: 'Order to the sink',
    nodes: [
      { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none', recordId: 'number' } },
      { id: 'map', type: 'core.map', version: 1, config: { fields: [{ to: 'number', value: '{{ value.number }}' }] } },
      { id: 'send', type: 'core.http', version: 1, config: { method: 'POST', url, onUnknown: 'retry' } },
      { id: 'answer', type: 'core.respond', version: 1, config: { status: 200, body: { id: '{{ value.body.id }}' } } },
    ],
    wires: [
      { from: 'call.body', to: 'map.value' },
      { from: 'map.record', to: 'send.value' },
      { from: 'send.response', to: 'answer.value' },
    ],
  });
}

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      sink.posts.push({
        key: String(request.headers['idempotency-key']),
        body: JSON.parse(Buffer.concat(chunks).toString()),
      });
      sink.answer(response, sink.posts.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  sink = { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/erp`, posts: [], answer: created };
  database = await createTestDatabase();
  await prepareDatabase(database.url);
  flow = await publishFlow(database.url, orderFlow(sink.url), 'call');
  running = await startEngine(database.url);
  client = new pg.Client(database.url);
  await client.connect();
});

afterAll(async () => {
  await running?.stop();
  await client?.end();
  server?.close();
  server?.closeAllConnections();
  await database?.drop();
});

const send = (body: unknown): Promise<Response> =>
  fetch(`${running.hooks}/${flow.token}`, { method: 'POST', body: JSON.stringify(body) });

test('an order that is sent in comes out once, and the caller gets the answer of the flow', async () => {
  const response = await send({ number: '1042' });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ id: 1 });
  expect(sink.posts.map((post) => post.body.number)).toEqual(['1042']);
  const { rows } = await client.query('select status, via, record from run');
  expect(rows).toEqual([{ status: 'succeeded', via: 'webhook', record: '1042' }]);
  expect((await client.query('select count(*)::int as n from due')).rows[0].n).toBe(0);
});

test('a repeat of the same call is not run again and gets the stored answer', async () => {
  const before = sink.posts.length;
  const response = await send({ number: '1042' });
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ id: 1 });
  expect(sink.posts.length).toBe(before);
});

test('500 calls at once, each sent twice, come out once each', async () => {
  sink.posts.length = 0;
  const numbers = Array.from({ length: 500 }, (_, index) => `b${index}`);
  const responses = await Promise.all([...numbers, ...numbers].map((number) => send({ number })));
  expect(responses.every((response) => response.status === 200)).toBe(true);
  expect(new Set(sink.posts.map((post) => post.body.number)).size).toBe(500);
  expect(sink.posts.length).toBe(500);
});

test('a lone order of one write costs two synchronous commits: stored with its intent, then done', async () => {
  const before = running.engine.statements();
  await send({ number: 'lone' });
  const after = running.engine.statements();
  const spent = ['ingest', 'step', 'end', 'park'].map((lane) => (after[lane] ?? 0) - (before[lane] ?? 0));
  expect(spent).toEqual([1, 0, 1, 0]);
});

test('a body that is not JSON is refused with the field, and nothing is stored', async () => {
  const before = (await client.query('select count(*)::int as n from run')).rows[0].n;
  const response = await fetch(`${running.hooks}/${flow.token}`, { method: 'POST', body: '{"number":' });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ error: { code: 'BODY_INVALID', field: 'body' } });
  expect((await client.query('select count(*)::int as n from run')).rows[0].n).toBe(before);
});

test('a token nobody has leads nowhere', async () => {
  const response = await fetch(`${running.hooks}/nobody`, { method: 'POST', body: '{}' });
  expect(response.status).toBe(404);
});
