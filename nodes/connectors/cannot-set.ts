import type { Sentence } from '#runtime/error.ts';
import type { OrderAction } from '../commerce/status.ts';

/** The states that orders of a system can never be put in, as `cannot` has them, so that a flow is told before it is published. */
export function cannotSet(system: string, actions: readonly OrderAction[]): Record<string, Sentence> {
  return Object.fromEntries(
    actions.map((action) => [
      `orders.set-status:${action}`,
      {
        en: `An order in ${system} cannot be made “${action}”.`,
        sv: `En order i ${system} kan inte göras ”${action}”.`,
      },
    ]),
  );
}

/** The states that orders of a system never have, so that a flow that waits for one of them would wait for ever. */
export function neverIs(system: string, actions: readonly OrderAction[]): Record<string, Sentence> {
  return Object.fromEntries(
    actions.map((action) => [
      `orders.changed:${action}`,
      {
        en: `An order in ${system} is never “${action}”; choose another state to wait for.`,
        sv: `En order i ${system} är aldrig ”${action}”; välj ett annat läge att vänta på.`,
      },
    ]),
  );
}
