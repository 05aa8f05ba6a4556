import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import type { FlowDocument, FlowNode, Wire } from '#runtime/flow.ts';
import type { HookSecretMade, HookSummary } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { signature } from '../support/signed-call.ts';
import { until } from '../support/until.ts';
import type { WeftProcess } from '../support/weft-process.ts';
import { callRaw, type RawAnswer } from './raw-call.ts';

const SHOP_SECRET = 'a secret of the stand-in shop';

/** A live webhook to attack, with what is needed to sign for it. */
export interface HookTarget {
  readonly url: string;
  /** Header of the signature, in lower case. */
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  /** Of a true call, beside the signature. */
  readonly headers: Readonly<Record<string, string>>;
  sign(body: Buffer): string;
}

/** A running Weft with one live webhook of each kind, and its database to look into. */
export interface Target {
  readonly weft: WeftProcess;
  readonly admin: Client;
  readonly tenant: number;
  readonly own: HookTarget;
  readonly shop: HookTarget;
  /** Of the stand-in shop. */
  readonly connection: string;
  /** Of the flow's own webhook. */
  readonly flow: string;
  readonly pool: pg.Pool;
  /** By table: changes with any row a call from outside could make or alter. */
  fingerprint(): Promise<Readonly<Record<string, string>>>;
  /** Column of the run's row: `active` until it has ended. Read from the database, so that asking costs Weft nothing. */
  statusOf(run: string): Promise<string>;
  close(): Promise<void>;
}

export function flowOf(name: string, nodes: readonly Partial<FlowNode>[], wires: readonly Wire[]): FlowDocument {
  return {
    format: 1,
    name,
    summary: '',
    trace: 'all',
    params: {},
    nodes: nodes.map((node, at) => ({
      id: `step-${at}`,
      type: 'core.log',
      version: 1,
      config: {},
      onError: 'stop' as const,
      at: { x: at * 200, y: 0 },
      ...node,
    })),
    wires: [...wires],
    groups: [],
    notes: [],
  };
}

const keep: Partial<FlowNode> = { id: 'keep', type: 'core.log', config: { message: 'came in' } };

const ownFlow = flowOf(
  'Own webhook',
  [{ id: 'call', type: 'core.webhook', config: { recordId: 'id' } }, keep],
  [{ from: 'call.body', to: 'keep.value' }],
);

const shopFlow = (connection: string): FlowDocument =>
  flowOf(
    'Shop webhook',
    [{ id: 'order', type: 'orders.changed', connection, config: { statuses: ['processing'] } }, keep],
    [{ from: 'order.order', to: 'keep.value' }],
  );

/** A shop that has nothing and takes every webhook. */
async function startStandInShop(): Promise<{ readonly host: string; close(): void }> {
  const server = http.createServer((request, response) => {
    request.resume();
    const made = request.method === 'POST';
    response.writeHead(made ? 201 : 200, { 'content-type': 'application/json', 'x-wp-totalpages': '1' });
    response.end(made ? '{"id":1,"topic":"order.updated","delivery_url":"","status":"active"}' : '[]');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function made<T>(admin: Client, method: string, path: string, body: unknown): Promise<T> {
  const answer = await admin.ask(method, path, body);
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return answer.body as T;
}

async function publish(
  admin: Client,
  tenant: number,
  document: FlowDocument,
): Promise<{ readonly flow: string; readonly hook: HookSummary }> {
  const at = `/api/tenants/${tenant}/flows`;
  const flow = await made<{ id: string; revision: number }>(admin, 'POST', at, { document });
  await made(admin, 'POST', `${at}/${flow.id}/publish`, { revision: flow.revision });
  const { hooks } = await made<{ hooks: HookSummary[] }>(admin, 'GET', `${at}/${flow.id}/hooks`, undefined);
  const [hook] = hooks;
  if (!hook) throw new Error('the flow has no webhook');
  return { flow: flow.id, hook };
}

/** Tables whose rows are nobody's business but a call's that was accepted. */
const TABLES = [
  'app_user',
  'tenant',
  'membership',
  'flow',
  'flow_version',
  'hook',
  'run',
  'due',
  'inbox',
  'run_event',
  'xref',
  'connection',
  'connection_token',
  'tenant_key',
];

const FINGERPRINT = TABLES.map(
  (table) =>
    // when a system last answered a poll is no call's doing
    `select '${table}' as name, concat_ws('/', count(*), sum(hashtext((to_jsonb(t) - 'answered_at')::text))) as state from ${table} t`,
).join(' union all ');

/** Makes one live webhook of each kind in the first demo tenant. */
export async function openTarget(weft: WeftProcess, databaseUrl: string): Promise<Target> {
  const admin = await weft.admin();
  const session = await made<{ tenants: { id: number }[] }>(admin, 'GET', '/api/session', undefined);
  const tenant = session.tenants[0]?.id ?? 0;
  const shop = await startStandInShop();
  const connection = await made<{ id: string }>(admin, 'POST', `/api/tenants/${tenant}/connections`, {
    connector: 'woocommerce',
    title: 'Stand-in shop',
    settings: { url: `http://${shop.host}` },
    secrets: { consumerKey: 'ck_stand_in', consumerSecret: 'cs_stand_in', webhookSecret: SHOP_SECRET },
    grants: [shop.host],
  });
  const { flow, hook: ownHook } = await publish(admin, tenant, ownFlow);
  const address = `/api/tenants/${tenant}/flows/${flow}/hooks/${ownHook.trigger}/secret`;
  const { secret: ownSecret } = await made<HookSecretMade>(admin, 'POST', address, {});
  const { hook: shopHook } = await publish(admin, tenant, shopFlow(connection.id));
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 });
  await until(async () => {
    // the demo shop’s webhooks get their secret from Weft itself, soon after the start; that must not be taken for a call’s doing
    const fresh = 'select from connection where tenant_id = $1 and id <> $2 and version = 1';
    return (await pool.query(fresh, [tenant, connection.id])).rows.length === 0;
  });
  const json = { 'content-type': 'application/json' };
  return {
    weft,
    admin,
    tenant,
    connection: connection.id,
    flow,
    pool,
    own: {
      url: ownHook.url,
      header: 'x-weft-signature',
      encoding: 'hex',
      headers: json,
      sign: (body) => signature(ownSecret, body),
    },
    shop: {
      url: shopHook.url,
      header: 'x-wc-webhook-signature',
      encoding: 'base64',
      headers: { ...json, 'x-wc-webhook-topic': 'order.updated' },
      sign: (body) => signature(SHOP_SECRET, body, 'base64'),
    },
    fingerprint: async () => {
      const { rows } = await pool.query<{ name: string; state: string }>(FINGERPRINT);
      return Object.fromEntries(rows.map(({ name, state }) => [name, state]));
    },
    statusOf: async (run) =>
      (await pool.query<{ status: string }>('select status from run where id = $1', [run])).rows[0]?.status ??
      'unknown',
    close: async () => {
      shop.close();
      await pool.end();
    },
  };
}

/** A rightly signed call. */
export function callSigned(
  hook: HookTarget,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<RawAnswer> {
  return callRaw(hook.url, { body, headers: { ...hook.headers, [hook.header]: hook.sign(body), ...headers } });
}
