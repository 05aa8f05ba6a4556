import { randomBytes } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import { defineCapability } from '../../runtime/capability.ts';
import { type AnyConnector, defineConnector, offerWrite } from '../../runtime/connector.ts';
import { HoldError, RetryableError, TerminalError } from '../../runtime/error.ts';

type Special = { status: number; headers?: Record<string, string>; body?: unknown } | 'reset' | undefined;

/** One request as the vendor saw it. */
interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
}

/**
 * A system with keys at /api, one with single-use OAuth tokens at /oauth and /books, and one that trades a password for a
 * token at /desk; it remembers all it was asked.
 */
export interface TestVendor {
  readonly host: string;
  readonly url: string;
  readonly seen: Seen[];
  /** Answers in place of the usual one; undefined: the usual one. */
  answer: (seen: Seen) => Special | Promise<Special>;
  /** Runs after a refresh was made and before it is answered. */
  onRefresh: () => Promise<void>;
  /** The tokens now good. */
  readonly tokens: { access: string; refresh: string };
  expiresIn: number;
  refreshes: number;
  /** The session now good at /desk, and how it says that another is not. */
  desk: { token: string; refuses: 'with 401' | 'with 200' };
  close(): Promise<void>;
}

/** Needs escaping in JSON, so that an echo of the request spells it otherwise. */
export const DESK_PASSWORD = 'p"å\\ss-canary';

export async function startTestVendor(): Promise<TestVendor> {
  const fresh = () => randomBytes(12).toString('hex');
  const vendor = {
    host: '',
    url: '',
    seen: [] as Seen[],
    answer: () => undefined,
    onRefresh: async () => {},
    tokens: { access: `access-${fresh()}`, refresh: `refresh-${fresh()}` },
    expiresIn: 3600,
    refreshes: 0,
    desk: { token: '', refuses: 'with 401' },
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => void server.close(() => resolve()));
    },
  } as TestVendor & { host: string; url: string };
  const codes = new Map<string, string>();

  const grant = async (form: URLSearchParams) => {
    if (form.get('grant_type') === 'refresh_token') {
      if (form.get('refresh_token') !== vendor.tokens.refresh) return { status: 400, body: { error: 'invalid_grant' } };
      vendor.refreshes += 1;
    } else if (form.get('code') !== 'good-code' || codes.has('good-code')) {
      return { status: 400, body: { error: 'invalid_grant', error_description: 'the code is not good' } };
    }
    vendor.tokens.access = `access-${fresh()}`;
    vendor.tokens.refresh = `refresh-${fresh()}`;
    await vendor.onRefresh();
    const { access, refresh } = vendor.tokens;
    return { status: 200, body: { access_token: access, refresh_token: refresh, expires_in: vendor.expiresIn } };
  };

  const deskAnswer = ({ url, headers, body }: Seen) => {
    if (url === '/desk/login') {
      const { password } = JSON.parse(body) as { password: unknown };
      if (password !== DESK_PASSWORD) return { status: 401, body: { message: `no: ${body}` } };
      vendor.desk.token = `desk-${fresh()}`;
      return { status: 200, headers: { 'x-desk-token': vendor.desk.token }, body: { ok: true } };
    }
    if (headers.authorization === `Bearer ${vendor.desk.token}`) return { status: 200, body: { ok: true } };
    if (vendor.desk.refuses === 'with 401') return { status: 401, body: { message: 'session' } };
    return { status: 200, body: { errors: ['FORBIDDEN'] } };
  };

  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const seen = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body };
    vendor.seen.push(seen);
    const special = await vendor.answer(seen);
    if (special === 'reset') return void request.socket.resetAndDestroy();
    let reply = special;
    if (!reply && seen.url.startsWith('/oauth/token')) reply = await grant(new URLSearchParams(body));
    if (!reply && seen.url.startsWith('/books')) {
      const good = seen.headers.authorization === `Bearer ${vendor.tokens.access}`;
      reply = good ? { status: 200, body: { ok: true } } : { status: 401, body: { message: 'token' } };
    }
    if (!reply && seen.url.startsWith('/desk')) reply = deskAnswer(seen);
    reply ??= { status: 200, body: { ok: true } };
    const text = reply.body === undefined ? '' : JSON.stringify(reply.body);
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vendor.host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  vendor.url = `http://${vendor.host}`;
  return vendor;
}

const Stock = z.strictObject({ sku: z.string(), count: z.number() });
export const setStock = defineCapability({
  name: 'test.setStock',
  effect: 'write',
  input: Stock,
  output: z.strictObject({ sku: z.string() }),
  identity: (input) => ({ entity: 'stock', connection: 'test', id: input.sku }),
});

