import { z } from 'zod';
import { defineCapability, type Entity, type RecordIdentity } from '#runtime/capability.ts';
import { Json } from '#runtime/json.ts';
import { options } from '#runtime/node.ts';
import { orderDifferences, orderSketch } from './audit.ts';
import {
  Customer,
  Day,
  Instant,
  Invoice,
  Order,
  Price,
  PriceList,
  Product,
  pageOf,
  Shipment,
  Source,
  StockLevel,
} from './model.ts';
import { Money } from './money.ts';
import { OrderAction } from './status.ts';

const Id = z.string().min(1).max(200);
/** What makes one lawful repeat of a write differ from another: `delivered:2026-11-23T09:15:00Z`. */
const Revision = z.string().min(1).max(200);

/** What every list takes: records changed at or after the instant, from where the last page ended. */
export const ListQuery = z.strictObject({ changedSince: Instant.optional(), cursor: z.string().max(2000).optional() });
export type ListQuery = z.infer<typeof ListQuery>;

export const ById = z.strictObject({ id: Id });
export type ById = z.infer<typeof ById>;

/** A webhook's record: the vendor's own JSON, and the id and topic the webhook contract read from it. */
export const Delivery = z.strictObject({ id: Id, topic: z.string().max(200).optional(), body: Json });
export type Delivery = z.infer<typeof Delivery>;

/** A document or card in a target system. `number` is what people there call it; known from a cross-reference it equals the id. */
export const DocumentRef = z
  .strictObject({
    id: Id,
    number: Id,
    /** False when it was there already and nothing was written. */
    created: z.boolean(),
    /** Gross total as the target counted it, when it told. */
    total: Money.optional(),
  })
  .meta({ id: 'DocumentRef' });
export type DocumentRef = z.infer<typeof DocumentRef>;

/** That a write took place. */
export const Written = z.strictObject({ id: Id }).meta({ id: 'Written' });
export type Written = z.infer<typeof Written>;

const of =
  (entity: Entity) =>
  (source: Source, revision?: string): RecordIdentity => ({
    entity,
    connection: source.connection,
    id: source.id,
    ...(revision === undefined ? {} : { revision }),
  });
const ofOrder = of('order');
const ofCustomer = of('customer');
const ofProduct = of('product');
const ofStock = of('stock');
const ofPrice = of('price');
const ofStatus = of('status');
const ofNote = of('note');

const existing = (target: string): DocumentRef => ({ id: target, number: target, created: false });
const targetOf = (output: { id: string }): string => output.id;

// Orders

/** Lists by last change; `status` narrows to orders that answer to the action. */
export const ordersList = defineCapability({
  name: 'orders.list',
  effect: 'read',
  input: ListQuery.extend({ status: OrderAction.optional() }),
  output: pageOf(Order),
});

export const ordersGet = defineCapability({ name: 'orders.get', effect: 'read', input: ById, output: Order });

/** Pure mapping where the payload carries the whole record, else a get. */
export const ordersFromWebhook = defineCapability({
  name: 'orders.from-webhook',
  effect: 'read',
  input: Delivery,
  output: Order,
});

/** All orders that carry a reference of ours or, with `by: 'number'`, that people know by the number. */
export const ordersFind = defineCapability({
  name: 'orders.find',
  effect: 'read',
  input: z.strictObject({ by: z.enum(['reference', 'number']), value: Id }),
  output: z.array(Order),
});

/** What a target needs beside the order itself; the order's own `costCentre`, `project` and references go along with it. */
export const OrderDraft = z.strictObject({
  order: Order,
  /** The customer in the target, by the number people know. */
  customerNumber: Id,
  /** The customer's id in the target, where ids and numbers are not the same. */
  customerId: Id.optional(),
  /** For all rows and the head, over the order's own. */
  costCentre: z.string().max(50).optional(),
  project: z.string().max(50).optional(),
  /** Code of the price list in the target. */
  priceList: z.string().max(50).optional(),
});
export type OrderDraft = z.infer<typeof OrderDraft>;

