import { Agent, createServer, request, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';
import { erpOrderOf } from './erp-order.ts';
import { announce } from './line-out.ts';
import type { BenchOrder } from './order.ts';

/** The ceiling: the work of the bench flows in bare node:http, nothing stored and nothing checked. */

const { values } = parseArgs({ options: { sink: { type: 'string' } } });
const sink = new URL('/erp', values.sink);
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

function answer(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  response.end(text);
}

function post(body: string, done: (status: number, answer: unknown) => void): void {
  const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
  const call = request(sink, { method: 'POST', agent, headers }, (response) => {
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    response.on('end', () => done(200, JSON.parse(Buffer.concat(chunks).toString())));
  });
  call.on('error', (error) => done(502, { error: error.message }));
  call.end(body);
}

function work(path: string | undefined, order: BenchOrder, response: ServerResponse): void {
  if (path === '/c') {
    let record: Record<string, unknown> = { ...order };
    for (let index = 0; index < 20; index++) record = { ...record, [`field${index}`]: `value ${index}` };
    answer(response, 200, { ok: true, last: record['field19'] });
    return;
  }
  const mapped = erpOrderOf(order);
  if (path === '/b') answer(response, 200, { externalId: mapped.externalId, gross: mapped.totals.gross });
  else post(JSON.stringify(mapped), (status, body) => answer(response, status, body));
}

const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => work(incoming.url, JSON.parse(Buffer.concat(chunks).toString()), response));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => announce(server));