const fault: AnyConnector['fault'] = ({ status }) => {
  if (status === 401) return new HoldError('SIGN_IN_NEEDED', 'sign-in', 'the key is not good');
  if (status === 429) return new RetryableError('TARGET_BUSY', 'slow down', { beforeWork: true });
  if (status >= 500) return new RetryableError('TARGET_DOWN', `answered ${status}`);
  return new TerminalError('TARGET_REFUSED', `answered ${status}`);
};
const Settings = z.strictObject({ url: z.url() });

/** A system with a key. */
export const keyConnector = defineConnector({
  id: 'test-keys',
  title: 'Test keys',
  kind: 'shop',
  feature: 'core',
  settings: Settings,
  secrets: z.strictObject({ key: z.string().min(1), extra: z.string().optional() }),
  base: ({ url }) => `${url}/api/v1`,
  hosts: ({ url }) => [new URL(url).host],
  authorize: (request, { secrets }) => {
    request.headers['authorization'] = `Basic ${btoa(`user:${secrets.key}`)}`;
  },
  fault,
  ping: async (session) => {
    await session.http({ method: 'GET', path: 'me' });
    return { label: 'Test account' };
  },
  changes: [],
  offers: [
    offerWrite<z.infer<typeof Stock>, { sku: string }>(setStock, {
      class: 'A',
      run: async (session, input) => {
        await session.http({ method: 'PUT', path: `stock/${input.sku}`, body: input });
        return { sku: input.sku };
      },
      batch: {
        max: 10,
        run: async (session, calls) => {
          await session.http({ method: 'POST', path: 'stock/batch', body: calls.map(({ input }) => input) });
          return calls.map(({ input }) =>
            input.count < 0 ? new TerminalError('TARGET_REFUSED', `${input.sku} is refused`) : { sku: input.sku },
          );
        },
      },
    }),
  ],
});

/** A system with single-use refresh tokens. */
export const oauthConnector = defineConnector({
  id: 'test-oauth',
  title: 'Test books',
  kind: 'erp',
  feature: 'core',
  settings: Settings,
  secrets: z.strictObject({ clientId: z.string(), clientSecret: z.string() }),
  base: ({ url }) => `${url}/books`,
  hosts: ({ url }) => [new URL(url).host],
  authorize: (request, { accessToken }) => {
    request.headers['authorization'] = `Bearer ${accessToken}`;
  },
  oauth: {
    authorizeUrl: ({ url }) => `${url}/oauth/auth?access_type=offline`,
    tokenUrl: ({ url }) => `${url}/oauth/token`,
    scopes: ['order', 'customer'],
    extraAuthorizeParams: { account_type: 'service' },
    pkce: true,
    singleUseRefresh: true,
    clientId: 'clientId',
    clientSecret: 'clientSecret',
  },
  fault,
  ping: async (session) => {
    await session.http({ method: 'GET', path: 'me' });
    return { label: 'Test company' };
  },
  changes: [],
  offers: [],
});

const Errors = z.object({ errors: z.array(z.string()) });

/** A system that trades a password for a token in a header, and may tell faults with 200. */
export const deskConnector = defineConnector({
  id: 'test-desk',
  title: 'Test desk',
  kind: 'erp',
  feature: 'core',
  settings: z.strictObject({ url: z.url(), user: z.string() }),
  secrets: z.strictObject({ password: z.string() }),
  base: ({ url }) => `${url}/desk`,
  hosts: ({ url }) => [new URL(url).host],
  authorize: (request, { accessToken }) => {
    request.headers['authorization'] = `Bearer ${accessToken}`;
  },
  signIn: {
    request: ({ settings, secrets }) => ({
      method: 'POST',
      path: 'login',
      body: { user: settings.user, password: secrets.password },
    }),
    token: ({ headers }) => {
      const token = headers['x-desk-token'];
      if (token !== undefined) return token;
      throw new RetryableError('TARGET_ANSWER_INVALID', 'the answer has no token');
    },
  },
  fault,
  faultWithin: ({ body }) => {
    const [code] = Errors.safeParse(body).data?.errors ?? [];
    if (code === 'FORBIDDEN') return new HoldError('SIGN_IN_NEEDED', 'sign-in', 'the session is over');
    return code === undefined ? undefined : new TerminalError('TARGET_REFUSED', code);
  },
  ping: async (session) => {
    await session.http({ method: 'GET', path: 'me' });
    return { label: 'Test desk' };
  },
  changes: [],
  offers: [],
});