/** Makes the order once: the target's gross total must equal `order.totals.gross`, else MONEY_MISMATCH and a person decides. */
export const ordersCreate = defineCapability({
  name: 'orders.create',
  effect: 'write',
  input: OrderDraft,
  output: DocumentRef,
  identity: (input) => ofOrder(input.order.source),
  target: targetOf,
  known: (_input, target) => existing(target),
  audit: {
    entity: 'order',
    list: ordersList,
    find: { capability: ordersFind, input: (value) => ({ by: 'reference', value }) },
    sketch: (item) => orderSketch(item as Order),
    differences: orderDifferences,
  },
});

/** Writes a changed order over the one made from it. `id` is the target's. */
export const ordersUpdate = defineCapability({
  name: 'orders.update',
  effect: 'write',
  input: OrderDraft.extend({ id: Id, revision: Revision }),
  output: DocumentRef,
  identity: (input) => ofOrder(input.order.source, `update:${input.revision}`),
});

const Tracking = z.strictObject({
  number: z.string().min(1).max(200),
  carrier: z.string().max(200).optional(),
  url: z.string().max(2000).optional(),
});

/** Moves an order of the connection's own system. `order` names it there: `{ connection: <this connection>, id }`. */
export const ordersSetStatus = defineCapability({
  name: 'orders.set-status',
  effect: 'write',
  input: z.strictObject({
    order: Source,
    action: OrderAction,
    /** The system's own status word, for statuses only this system has; over `action`. */
    native: z.string().max(100).optional(),
    tracking: Tracking.optional(),
    revision: Revision,
  }),
  output: Written,
  identity: (input) => ofStatus(input.order, `${input.native ?? input.action}:${input.revision}`),
  target: targetOf,
  known: (_input, target) => ({ id: target }),
});

export const ordersAddNote = defineCapability({
  name: 'orders.add-note',
  effect: 'write',
  input: z.strictObject({
    order: Source,
    text: z.string().min(1).max(10_000),
    /** Whether the buyer sees it (and may be mailed it by the shop). */
    toCustomer: z.boolean().default(false),
    revision: Revision,
  }),
  output: Written,
  identity: (input) => ofNote(input.order, input.revision),
  target: targetOf,
  known: (_input, target) => ({ id: target }),
});

// Customers

export const CustomerKey = z.enum(['number', 'email', 'organisationNumber']).meta(
  options({
    number: ['Customer number', 'Kundnummer'],
    email: ['E-mail', 'E-post'],
    organisationNumber: ['Organisation number', 'Organisationsnummer'],
  }),
);
export type CustomerKey = z.infer<typeof CustomerKey>;

export const customersList = defineCapability({
  name: 'customers.list',
  effect: 'read',
  input: ListQuery,
  output: pageOf(Customer),
});

export const customersGet = defineCapability({ name: 'customers.get', effect: 'read', input: ById, output: Customer });

export const customersFromWebhook = defineCapability({
  name: 'customers.from-webhook',
  effect: 'read',
  input: Delivery,
  output: Customer,
});

/** ALL customers whose key equals the value after normalising both (identity.ts), so that ambiguity is seen. */
export const customersFind = defineCapability({
  name: 'customers.find',
  effect: 'read',
  input: z.strictObject({ by: CustomerKey, value: z.string().min(1).max(200) }),
  output: z.array(Customer),
});

export const customersCreate = defineCapability({
  name: 'customers.create',
  effect: 'write',
  input: z.strictObject({
    customer: Customer,
    /** The number it must get; left out, the target numbers it. */
    number: z.string().max(50).optional(),
    costCentre: z.string().max(50).optional(),
  }),
  output: DocumentRef,
  identity: (input) => ofCustomer(input.customer.source),
  target: targetOf,
  known: (_input, target) => existing(target),
});

/** Writes the fields the customer has; fields it lacks are left as they are. `id` is the target's. */
export const customersUpdate = defineCapability({
  name: 'customers.update',
  effect: 'write',
  input: z.strictObject({ id: Id, customer: Customer, costCentre: z.string().max(50).optional(), revision: Revision }),
  output: DocumentRef,
  identity: (input) => ofCustomer(input.customer.source, `update:${input.revision}`),
});

