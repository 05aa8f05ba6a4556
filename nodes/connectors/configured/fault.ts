import { z } from 'zod';
import type { HttpResponse } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { label, options } from '#runtime/node.ts';
import { cut, filled, retryAfterMs } from '../answer.ts';
import { compileOptional, template } from './template.ts';

const Meaning = z.enum(['refused', 'missing', 'sign-in', 'busy', 'unknown']);
type Meaning = z.infer<typeof Meaning>;

/** How the system says what went wrong. */
export const ErrorForm = z.strictObject({
  message: template('Where the message is', 'Var meddelandet finns', {
    en: 'Such as {{ body.error.message }}, in answers of 400 and more.',
    sv: 'Till exempel {{ body.error.message }}, i svar från 400 och uppåt.',
  }),
  code: template('Where the code is', 'Var koden finns'),
  meanings: z
    .array(
      z.strictObject({
        code: z.string().min(1).max(200).meta(label('Code', 'Kod')),
        means: Meaning.meta({
          ...label('Means', 'Betyder'),
          ...options({
            refused: ['Refused: nothing was done', 'Nekat: inget gjordes'],
            missing: ['Not there: nothing was done', 'Finns inte: inget gjordes'],
            'sign-in': ['The credentials are not taken', 'Uppgifterna godtas inte'],
            busy: ['Busy: nothing was done, come again', 'Upptaget: inget gjordes, försök igen'],
            unknown: ['It may have been done', 'Det kan ha gjorts'],
          }),
        }),
      }),
    )
    .max(100)
    .default([])
    .meta(label('What codes mean', 'Vad koderna betyder')),
});
export type ErrorForm = z.infer<typeof ErrorForm>;

export interface Told {
  readonly status: number;
  readonly message?: string | undefined;
  readonly code?: string | undefined;
  readonly afterMs?: number | undefined;
}

/** What a status means of itself. A 5xx or 408 leaves open what was done; so does 503, since nobody says who sent it. */
function meaningOf(status: number): Meaning {
  if (status === 429) return 'busy';
  if (status >= 500 || status === 408 || status === 425) return 'unknown';
  if (status === 401) return 'sign-in';
  return status === 404 || status === 410 ? 'missing' : 'refused';
}

/** The error for what was told; `fallback` where neither code nor status says more. */
export function faultOf(told: Told, form: ErrorForm, fallback = meaningOf(told.status)): FlowError {
  const { status, code, afterMs } = told;
  const message = cut(
    told.message ?? `the other system answered ${status}${code === undefined ? '' : ` (${code})`}`,
    2000,
  );
  const details: JsonObject = { status, ...(code === undefined ? {} : { code }) };
  const wait = afterMs === undefined ? {} : { afterMs };
  switch (form.meanings.find((each) => each.code === code)?.means ?? fallback) {
    case 'busy':
      return new RetryableError('TARGET_BUSY', message, { details, ...wait, beforeWork: true });
    case 'unknown':
      return new RetryableError('TARGET_DOWN', message, { details, ...wait });
    case 'sign-in':
      return new HoldError('SIGN_IN_NEEDED', 'sign-in', message, { details });
    case 'missing':
      return new TerminalError('TARGET_NOT_FOUND', message, { details });
    case 'refused':
      return new TerminalError('TARGET_REFUSED', message, { details });
  }
}

/** Reads what an answer of 400 or more says; `parse` turns its body into what templates read. */
export function faultReader(form: ErrorForm, parse: (body: Json) => Json): (response: HttpResponse) => FlowError {
  const names = ['body', 'headers'];
  const message = compileOptional(form.message, { field: 'errors.message', names });
  const code = compileOptional(form.code, { field: 'errors.code', names });
  return ({ status, headers, body }) => {
    let told: Pick<Told, 'message' | 'code'> = {};
    try {
      const read = { body: parse(body), headers };
      told = { message: filled(message(read)), code: filled(code(read)) };
    } catch {
      // whatever a proxy in front answers, the status stands
    }
    return faultOf({ status, afterMs: retryAfterMs(headers), ...told }, form);
  };
}
