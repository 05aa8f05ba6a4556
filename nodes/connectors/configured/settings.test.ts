import { expect, test } from 'vitest';
import { z } from 'zod';
import { type AnyConnector, connectorWith, isWrite, offerOf } from '#runtime/connector.ts';
import { graphql } from '../graphql/connector.ts';
import { rest } from '../rest/connector.ts';
import { operations } from './operations.ts';

const base = { baseUrl: 'https://erp.example/api' };
const product = { id: '{{ record.id }}', name: '{{ record.name }}' };
const tailored = (settings: object): AnyConnector => connectorWith(rest, rest.settings.parse({ ...base, ...settings }));

const slips: readonly (readonly [title: string, settings: object, field: string])[] = [
  [
    'a binding that cannot be read',
    { requests: { 'products.get': { path: 'p/{{ id | soar }}' } } },
    'requests.products.get.path',
  ],
  [
    'a name that is not there',
    { requests: { 'products.get': { path: 'p/{{ order.id }}' } } },
    'requests.products.get.path',
  ],
  [
    'an address in place of a path',
    { requests: { 'products.get': { path: 'https://evil.example/{{ id }}' } } },
    'requests.products.get.path',
  ],
  [
    'a path that is another host’s',
    { requests: { 'products.get': { path: '//evil.example/{{ id }}' } } },
    'requests.products.get.path',
  ],
  ['a query in a path', { requests: { 'products.get': { path: 'p?id={{ id }}' } } }, 'requests.products.get.path'],
  ['a body by GET', { requests: { 'products.get': { path: 'p', body: {} } } }, 'requests.products.get.body'],
  ['a record that is not described', { requests: { 'orders.get': { path: 'o/{{ id }}' } } }, 'records.order'],
  [
    'a field that reads what is not there',
    { records: { product: { ...product, sku: '{{ item.sku }}' } } },
    'records.product.sku',
  ],
  [
    'pages nobody asks for',
    { paging: { style: 'page' }, requests: { 'products.list': { path: 'p' } } },
    'requests.products.list.paging',
  ],
  [
    'a cursor from nowhere',
    { paging: { style: 'cursor' }, requests: { 'products.list': { path: 'p', query: { c: '{{ page.cursor }}' } } } },
    'requests.products.list.paging.next',
  ],
  [
    'class B without a lookup',
    { requests: { 'products.create': { path: 'p', body: { r: '{{ reference }}' }, class: 'B' } } },
    'requests.products.create.lookup',
  ],
  [
    'class B that puts the reference nowhere',
    {
      requests: {
        'products.create': {
          path: 'p',
          class: 'B',
          lookup: { path: 'p', query: { r: '{{ reference }}' }, reference: '{{ item.r }}' },
        },
      },
    },
    'requests.products.create',
  ],
  [
    'a new document of class A without a key',
    { requests: { 'products.create': { path: 'p', class: 'A' } } },
    'requests.products.create',
  ],
  [
    'stock of a product nobody can find',
    { requests: { 'stock.set': { path: 'p/{{ product.source.id }}' } } },
    'requests.stock.set',
  ],
  [
    'a list for each of nothing',
    { requests: { 'products.create': { path: 'p', body: { rows: { $list: '{{ product }}' } } } } },
    'requests.products.create.body.$item',
  ],
  ['a webhook nobody can read', { webhook: { header: 'X-S', events: [{ entity: 'order' }] } }, 'webhook.events[0]'],
  ['a signature of what is not there', { auth: { kind: 'hmac', text: '{{ secret }}' } }, 'auth.text'],
  [
    'a token address in the clear',
    { auth: { kind: 'client-credentials', tokenUrl: 'http://id.example/token' } },
    'auth.tokenUrl',
  ],
];