// Products

export const productsList = defineCapability({
  name: 'products.list',
  effect: 'read',
  input: ListQuery,
  output: pageOf(Product),
});

export const productsGet = defineCapability({ name: 'products.get', effect: 'read', input: ById, output: Product });

export const productsFromWebhook = defineCapability({
  name: 'products.from-webhook',
  effect: 'read',
  input: Delivery,
  output: Product,
});

/** All products with exactly this SKU. */
export const productsFind = defineCapability({
  name: 'products.find',
  effect: 'read',
  input: z.strictObject({ sku: z.string().min(1).max(200) }),
  output: z.array(Product),
});

export const productsCreate = defineCapability({
  name: 'products.create',
  effect: 'write',
  input: z.strictObject({ product: Product }),
  output: DocumentRef,
  identity: (input) => ofProduct(input.product.source),
  target: targetOf,
  known: (_input, target) => existing(target),
});

/** Writes the fields the product has; stock is left to `stock.set`. `id` is the target's. */
export const productsUpdate = defineCapability({
  name: 'products.update',
  effect: 'write',
  input: z.strictObject({ id: Id, product: Product, revision: Revision }),
  output: DocumentRef,
  identity: (input) => ofProduct(input.product.source, `update:${input.revision}`),
});

// Stock

export const stockList = defineCapability({
  name: 'stock.list',
  effect: 'read',
  input: ListQuery,
  output: pageOf(StockLevel),
});

export const stockFind = defineCapability({
  name: 'stock.find',
  effect: 'read',
  input: z.strictObject({ sku: z.string().min(1).max(200) }),
  output: z.array(StockLevel),
});

/** Sets the balance of the SKU to an absolute figure. */
export const stockSet = defineCapability({
  name: 'stock.set',
  effect: 'write',
  input: z.strictObject({
    level: StockLevel,
    /** Which of the two figures is written; `available` falls back to `onHand` when it is missing. */
    figure: z.enum(['onHand', 'available']).default('available'),
    revision: Revision,
  }),
  output: Written,
  identity: (input) => ofStock(input.level.source, input.revision),
});

// Prices

export const priceListsList = defineCapability({
  name: 'price-lists.list',
  effect: 'read',
  input: ListQuery,
  output: pageOf(PriceList),
});

/** Prices of one list, or of all lists in turn; without lists, the products' own. */
export const pricesList = defineCapability({
  name: 'prices.list',
  effect: 'read',
  input: ListQuery.extend({ priceList: z.string().max(50).optional() }),
  output: pageOf(Price),
});

/** Sets one price of one list from one quantity; without a list, the product's own. */
export const pricesSet = defineCapability({
  name: 'prices.set',
  effect: 'write',
  input: z.strictObject({ price: Price, revision: Revision }),
  output: Written,
  identity: (input) => ofPrice(input.price.source, input.revision),
});

// Invoices and shipments

export const invoicesList = defineCapability({
  name: 'invoices.list',
  effect: 'read',
  input: ListQuery,
  output: pageOf(Invoice),
});

export const invoicesGet = defineCapability({ name: 'invoices.get', effect: 'read', input: ById, output: Invoice });

/** Makes an invoice of an order of the connection's own system. */
export const invoicesCreate = defineCapability({
  name: 'invoices.create',
  effect: 'write',
  input: z.strictObject({ order: Source, day: Day.optional() }),
  output: DocumentRef,
  identity: (input) => of('invoice')(input.order),
  target: targetOf,
  known: (_input, target) => existing(target),
});

export const shipmentsList = defineCapability({
  name: 'shipments.list',
  effect: 'read',
  input: ListQuery,
  output: pageOf(Shipment),
});

/** Shipments of one order. */
export const shipmentsGet = defineCapability({
  name: 'shipments.get',
  effect: 'read',
  input: z.strictObject({ order: Id }),
  output: z.array(Shipment),
});
