import type { AnyCapability, Capability } from '#runtime/capability.ts';
import type { AnyConnector, HttpRequest, HttpResponse, Session, WriteCall } from '#runtime/connector.ts';
import { isWrite, offerOf } from '#runtime/connector.ts';
import { RetryableError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';

/** One call that went over the wire; `path` is under the connector's base, with its query. */
export interface SeenCall {
  method: string;
  path: string;
  request?: unknown;
  status: number;
  response?: unknown;
}

export interface ConnectorSession {
  session: Session;
  /** Every call since the start, oldest first. */
  calls: SeenCall[];
  notes: string[];
  /** Checks the input, runs the offer as the engine would, and checks the answer against the capability. */
  use<I, O>(capability: Capability<I, O>, input: unknown, call?: WriteCall): Promise<O>;
  /** The lookup of a class B write. */
  lookUp<I, O>(capability: Capability<I, O>, input: unknown, call: WriteCall): Promise<O | null>;
  batch<I, O>(
    capability: Capability<I, O>,
    calls: { input: unknown; call: WriteCall }[],
  ): Promise<readonly (O | Error)[]>;
}

export interface SessionOptions {
  connection: string;
  settings: unknown;
  secrets: unknown;
  accessToken?: string;
  now?: () => number;
  timeoutMs?: number;
}

function queryText(query: HttpRequest['query']): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) search.set(name, Array.isArray(value) ? value.join(',') : String(value));
  }
  return search.size === 0 ? '' : `?${search}`;
}

/** A connection for tests: fetch, the connector's own sign-in and faults, and nothing in between. */
export function openConnector(connector: AnyConnector, options: SessionOptions): ConnectorSession {
  const settings: unknown = connector.settings.parse(options.settings);
  const secrets: unknown = connector.secrets.parse(options.secrets);
  const calls: SeenCall[] = [];
  const notes: string[] = [];

  async function send(request: HttpRequest): Promise<HttpResponse> {
    const path = `${request.path}${queryText(request.query)}`;
    const url = new URL(path, connector.base(settings));
    const headers: Record<string, string> = { 'content-type': 'application/json', ...request.headers };
    const { accessToken } = options;
    connector.authorize({ url, headers }, { secrets, ...(accessToken === undefined ? {} : { accessToken }) });
    const body = request.body === undefined ? {} : { body: JSON.stringify(request.body) };
    const signal = AbortSignal.timeout(options.timeoutMs ?? 10_000);
    try {
      const answer = await fetch(url, { method: request.method, headers, ...body, signal });
      const text = await answer.text();
      const isJson = answer.headers.get('content-type')?.includes('json') === true;
      const response = text === '' ? null : isJson ? (JSON.parse(text) as Json) : text;
      const seen = { method: request.method, path: `/${path}`, status: answer.status };
      calls.push({
        ...seen,
        ...(request.body === undefined ? {} : { request: request.body }),
        ...(text === '' ? {} : { response }),
      });
      return { status: answer.status, headers: Object.fromEntries(answer.headers), body: response };
    } catch (cause) {
      throw new RetryableError('TARGET_DOWN', 'no whole answer', { cause });
    }
  }

  const session: Session = {
    connection: options.connection,
    settings,
    async http(request) {
      const response = await send(request);
      if (response.status >= 400) throw connector.fault(response, request);
      return response;
    },
    signal: new AbortController().signal,
    get now() {
      return (options.now ?? Date.now)();
    },
    note: (message) => notes.push(message),
  };

  const offer = (capability: AnyCapability) => {
    const found = offerOf(connector, capability.name);
    if (!found) throw new Error(`${connector.id} does not offer ${capability.name}`);
    return found;
  };
  const noCall: WriteCall = { reference: 'a'.repeat(24) };

  return {
    session,
    calls,
    notes,
    async use(capability, input, call = noCall) {
      const output: unknown = await offer(capability).run(session, capability.input.parse(input), call);
      return capability.output.parse(output);
    },
    async lookUp(capability, input, call) {
      const write = offer(capability);
      if (!isWrite(write) || !write.lookup) throw new Error(`${capability.name} has no lookup`);
      const output: unknown = await write.lookup(session, capability.input.parse(input), call);
      return output === null ? null : capability.output.parse(output);
    },
    async batch(capability, inputs) {
      const write = offer(capability);
      if (!isWrite(write) || !write.batch) throw new Error(`${capability.name} has no batch`);
      const parsed = inputs.map(({ input, call }) => ({ input: capability.input.parse(input), call }));
      const answers = await write.batch.run(session, parsed);
      return answers.map((answer) => (answer instanceof Error ? answer : capability.output.parse(answer)));
    },
  };
}
