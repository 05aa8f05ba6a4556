import { createServer, type IncomingMessage, type ServerResponse, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { STAND_IN_HEADER } from './connector-session.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** What becomes of one request. `reaches`: whether the system behind gets it and does it. */
export interface Fault {
  readonly reaches: boolean;
  /** `reset`: the line is broken; `silence`: no answer ever comes; `cut`: the true answer breaks off half way. */
  readonly ends: 'reset' | 'silence' | 'cut' | Answer;
}

export interface SeenRequest {
  readonly method: string;
  /** Path and query as sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What a request is for. */
export type Purpose = 'sign-in' | 'read' | 'write';

interface Armed {
  readonly fault: Fault;
  readonly when: (request: SeenRequest) => boolean;
  /** Matching requests that pass first. */
  skip: number;
  left: number;
}

/** Stands between a connector and its system, and makes go wrong what it is told to. */
export interface FaultProxy {
  readonly origin: string;
  /** Every request that came, newest last. */
  readonly seen: readonly SeenRequest[];
  /** Answers how often it has struck. */
  arm(
    fault: Fault,
    options?: { readonly when?: Armed['when']; readonly skip?: number; readonly times?: number },
  ): () => number;
  /** Takes all faults away and forgets what was seen. */
  calm(): void;
  close(): Promise<void>;
}

/** What a request to a REST API is for. */
export function purposeByMethod({ method, url }: SeenRequest): Purpose {
  if (url.includes('/oauth')) return 'sign-in';
  return ['POST', 'PUT', 'PATCH', 'DELETE'].includes(method) ? 'write' : 'read';
}

interface Whole extends Answer {
  readonly body: Buffer;
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function forward(target: URL, incoming: IncomingMessage, body: Buffer): Promise<Whole> {
  const { method = 'GET', url = '/', headers } = incoming;
  return new Promise((resolve, reject) => {
    const outgoing = send(
      { host: target.hostname, port: target.port, method, path: url, headers: { ...headers, connection: 'close' } },
      (answer) => {
        const told = Object.entries(answer.headers).flatMap(([name, value]) =>
          value === undefined || name === 'connection' || name === 'keep-alive' || name === 'transfer-encoding'
            ? []
            : [[name, String(value)] as const],
        );
        bytesOf(answer).then((whole) => {
          resolve({ status: answer.statusCode ?? 0, headers: Object.fromEntries(told), body: whole });
        }, reject);
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function answerWith(response: ServerResponse, { status, headers = {}, body = '' }: Answer): void {
  response.writeHead(status, { ...headers, 'content-length': String(Buffer.byteLength(body)) });
  response.end(body);
}

async function strike(fault: Fault, real: Whole | null, response: ServerResponse): Promise<void> {
  const { ends } = fault;
  if (ends === 'silence') return;
  if (ends === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  if (ends !== 'cut') return answerWith(response, { ...ends, headers: { ...ends.headers, [STAND_IN_HEADER]: '1' } });
  const body = real?.body ?? Buffer.from('{"cut":');
  response.writeHead(real?.status ?? 200, {
    'content-type': 'application/json',
    'content-length': String(body.length + 10),
  });
  response.write(body.subarray(0, Math.ceil(body.length / 2)), () => response.socket?.destroy());
}

/** `target` is the origin of the system behind. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const behind = new URL(target);
  let armed: Armed[] = [];
  let seen: SeenRequest[] = [];

  const faultFor = (request: SeenRequest): Fault | undefined => {
    for (const one of armed) {
      if (one.left === 0 || !one.when(request)) continue;
      if (one.skip > 0) {
        one.skip--;
        continue;
      }
      one.left--;
      return one.fault;
    }
    return undefined;
  };
  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/', headers } = incoming;
    const body = await bytesOf(incoming);
    const request = { method, url, headers, body: body.toString() };
    seen.push(request);
    const fault = faultFor(request);
    const real = fault === undefined || fault.reaches ? await forward(behind, incoming, body) : null;
    if (fault) await strike(fault, real, response);
    else if (real) answerWith(response, real);
  };
  const server = createServer((incoming, response) => {
    handle(incoming, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get seen() {
      return seen;
    },
    arm(fault, { when = () => true, skip = 0, times = 1 } = {}) {
      const one: Armed = { fault, when, skip, left: times };
      armed.push(one);
      return () => times - one.left;
    },
    calm() {
      armed = [];
      seen = [];
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
