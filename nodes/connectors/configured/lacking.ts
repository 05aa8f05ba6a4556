import type { AnyCapability, Entity } from '#runtime/capability.ts';
import type { ChangeSource } from '#runtime/connector.ts';
import type { Sentence } from '#runtime/error.ts';
import { ordersList, ordersSetStatus } from '../../commerce/capabilities.ts';
import { OrderAction } from '../../commerce/status.ts';
import { operations, type WriteRequest, webhookReads } from './operations.ts';
import { statesNeverRead } from './order.ts';
import type { SharedSettings } from './shared-settings.ts';
import { mentions } from './template.ts';

/** Lists that are polled for changes, and of what. */
export const POLLED: Readonly<Record<string, Entity>> = {
  'orders.list': 'order',
  'customers.list': 'customer',
  'products.list': 'product',
  'stock.list': 'stock',
  'prices.list': 'price',
  'invoices.list': 'invoice',
};

/** What stands in place of an offer that the settings do not make. */
function missing(name: string): Sentence {
  const [setting, en, sv] = name.endsWith('.from-webhook')
    ? ['webhook.events', 'This connection reads no webhooks for', 'Anslutningen läser inga webhookar för']
    : [`requests.${name}`, 'This connection has no request for', 'Anslutningen har inget anrop för'];
  return {
    en: `${en} ${name}: fill in ${setting} in its settings.`,
    sv: `${sv} ${name}: fyll i ${setting} i dess inställningar.`,
  };
}

const every: readonly AnyCapability[] = [
  ...operations.map((each) => each.capability),
  ...Object.values(webhookReads).filter((each) => each !== undefined),
];

/** What is said of a connection whose settings are not known. */
export const nothingYet: Readonly<Record<string, Sentence>> = Object.fromEntries(
  every.map(({ name }) => [name, missing(name)]),
);

/** What `check` asks for beside capabilities: statuses that cannot be set or are never read, and records whose changes are never told. */
export function lacking(
  { requests, records }: Pick<SharedSettings, 'requests' | 'records'>,
  changes: readonly ChangeSource[],
): Record<string, Sentence> {
  const status = requests[ordersSetStatus.name] as WriteRequest<unknown> | undefined;
  const never = records.order && requests[ordersList.name] ? statesNeverRead(records.order) : [];
  const words = new Set(status?.statuses?.map(({ action }) => action));
  const without =
    status && mentions(status, 'status') ? OrderAction.options.filter((action) => !words.has(action)) : [];
  const polled = new Set(changes.map(({ entity }) => entity));
  const unlisted = Object.entries(POLLED).filter(([, entity]) => !polled.has(entity));
  return Object.fromEntries([
    ...without.map((action) => [
      `${ordersSetStatus.name}:${action}`,
      {
        en: `This connection has no word for “${action}”: fill in requests.orders.set-status.statuses in its settings.`,
        sv: `Anslutningen har inget ord för ”${action}”: fyll i requests.orders.set-status.statuses i dess inställningar.`,
      },
    ]),
    ...never.map((action) => [
      `orders.changed:${action}`,
      {
        en: `Orders of this connection are never “${action}”: fill in records.order.statuses in its settings.`,
        sv: `Anslutningens ordrar är aldrig ”${action}”: fyll i records.order.statuses i dess inställningar.`,
      },
    ]),
    ...unlisted.map(([name, entity]) => [`changes:${entity}`, missing(name)]),
  ]);
}
