import { z } from 'zod';
import type { Json } from '#runtime/json.ts';
import { label } from '#runtime/node.ts';
import { Order, type OrderCharge, type OrderLine } from '../../commerce/model.ts';
import { OrderAction, OrderStatus, statusIs } from '../../commerce/status.ts';
import { compact, cut } from '../answer.ts';
import { settle } from '../settled.ts';
import { amountsReader, moneyKinds, sumOf } from './amounts.ts';
import { entryList, listField } from './entry-list.ts';
import { addressForm, customerForm, Extra } from './fields.ts';
import {
  currency,
  day,
  decimal,
  fieldReader,
  flag,
  formOf,
  longText,
  moment,
  oneOf,
  text,
  type Writing,
} from './kinds.ts';
import {
  addressReader,
  customerReader,
  extraReader,
  inCurrencyOf,
  must,
  type RecordReader,
  recordReader,
} from './record.ts';
import { ShipmentForm, shipmentsReader } from './shipment.ts';
import { at, compileField, listIn, type Names, type Place, Template } from './template.ts';

const { order: orderState, payment, fulfilment, invoice } = OrderStatus.shape;

const headKinds = {
  id: text('Id', 'Id'),
  number: text('Order number', 'Ordernummer'),
  placedAt: moment('Placed', 'Lagd'),
  changedAt: moment('Changed', 'Ändrad'),
  currency: currency('Currency', 'Valuta'),
  pricesIncludeTax: flag('Unit prices hold tax', 'Styckpriser är med moms'),
  note: longText('The buyer’s words', 'Köparens meddelande'),
  ourReference: text('Our reference person', 'Vår referensperson'),
  yourReference: text('Your reference', 'Er referens'),
  buyerOrderNumber: text('The buyer’s order number', 'Köparens ordernummer'),
  costCentre: text('Cost centre', 'Kostnadsställe'),
  project: text('Project', 'Projekt'),
  deliveryDate: day('Delivery day', 'Leveransdag'),
  reference: text('Reference from Weft', 'Referens från Weft'),
  language: text('Language', 'Språk'),
};

const statusKinds = {
  status: text('Status, as the system says it', 'Status, som systemet säger den'),
  orderState: oneOf(...orderState.options)('State of the order', 'Orderns tillstånd'),
  payment: oneOf(...payment.options)('State of the payment', 'Betalningens tillstånd'),
  fulfilment: oneOf(...fulfilment.options)('State of the goods', 'Varornas tillstånd'),
  invoice: oneOf(...invoice.options)('State of the invoice', 'Fakturans tillstånd'),
};

const lineKinds = {
  id: text('Id', 'Id'),
  sku: text('SKU', 'Artikelnummer'),
  productId: text('Id of the product', 'Produktens id'),
  name: text('Name', 'Benämning'),
  quantity: decimal('Quantity', 'Antal'),
  unit: text('Unit', 'Enhet'),
  delivered: decimal('Delivered', 'Levererat'),
  costCentre: text('Cost centre', 'Kostnadsställe'),
};

const chargeKinds = {
  id: text('Id', 'Id'),
  name: text('Name', 'Benämning'),
  method: text('Method', 'Metod'),
};

const LineForm = z.strictObject({
  list: listField('Where the rows are', 'Var raderna finns'),
  ...formOf(lineKinds),
  ...formOf(moneyKinds),
});
const ChargeForm = z.strictObject({
  list: listField('Where they are, if there is a list', 'Var de finns, om det är en lista'),
  ...formOf(chargeKinds),
  ...formOf({ taxRate: moneyKinds.taxRate, net: moneyKinds.net, tax: moneyKinds.tax, gross: moneyKinds.gross }),
});
const TotalForm = z.strictObject(formOf({ net: moneyKinds.net, tax: moneyKinds.tax, gross: moneyKinds.gross }));
/** What one of the system's own words means on the four axes. */
const StatusWord = z.strictObject({
  native: z.string().min(1).max(200).meta(label('The system’s word', 'Systemets ord')),
  order: orderState.optional().meta(label('Order', 'Order')),
  payment: payment.optional().meta(label('Payment', 'Betalning')),
  fulfilment: fulfilment.optional().meta(label('Goods', 'Varor')),
  invoice: invoice.optional().meta(label('Invoice', 'Faktura')),
});

export const OrderForm = z.strictObject({
  ...formOf(headKinds),
  ...formOf(statusKinds),
  statuses: z.array(StatusWord).max(100).default([]).meta(label('What the statuses mean', 'Vad statusarna betyder')),
  customer: customerForm.optional().meta(label('Customer', 'Kund')),
  billing: addressForm('Billing address', 'Fakturaadress'),
  shipping: addressForm('Delivery address', 'Leveransadress'),
  lines: LineForm.meta(label('Rows', 'Rader')),
  freight: ChargeForm.optional().meta(label('Freight', 'Frakt')),
  fees: ChargeForm.optional().meta(label('Fees', 'Avgifter')),
  shipments: ShipmentForm.optional().meta(label('Deliveries', 'Leveranser')),
  totals: TotalForm.default({}).meta(label('Totals', 'Summor')),
  invoiceNumbers: Template.optional().meta(label('List of invoice numbers', 'Lista med fakturanummer')),
  extra: Extra,
});
type OrderForm = z.infer<typeof OrderForm>;

