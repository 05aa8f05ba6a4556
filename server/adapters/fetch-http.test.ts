import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import zlib from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HttpMethod } from '#runtime/connector.ts';
import { FlowError, RetryableError, TerminalError } from '#runtime/error.ts';
import { createFetchHttp } from './fetch-http.ts';

type Handler = (request: http.IncomingMessage, response: http.ServerResponse, body: string) => void;

let handler: Handler;
let sockets = 0;
const server = http.createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  handler(request, response, Buffer.concat(chunks).toString());
});
server.on('connection', () => {
  sockets += 1;
});
const door = createFetchHttp({ connectTimeoutMs: 500 });
let base: string;
let grants: Set<string>;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  base = `http://127.0.0.1:${port}`;
  grants = new Set([`127.0.0.1:${port}`]);
});
afterAll(async () => {
  await door.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

interface Extra {
  method?: HttpMethod;
  body?: string;
  timeoutMs?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}
const send = (path: string, extra: Extra = {}, granted = grants) =>
  door.send(
    {
      url: new URL(path, base),
      method: extra.method ?? 'GET',
      headers: extra.headers ?? {},
      body: extra.body,
      timeoutMs: extra.timeoutMs,
      signal: extra.signal ?? new AbortController().signal,
    },
    granted,
  );
const failureOf = async (answer: Promise<unknown>): Promise<FlowError> => {
  const error: unknown = await answer.then(
    () => new Error('it was answered'),
    (reason) => reason,
  );
  if (!(error instanceof FlowError)) throw error;
  return error;
};
const answerWith =
  (status: number, headers: http.OutgoingHttpHeaders, body: string | Buffer = ''): Handler =>
  (_request, response) => {
    response.writeHead(status, headers).end(body);
  };

test('a request arrives as it was made, and its JSON answer is read whatever the JSON type is called', async () => {
  for (const type of ['application/json', 'application/problem+json; charset=utf-8', 'text/json']) {
    handler = (request, response, body) => {
      response
        .writeHead(201, { 'Content-Type': type, 'X-Total': '3', 'Set-Cookie': ['a=1', 'b=2'] })
        .end(JSON.stringify({ method: request.method, url: request.url, key: request.headers['x-key'], body }));
    };
    const answer = await send('/orders?page=2', { method: 'POST', headers: { 'X-Key': 'k' }, body: '{"å":1}' });
    expect(answer.status).toBe(201);
    expect(answer.headers).toMatchObject({ 'content-type': type, 'x-total': '3', 'set-cookie': 'a=1, b=2' });
    expect(answer.body).toEqual({ method: 'POST', url: '/orders?page=2', key: 'k', body: '{"å":1}' });
  }
});

test('other types come as text, nothing comes as null, and any status is an answer', async () => {
  handler = answerWith(503, { 'content-type': 'text/html' }, '<h1>Sorry</h1>');
  expect(await send('/')).toMatchObject({ status: 503, body: '<h1>Sorry</h1>' });
  handler = answerWith(204, {});
  expect(await send('/')).toMatchObject({ status: 204, body: null });
  handler = answerWith(200, { 'content-type': 'application/json' });
  expect(await send('/', { method: 'HEAD' })).toMatchObject({ status: 200, body: null });
  handler = answerWith(502, { 'content-type': 'application/json' }, '<html>Bad gateway');
  expect(await send('/')).toMatchObject({ status: 502, body: '<html>Bad gateway' });
});

test('an answer in an old character set or packed unasked is read all the same', async () => {
  handler = answerWith(200, { 'content-type': 'text/plain; charset=ISO-8859-1' }, Buffer.from('Åsa', 'latin1'));
  expect((await send('/')).body).toBe('Åsa');
  for (const [packing, pack] of [
    ['gzip', zlib.gzipSync],
    ['br', zlib.brotliCompressSync],
    ['deflate', zlib.deflateSync],
  ] as const) {
    handler = answerWith(
      200,
      { 'content-type': 'application/json', 'content-encoding': packing },
      pack(Buffer.from('{"name":"Åsa"}')),
    );
    expect((await send('/')).body).toEqual({ name: 'Åsa' });
  }
});

test('connections are kept alive: ten requests in a row use one', async () => {
  handler = answerWith(200, {}, 'ok');
  await send('/');
  const before = sockets;
  for (let count = 0; count < 10; count++) await send('/');
  expect(sockets).toBe(before);
});

test.each([
  ['JSON that is not', '{"a":'],
  ['JSON that nests too deep', '['.repeat(1_000_000)],
  ['JSON that reaches for prototypes', '{"__proto__":{"a":1}}'],
])('%s is an unreadable answer, and for a write an unknown outcome', async (_name, body) => {
  handler = answerWith(200, { 'content-type': 'application/json' }, body);
  const error = await failureOf(send('/', { method: 'POST' }));
  expect(error).toBeInstanceOf(RetryableError);
  expect(error).toMatchObject({ code: 'TARGET_ANSWER_INVALID', beforeWork: false });
});

test('an answer over 10 MB is cut off, a small one that unpacks to more too', async () => {
  handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const chunk = Buffer.alloc(1024 * 1024, 'a');
    const push = (left: number): unknown => (left === 0 ? response.end() : response.write(chunk, () => push(left - 1)));
    push(12);
  };
  expect(await failureOf(send('/'))).toMatchObject({ code: 'TOO_LARGE' });
  const bomb = zlib.gzipSync(Buffer.alloc(50 * 1024 * 1024));
  handler = answerWith(200, { 'content-encoding': 'gzip' }, bomb);
  expect(await failureOf(send('/'))).toMatchObject({ code: 'TOO_LARGE' });
});

test('a silent or dripping answer ends at the deadline, and whether work was done stays open', async () => {
  handler = () => {};
  expect(await failureOf(send('/', { method: 'POST', timeoutMs: 60 }))).toMatchObject({
    code: 'TIMEOUT',
    beforeWork: false,
  });
  handler = (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/plain' });
    const drip = setInterval(() => response.write('.'), 10);
    response.on('close', () => clearInterval(drip));
  };
  expect(await failureOf(send('/', { timeoutMs: 120 }))).toMatchObject({ code: 'TIMEOUT', beforeWork: false });
});

test('an abort rejects with the reason it was given, before and during the call', async () => {
  const stop = new AbortController();
  handler = () => stop.abort(new RetryableError('TIMEOUT', 'the step took too long'));
  await expect(send('/', { signal: stop.signal })).rejects.toThrow('the step took too long');
  await expect(send('/', { signal: AbortSignal.abort(new Error('cancelled')) })).rejects.toThrow('cancelled');
});

test('a connection cut after the request is an unknown outcome', async () => {
  handler = (request) => request.socket.resetAndDestroy();
  expect(await failureOf(send('/', { method: 'POST', body: '{}' }))).toMatchObject({
    code: 'TARGET_DOWN',
    beforeWork: false,
  });
  handler = (_request, response) => {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setImmediate(() => response.destroy());
  };
  expect(await failureOf(send('/', { method: 'POST', body: '{}' }))).toMatchObject({
    code: 'TARGET_DOWN',
    beforeWork: false,
  });
});

test('when no connection came about, nothing was done: refused, unknown name, broken TLS', async () => {
  const free = net.createServer();
  await new Promise<void>((resolve) => free.listen(0, '127.0.0.1', resolve));
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const local = new Set([...grants, `127.0.0.1:${port}`, `nowhere.invalid:${port}`]);
  for (const url of [`http://127.0.0.1:${port}/`, `http://nowhere.invalid:${port}/`, base.replace('http:', 'https:')]) {
    const error = await failureOf(send(url, { method: 'POST', body: '{}' }, local));
    expect(error, url).toMatchObject({ code: 'TARGET_DOWN', beforeWork: true });
  }
});

test('what cannot be sent is refused with the field to mend', async () => {
  expect(await failureOf(send('/', { headers: { 'x-a': 'a\r\nb: c' } }))).toBeInstanceOf(TerminalError);
  expect(await failureOf(send('/', { headers: { Host: 'elsewhere' } }))).toMatchObject({
    code: 'CONFIG_INVALID',
    field: 'headers.Host',
  });
  expect(await failureOf(send(base.replace('//', '//user:word@')))).toMatchObject({
    code: 'CONFIG_INVALID',
    field: 'path',
  });
  expect(await failureOf(send('file:///etc/passwd'))).toMatchObject({ code: 'HOST_NOT_ALLOWED' });
});
