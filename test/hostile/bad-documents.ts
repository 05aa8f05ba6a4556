import type { FlowDocument } from '#runtime/flow.ts';
import { flowOf } from './target.ts';

/** What a person of the first tenant may try to send; `{flow}`, `{connection}` and `{run}` in the path stand for ids of theirs. */
export interface BadDocument {
  readonly name: string;
  readonly method: 'POST' | 'PUT' | 'GET';
  readonly path: string;
  /** Sent as JSON, or as it is when it is text. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  readonly field: string | undefined;
}

const good: FlowDocument = flowOf(
  'Good',
  [
    { id: 'call', type: 'core.webhook' },
    { id: 'keep', type: 'core.log', config: { message: 'x' } },
  ],
  [{ from: 'call.body', to: 'keep.value' }],
);
const [call] = good.nodes;
type Loose = Record<string, unknown>;
const withNode = (change: Loose): Loose => ({ ...good, nodes: [{ ...call, ...change }] });
const nested = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;

const imported = (name: string, document: unknown, field: string, status = 400): BadDocument => ({
  name: `import: ${name}`,
  method: 'POST',
  path: 'flows',
  body: { document },
  status,
  field,
});
const saved = (name: string, document: unknown, field: string): BadDocument => ({
  name: `save: ${name}`,
  method: 'PUT',
  path: 'flows/{flow}/draft',
  body: { basedOn: 1, document },
  status: 400,
  field,
});
const call_ = (
  name: string,
  method: BadDocument['method'],
  path: string,
  body: unknown,
  status: number,
  field: string | undefined,
): BadDocument => ({ name, method, path, body, status, field });

const documents: readonly BadDocument[] = [
  imported('nothing', undefined, 'document'),
  imported('a list', [], 'document'),
  imported('a text', 'flow', 'document'),
  imported('an older format', { ...good, format: 0 }, 'document.format'),
  imported('a newer format', { ...good, format: 2 }, 'document.format'),
  imported('no name', { ...good, name: '   ' }, 'document.name'),
  imported('a name of 121 letters', { ...good, name: 'x'.repeat(121) }, 'document.name'),
  imported('a key nobody knows', { ...good, owner: 'me' }, 'document.owner'),
  imported('steps that are no list', { ...good, nodes: {} }, 'document.nodes'),
  imported(
    '1,001 steps',
    { ...good, nodes: Array.from({ length: 1001 }, (_, at) => ({ ...call, id: `n${at}` })) },
    'document.nodes',
  ),
  imported(
    '3,001 wires',
    { ...good, wires: Array.from({ length: 3001 }, () => ({ from: 'a.b', to: 'c.d' })) },
    'document.wires',
  ),
  imported('a step named constructor', withNode({ id: 'constructor' }), 'document.nodes[0].id'),
  imported('a step with a capital', withNode({ id: 'Call' }), 'document.nodes[0].id'),
  imported('a step of no type', withNode({ type: '' }), 'document.nodes[0].type'),
  imported('a step of version 0', withNode({ version: 0 }), 'document.nodes[0].version'),
  imported('a config that is a list', withNode({ config: [] }), 'document.nodes[0].config'),
  imported('a place that is no number', withNode({ at: { x: 'left', y: 0 } }), 'document.nodes[0].at.x'),
  imported('a place far away', withNode({ at: { x: 1e9, y: 0 } }), 'document.nodes[0].at.x'),
  imported('an error rule nobody knows', withNode({ onError: 'explode' }), 'document.nodes[0].onError'),
  imported('a step key nobody knows', withNode({ run: 'rm -rf' }), 'document.nodes[0].run'),
  imported('a wire to nowhere', { ...good, wires: [{ from: 'call.body', to: 'keep' }] }, 'document.wires[0].to'),
  imported(
    'a wire from a prototype',
    { ...good, wires: [{ from: '__proto__.body', to: 'keep.value' }] },
    'document.wires[0].from',
  ),
  imported(
    'a wire with more to it',
    { ...good, wires: [{ from: 'call.body', to: 'keep.value', when: 1 }] },
    'document.wires[0].when',
  ),
  imported('a trace setting nobody knows', { ...good, trace: 'some' }, 'document.trace'),
  imported(
    'a note of 4,001 letters',
    { ...good, notes: [{ id: 'n', text: 'x'.repeat(4001), at: { x: 0, y: 0 } }] },
    'document.notes[0].text',
  ),
  saved('steps that are no list', { ...good, nodes: 1 }, 'document.nodes'),
  saved('a key nobody knows', { ...good, $schema: 'x' }, 'document.$schema'),
  saved('a text in place of a config', withNode({ config: '{}' }), 'document.nodes[0].config'),
  { ...imported('500,000 levels', undefined, 'body'), body: `{"document":${'{"a":'.repeat(300_000)}` },
  { ...imported('65 levels', undefined, 'body'), body: `{"document":${nested(65)}}` },
  { ...imported('__proto__', undefined, 'body'), body: '{"document":{"__proto__":{"admin":true}}}' },
  { ...imported('__proto__, escaped', undefined, 'body'), body: '{"document":{"\\u005f_proto__":{"admin":true}}}' },
  { ...imported('200,000 values', undefined, 'body'), body: `{"document":[${'0,'.repeat(200_000)}0]}` },
  { ...imported('1e999', undefined, 'body'), body: '{"document":{"format":1e999}}' },
  { ...imported('half of it', undefined, 'body'), body: '{"document":{"format":1' },
  { ...imported('more than 2 MB', undefined, 'body'), body: `{"document":"${'x'.repeat(2_200_000)}"}`, status: 413 },
  {
    ...imported('as a form', undefined, 'content-type'),
    body: 'document=1',
    headers: { 'content-type': 'text/plain' },
  },
  {
    ...imported('packed', undefined, 'content-encoding'),
    body: '{}',
    headers: { 'content-encoding': 'gzip' },
    status: 415,
  },
  {
    ...imported('in another alphabet', undefined, 'content-type'),
    body: '{}',
    headers: { 'content-type': 'application/json; charset=x-user' },
    status: 415,
  },
];

const configs: readonly BadDocument[] = [
  call_(
    'connection: a system nobody knows',
    'POST',
    'connections',
    { connector: 'sap', title: 'S', settings: {} },
    422,
    'connector',
  ),
  call_(
    'connection: no address',
    'POST',
    'connections',
    { connector: 'woocommerce', title: 'S', settings: {} },
    422,
    'settings.url',
  ),
  call_(
    'connection: an address that is none',
    'POST',
    'connections',
    { connector: 'woocommerce', title: 'S', settings: { url: 'shop' } },
    422,
    'settings.url',
  ),
  call_(
    'connection: a setting nobody knows',
    'POST',
    'connections',
    { connector: 'woocommerce', title: 'S', settings: { url: 'https://shop.example', debug: true } },
    422,
    'settings.debug',
  ),
  call_(
    'connection: a secret nobody asked for',
    'POST',
    'connections',
    {
      connector: 'woocommerce',
      title: 'S',
      settings: { url: 'https://shop.example' },
      secrets: { consumerKey: 'ck', consumerSecret: 'cs', admin: 'x' },
    },
    422,
    'secrets.admin',
  ),
  call_(
    'connection: a secret that is a number',
    'POST',
    'connections',
    { connector: 'woocommerce', title: 'S', settings: { url: 'https://shop.example' }, secrets: { consumerKey: 1 } },
    400,
    'secrets.consumerKey',
  ),
  call_('connection: no title', 'POST', 'connections', { connector: 'woocommerce', settings: {} }, 400, 'title'),
  call_(
    'connection: a grant that is no host',
    'POST',
    'connections',
    { connector: 'woocommerce', title: 'S', settings: { url: 'https://shop.example' }, grants: ['*'] },
    422,
    'grants',
  ),
  call_(
    'connection: a limit of nothing',
    'PUT',
    'connections/{connection}/allowance',
    { rate: { requests: 0, perMs: 1 } },
    400,
    'rate.requests',
  ),
  call_('connection: a state that is a text', 'PUT', 'connections/{connection}/state', { on: 'yes' }, 400, 'on'),
  call_('switch: neither on nor off', 'PUT', 'flows/{flow}/state', {}, 400, 'on'),
  call_('publish: a revision that is a text', 'POST', 'flows/{flow}/publish', { revision: 'last' }, 400, 'revision'),
  call_(
    'publish: a note of 501 letters',
    'POST',
    'flows/{flow}/publish',
    { revision: 1, note: 'x'.repeat(501) },
    400,
    'note',
  ),
  call_('publish: a stale revision', 'POST', 'flows/{flow}/publish', { revision: 99 }, 409, 'revision'),
  call_('save: a stale revision', 'PUT', 'flows/{flow}/draft', { basedOn: 99, document: good }, 409, 'basedOn'),
  call_('roll back: to a version that never was', 'POST', 'flows/{flow}/rollback', { version: 99 }, 404, 'version'),
  call_('roll back: to half a version', 'POST', 'flows/{flow}/rollback', { version: 1.5 }, 400, 'version'),
  call_('template: one nobody made', 'POST', 'templates/none', { answers: {} }, 404, 'template'),
  call_('template: answers that are a list', 'POST', 'templates/orders-to-erp', { answers: [] }, 400, 'answers'),
  call_('run again: no runs', 'POST', 'replay', { runs: [] }, 400, 'runs'),
  call_('run again: what is no id', 'POST', 'replay', { runs: ['1'] }, 400, 'runs[0]'),
  call_('decide: what nobody may', 'POST', 'runs/{run}/decide', { decision: 'forget' }, 400, 'decision'),
  call_('runs: a state nobody knows', 'GET', 'runs?status=lost', undefined, 400, 'status'),
  call_('runs: a million at once', 'GET', 'runs?limit=1000000', undefined, 400, 'limit'),
  call_('runs: from no time', 'GET', 'runs?since=yesterday', undefined, 400, 'since'),
  call_('runs: the same twice', 'GET', 'runs?flow=1&flow=2', undefined, 400, 'flow'),
];

export const badDocuments: readonly BadDocument[] = [...documents, ...configs];
