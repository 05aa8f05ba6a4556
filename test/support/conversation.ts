import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isDeepStrictEqual } from 'node:util';

/** One call as a real system answered it: of JSON-RPC a method and its parameters, of GraphQL a query and its variables. */
export interface RecordedCall {
  readonly method: string;
  readonly params: unknown;
  readonly status: number;
  readonly answer: unknown;
}

/** One use of a connector, and everything that was said because of it. */
export interface Scene {
  readonly name: string;
  /** A capability, `lookup:` and one, or `ping`. */
  readonly use: string;
  readonly input: unknown;
  readonly reference?: string;
  /** What the connector made of it: an answer, or the code of its error. */
  readonly outcome: { readonly answer: unknown } | { readonly error: string };
  readonly notes: readonly string[];
  readonly calls: readonly RecordedCall[];
}

/** Stands for the system's host and port in what was recorded. */
export const SYSTEM = 'system';

export interface Recording {
  readonly connection: string;
  readonly settings: object;
  /** What the clock said. */
  readonly at: string;
  readonly scenes: readonly Scene[];
}

/** A system that says what a recorded one said, as long as it is asked the same. */
export interface Replay {
  readonly origin: string;
  play(scene: Scene): void;
  /** What was asked otherwise than in the recording, and what was not asked at all. */
  differences(): unknown[];
  close(): Promise<void>;
}

type Asked = Pick<RecordedCall, 'method' | 'params'>;

/** How the system is spoken to, and headers that all its answers carry. */
export interface Dialect {
  askedBy(body: unknown): Asked;
  readonly headers?: Readonly<Record<string, string>>;
}

export const JSON_RPC: Dialect = {
  askedBy: (body) => {
    const { method, params } = body as Asked;
    return { method, params };
  },
};

export const GRAPHQL: Dialect = {
  askedBy: (body) => {
    const { query, variables } = body as { query: string; variables: unknown };
    return { method: query, params: variables };
  },
};

export async function startReplay({ askedBy, headers = {} }: Dialect): Promise<Replay> {
  let left: RecordedCall[] = [];
  let wrong: unknown[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { method, params } = askedBy(JSON.parse(Buffer.concat(chunks).toString()));
    const call = left.shift();
    const same = call !== undefined && call.method === method && isDeepStrictEqual(call.params, params);
    if (!same)
      wrong.push({ asked: { method, params }, recorded: call && { method: call.method, params: call.params } });
    response.writeHead(same ? call.status : 500, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(same ? call.answer : null));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    play(scene) {
      left = [...scene.calls];
      wrong = [];
    },
    differences: () => [...wrong, ...left.map(({ method }) => ({ notAsked: method }))],
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