test.each(slips)('%s is refused when the settings are saved, by the setting’s name', (_, settings, field) => {
  const records = { product, ...(settings as { records?: object }).records };
  expect(() => tailored({ ...settings, records })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', field }));
});

const misshapen: readonly (readonly [settings: object, field: string])[] = [
  [{ baseUrl: 'ftp://erp.example' }, 'baseUrl'],
  [{ baseUrl: 'https://user:secret@erp.example' }, 'baseUrl'],
  [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
  [{ requests: { 'orders.eat': { path: 'x' } } }, 'requests'],
  [{ headers: { Authorization: 'Bearer x' } }, 'headers.Authorization'],
  [{ requests: { 'products.get': { path: 'p', headers: { Cookie: 'a=b' } } } }, 'requests.products.get.headers.Cookie'],
  [{ auth: { kind: 'magic' } }, 'auth.kind'],
];

test.each(misshapen)('%j has no place in the form', (settings, field) => {
  const read = rest.settings.safeParse({ ...base, ...settings });
  expect(read.error?.issues[0]?.path.join('.')).toBe(field);
});

test('what has no request is said before publishing, with the setting that is missing; what has one is offered', () => {
  const bare = tailored({});
  expect(bare.offers).toEqual([]);
  expect(Object.keys(bare.cannot ?? {}).filter((name) => !name.startsWith('changes:'))).toHaveLength(
    operations.length + 3,
  );
  expect(bare.cannot?.['changes:order']?.en).toContain('requests.orders.list');
  expect(bare.cannot?.['orders.list']?.en).toContain('requests.orders.list');
  const some = tailored({
    records: { product },
    requests: {
      'products.get': { path: 'p/{{ id }}' },
      'products.update': { path: 'p/{{ id }}', body: { name: '{{ product.name }}' }, class: 'A' },
    },
    webhook: { header: 'X-Signature', events: [{ entity: 'product' }] },
  });
  expect(some.offers.map((offer) => offer.capability.name)).toEqual([
    'products.get',
    'products.update',
    'products.from-webhook',
  ]);
  expect(some.cannot?.['products.get']).toBeUndefined();
  const update = offerOf(some, 'products.update');
  expect(update && isWrite(update) && update.class).toBe('A');
});

test('a status that the settings have no word for is said before publishing, to set it or to wait for it', () => {
  const { cannot } = tailored({
    records: {
      order: {
        id: '{{ record.id }}',
        placedAt: '{{ record.at }}',
        payment: "{{ record.paid | choose('paid', 'unpaid') }}",
        statuses: [{ native: 'SENT', order: 'completed', fulfilment: 'fulfilled' }],
        lines: { list: '{{ record.rows }}', sku: '{{ item.sku }}', gross: '{{ item.sum }}', taxRate: '25' },
      },
    },
    requests: {
      'orders.list': { path: 'orders' },
      'orders.set-status': {
        path: 'o/{{ order.id }}',
        body: { state: '{{ status }}' },
        statuses: [{ action: 'delivered', native: 'SENT' }],
      },
    },
  });
  expect(cannot?.['orders.set-status:delivered']).toBeUndefined();
  const never = Object.keys(cannot ?? {}).filter((name) => name.startsWith('orders.changed:'));
  expect(never.map((name) => name.split(':')[1])).toEqual(['processing', 'on-hold', 'invoiced', 'cancelled']);
  expect(cannot?.['orders.set-status:invoiced']?.en).toContain('requests.orders.set-status.statuses');
});

test('rate, polls and webhooks are the connection’s own', () => {
  const connector = tailored({
    rate: { requests: 4, perMs: 1000 },
    records: { product },
    requests: {
      'products.list': { path: 'p', everySeconds: 30, overlapSeconds: 600 },
      'products.get': { path: 'p/{{ id }}' },
    },
    webhook: {
      header: 'X-Sign',
      algorithm: 'sha512',
      prefix: 'v1=',
      topic: '{{ body.event }}',
      events: [{ entity: 'product', topics: ['p.new'], id: '{{ body.data.id }}' }],
    },
  });
  expect(connector.rate).toEqual({ requests: 4, perMs: 1000 });
  expect(connector.changes).toMatchObject([
    { entity: 'product', webhookTopics: ['p.new'], poll: { everyMs: 30_000, overlapMs: 600_000, brings: 'all' } },
  ]);
  expect(connector.webhook?.signature).toEqual({
    header: 'x-sign',
    algorithm: 'sha512',
    encoding: 'hex',
    prefix: 'v1=',
    secret: 'webhookSecret',
  });
  const read = (body: object) => connector.webhook?.read({}, body as never);
  expect(read({ event: 'p.new', data: { id: 7 } })).toEqual({ entity: 'product', topic: 'p.new', id: '7' });
  expect(read({ event: 'p.gone', data: { id: 7 } })).toBeNull();
  expect(() => read({ event: 'p.new' })).toThrow(expect.objectContaining({ code: 'INPUT_INVALID', field: 'id' }));
});

/** Every field of a form, by its path. */
function fieldsOf(schema: Record<string, unknown>, path = ''): [string, Record<string, unknown>][] {
  const items = (schema['items'] ?? {}) as Record<string, unknown>;
  const variants = [schema, items, ...((schema['oneOf'] ?? schema['anyOf'] ?? []) as Record<string, unknown>[])];
  return variants.flatMap((one) => {
    const properties = Object.entries((one['properties'] ?? {}) as Record<string, Record<string, unknown>>);
    return properties.flatMap(([name, field]) => [
      [`${path}${name}`, field] as [string, Record<string, unknown>],
      ...fieldsOf(field, `${path}${name}.`),
    ]);
  });
}

test.each([rest, graphql] as AnyConnector[])(
  'every field of the $id form has a label in both languages',
  (connector) => {
    const schema = z.toJSONSchema(connector.settings, { io: 'input', unrepresentable: 'any' }) as Record<
      string,
      unknown
    >;
    const fields = fieldsOf(schema).filter(([path, field]) => !path.endsWith('kind') && field['const'] === undefined);
    expect(fields.length).toBeGreaterThan(300);
    expect(fields.filter(([, field]) => !field['title'] || !field['titleSv']).map(([path]) => path)).toEqual([]);
  },
);
