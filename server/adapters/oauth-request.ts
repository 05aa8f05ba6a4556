import { z } from 'zod';
import { HoldError, RetryableError } from '#runtime/error.ts';
import type { FetchHttp } from './fetch-http.ts';

/** What a token endpoint is asked with; RFC 6749 sections 4.1.3 and 6. */
export interface TokenRequest {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly form: Readonly<Record<string, string>>;
  readonly grants: ReadonlySet<string>;
}

/** RFC 6749 section 5.1; unknown members are to be ignored. */
const TokenAnswer = z.object({
  access_token: z.string().min(1).max(16_384),
  refresh_token: z.string().min(1).max(16_384).optional(),
  /** Seconds. */
  expires_in: z.coerce.number().min(1).max(31_536_000).default(3600),
});

/** A fresh pair. */
export interface Tokens {
  readonly access: string;
  readonly refresh: string | undefined;
  readonly expiresInMs: number;
}

/** RFC 6749 section 5.2. */
const TokenFault = z.object({ error: z.string().max(200), error_description: z.string().max(2000).optional() });

const TIMEOUT_MS = 15_000;

/**
 * Asks for tokens. Rejects with HoldError SIGN_IN_NEEDED when the vendor refuses the grant or the client, else with
 * RetryableError, always `beforeWork`: the request that needed the token has not left.
 */
export async function requestTokens(http: FetchHttp, request: TokenRequest): Promise<Tokens> {
  const { url, clientId, clientSecret, form, grants } = request;
  const name = encodeURIComponent(clientId);
  const basic = Buffer.from(`${name}:${encodeURIComponent(clientSecret)}`).toString('base64');
  const answer = await http
    .send(
      {
        url: new URL(url),
        method: 'POST',
        headers: {
          authorization: `Basic ${basic}`,
          'content-type': 'application/x-www-form-urlencoded',
          accept: 'application/json',
          'user-agent': 'Weft',
        },
        body: new URLSearchParams(form).toString(),
        timeoutMs: TIMEOUT_MS,
        // Never a caller's signal: a refresh token that was sent may be spent, so its answer must be waited for.
        signal: new AbortController().signal,
      },
      grants,
    )
    .catch((error: unknown) => {
      throw beforeWork(error);
    });
  const read = TokenAnswer.safeParse(answer.body);
  if (answer.status < 300 && read.success) {
    const { access_token: access, refresh_token: refresh, expires_in: seconds } = read.data;
    return { access, refresh, expiresInMs: seconds * 1000 };
  }
  throw faultOf(answer.status, answer.headers['retry-after'], answer.body);
}

function faultOf(status: number, retryAfter: string | undefined, body: unknown): Error {
  const fault = TokenFault.safeParse(body);
  if (status >= 400 && status < 500 && status !== 429 && fault.success) {
    const { error, error_description: text } = fault.data;
    const message = `the vendor no longer accepts the sign-in: ${text ?? error}`;
    return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, { details: { status, code: error } });
  }
  const seconds = Number(retryAfter);
  return new RetryableError('TARGET_DOWN', `the vendor’s sign-in answered ${status} without tokens`, {
    details: { status },
    beforeWork: true,
    ...(seconds > 0 ? { afterMs: seconds * 1000 } : {}),
  });
}

function beforeWork(error: unknown): unknown {
  if (!(error instanceof RetryableError) || error.beforeWork) return error;
  return new RetryableError(error.code, error.message, { beforeWork: true, cause: error });
}
