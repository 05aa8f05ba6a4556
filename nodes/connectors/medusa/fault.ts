import { z } from 'zod';
import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { cut, retryAfterMs } from '../answer.ts';

/** `{ type, message, code? }`; a proxy in front may answer with anything. Source: framework/src/http/middlewares/error-handler.ts. */
const MedusaError = z.looseObject({ type: z.string().optional(), message: z.string() });

export function medusaFault({ status, headers, body }: HttpResponse): FlowError {
  const read = MedusaError.safeParse(body);
  const message = read.success ? cut(read.data.message, 2000) : `Medusa answered ${status}`;
  const type = read.success ? read.data.type : undefined;
  const options = { details: { status, ...(type === undefined ? {} : { type: cut(type, 100) }) } };
  const afterMs = retryAfterMs(headers);
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status === 429) return new RetryableError('TARGET_BUSY', message, { ...options, ...wait, beforeWork: true });
  if (status >= 500 || status === 408) return new RetryableError('TARGET_DOWN', message, { ...options, ...wait });
  if (status === 401) return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, options);
  if (status === 404 || status === 410) return new TerminalError('TARGET_NOT_FOUND', message, options);
  return new TerminalError('TARGET_REFUSED', message, options);
}
