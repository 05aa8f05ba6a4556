import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** All that a request said, as a careless system writes it into its answer. */
function echoOf(request: IncomingMessage, body: string): string {
  return JSON.stringify({
    error: { message: `cannot ${request.method} ${request.url} with ${JSON.stringify(request.headers)}`, body },
    message: `refused: authorization ${request.headers.authorization ?? ''} body ${body}`,
    headers: request.headers,
    sent: body,
  });
}

type Answer = (request: IncomingMessage, response: ServerResponse, echo: string) => void;

const json =
  (status: number, headers: Readonly<Record<string, string>> = {}): Answer =>
  (_request, response, echo) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(echo);
  };

/** Every way a system can fail while it says back what it was told. */
export const echoes: Readonly<Record<string, Answer>> = {
  'bad credentials, 401': json(401, { 'www-authenticate': 'Bearer' }),
  '403': json(403),
  '400': json(400),
  '404': json(404),
  '409': json(409),
  '422': json(422),
  '429': json(429, { 'retry-after': '1' }),
  '500': json(500),
  '503': json(503),
  '200 of another shape': json(200),
  'a page under 200': (_request, response, echo) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<pre>${echo}</pre>`);
  },
  'JSON that is none': (_request, response, echo) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(`{"headers": ${echo}`);
  },
  'a redirect with all of it in its address': (_request, response, echo) => {
    response.writeHead(302, { location: `/elsewhere?all=${encodeURIComponent(echo).slice(0, 6000)}` });
    response.end();
  },
  'a reset half-way': (request, response, echo) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
    response.write(echo, () => request.socket.resetAndDestroy());
  },
};

/** Ways to fail that take as long as whoever asks has patience. */
export const silences: Readonly<Record<string, Answer>> = {
  'no answer at all': () => undefined,
  'half an answer, then silence': (_request, response, echo) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '100000' });
    response.write(echo);
  },
  'a refusal that never ends': (_request, response, echo) => {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.write(echo);
  },
};

export interface EchoVendor {
  readonly host: string;
  answer: string;
  /** Everything it was sent so far. */
  readonly heard: readonly string[];
  close(): void;
}

/** A system that fails as it is told to, and echoes every request. */
export async function startEchoVendor(): Promise<EchoVendor> {
  const heard: string[] = [];
  const state = { answer: '400' };
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const echo = echoOf(request, Buffer.concat(chunks).toString());
      heard.push(echo);
      (echoes[state.answer] ?? silences[state.answer])?.(request, response, echo);
    });
    request.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    heard,
    get answer() {
      return state.answer;
    },
    set answer(name) {
      state.answer = name;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
