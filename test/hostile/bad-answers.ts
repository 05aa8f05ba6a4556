import { gzipSync } from 'node:zlib';

/** What another system answers where a list of records was asked for. */
export interface BadAnswer {
  readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The connection is reset when so many bytes of the body are sent. */
  readonly resetAfter?: number;
  /** Codes the run may be told; a list of them where systems differ in what a status means. */
  readonly codes: readonly string[];
}

const INVALID = ['TARGET_ANSWER_INVALID'];
const json = { 'content-type': 'application/json' };

const answer = (
  name: string,
  body: string | Buffer,
  { status = 200, headers = json, codes = INVALID }: Partial<Pick<BadAnswer, 'status' | 'headers' | 'codes'>> = {},
): BadAnswer => ({ name, status, headers, codes, body: typeof body === 'string' ? Buffer.from(body) : body });

const PAGE = '<!doctype html><title>Just a moment…</title>';
const ELEVEN_MB = 11 * 1024 * 1024;

/** Wrong whatever was asked for. */
const anywhere: readonly BadAnswer[] = [
  answer('a page', PAGE, { headers: { 'content-type': 'text/html' } }),
  answer('a page that calls itself JSON', PAGE),
  answer('half of it', '{"Orders":[{"DocumentNumber":"1","Cus'),
  answer('nothing', ''),
  answer('204', '', { status: 204, headers: {} }),
  answer('a text', '"ok"'),
  answer('a number', '42'),
  answer('null', 'null'),
  answer('true', 'true'),
  answer('an error under 200', '{"error":{"code":500,"message":"database"}}'),
  answer('a list of texts', '["1","2"]'),
  answer('a list of nothing', '[null]'),
  answer('lists without end', '['.repeat(500_000)),
  answer('1e999', '[{"id":1e999}]'),
  answer('a number of a million digits', `[{"id":${'9'.repeat(1_000_000)}}]`),
  answer('__proto__', '[{"__proto__":{"id":1}}]'),
  answer('a zero byte', Buffer.from('[{"id":"\u0000"}]')),
  answer('UTF-16', Buffer.from('\ufeff[]', 'utf16le')),
  answer('more than 10 MB', Buffer.alloc(ELEVEN_MB, 0x20), { codes: ['TOO_LARGE'] }),
  answer('a gzip bomb', gzipSync(Buffer.alloc(ELEVEN_MB, 0x20)), {
    headers: { ...json, 'content-encoding': 'gzip' },
    codes: ['TOO_LARGE'],
  }),
  answer('gzip that is none', '[]', { headers: { ...json, 'content-encoding': 'gzip' } }),
  answer('an encoding nobody knows', '[]', { headers: { ...json, 'content-encoding': 'zip' } }),
  answer('letters nobody knows', '[]', { headers: { 'content-type': 'application/json; charset=klingon' } }),
  answer('a page under 500', PAGE, { status: 500, headers: { 'content-type': 'text/html' }, codes: ['TARGET_DOWN'] }),
  answer('JSON under 503 that is none', '{', { status: 503, codes: ['TARGET_DOWN'] }),
  answer('a limit with a time nobody can read', '{}', {
    status: 429,
    headers: { ...json, 'retry-after': 'soon' },
    codes: ['TARGET_BUSY'],
  }),
  answer('a redirect', '', {
    status: 302,
    headers: { location: 'http://169.254.169.254/' },
    codes: ['TARGET_REFUSED', 'TARGET_ANSWER_INVALID', 'TARGET_DOWN'],
  }),
  // a system with tokens is asked for new ones first, and then says the same there
  answer('401', '{}', { status: 401, codes: ['SIGN_IN_NEEDED', 'TARGET_DOWN'] }),
  answer('418', 'short and stout', { status: 418, headers: {}, codes: ['TARGET_REFUSED'] }),
  { ...answer('a line cut in the middle', `[${' '.repeat(10_000)}]`, { codes: ['TARGET_DOWN'] }), resetAfter: 5000 },
];

/** To WooCommerce’s list of orders. */
export const badShopAnswers: readonly BadAnswer[] = [
  ...anywhere,
  answer('an object', '{}'),
  answer('orders without ids', '[{"number":"1","total":"1.00"}]'),
  answer('an order whose id is a list', '[{"id":[1]}]'),
];

/** To Fortnox’s list of orders. */
export const badErpAnswers: readonly BadAnswer[] = [
  ...anywhere,
  answer('a bare list', '[]'),
  answer('an object without orders', '{"MetaInformation":{"@TotalPages":1}}'),
  answer('orders that are a text', '{"Orders":"none","MetaInformation":{"@TotalPages":1}}'),
  answer('orders without numbers', '{"Orders":[{"Total":1}],"MetaInformation":{"@TotalPages":1}}'),
];
