import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';

/** A rightly signed call whose body or headers are wrong. */
export interface BadCall {
  readonly name: string;
  readonly body: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly status: number;
  /** What the answer must name. */
  readonly field: string;
}

/** Bytes as far as the door lets in: 1 MB less a little. */
const NEARLY_ALL = 1_000_000;

const text = (value: string): Buffer => Buffer.from(value);
const broken = (name: string, body: string | Buffer): BadCall => ({
  name,
  body: typeof body === 'string' ? text(body) : body,
  status: 400,
  field: 'body',
});
const packed = (name: string, encoding: string, body: Buffer): BadCall => ({
  name,
  body,
  headers: { 'content-encoding': encoding },
  status: 415,
  field: 'content-encoding',
});

const filler = Buffer.alloc(1_000_000_0, 0x20);

/** Bodies that are no JSON, or JSON nobody should keep. */
const unreadable: readonly BadCall[] = [
  broken('half a document', '{"id":1'),
  broken('single quotes', "{'id':1}"),
  broken('a comma too many', '{"id":1,}'),
  broken('two documents', '{"id":1}{"id":2}'),
  broken('a comment', '{"id":1/*x*/}'),
  broken('NaN', '{"id":1,"n":NaN}'),
  broken('HTML', '<!doctype html><title>502</title>'),
  broken('a form', 'id=1&n=2'),
  broken('500,000 lists in each other', `{"id":1,"n":${'['.repeat(500_000)}`),
  broken('500,000 lists in each other, closed', `{"id":1,"n":${'['.repeat(490_000)}${']'.repeat(490_000)}}`),
  broken('150,000 objects in each other', `${'{"a":'.repeat(150_000)}1${'}'.repeat(150_000)}`),
  broken('65 levels', `{"id":1,"n":${'['.repeat(64)}${']'.repeat(64)}}`),
  broken('100,000 keys', `{"id":1,${Array.from({ length: 100_000 }, (_, at) => `"${at.toString(36)}":0`).join(',')}}`),
  broken('300,000 empty lists', `{"id":1,"n":[${'[],'.repeat(300_000)}[]]}`),
  broken('1e999', '{"id":1,"n":1e999}'),
  broken('-1e999 in a list', '{"id":1,"n":[0,-1e999]}'),
  broken('a number of a million digits', `{"id":1,"n":${'9'.repeat(NEARLY_ALL)}}`),
  broken('__proto__', '{"id":1,"__proto__":{"x":1}}'),
  broken('__proto__, the first letter escaped', '{"id":1,"\\u005f_proto__":{"x":1}}'),
  broken('__proto__, escaped in the middle', '{"id":1,"__pro\\u0074o__":{"x":1}}'),
  broken(
    '__proto__, wholly escaped',
    '{"id":1,"\\u005F\\u005f\\u0070\\u0072\\u006f\\u0074\\u006F\\u005f\\u005F":{"x":1}}',
  ),
  broken('constructor.prototype', '{"id":1,"constructor":{"prototype":{"x":1}}}'),
  broken('constructor.prototype, escaped', '{"id":1,"c\\u006fnstructor":{"prototyp\\u0065":{"x":1}}}'),
  broken('a zero byte', Buffer.concat([text('{"id":1,"n":"'), Buffer.from([0]), text('"}')])),
  broken('Latin-1', Buffer.from('{"id":1,"n":"Åsa"}', 'latin1')),
  broken('UTF-16', Buffer.from('\ufeff{"id":1}', 'utf16le')),
  broken('half a letter', Buffer.concat([text('{"id":1,"n":"'), Buffer.from([0xc3]), text('"}')])),
  broken('an overlong letter', Buffer.concat([text('{"id":1,"n":"'), Buffer.from([0xc0, 0xaf]), text('"}')])),
  broken('a surrogate in UTF-8', Buffer.concat([text('{"id":1,"n":"'), Buffer.from([0xed, 0xa0, 0x80]), text('"}')])),
  broken('50,000 keys', `{"id":1,${Array.from({ length: 50_000 }, (_, at) => `"k${at}":0`).join(',')}}`),
  broken('a line break in a text', '{"id":1,"n":"a\nb"}'),
  { ...broken('more than 1 MB', `{"id":1,"n":"${'x'.repeat(1_100_000)}"}`), status: 413 },
  packed('a gzip bomb, 1000 to 1', 'gzip', gzipSync(filler)),
  packed('gzip in gzip', 'gzip, gzip', gzipSync(gzipSync(filler))),
  packed('deflate', 'deflate', deflateSync(text('{"id":1}'))),
  packed('brotli', 'br', brotliCompressSync(filler)),
  packed('an encoding nobody knows', 'zip', text('{"id":1}')),
];

