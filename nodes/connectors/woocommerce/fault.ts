import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { retryAfterMs } from '../answer.ts';
import { WooError } from './shape.ts';

/** `{ code, message, data: { status, params } }`; a proxy in front may answer with anything. */
export function wooFault(status: number, headers: HttpResponse['headers'], body: Json): FlowError {
  const read = WooError.safeParse(body);
  const code = read.success ? read.data.code : undefined;
  const message = read.success ? read.data.message : `WooCommerce answered ${status}`;
  const field = read.success ? Object.keys(read.data.data?.params ?? {})[0] : undefined;
  const options = {
    ...(field === undefined ? {} : { field }),
    details: { status, ...(code === undefined ? {} : { code }) },
  };
  const afterMs = retryAfterMs(headers);
  const wait = afterMs === undefined ? {} : { afterMs };
  if (status === 429) return new RetryableError('TARGET_BUSY', message, { ...options, ...wait, beforeWork: true });
  // WordPress's maintenance mode answers 503 with Retry-After before anything runs (wp_maintenance); any other 503 may come late.
  if (status === 503) {
    return new RetryableError('TARGET_DOWN', message, { ...options, ...wait, beforeWork: afterMs !== undefined });
  }
  if (status >= 500 || status === 408) return new RetryableError('TARGET_DOWN', message, { ...options, ...wait });
  if (status === 401 || code === 'woocommerce_rest_authentication_error') {
    return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, options);
  }
  if (status === 404 || status === 410) return new TerminalError('TARGET_NOT_FOUND', message, options);
  return new TerminalError('TARGET_REFUSED', message, options);
}
