import { z } from 'zod';
import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { retryAfterMs } from '../answer.ts';

/** `extensions.code` is Vendure's I18nError code or Apollo's own; a bare error of the database has neither. */
const GraphqlErrors = z.looseObject({
  errors: z
    .array(
      z.looseObject({
        message: z.string(),
        path: z.array(z.union([z.string(), z.number()])).nullish(),
        extensions: z.looseObject({ code: z.string().nullish() }).nullish(),
      }),
    )
    .min(1),
});

/** The failures a mutation declares: an answer of another type with a code, docs.vendure.io “ErrorResult unions”. */
const ErrorResult = z.looseObject({
  errorCode: z.string(),
  message: z.string(),
  transitionError: z.string().nullish(),
  paymentErrorMessage: z.string().nullish(),
  fulfillmentHandlerError: z.string().nullish(),
});
const Results = z.looseObject({ data: z.record(z.string(), z.unknown()) });

/** A token that ran out and a right that is missing look the same: FORBIDDEN. */
const SIGN_IN = new Set(['FORBIDDEN', 'UNAUTHORIZED', 'INVALID_CREDENTIALS_ERROR', 'NOT_VERIFIED_ERROR']);
const REFUSED = new Set([
  'USER_INPUT_ERROR',
  'BAD_USER_INPUT',
  'ILLEGAL_OPERATION',
  'CHANNEL_NOT_FOUND',
  'LANGUAGE_NOT_AVAILABLE',
  'GRAPHQL_VALIDATION_FAILED',
  'GRAPHQL_PARSE_FAILED',
]);

/** What a code means; one that is not known may be the shop's own trouble, so it is tried again. */
function meaningOf(code: string | undefined, message: string, status: number): FlowError {
  const options = { details: { status, graphql: code ?? 'none' } };
  if (code !== undefined && SIGN_IN.has(code)) return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, options);
  if (code === 'ENTITY_NOT_FOUND') return new TerminalError('TARGET_NOT_FOUND', message, options);
  if (code !== undefined && REFUSED.has(code)) return new TerminalError('TARGET_REFUSED', message, options);
  return new RetryableError('TARGET_DOWN', message, options);
}

/** An answer with 200 that tells of a failure, in `errors` or as an ErrorResult at the root; undefined when it tells of none. */
export function faultWithin({ status, body }: HttpResponse): FlowError | undefined {
  const failed = GraphqlErrors.safeParse(body);
  const [first] = failed.success ? failed.data.errors : [];
  if (first) {
    const place = first.path?.join('.');
    const told = place === undefined ? first.message : `${place}: ${first.message}`;
    return meaningOf(first.extensions?.code ?? undefined, told, status);
  }
  const results = Results.safeParse(body);
  for (const result of results.success ? Object.values(results.data.data) : []) {
    const read = ErrorResult.safeParse(result);
    if (!read.success) continue;
    const { errorCode, message, transitionError, paymentErrorMessage, fulfillmentHandlerError } = read.data;
    const more = transitionError ?? paymentErrorMessage ?? fulfillmentHandlerError;
    const told = more ? `${message} (${more})` : message;
    if (SIGN_IN.has(errorCode)) return meaningOf(errorCode, told, status);
    return new TerminalError('TARGET_REFUSED', told, { details: { status, graphql: errorCode } });
  }
  return undefined;
}

/** An answer of 400 or more; a proxy in front may say anything. */
export function vendureFault({ status, headers, body }: HttpResponse): FlowError {
  const failed = GraphqlErrors.safeParse(body);
  const [first] = failed.success ? failed.data.errors : [];
  const message = first?.message ?? `Vendure answered ${status}`;
  const options = { details: { status } };
  const afterMs = retryAfterMs(headers);
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status === 429) return new RetryableError('TARGET_BUSY', message, { ...options, ...wait, beforeWork: true });
  if (status >= 500 || status === 408) return new RetryableError('TARGET_DOWN', message, { ...options, ...wait });
  if (status === 401) return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, options);
  if (status === 404 || status === 410) return new TerminalError('TARGET_NOT_FOUND', message, options);
  return new TerminalError('TARGET_REFUSED', message, options);
}
