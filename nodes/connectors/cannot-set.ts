import type { Sentence } from '#runtime/error.ts';
import { OrderAction } from '../commerce/status.ts';

const { options } = OrderAction.meta() as { readonly options: Readonly<Record<OrderAction, Sentence>> };
const named = (action: OrderAction, language: keyof Sentence): string => options[action][language].toLowerCase();

/** The states that orders of a system can never be put in, as `cannot` has them, so that a flow is told before it is published. */
export function cannotSet(system: string, actions: readonly OrderAction[]): Record<string, Sentence> {
  return Object.fromEntries(
    actions.map((action) => [
      `orders.set-status:${action}`,
      {
        en: `An order in ${system} cannot be made “${named(action, 'en')}”.`,
        sv: `En order i ${system} kan inte göras ”${named(action, 'sv')}”.`,
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
        en: `An order in ${system} is never “${named(action, 'en')}”; choose another state to wait for.`,
        sv: `En order i ${system} är aldrig ”${named(action, 'sv')}”; välj ett annat läge att vänta på.`,
      },
    ]),
  );
}
