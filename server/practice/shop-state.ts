import { type Collection, openShelf } from './shelf.ts';
import type {
  Dated,
  OrderNote,
  ShopCustomer,
  ShopOrder,
  ShopProduct,
  ShopRefund,
  ShopVariation,
  Webhook,
} from './shop-model.ts';
import { firstId } from './shop-seed.ts';
import { seedShop } from './shop-stock.ts';
import { siteDates } from './site-clock.ts';

/** Everything the practice shop knows. */
export interface ShopState {
  orders: Collection<number, ShopOrder>;
  products: Collection<number, ShopProduct>;
  variations: Collection<number, ShopVariation>;
  customers: Collection<number, ShopCustomer>;
  notes: Collection<number, OrderNote>;
  refunds: Collection<number, ShopRefund>;
  webhooks: Collection<number, Webhook>;
  /** One counter for all documents, as WordPress has one for all posts. */
  nextId(): number;
  nextLineId(): number;
  bySku(sku: string): ShopProduct | ShopVariation | undefined;
  customerByEmail(email: string): ShopCustomer | undefined;
  notesOf(order: number): OrderNote[];
  refundsOf(order: number): ShopRefund[];
  /** The dates of a document made now; WooCommerce counts whole seconds. */
  born(): Dated;
  /** A document with its date of change set to now. */
  touched<T extends Dated>(document: T): T;
  clear(): void;
  close(): void;
}

/** `dir` null keeps the shop in memory; a new shop is stocked with the seed. */
export function openShopState(dir: string | null, clock: () => number): ShopState {
  const shelf = openShelf(dir, 'shop');
  const skus = new Map<string, ShopProduct | ShopVariation>();
  const emails = new Map<string, ShopCustomer>();
  const notesByOrder = new Map<number, OrderNote[]>();
  const refundsByOrder = new Map<number, ShopRefund[]>();
  let lastId = firstId - 1;
  let lastLineId = 0;
  const counted = (document: { id: number } | undefined) => {
    if (document !== undefined && document.id > lastId) lastId = document.id;
  };
  const watchSku = <T extends ShopProduct | ShopVariation>(after: T | undefined, before: T | undefined) => {
    counted(after);
    if (before !== undefined) skus.delete(before.sku);
    if (after !== undefined && after.sku !== '') skus.set(after.sku, after);
  };

  const state: ShopState = {
    orders: shelf.collection<number, ShopOrder>('orders', (order) => {
      counted(order);
      if (order !== undefined) lastLineId = Math.max(lastLineId, greatestLineId(order));
    }),
    products: shelf.collection<number, ShopProduct>('products', watchSku),
    variations: shelf.collection<number, ShopVariation>('variations', watchSku),
    customers: shelf.collection<number, ShopCustomer>('customers', (after, before) => {
      counted(after);
      if (before !== undefined) emails.delete(before.email.toLowerCase());
      if (after !== undefined) emails.set(after.email.toLowerCase(), after);
    }),
    notes: shelf.collection<number, OrderNote>('notes', (after, before) => {
      counted(after);
      listed(notesByOrder, (after ?? before)?.order_id, after, before);
    }),
    refunds: shelf.collection<number, ShopRefund>('refunds', (after, before) => {
      counted(after);
      listed(refundsByOrder, (after ?? before)?.parent_id, after, before);
    }),
    webhooks: shelf.collection<number, Webhook>('webhooks', counted),
    nextId: () => ++lastId,
    nextLineId: () => ++lastLineId,
    bySku: (sku) => skus.get(sku),
    customerByEmail: (email) => emails.get(email.toLowerCase()),
    notesOf: (order) => notesByOrder.get(order) ?? [],
    refundsOf: (order) => refundsByOrder.get(order) ?? [],
    born() {
      const { local, gmt } = siteDates(clock());
      return { date_created: local, date_created_gmt: gmt, date_modified: local, date_modified_gmt: gmt };
    },
    touched(document) {
      const { local, gmt } = siteDates(clock());
      return { ...document, date_modified: local, date_modified_gmt: gmt };
    },
    clear() {
      shelf.clear();
      lastId = firstId - 1;
      lastLineId = 0;
      seedShop(state);
    },
    close: () => shelf.close(),
  };
  if (state.products.size === 0) seedShop(state);
  return state;
}

function listed<T>(lists: Map<number, T[]>, key: number | undefined, after: T | undefined, before: T | undefined) {
  if (key === undefined) return;
  const list = lists.get(key) ?? [];
  if (before !== undefined) list.splice(list.indexOf(before), 1);
  if (after !== undefined) list.push(after);
  lists.set(key, list);
}

function greatestLineId(order: ShopOrder): number {
  let greatest = 0;
  for (const lines of [order.line_items, order.shipping_lines, order.fee_lines, order.tax_lines, order.coupon_lines])
    for (const line of lines) if (line.id > greatest) greatest = line.id;
  return greatest;
}
