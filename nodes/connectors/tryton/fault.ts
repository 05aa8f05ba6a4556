import { z } from 'zod';
import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { retryAfterMs } from '../answer.ts';

/** `[name, …]`; source: trytond/exceptions.py and protocols/jsonrpc.py of 6.0. */
const Failed = z.looseObject({ error: z.array(z.unknown()) });
const Words = z.tuple([z.string(), z.string()], z.unknown());
const Warned = z.tuple([z.string(), z.string(), z.string()], z.unknown());

const CODES: Readonly<Record<number, string>> = {
  401: 'the user name or the password is wrong, or the session is over',
  403: 'the user has no right to this, or the server does not have it',
  404: 'there is no such database on the server',
};

/** What an answer of 400 or more means. */
export function trytonFault({ status, headers }: HttpResponse): FlowError {
  const message = `Tryton answered ${status}${CODES[status] === undefined ? '' : `: ${CODES[status]}`}`;
  const details = { status };
  const afterMs = retryAfterMs(headers);
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status === 401) return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, { details });
  // only a sign-in is answered so, and before anything is done
  if (status === 429) return new RetryableError('TARGET_BUSY', message, { details, ...wait, beforeWork: true });
  if (status >= 500 || status === 408) return new RetryableError('TARGET_DOWN', message, { details, ...wait });
  return new TerminalError('TARGET_REFUSED', message, { details });
}

/** The warning a client shows with a question; the call did nothing. */
export function warningOf(error: unknown): string | undefined {
  const name = error instanceof TerminalError ? error.details?.['warning'] : undefined;
  return typeof name === 'string' ? name : undefined;
}

const sentence = (...words: string[]): string => words.filter((word) => word !== '').join(' – ');

/** What an answer of 200 says went wrong. The transaction is rolled back before UserError, UserWarning and the like are told. */
export function trytonFaultWithin({ body }: HttpResponse): FlowError | undefined {
  const read = Failed.safeParse(body);
  if (!read.success) return undefined;
  const [name, words] = read.data.error;
  const details: JsonObject = { fault: String(name).slice(0, 100) };
  if (name === 'UserError') {
    const [message, description] = Words.safeParse(words).data ?? ['Tryton refused the request', ''];
    return new TerminalError('TARGET_REFUSED', sentence(message, description), { details });
  }
  if (name === 'UserWarning') {
    const [warning, message, description] = Warned.safeParse(words).data ?? ['', 'Tryton asks a question', ''];
    return new TerminalError('TARGET_REFUSED', sentence(message, description), { details: { ...details, warning } });
  }
  if (name === 'ConcurrencyException') {
    return new RetryableError('TARGET_BUSY', 'somebody changed the record in Tryton meanwhile', {
      details,
      beforeWork: true,
    });
  }
  if (name === 'LoginException') {
    return new HoldError('SIGN_IN_NEEDED', 'sign-in', 'Tryton asks for more than a password', { details });
  }
  // a fault of the server itself; its queued tasks run after the commit, so something may have been done
  return new RetryableError('TARGET_DOWN', `Tryton failed: ${String(name).slice(0, 500)}`, { details });
}
