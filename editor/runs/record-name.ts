import type { TFunction } from 'i18next';
import type { RunSummary } from '#runtime/protocol.ts';

const ENTITIES = ['order', 'customer', 'product', 'stock', 'price', 'invoice', 'shipment', 'status', 'note'] as const;

/** What a record is called where people read: `order` is `Kund` or `Order`, an unknown one is `Post`. */
export function entityName(entity: string, t: TFunction): string {
  const known = ENTITIES.find((each) => each === entity);
  return t(`runs.entity.${known ?? 'record'}`);
}

/** `Order 1042`. */
export function recordName(run: Pick<RunSummary, 'entity' | 'record'>, t: TFunction): string {
  return `${entityName(run.entity, t)} ${run.record}`;
}

const VIAS = ['webhook', 'poll', 'schedule', 'manual', 'replay'] as const;

/** How the record came in, in words where there are some. */
export function viaName(via: string, t: TFunction): string {
  const known = VIAS.find((each) => each === via);
  return known ? t(`runs.via.${known}`) : via;
}
