import type { HttpRequest, HttpResponse, Session } from '#runtime/connector.ts';
import { FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD']);

/** Whether the error says that nothing was done in the other system. */
function saysNothingDone(error: unknown): boolean {
  return (
    error instanceof TerminalError ||
    error instanceof HoldError ||
    (error instanceof RetryableError && error.beforeWork)
  );
}

/**
 * Runs one write. When an earlier request of the same write did something, or may have, a later refusal is not the whole
 * truth: it then rejects with the same code as an unknown outcome, so that the engine looks before it sends again.
 */
export async function inWriteScope<T>(session: Session, write: (session: Session) => Promise<T>): Promise<T> {
  let changed = false;
  const watch = async (request: HttpRequest): Promise<HttpResponse> => {
    if (SAFE.has(request.method)) return session.http(request);
    try {
      const answer = await session.http(request);
      changed = true;
      return answer;
    } catch (error) {
      changed ||= !saysNothingDone(error);
      throw error;
    }
  };
  const { connection, settings, signal, note } = session;
  const watched: Session = {
    connection,
    settings,
    signal,
    note,
    http: watch,
    get now() {
      return session.now;
    },
  };
  try {
    return await write(watched);
  } catch (error) {
    if (!changed || !(error instanceof FlowError) || !saysNothingDone(error)) throw error;
    const { code, field, details, message } = error;
    const afterMs = error instanceof RetryableError ? error.afterMs : undefined;
    throw new RetryableError(code, message, {
      ...(field === undefined ? {} : { field }),
      ...(details === undefined ? {} : { details }),
      ...(afterMs === undefined ? {} : { afterMs }),
      cause: error,
    });
  }
}