function statusReader(form: OrderForm, place: Place) {
  const read = fieldReader(statusKinds, form, place);
  const words = new Map(form.statuses.map((word) => [word.native, word]));
  return (names: Names, writing: Writing): OrderStatus => {
    const { status: native, orderState: order, ...own } = read(names, writing);
    const word = native === undefined ? undefined : words.get(native);
    return {
      order: order ?? word?.order ?? 'unknown',
      payment: own.payment ?? word?.payment ?? 'unknown',
      fulfilment: own.fulfilment ?? word?.fulfilment ?? 'unknown',
      invoice: own.invoice ?? word?.invoice ?? 'unknown',
      ...(native === undefined ? {} : { native: cut(native, 200) }),
    };
  };
}

const AXES: Readonly<Record<OrderAction, 'orderState' | 'payment' | 'fulfilment' | 'invoice'>> = {
  processing: 'orderState',
  'on-hold': 'orderState',
  completed: 'orderState',
  cancelled: 'orderState',
  paid: 'payment',
  refunded: 'payment',
  delivered: 'fulfilment',
  invoiced: 'invoice',
};

/** The states that no order can be in, as the form reads them: no word of the system means them, and no field tells. */
export function statesNeverRead(form: OrderForm): OrderAction[] {
  const meanings = form.statuses.map((word): OrderStatus => {
    const { order = 'unknown', payment = 'unknown', fulfilment = 'unknown', invoice = 'unknown' } = word;
    return { order, payment, fulfilment, invoice };
  });
  const said = (action: OrderAction): boolean =>
    form[AXES[action]] !== undefined || meanings.some((status) => statusIs(status, action));
  return OrderAction.options.filter((action) => !said(action));
}

function linesReader(form: OrderForm['lines'], place: Place, rates: readonly number[]) {
  const { inside, of } = entryList(form, place);
  const read = fieldReader(lineKinds, form, inside);
  const amounts = amountsReader(form, inside, rates);
  return (names: Names, writing: Writing, withTax: boolean): OrderLine[] =>
    of(names).map((entry, index) => {
      const { id, name, quantity = '1', ...own } = read(entry, writing);
      const money = amounts(entry, writing, { quantity, withTax });
      return {
        id: id ?? String(index + 1),
        kind: 'unknown',
        name: name ?? own.sku ?? '',
        quantity,
        ...own,
        ...money,
      };
    });
}

function chargesReader(form: OrderForm['freight'], place: Place, rates: readonly number[], called: string) {
  if (form === undefined) return () => [];
  const { inside, of } = entryList(form, place);
  const read = fieldReader(chargeKinds, form, inside);
  const amounts = amountsReader(form, inside, rates);
  return (names: Names, writing: Writing): OrderCharge[] =>
    of(names).flatMap((entry, index) => {
      const { id, name, method } = read(entry, writing);
      const { total, taxRate } = amounts(entry, writing, { quantity: '1', withTax: true, orNothing: true });
      // without a list, an order without freight has the amount 0
      if (form.list === undefined && total.gross.amount === 0) return [];
      const own = method === undefined ? {} : { method };
      return [{ id: id ?? String(index + 1), name: name ?? called, ...own, taxRate, total }];
    });
}

/** Puts an order together: rows, freight and fees, whose amounts make the order's own total. */
export function orderReader(
  form: OrderForm,
  place: Place,
  writing: Writing & { readonly taxRates: readonly number[] },
): RecordReader<Order> {
  const shipments = shipmentsReader(form.shipments, at(place, 'shipments'));
  const { taxRates } = writing;
  const head = fieldReader(headKinds, form, place);
  const status = statusReader(form, place);
  const customer = customerReader(form.customer ?? {}, at(place, 'customer'));
  const billing = addressReader(form.billing, at(place, 'billing'));
  const shipping = addressReader(form.shipping, at(place, 'shipping'));
  const lines = linesReader(form.lines, at(place, 'lines'), taxRates);
  const freight = chargesReader(form.freight, at(place, 'freight'), taxRates, 'Frakt');
  const fees = chargesReader(form.fees, at(place, 'fees'), taxRates, 'Avgift');
  const totals = sumOf(form.totals, at(place, 'totals'));
  const invoices =
    form.invoiceNumbers === undefined ? undefined : compileField(form.invoiceNumbers, at(place, 'invoiceNumbers'));
  const extra = extraReader(form.extra, place);
  const ofRecord = inCurrencyOf(form.currency, place);

  const read = (names: Names, connection: string) => {
    const own = ofRecord(names, writing);
    const { id, number, pricesIncludeTax = false, ...rest } = head(names, own);
    const order = must(id, place, 'id');
    const address = billing(names, own);
    const buyer = customer(
      { ...names },
      own,
      address?.email === undefined ? `guest-order:${order}` : `guest:${cut(address.email, 180)}`,
    );
    const parts = {
      lines: lines(names, own, pricesIncludeTax),
      freight: freight(names, own),
      fees: fees(names, own),
    };
    const rows = [...parts.lines, ...parts.freight, ...parts.fees];
    const total = totals(names, own, rows);
    settle(rows, total);
    const fields = {
      ...rest,
      number: number ?? order,
      currency: own.currency,
      status: status(names, own),
      customer: compact({ source: { connection, id: buyer.id }, ...(buyer.fields as unknown as Record<string, Json>) }),
      billing: address ?? buyer.fields.billing ?? {},
      shipping: shipping(names, own),
      ...parts,
      totals: total,
      pricesIncludeTax,
      shipments: shipments(names, own, connection, order),
      ...(invoices === undefined
        ? {}
        : { invoiceNumbers: listIn(invoices(names) ?? [], `${place.field}.invoiceNumbers`).map(String) }),
      extra: extra(names, own),
    };
    return { id: order, fields };
  };
  const idOf = fieldReader({ id: headKinds.id }, { id: form.id }, place);
  return recordReader<Order>(Order, place, read, (names) => idOf(names, writing).id);
}
