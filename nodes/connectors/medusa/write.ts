import { FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';

/** Ids are of Medusa's own making, `order_01M8…`: letters, digits and _; anything else would name another path. */
export function idOf(id: string, field: string): string {
  if (/^\w{1,100}$/.test(id) && /\d/.test(id)) return id;
  throw new TerminalError('INPUT_INVALID', `“${id.slice(0, 40)}” is not an id of Medusa’s`, { field });
}

/**
 * The rest of a write whose first request was done. Whatever ends it, the record stands there: so it is never said to be
 * refused or not begun, but of unknown outcome, and the lookup finds it and goes on.
 */
export async function afterFirst<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof FlowError)) throw cause;
    const { code, message, field, details } = cause;
    throw new RetryableError(code, message, {
      cause,
      ...(field === undefined ? {} : { field }),
      ...(details === undefined ? {} : { details }),
    });
  }
}

/** The rest of a write that a lookup found begun: refused now, it stands there half done, and a person must look. */
export async function finishing<T>(id: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (!(cause instanceof TerminalError)) throw cause;
    throw new HoldError('TARGET_DIFFERS', 'review', cause.message, { cause, details: { ...cause.details, id } });
  }
}
