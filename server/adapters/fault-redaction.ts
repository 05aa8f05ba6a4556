import { FlowError } from '#runtime/error.ts';
import { createRedactor } from '#runtime/redact.ts';

const PLAIN = createRedactor([]);

/** Takes secrets out of what an error says: systems echo requests in their refusals. The error stays the one it was. */
export function withoutSecrets<T>(error: T, redact: (text: string) => string): T {
  if (!(error instanceof Error)) return error;
  const said = { message: redact(error.message) };
  if (!(error instanceof FlowError) || error.details === undefined) return Object.assign(error, said);
  const details = JSON.parse(redact(JSON.stringify(error.details)));
  return Object.assign(error, said, { details });
}

/** A redactor of a connection's own secrets, on top of those that are known already. */
export function redactorWith(secrets: Readonly<Record<string, unknown>>, known: (text: string) => string = PLAIN) {
  const own = createRedactor(Object.values(secrets).filter((value) => typeof value === 'string'));
  return (text: string): string => known(own(text));
}
