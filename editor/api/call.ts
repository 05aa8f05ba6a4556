import type { z } from 'zod';
import { ErrorAnswer } from '#runtime/protocol.ts';

/** Why a request failed. `status` 0: no answer came; `code` `ANSWER_INVALID`: one came that is not what the protocol says. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;

  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

interface Request {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

async function answerOf(path: string, request: Request): Promise<Response> {
  try {
    return await fetch(`/api${path}`, {
      method: request.method ?? 'GET',
      credentials: 'same-origin',
      headers: {
        accept: 'application/json',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
      ...(request.signal ? { signal: request.signal } : {}),
    });
  } catch (error) {
    if (request.signal?.aborted) throw error;
    throw new ApiError(0, 'NO_ANSWER', error instanceof Error ? error.message : 'no answer');
  }
}

async function failureOf(response: Response): Promise<ApiError> {
  const parsed = ErrorAnswer.safeParse(await response.json().catch(() => null));
  if (!parsed.success) return new ApiError(response.status, 'HTTP', `HTTP ${response.status}`);
  const { code, message, field } = parsed.data.error;
  return new ApiError(response.status, code, message, field);
}

/** Asks the server and parses the answer; rejects with ApiError. */
export async function call<Answer>(schema: z.ZodType<Answer>, path: string, request: Request = {}): Promise<Answer> {
  const response = await answerOf(path, request);
  if (!response.ok) throw await failureOf(response);
  const parsed = schema.safeParse(await response.json().catch(() => null));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new ApiError(response.status, 'ANSWER_INVALID', issue?.message ?? 'unreadable answer', issue?.path.join('.'));
}

/** Asks the server for something whose answer does not matter beyond having worked. */
export async function tell(path: string, request: Request): Promise<void> {
  const response = await answerOf(path, request);
  if (!response.ok) throw await failureOf(response);
  await response.body?.cancel();
}
