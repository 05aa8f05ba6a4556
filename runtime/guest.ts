import { z } from 'zod';
import type { Http } from './connector.ts';
import { fieldPath, TerminalError } from './error.ts';
import { firstIssue } from './issue-words.ts';
import { Json, type JsonObject } from './json.ts';
import type { CrossReference } from './node.ts';
import type { Guest, GuestState, GuestTables } from './sandbox.ts';

/** What a step lets its own code ask for; every answer is JSON. */
export interface GuestRights {
  readonly tenant: number;
  readonly guest: Guest;
  readonly effect: 'none' | 'read' | 'write';
  readonly state: GuestState;
  readonly tables: GuestTables;
  readonly http: Http;
  links(record: z.infer<typeof LinksQuestion>): Promise<readonly CrossReference[]>;
}

/** Calls of the house that one call of code may make. */
const MOST_QUESTIONS = 50;
const MOST_REQUESTS = 20;
/** Letters of an answer from the network that code is given. */
const MOST_ANSWER = 500_000;
const HTTP_MS = 10_000;
const KEPT_BACK = new Set(['host', 'cookie', 'proxy-authorization']);

const HttpQuestion = z.strictObject({
  method: z.enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']).default('GET'),
  url: z.url({ protocol: /^https$/ }).max(4000),
  query: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  headers: z.record(z.string().max(100), z.string().max(4000)).optional(),
  body: Json.optional(),
});
const LookupQuestion = z.strictObject({ table: z.string().max(80), key: z.union([z.string(), z.number()]) });
const LinksQuestion = z.strictObject({
  entity: z.enum(['order', 'customer', 'product', 'stock', 'price', 'invoice', 'shipment', 'status', 'note', 'record']),
  connection: z.string().max(80),
  id: z.string().max(200),
});
const StateKey = z
  .string()
  .min(1)
  .max(200)
  .refine((key) => !key.includes('\u0000'), 'may not hold a zero byte');
const StateQuestion = z.strictObject({ key: StateKey });
const StateSetting = z.strictObject({ key: StateKey, value: Json });

function parsed<T>(schema: z.ZodType<T>, question: JsonObject, name: string): T {
  const read = schema.safeParse(question);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new TerminalError('CODE_FAILED', `ctx.${name}: ${fieldPath(issue?.path ?? [])}: ${firstIssue(read.error)}`);
}

const refused = (message: string): TerminalError => new TerminalError('CODE_FAILED', message);

function hostOf(url: string): string {
  return new URL(url).host;
}

async function askHttp({ guest, effect, http }: GuestRights, question: JsonObject): Promise<Json> {
  const request = parsed(HttpQuestion, question, 'http');
  const hosts = guest.plugin?.hosts ?? [];
  if (!hosts.includes(hostOf(request.url)))
    throw refused(`ctx.http: ${hostOf(request.url)} is not one of the plugin’s hosts`);
  const changes = request.method !== 'GET' && request.method !== 'HEAD';
  if (effect === 'none') throw refused('ctx.http: the node says that it has no effect, so it may not call anybody');
  if (changes && effect !== 'write') throw refused('ctx.http: the node says that it only reads, so it may only GET');
  for (const name of Object.keys(request.headers ?? {}))
    if (KEPT_BACK.has(name.toLowerCase())) throw refused(`ctx.http: the header ${name} is not the code’s to set`);
  const { url, query, headers, body, method } = request;
  const answer = await http({
    method,
    path: url,
    ...(query ? { query } : {}),
    ...(headers ? { headers } : {}),
    ...(body === undefined ? {} : { body }),
    timeoutMs: HTTP_MS,
  });
  if (JSON.stringify(answer.body).length > MOST_ANSWER)
    throw refused('ctx.http: the answer is larger than code may have');
  return { status: answer.status, headers: answer.headers, body: answer.body };
}

/** The customer's own table in the place of the plugin's, else the plugin's, else one of the customer's that all code shares. */
async function askTable({ guest, tables, tenant }: GuestRights, question: JsonObject): Promise<Json> {
  const { table, key } = parsed(LookupQuestion, question, 'lookup');
  const { plugin } = guest;
  const instead = plugin && (await tables.find(tenant, `${plugin.id}.${table}`, String(key)));
  if (instead !== undefined) return instead;
  if (plugin && Object.hasOwn(plugin.tables, table)) {
    const rows = plugin.tables[table] ?? {};
    return Object.hasOwn(rows, String(key)) ? (rows[String(key)] as Json) : null;
  }
  const shared = await tables.find(tenant, table, String(key));
  if (shared === undefined) throw refused(`ctx.lookup: there is no table “${table}”`);
  return shared;
}

/** What is there for all code, and not for plugins alone. */
const FOR_ALL = new Set(['lookup', 'links']);

const asked: Readonly<
  Record<string, (rights: GuestRights, question: JsonObject, plugin: string) => Json | Promise<Json>>
> = {
  http: askHttp,
  lookup: askTable,
  links: async (rights, question) =>
    (await rights.links(parsed(LinksQuestion, question, 'links'))).map(({ source, target }) => ({
      source: { entity: source.entity, connection: source.connection, id: source.id },
      target: { connection: target.connection, id: target.id },
    })),
  'state.get': async ({ state, tenant }, question, plugin) =>
    (await state.get(tenant, plugin, parsed(StateQuestion, question, 'state.get').key)) ?? null,
  'state.set': async ({ state, tenant }, question, plugin) => {
    const { key, value } = parsed(StateSetting, question, 'state.set');
    await state.set(tenant, plugin, key, value);
    return null;
  },
  'state.delete': async ({ state, tenant }, question, plugin) => {
    await state.delete(tenant, plugin, parsed(StateQuestion, question, 'state.delete').key);
    return null;
  },
};

/** Answers what the code of one call asks, and no more of it than it may. */
export function answerGuest(rights: GuestRights): (name: string, question: JsonObject) => Promise<Json> {
  let questions = 0;
  let requests = 0;
  return async (name, question) => {
    const answer = Object.hasOwn(asked, name) ? asked[name] : undefined;
    if (!answer) throw refused(`there is no ctx.${name}`);
    if (++questions > MOST_QUESTIONS) throw refused(`more than ${MOST_QUESTIONS} questions in one call`);
    if (name === 'http' && ++requests > MOST_REQUESTS) throw refused(`more than ${MOST_REQUESTS} requests in one call`);
    const plugin = rights.guest.plugin?.id;
    if (plugin === undefined && !FOR_ALL.has(name)) throw refused(`ctx.${name} is there for plugins only`);
    return answer(rights, question, plugin ?? '');
  };
}
