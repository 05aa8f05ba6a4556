import type { HttpRequest, HttpResponse } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';

const WHOLE_URL = /^https?:\/\//i;

/** The request's headers in lower case, with what we say of ourselves where its maker says nothing, and its body as text. */
export function packRequest(
  request: HttpRequest,
  accept = 'application/json',
): { headers: Record<string, string>; body: string | undefined } {
  const headers: Record<string, string> = { 'user-agent': 'Weft', accept };
  for (const name in request.headers) headers[name.toLowerCase()] = request.headers[name] ?? '';
  const { body } = request;
  if (body === undefined || typeof body === 'string') return { headers, body };
  headers['content-type'] ??= 'application/json';
  return { headers, body: JSON.stringify(body) };
}

function addQuery(url: URL, query: HttpRequest['query']): URL {
  for (const name in query) {
    const value = query[name];
    if (value === undefined) continue;
    if (typeof value === 'object') for (const each of value) url.searchParams.append(name, String(each));
    else url.searchParams.append(name, String(value));
  }
  return url;
}

/** The address of a request without a connection; throws TerminalError CONFIG_INVALID unless it is a whole URL. */
export function wholeUrl(request: HttpRequest): URL {
  const url = WHOLE_URL.test(request.path) ? URL.parse(request.path) : null;
  if (url) return addQuery(url, request.query);
  throw new TerminalError('CONFIG_INVALID', 'the address must begin with https:// or http://', { field: 'path' });
}

/** Where a connection's requests may go, worked out once. */
export interface Territory {
  readonly base: URL;
  readonly hosts: ReadonlySet<string>;
}

/** Reads a connector's base and hosts; throws TerminalError CONFIG_INVALID when the base is no web address. */
export function territoryOf(base: string, hosts: readonly string[]): Territory {
  const url = WHOLE_URL.test(base) ? URL.parse(base) : null;
  if (!url) throw new TerminalError('CONFIG_INVALID', `"${base}" is not a web address`, { field: 'settings' });
  if (!url.pathname.endsWith('/')) url.pathname += '/';
  return { base: url, hosts: new Set(hosts.map((host) => host.toLowerCase())) };
}

/**
 * The address of a connection's request. Throws TerminalError HOST_NOT_ALLOWED when it leaves the connection's hosts, climbs
 * out of its base, or would go unencrypted where the base is encrypted: credentials go nowhere else.
 */
export function urlWithin({ base, hosts }: Territory, request: HttpRequest): URL {
  const whole = WHOLE_URL.test(request.path);
  const url = URL.parse(whole ? request.path : `${base.href}${request.path.replace(/^\/+/, '')}`);
  if (!url) throw new TerminalError('CONFIG_INVALID', `"${request.path}" is not an address`, { field: 'path' });
  const inside = whole
    ? hosts.has(url.host) && (url.protocol === base.protocol || url.protocol === 'https:')
    : url.origin === base.origin && url.pathname.startsWith(base.pathname);
  if (!inside) {
    throw new TerminalError(
      'HOST_NOT_ALLOWED',
      `${url.origin}${url.pathname} is not among the connection’s addresses`,
      {
        field: 'path',
        details: { host: url.host },
      },
    );
  }
  return addQuery(url, request.query);
}

/** What a redirect means to a connection, whose credentials must not follow it. */
export function redirectFault(answer: HttpResponse, url: URL): RetryableError | TerminalError {
  const to = URL.parse(answer.headers['location'] ?? '', url.href);
  const message = `${url.host} sends us on to ${to ? to.origin : 'another address'}: use that address in the connection`;
  const details = { status: answer.status };
  // 302 and 303 may follow work that was done; the others say that it was not.
  if (answer.status === 302 || answer.status === 303) {
    return new RetryableError('TARGET_ANSWER_INVALID', message, { details });
  }
  return new TerminalError('TARGET_REFUSED', message, { details });
}

/** Milliseconds of a Retry-After header, in seconds or as a date against the answer's own clock. */
export function retryAfter(headers: HttpResponse['headers']): number | undefined {
  const text = headers['retry-after']?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const wait = Date.parse(text) - Date.parse(headers['date'] ?? '');
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
