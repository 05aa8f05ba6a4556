/** A request that cannot be met as things are: what the person asked for is gone, has moved on or is not allowed. */
export class Refused extends Error {
  readonly status: 400 | 401 | 403 | 404 | 409 | 422 | 429 | 503;
  readonly code: string;
  readonly field: string | undefined;
  /** Seconds until asking again may help. */
  readonly retryAfter: number | undefined;

  constructor(
    status: Refused['status'],
    code: string,
    message: string,
    options: { readonly field?: string; readonly retryAfter?: number; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = 'Refused';
    this.status = status;
    this.code = code;
    this.field = options.field;
    this.retryAfter = options.retryAfter;
  }
}
