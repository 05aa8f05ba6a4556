import { HoldError } from '#runtime/error.ts';

interface SignedIn {
  token?: string;
  running?: Promise<string>;
  /** The system has refused the credentials; asking again could lock the account. */
  refused?: HoldError;
}

/** By connection as it was opened: a change of its row opens it anew, and whatever was known of it is gone. */
const signedIn = new WeakMap<object, SignedIn>();

/**
 * The token of an open connection, held in memory alone. `ask` signs in, once for all who wait; `refused` is a token the system
 * no longer takes. Credentials that were refused are not sent again: the HoldError is thrown anew.
 */
export async function signedInToken(
  connection: object,
  ask: () => Promise<string>,
  refused: string | undefined,
): Promise<string> {
  const held = signedIn.get(connection) ?? {};
  signedIn.set(connection, held);
  if (held.refused) throw held.refused;
  if (held.running) return held.running;
  if (held.token !== undefined && held.token !== refused) return held.token;
  const keep = async (): Promise<string> => {
    try {
      held.token = await ask();
      return held.token;
    } catch (error) {
      if (error instanceof HoldError && error.hold === 'sign-in') held.refused = error;
      throw error;
    } finally {
      delete held.running;
    }
  };
  held.running = keep();
  return held.running;
}
