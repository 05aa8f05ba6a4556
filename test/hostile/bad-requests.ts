import { callBytes, type RawAnswer } from './raw-call.ts';

/** A request that is wrong below any route; `field` is what the answer must name. */
export interface BadRequest {
  readonly name: string;
  readonly status: number;
  readonly field: string;
  send(url: string): Promise<RawAnswer>;
}

const head = (url: string, lines: readonly string[]): string => {
  const { pathname, host } = new URL(url);
  return [`POST ${pathname} HTTP/1.1`, `Host: ${host}`, ...lines, '', ''].join('\r\n');
};

const whole = (
  name: string,
  status: number,
  field: string,
  bytes: (url: string) => string,
  shut = false,
): BadRequest => ({ name, status, field, send: (url) => callBytes(url, { parts: [bytes(url)], shut }) });

export const badRequests: readonly BadRequest[] = [
  whole('no HTTP', 400, 'request', () => 'WEFT please\r\n\r\n'),
  whole('TLS on a plain port', 400, 'request', () => '\u0016\u0003\u0001\u0002\u0000\u0001\u0000'),
  whole('100 KB of headers', 431, 'headers', (url) => head(url, [`X-Much: ${'a'.repeat(100_000)}`])),
  whole('5,000 headers', 431, 'headers', (url) =>
    head(
      url,
      Array.from({ length: 5000 }, (_, at) => `X-${at}: 1`),
    ),
  ),
  whole('a length that is no number', 400, 'request', (url) => head(url, ['Content-Length: many'])),
  whole('a length below zero', 400, 'request', (url) => head(url, ['Content-Length: -1'])),
  whole('two lengths', 400, 'request', (url) => head(url, ['Content-Length: 1', 'Content-Length: 2'])),
  whole('chunks and a length', 400, 'request', (url) => head(url, ['Content-Length: 5', 'Transfer-Encoding: chunked'])),
  whole('a chunk that is no chunk', 400, 'request', (url) => `${head(url, ['Transfer-Encoding: chunked'])}zz\r\n`),
  whole('a header with a line break of its own', 400, 'request', (url) => head(url, ['X-A: 1\n2\u0000: 3'])),
  whole('a body shorter than it says', 400, 'request', (url) => `${head(url, ['Content-Length: 100'])}{"id":1}`, true),
];

/** A body that comes a byte at a time and never ends. */
export const drip: BadRequest = {
  name: 'a body that never ends, a byte at a time',
  status: 408,
  field: 'request',
  send: (url) =>
    callBytes(url, {
      parts: (function* () {
        yield head(url, ['Transfer-Encoding: chunked']);
        for (;;) yield '1\r\n \r\n';
      })(),
      everyMs: 400,
    }),
};
