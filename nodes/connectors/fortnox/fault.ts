import type { HttpRequest, HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { retryAfterMs } from '../answer.ts';
import { FortnoxError } from './shape.ts';

/** Source: Fortnox's list of errors, fortnox.se/developer/guides-and-good-to-know/errors. */
const SIGN_IN = new Set([2000310, 2000311]);
const ARTICLE_MISSING = 2001302;
const TAKEN = new Set([2000013, 2000637]);
const EASY_VAT_ACCOUNT = 2004167;

/** Whether the refusal says that the number given is in use already. */
export function isTaken(error: unknown): boolean {
  return error instanceof TerminalError && TAKEN.has(Number(error.details?.['code']));
}

function wordsOf(body: unknown): { message?: string | undefined; code?: number | undefined } {
  const read = FortnoxError.safeParse(body);
  if (!read.success) return {};
  if (!('ErrorInformation' in read.data)) return { message: String(read.data['message']) };
  const { Message, message, Code, code } = read.data.ErrorInformation as Readonly<Record<string, unknown>>;
  const number = Number(Code ?? code);
  return {
    message: typeof (Message ?? message) === 'string' ? String(Message ?? message) : undefined,
    code: Number.isFinite(number) ? number : undefined,
  };
}

/** Fortnox's own words, its code, and the field it names in brackets at the end. */
export function fortnoxFault(response: HttpResponse, request: HttpRequest): FlowError {
  const { status } = response;
  const { message = `Fortnox answered ${status}`, code } = wordsOf(response.body);
  const field = /\(([A-Za-z]+(?:[.[][\w.[\]]*)?)(?::[^)]*)?\)\s*$/.exec(message)?.[1];
  const options = {
    ...(field === undefined ? {} : { field }),
    details: { status, ...(code === undefined ? {} : { code }) },
  };
  const afterMs = retryAfterMs(response.headers);
  if (status === 429) {
    // 25 requests in a sliding 5 seconds; Fortnox refuses before it looks at the request (its guide on rate limits).
    return new RetryableError('TARGET_BUSY', message, { ...options, afterMs: afterMs ?? 5000, beforeWork: true });
  }
  // Fortnox documents no 5xx that would mean “nothing was done”.
  if (status >= 500 || status === 408) {
    return new RetryableError('TARGET_DOWN', message, { ...options, ...(afterMs === undefined ? {} : { afterMs }) });
  }
  if (status === 401 || (code !== undefined && SIGN_IN.has(code))) {
    return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, options);
  }
  if (status === 404 && request.method !== 'POST') return new TerminalError('TARGET_NOT_FOUND', message, options);
  if (code === ARTICLE_MISSING) return new TerminalError('ARTICLE_MISSING', message, options);
  if (code === EASY_VAT_ACCOUNT) {
    const hint = `${message} — set the account for VAT rates outside Sweden in the connection.`;
    return new TerminalError('TARGET_REFUSED', hint, { ...options, field: 'customVatAccount' });
  }
  return new TerminalError('TARGET_REFUSED', message, options);
}
