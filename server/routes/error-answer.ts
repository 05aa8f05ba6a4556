import { z } from 'zod';
import { FlowError, HoldError, RetryableError } from '#runtime/error.ts';
import type { ErrorAnswer } from '#runtime/protocol.ts';
import { inputIssue } from '../adapters/input-issue.ts';
import { Refused } from '../adapters/refusal.ts';

/** An error as the caller is told it; `unexpected`: ours, to be logged and told without details. */
export interface Told {
  readonly status: number;
  readonly body: ErrorAnswer;
  readonly retryAfter?: number;
  readonly unexpected: boolean;
}

function told(
  status: number,
  code: string,
  message: string,
  { field, retryAfter }: { field?: string | undefined; retryAfter?: number | undefined } = {},
): Told {
  return {
    status,
    body: { error: { code, message, ...(field === undefined || field === '' ? {} : { field }) } },
    ...(retryAfter === undefined ? {} : { retryAfter }),
    unexpected: false,
  };
}

function ofZod(error: z.ZodError): Told {
  const { field, message } = inputIssue(error);
  return told(400, 'INPUT_INVALID', message, { field });
}

function ofFlowError(error: FlowError): Told {
  const { code, message, field } = error;
  if (error instanceof HoldError) return told(409, code, message, { field });
  if (error instanceof RetryableError) {
    const retryAfter = Math.ceil((error.afterMs ?? 5000) / 1000);
    return told(code === 'TIMEOUT' ? 504 : 502, code, message, { field, retryAfter });
  }
  return told(code === 'CONNECTION_MISSING' ? 404 : 422, code, message, { field });
}

/** Not there, too many clients, shutting down, or no answer in time (PostgreSQL's appendix A, classes 08, 53 and 57P). */
const DATABASE_AWAY = /^(08|53|57P)/;
const NETWORK_AWAY = ['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOENT'];
/** Text that no text column can hold: a zero byte, or bytes that are no UTF-8. */
const TEXT_UNFIT = ['22021', '22P05'];

function ofCode(error: Error & { readonly code?: unknown }): Told | undefined {
  const code = typeof error.code === 'string' ? error.code : '';
  if (TEXT_UNFIT.includes(code)) return told(400, 'INPUT_INVALID', 'a text holds a character that cannot be stored');
  if (
    DATABASE_AWAY.test(code) ||
    NETWORK_AWAY.includes(code) ||
    error.message.startsWith('timeout exceeded when trying')
  )
    return told(503, 'NOT_READY', 'the database cannot be reached just now', { retryAfter: 2 });
  return undefined;
}

/** Of the kinds of error body-parser names, those whose cause is a header. */
const UNREAD: Readonly<Record<string, { readonly field: string; readonly message: string }>> = {
  'encoding.unsupported': { field: 'content-encoding', message: 'bodies are not taken packed' },
  'charset.unsupported': { field: 'content-type', message: 'the body must be UTF-8' },
  'request.size.invalid': { field: 'content-length', message: 'the body is not as long as it says' },
  'request.aborted': { field: 'content-length', message: 'the body broke off' },
};

/** What express and its parsers throw for a request that cannot be read. */
function ofHttp(error: Error & { readonly status?: unknown; readonly type?: unknown }): Told | undefined {
  if (typeof error.status !== 'number' || error.status < 400 || error.status > 499) return undefined;
  if (error.status === 413) return told(413, 'TOO_LARGE', 'the body is larger than it may be', { field: 'body' });
  const unread = typeof error.type === 'string' ? UNREAD[error.type] : undefined;
  if (unread) return told(error.status, 'INPUT_INVALID', unread.message, { field: unread.field });
  if (error instanceof URIError) return told(400, 'INPUT_INVALID', 'the address cannot be read', { field: 'path' });
  return told(error.status, 'INPUT_INVALID', 'the request cannot be read', { field: 'body' });
}

/** Every error of a request or a socket event, as it is answered. */
export function errorAnswer(error: unknown): Told {
  if (error instanceof Refused) return told(error.status, error.code, error.message, error);
  if (error instanceof z.ZodError) return ofZod(error);
  if (error instanceof FlowError && error.code !== 'INTERNAL') return ofFlowError(error);
  const known = error instanceof Error ? (ofHttp(error) ?? ofCode(error)) : undefined;
  return known ?? { ...told(500, 'INTERNAL', 'Something in Weft failed.'), unexpected: true };
}
