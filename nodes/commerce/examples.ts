import type { Json } from '#runtime/json.ts';
import type { CrossReference, TriggerPayload } from '#runtime/node.ts';
import type { DocumentRef } from './capabilities.ts';
import { Customer, Order, Price, PriceList, Product, Shipment, StockLevel } from './model.ts';

// One order and what belongs to it, as a shop and as an ERP answer: every node tells its examples with these.

const sek = (amount: number) => ({ amount, currency: 'SEK' });
const total = { net: sek(31_840), tax: sek(7960), gross: sek(39_800) };

export const order = Order.parse({
  source: { connection: 'shop', id: '1042' },
  number: '1042',
  placedAt: '2026-11-23T09:00:00Z',
  changedAt: '2026-11-23T09:05:00Z',
  currency: 'SEK',
  status: { order: 'processing', payment: 'paid', fulfilment: 'unfulfilled', invoice: 'not-invoiced' },
  customer: {
    source: { connection: 'shop', id: '17' },
    kind: 'company',
    name: 'Nordfrakt AB',
    email: 'order@nordfrakt.example',
    organisationNumber: '556677-8899',
  },
  billing: { company: 'Nordfrakt AB', street: 'Kajgatan 3', postalCode: '411 04', city: 'Göteborg', country: 'SE' },
  lines: [
    {
      id: '1',
      sku: 'KEPS-BLÅ',
      name: 'Keps, blå',
      quantity: '2',
      unitPrice: '199',
      discount: sek(0),
      taxRate: 2500,
      total,
    },
  ],
  totals: total,
  pricesIncludeTax: true,
});

/** With the article of each row, as the ERP has it. */
export const matchedOrder: Order = {
  ...order,
  lines: order.lines.map((line) => ({ ...line, articleNumber: 'KEPS-BLÅ' })),
};

/** The buyer as a customer card. */
export const buyer: Customer = { ...order.customer, billing: order.billing };

/** The buyer's card in the ERP. */
export const card = Customer.parse({
  source: { connection: 'erp', id: '10231' },
  number: '10231',
  kind: 'company',
  name: 'Nordfrakt AB',
  email: 'order@nordfrakt.example',
  organisationNumber: '556677-8899',
});

export const newCard: DocumentRef = { id: '10231', number: '10231', created: true };

/** The order the ERP made of it. */
export const document: DocumentRef = { id: '20001', number: '20001', created: true };

/** The same, known from before. */
export const knownDocument: DocumentRef = { ...document, created: false };

/** That the two are one. */
export const links: readonly CrossReference[] = [
  { source: { entity: 'order', connection: 'shop', id: '1042' }, target: { connection: 'erp', id: '20001' } },
];

export const product = Product.parse({
  source: { connection: 'erp', id: 'KEPS-BLÅ' },
  sku: 'KEPS-BLÅ',
  name: 'Keps, blå',
  kind: 'simple',
  active: true,
  price: '159.20',
  currency: 'SEK',
});

export const article: DocumentRef = { id: 'KEPS-BLÅ', number: 'KEPS-BLÅ', created: true };

export const level = StockLevel.parse({
  source: { connection: 'erp', id: 'KEPS-BLÅ' },
  sku: 'KEPS-BLÅ',
  onHand: '12',
  available: '9',
  changedAt: '2026-11-23T09:05:00Z',
});

export const priceList = PriceList.parse({
  source: { connection: 'erp', id: 'B' },
  code: 'B',
  name: 'Återförsäljare',
});

/** The shop's of the same name. */
export const shopPriceList = PriceList.parse({
  source: { connection: 'shop', id: '7' },
  code: 'wholesale',
  name: 'Återförsäljare',
});

export const price = Price.parse({
  source: { connection: 'erp', id: 'B/KEPS-BLÅ' },
  priceList: 'B',
  name: 'Återförsäljare',
  sku: 'KEPS-BLÅ',
  price: '129',
});

export const shipment = Shipment.parse({
  source: { connection: 'erp', id: '7001' },
  order: '20001',
  state: 'sent',
  carrier: 'PostNord',
  trackingNumber: 'TRACK-7',
  sentAt: '2026-11-23T14:00:00Z',
});

/** What wakes a run: the record as a poll brings it. */
export function told(topic: string, record: { readonly source: { readonly id: string } }): TriggerPayload {
  return { via: 'poll', id: record.source.id, topic, body: JSON.parse(JSON.stringify(record)) as Json };
}
