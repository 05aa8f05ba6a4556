import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Agent, type Dispatcher, errors } from 'undici';
import type { HttpMethod, HttpResponse } from '#runtime/connector.ts';
import { FlowError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { parseJsonText } from './json-text.ts';
import { createGuardedConnector, type DialOptions, hostAndPort } from './ssrf-guard.ts';

/** Bytes an answer may have, as sent and as unpacked. */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;
/** Milliseconds until an answer must be whole when the request does not say. */
const DEFAULT_TIMEOUT_MS = 30_000;

const MAX_TIMEOUT_MS = 600_000;
const JSON_TYPE = /^(?:application|text)\/(?:[\w.+-]+\+)?json\b/i;
const CHARSET = /;\s*charset\s*=\s*"?([\w.:-]+)/i;
/** Headers that say how the message travels; a caller who set them could smuggle a second request or another host. */
const TRANSPORT_HEADERS: ReadonlySet<string> = new Set([
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/** A request whose address is settled and whose credentials are on it. */
interface OutgoingRequest {
  readonly url: URL;
  readonly method: HttpMethod;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  /** Milliseconds; 30,000 unless told, at most ten minutes. */
  readonly timeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}

/** The only way out of the house over HTTP. */
export interface FetchHttp {
  /**
   * Resolves with any status, redirects too, which are never followed. `grants` are hosts (`hostAndPort`) that may be on a private network.
   * Rejects with RetryableError when there is no whole answer (`beforeWork` only when no connection came about), with
   * TerminalError HOST_NOT_ALLOWED or CONFIG_INVALID when nothing could be sent, with the signal's reason when it aborts.
   */
  send(request: OutgoingRequest, grants?: ReadonlySet<string>): Promise<HttpResponse>;
  close(): Promise<void>;
}

interface FetchHttpOptions extends DialOptions {
  /** Open connections to one host; further requests wait in line. */
  readonly connectionsPerHost?: number;
}

const NO_GRANTS: ReadonlySet<string> = new Set();
const DEADLINE = new Error('the deadline of the request passed');

/** Makes the door: two pools, so that a socket opened for a granted private host is never used by those without the grant. */
export function createFetchHttp(options: FetchHttpOptions = {}): FetchHttp {
  const neverConnected = new WeakSet<Error>();
  const openPool = (reach: 'public' | 'granted') => {
    const connect = createGuardedConnector({ ...options, reach });
    return new Agent({
      connections: options.connectionsPerHost ?? 128,
      maxResponseSize: MAX_ANSWER_BYTES,
      allowH2: false,
      // One timer of ours covers the whole exchange.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (target, callback) =>
        connect(target, (...result) => {
          if (result[0]) neverConnected.add(result[0]);
          callback(...result);
        }),
    });
  };
  const pools = { public: openPool('public'), granted: openPool('granted') };

  return {
    async send(request, grants = NO_GRANTS) {
      const { url, signal } = request;
      signal.throwIfAborted();
      checkRequest(request);
      const granted = grants.size > 0 && grants.has(hostAndPort(url));
      const stop = new AbortController();
      const timeoutMs = Math.min(request.timeoutMs ?? DEFAULT_TIMEOUT_MS, MAX_TIMEOUT_MS);
      const timer = setTimeout(() => stop.abort(DEADLINE), timeoutMs);
      const passOn = () => stop.abort(signal.reason);
      signal.addEventListener('abort', passOn);
      try {
        const answer = await pools[granted ? 'granted' : 'public'].request({
          origin: url.origin,
          path: `${url.pathname}${url.search}`,
          method: request.method,
          headers: request.headers,
          body: request.body ?? null,
          signal: stop.signal,
        });
        return await readAnswer(answer, request);
      } catch (error) {
        signal.throwIfAborted();
        throw explain(error, url, timeoutMs, error instanceof Error && neverConnected.has(error));
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', passOn);
      }
    },
    close: async () => {
      await Promise.all([pools.public.destroy(), pools.granted.destroy()]);
    },
  };
}

function checkRequest({ url, headers }: OutgoingRequest): void {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TerminalError('HOST_NOT_ALLOWED', `${url.protocol} addresses cannot be called, only http and https`);
  }
  if (url.username !== '' || url.password !== '') {
    throw new TerminalError('CONFIG_INVALID', 'the address holds a user name or password; use a connection instead', {
      field: 'path',
    });
  }
  for (const name in headers) {
    if (TRANSPORT_HEADERS.has(name.toLowerCase())) {
      throw new TerminalError('CONFIG_INVALID', `the header ${name} is set by the transport`, {
        field: `headers.${name}`,
      });
    }
  }
}

async function readAnswer(answer: Dispatcher.ResponseData, request: OutgoingRequest): Promise<HttpResponse> {
  const headers = joinHeaders(answer.headers);
  const type = headers['content-type'] ?? '';
  const text = await readText(answer, headers, type);
  return { status: answer.statusCode, headers, body: readBody(text, type, answer.statusCode, request.url) };
}

function joinHeaders(raw: Dispatcher.ResponseData['headers']): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name in raw) {
    const value = raw[name];
    if (value !== undefined) headers[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return headers;
}

async function readText(
  answer: Dispatcher.ResponseData,
  headers: Readonly<Record<string, string>>,
  type: string,
): Promise<string> {
  const charset = CHARSET.exec(type)?.[1]?.toLowerCase() ?? 'utf-8';
  const packing = headers['content-encoding'] ?? 'identity';
  if (packing === 'identity' && (charset === 'utf-8' || charset === 'utf8')) return answer.body.text();
  const bytes = await unpack(Buffer.from(await answer.body.arrayBuffer()), packing.trim().toLowerCase());
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch (cause) {
    throw new RetryableError('TARGET_ANSWER_INVALID', `the answer is in an unknown character set, ${charset}`, {
      cause,
    });
  }
}

const unpackers: Readonly<Record<string, (bytes: Buffer, options: zlib.ZlibOptions) => Promise<Buffer>>> = {
  gzip: promisify(zlib.gunzip),
  'x-gzip': promisify(zlib.gunzip),
  deflate: promisify(zlib.inflate),
  br: promisify(zlib.brotliDecompress),
};

/** We never ask for packed answers, but some hosts pack unasked. */
async function unpack(bytes: Buffer, packing: string): Promise<Buffer> {
  if (packing === 'identity' || bytes.length === 0) return bytes;
  const unpacker = Object.hasOwn(unpackers, packing) ? unpackers[packing] : undefined;
  if (!unpacker) {
    throw new RetryableError('TARGET_ANSWER_INVALID', `the answer is packed in an unknown way, ${packing}`);
  }
  try {
    return await unpacker(bytes, { maxOutputLength: MAX_ANSWER_BYTES });
  } catch (cause) {
    if (cause instanceof RangeError) throw tooLarge(cause);
    throw new RetryableError('TARGET_ANSWER_INVALID', `the answer's ${packing} packing is broken`, { cause });
  }
}

function readBody(text: string, type: string, status: number, url: URL): Json {
  if (text === '') return null;
  if (!JSON_TYPE.test(type)) return text;
  try {
    return parseJsonText(text);
  } catch (cause) {
    // An error page that calls itself JSON still says what is wrong: its status.
    if (status >= 400) return text;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new RetryableError('TARGET_ANSWER_INVALID', `${url.host} answered with JSON we cannot read: ${reason}`, {
      details: { status },
      cause,
    });
  }
}

function tooLarge(cause: unknown): RetryableError {
  return new RetryableError('TOO_LARGE', `the answer is larger than ${MAX_ANSWER_BYTES / 1024 / 1024} MB`, { cause });
}

/** Turns what the transport threw into what the engine understands. */
function explain(error: unknown, url: URL, timeoutMs: number, beforeWork: boolean): unknown {
  if (error instanceof FlowError) return error;
  if (error === DEADLINE) {
    return new RetryableError('TIMEOUT', `${url.host} did not answer within ${timeoutMs} ms`);
  }
  if (error instanceof errors.ResponseExceededMaxSizeError) return tooLarge(error);
  if (error instanceof errors.InvalidArgumentError || error instanceof errors.NotSupportedError) {
    return new TerminalError('CONFIG_INVALID', `the request cannot be sent: ${error.message}`, { cause: error });
  }
  const code = codeOf(error);
  const what = beforeWork ? 'cannot be reached' : 'broke off before its answer was whole';
  return new RetryableError('TARGET_DOWN', `${url.host} ${what}${code === undefined ? '' : ` (${code})`}`, {
    beforeWork,
    ...(code === undefined ? {} : { details: { code } }),
    cause: error,
  });
}

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return codeOf(error.errors[0]);
  return codeOf(error.cause);
}
