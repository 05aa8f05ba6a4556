import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ScriptedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface ScriptedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, unless it is a text: then as it is, XML when it looks so. */
  readonly body?: unknown;
}

/** A small real HTTP server that answers as a test says. */
export interface ScriptedVendor {
  readonly origin: string;
  /** Every request since `answer` was called, oldest first. */
  readonly seen: readonly ScriptedRequest[];
  answer(script: (request: ScriptedRequest) => ScriptedAnswer): void;
  close(): Promise<void>;
}

export async function startScriptedVendor(): Promise<ScriptedVendor> {
  let script: (request: ScriptedRequest) => ScriptedAnswer = () => ({ status: 404 });
  let seen: ScriptedRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = {
        method: incoming.method ?? '',
        url: new URL(incoming.url ?? '/', `http://${incoming.headers.host}`),
        headers: incoming.headers as Record<string, string>,
        body: Buffer.concat(chunks).toString(),
      };
      seen.push(request);
      const { status = 200, headers = {}, body } = script(request);
      const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body);
      const xml = typeof body === 'string' && body.startsWith('<');
      response.writeHead(status, { 'content-type': xml ? 'application/xml' : 'application/json', ...headers });
      response.end(text);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get seen() {
      return seen;
    },
    answer(next) {
      script = next;
      seen = [];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
