import { AsyncLocalStorage } from 'node:async_hooks';

/** Who does what is being done. */
export interface Actor {
  /** Of the account; null for the command line and the machine. */
  readonly id: string | null;
  /** As the audit log names them. */
  readonly name: string;
  readonly role: string | null;
  readonly ip: string | null;
  /** The same id where the person is a guest, who sees what the guest's projects hold and nothing else. */
  readonly guest: string | null;
}

const MACHINE: Actor = { id: null, name: 'Weft', role: null, ip: null, guest: null };

const acting = new AsyncLocalStorage<Actor>();

/** Does the work in somebody's name: carried along with it, so that no function in between can mix two people up. */
export function actingAs<T>(actor: Actor, work: () => T): T {
  return acting.run(actor, work);
}

/** Does the work in the machine's own name: what many people share, whoever set it off. */
export function actingAsMachine<T>(work: () => T): T {
  return acting.run(MACHINE, work);
}

/** In whose name the caller works; the machine's own where nobody asked. */
export function actorNow(): Actor {
  return acting.getStore() ?? MACHINE;
}
