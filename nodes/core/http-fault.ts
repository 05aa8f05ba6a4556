import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, RetryableError, TerminalError } from '#runtime/error.ts';

const LONGEST_MS = 24 * 3_600_000;

/** Milliseconds a `Retry-After` header asks for (RFC 9110, 10.2.3: seconds or an HTTP date); undefined when it cannot be read. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), LONGEST_MS);
}

function excerpt(response: HttpResponse): string {
  if (response.body === null) return '';
  const text = typeof response.body === 'string' ? response.body : JSON.stringify(response.body);
  return `: ${text.slice(0, 500)}`;
}

/**
 * What an answer of an unknown system means; undefined for 2xx.
 * 429, and 503 that names a time, are taken for “not begun” (RFC 6585, 4; RFC 9110, 15.6.4); any other 5xx and 408 leave open what happened;
 * every other status means that the request was refused. A date in `Retry-After` counts from the answer's own `Date`, else from `now`.
 */
export function answerFault(response: HttpResponse, now: number): FlowError | undefined {
  const { status } = response;
  if (status >= 200 && status < 300) return undefined;
  const sent = Date.parse(response.headers['date'] ?? '');
  const afterMs = retryAfterMs(response.headers['retry-after'], Number.isNaN(sent) ? now : sent);
  const options = { details: { status }, ...(afterMs === undefined ? {} : { afterMs }) };
  if (status === 429 || (status === 503 && afterMs !== undefined)) {
    return new RetryableError('TARGET_BUSY', `the answer was ${status}`, { ...options, beforeWork: true });
  }
  if (status >= 500 || status === 408 || status === 425) {
    return new RetryableError('TARGET_DOWN', `the answer was ${status}${excerpt(response)}`, options);
  }
  if (status === 404 || status === 410) {
    return new TerminalError('TARGET_NOT_FOUND', `the answer was ${status}${excerpt(response)}`, {
      details: { status },
    });
  }
  if (status >= 300 && status < 400) {
    const to = response.headers['location'];
    return new TerminalError('TARGET_REFUSED', `the answer was ${status}${to ? `, pointing to ${to}` : ''}`, {
      details: { status },
    });
  }
  return new TerminalError('TARGET_REFUSED', `the answer was ${status}${excerpt(response)}`, { details: { status } });
}
