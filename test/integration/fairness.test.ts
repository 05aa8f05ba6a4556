import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { prepareDatabase, publishFlow, startEngine } from '#test/support/engine.ts';
import { until } from '#test/support/until.ts';

let server: Server;
let database: Awaited<ReturnType<typeof createTestDatabase>>;
/** Whose orders came, in the order of their coming. */
const came: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    request.on('end', () => {
      came.push(String(request.url).slice(1));
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'), 5);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  database = await createTestDatabase();
  await prepareDatabase(database.url);
});

afterAll(async () => {
  server?.close();
  server?.closeAllConnections();
  await database?.drop();
});

function flowTo(name: string): FlowDocument {
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${name}`;
  return FlowDocument.parse({
    format: 1,
    name,
    nodes: [
      { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none', recordId: 'number' } },
      { id: 'send', type: 'core.http', version: 1, config: { method: 'POST', url, onUnknown: 'retry' } },
    ],
    wires: [{ from: 'call.body', to: 'send.value' }],
  });
}

test('a customer with a long backlog does not keep the orders of others waiting', async () => {
  const web = await startEngine(database.url, { role: 'web' });
  for (const [name, orders] of [
    ['noisy', 600],
    ['quiet', 5],
    ['calm', 5],
  ] as const) {
    const { token } = await publishFlow(database.url, flowTo(name), 'call');
    const send = (number: number): Promise<Response> =>
      fetch(`${web.hooks}/${token}`, { method: 'POST', body: JSON.stringify({ number }) });
    const answers = await Promise.all(Array.from({ length: orders }, (_, number) => send(number)));
    expect(answers.every((answer) => answer.status === 202)).toBe(true);
  }
  const worker = await startEngine(database.url, { role: 'worker', slots: 16 });
  await until(() => came.length >= 610, 60_000);
  await Promise.all([worker.stop(), web.stop()]);
  expect(came).toHaveLength(610);
  expect(came.lastIndexOf('quiet')).toBeLessThan(60);
  expect(came.lastIndexOf('calm')).toBeLessThan(60);
}, 90_000);