const noId = (name: string, body: string, field = 'id'): BadCall => ({ name, body: text(body), status: 400, field });

/** For a flow's own webhook whose record's id is at `id`. */
export const badOwnCalls: readonly BadCall[] = [
  ...unreadable,
  noId('no body', ''),
  noId('nothing', 'null'),
  noId('a list', '[1]'),
  noId('a text', '"id"'),
  noId('no id', '{"n":1}'),
  noId('an id of nothing', '{"id":null}'),
  noId('an empty id', '{"id":""}'),
  noId('an id that is an object', '{"id":{}}'),
  noId('an id that is a list', '{"id":[1]}'),
  noId('an id that is true', '{"id":true}'),
];

/** For WooCommerce's webhook, topic order.updated. */
export const badShopCalls: readonly BadCall[] = [
  ...unreadable,
  noId('no body', ''),
  noId('a list', '[{"id":1}]'),
  noId('no id', '{"number":"1"}'),
  noId('an id of nothing', '{"id":null}'),
  noId('an id that is a text', '{"id":"12"}'),
  noId('an id below zero', '{"id":-1}'),
  noId('half an id', '{"id":1.5}'),
  noId('an id beyond whole numbers', '{"id":1e300}'),
  {
    name: 'a form under an order’s topic',
    body: text('webhook_id=1'),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    status: 400,
    field: 'id',
  },
];

/** Nasty, but JSON that says one thing: it is stored, and its run comes to an end. `id` is the record's. */
export const nastyBodies: readonly { readonly name: string; body(id: number): Buffer }[] = [
  { name: 'a key twice', body: (id) => text(`{"id":7,"id":${id}}`) },
  { name: 'a byte order mark', body: (id) => text(`\ufeff{"id":${id}}`) },
  { name: 'lone surrogates', body: (id) => text(`{"id":${id},"a":"\\ud800","b":"\\udfff x","\\ud800":1}`) },
  { name: 'an escaped zero byte', body: (id) => text(`{"id":${id},"a":"\\u0000","\\u0000":"b"}`) },
  {
    name: '30,000 keys',
    body: (id) => text(`{"id":${id},${Array.from({ length: 30_000 }, (_, at) => `"${at.toString(36)}":0`).join(',')}}`),
  },
  { name: 'a text of 900,000 commas', body: (id) => text(`{"id":${id},"n":"${','.repeat(900_000)}"}`) },
  {
    name: '3,000 numbers of 308 digits',
    body: (id) => text(`{"id":${id},"n":[${Array.from({ length: 3000 }, () => '1'.repeat(308)).join(',')}]}`),
  },
  { name: 'a text of nearly 1 MB', body: (id) => text(`{"id":${id},"n":"${'x'.repeat(NEARLY_ALL)}"}`) },
  { name: '64 levels', body: (id) => text(`{"id":${id},"n":${'['.repeat(63)}${']'.repeat(63)}}`) },
  {
    name: 'names every object has',
    body: (id) => text(`{"id":${id},"toString":1,"hasOwnProperty":2,"constructor":3,"valueOf":{},"length":-1}`),
  },
  { name: 'white space for a megabyte', body: (id) => text(`{"id":${id}${' '.repeat(NEARLY_ALL)}}`) },
];
