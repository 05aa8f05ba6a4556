import type { BenchOrder } from './order.ts';

/** A line of the ERP's order; amounts in the order's currency, rounded to its minor unit. */
interface ErpPosition {
  readonly pos: number;
  readonly itemNo: string;
  readonly ean: string;
  readonly text: string;
  readonly qty: number;
  readonly unit: string;
  readonly price: number;
  readonly discount: number;
  readonly taxRate: number;
  readonly net: number;
  readonly tax: number;
  readonly plant: string;
}

export interface ErpOrder {
  readonly externalId: string;
  readonly docType: string;
  readonly status: string;
  readonly currency: string;
  readonly soldTo: Readonly<Record<string, string | number>>;
  readonly shipTo: Readonly<Record<string, string | number>>;
  readonly positions: readonly ErpPosition[];
  /** Tax by rate in percent. */
  readonly taxes: Readonly<Record<string, number>>;
  readonly freight: number;
  readonly totals: { readonly net: number; readonly tax: number; readonly gross: number };
  readonly hold?: boolean;
}

const cents = (amount: number): number => Math.round(amount * 100) / 100;

function positionOf(line: BenchOrder['lines'][number], index: number): ErpPosition {
  const net = Math.round((100 - line.discountPercent) * line.quantity * line.unitPrice) / 100;
  return {
    pos: (index + 1) * 10,
    itemNo: line.sku,
    ean: line.ean,
    text: line.name,
    qty: line.quantity,
    unit: 'PCE',
    price: line.unitPrice,
    discount: line.discountPercent,
    taxRate: line.taxRate,
    net,
    tax: Math.round(net * line.taxRate) / 100,
    plant: line.attributes.warehouse,
  };
}

function totalOf(positions: readonly ErpPosition[], field: 'net' | 'tax', rate?: number): number {
  let total = 0;
  for (const position of positions) if (rate === undefined || position.taxRate === rate) total += position[field];
  return cents(total);
}

/** The work of flow A by hand: a shop's order as the ERP's, what is not paid on hold. */
export function erpOrderOf(order: BenchOrder): ErpOrder {
  const positions = order.lines.map(positionOf);
  const net = totalOf(positions, 'net');
  const tax = totalOf(positions, 'tax');
  const { billingAddress: bill, shippingAddress: ship } = order;
  return {
    externalId: order.orderId,
    docType: 'SO',
    status: order.status,
    currency: order.currency,
    soldTo: {
      no: order.customer.id,
      vatId: order.customer.vatId,
      name: bill.company,
      street: bill.street,
      zip: bill.zip,
      city: bill.city,
      country: bill.countryCode,
    },
    shipTo: { name: ship.company, street: ship.street, zip: ship.zip, city: ship.city, country: ship.countryCode },
    positions,
    taxes: { 12: totalOf(positions, 'tax', 12), 25: totalOf(positions, 'tax', 25) },
    freight: order.shipping.cost,
    totals: { net, tax, gross: cents(net + tax + order.shipping.cost) },
    ...(order.status === 'paid' ? {} : { hold: true }),
  };
}
