import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Address, Order } from '#nodes/commerce/model.ts';
import { money, splitGross, sumTaxed } from '#nodes/commerce/money.ts';
import { tryton } from '#nodes/connectors/tryton/connector.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { FlowError } from '#runtime/error.ts';
import { type ConnectorSession, openConnector, type SeenCall } from '../../support/connector-session.ts';
import { type RecordedCall, type Scene, SYSTEM } from '../../support/conversation.ts';
import { startSystem } from './start.ts';

/**
 * Makes nodes/connectors/tryton/fixtures/conversations.json anew: what a real Tryton answers to every offer of the connector.
 * Run by hand when the connector asks otherwise: node test/live/tryton/record.ts
 */
const CONNECTION = 'erp';
const REFERENCE = 'abcdefghijklmnopqrstuvwx';

const system = await startSystem(process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live'));
const settings = {
  database: system.database,
  user: system.user,
  orderState: 'quotation',
  freightProduct: 'FRAKT',
  feeProduct: '',
};
const at = new Date().toISOString();
const scenes: Scene[] = [];

/** Without the password and the session that it was traded for. */
function recordedCall({ request, response, status }: SeenCall): RecordedCall {
  const { method, params } = request as { method: string; params: unknown[] };
  const body = response as { id: number; error?: unknown };
  if (method !== 'common.db.login') return { method, params, status: status ?? 0, answer: body };
  return {
    method,
    params: [params[0], { password: 'password' }, params[2]],
    status: status ?? 0,
    answer: { id: 1, result: [1, 'session'] },
  };
}

async function scene<T = can.DocumentRef>(
  name: string,
  use: AnyCapability | 'ping',
  input: unknown = null,
  options: { reference?: string; lookup?: boolean } = {},
): Promise<T> {
  const { reference = REFERENCE, lookup = false } = options;
  const session: ConnectorSession = openConnector(tryton, {
    connection: CONNECTION,
    settings: { ...settings, url: system.origin },
    secrets: { password: system.password },
    now: () => Date.parse(at),
  });
  const work = (): Promise<unknown> => {
    if (use === 'ping') return tryton.ping(session.session);
    return lookup ? session.lookUp(use, input, { reference }) : session.use(use, input, { reference });
  };
  const outcome = await work().then(
    (answer) => ({ answer }),
    (error: unknown) => {
      if (error instanceof FlowError) return { error: error.code };
      throw error;
    },
  );
  scenes.push({
    name,
    use: use === 'ping' ? use : `${lookup ? 'lookup:' : ''}${use.name}`,
    input,
    reference,
    outcome: JSON.parse(JSON.stringify(outcome).replaceAll(new URL(system.origin).host, SYSTEM)) as Scene['outcome'],
    notes: session.notes,
    calls: session.calls.map(recordedCall),
  });
  process.stdout.write(`${name}: ${JSON.stringify(outcome).slice(0, 150)}\n`);
  return ('answer' in outcome ? outcome.answer : undefined) as T;
}

const elsewhere = (id: string) => ({ connection: 'shop', id });
const here = (id: string) => ({ connection: CONNECTION, id });
const place: Address = { street: 'Åsögatan 12 B', postalCode: '118 29', city: 'Malmö', country: 'SE' };
const buyer = {
  source: elsewhere('k1'),
  kind: 'private' as const,
  name: 'Åsa Öberg 🌲',
  email: 'asa@example.se',
  phone: '070-174 06 11',
  billing: place,
  shipping: { ...place, street: 'Lagergränd 3' },
};

try {
  await scene('whose account it is', 'ping');

  const person = await scene('a person becomes a party', can.customersCreate, { customer: buyer });
  await scene('a party is found again by our reference', can.customersCreate, { customer: buyer }, { lookup: true });
  await scene(
    'no party carries another reference',
    can.customersCreate,
    { customer: buyer },
    { lookup: true, reference: 'x' },
  );
  const company = {
    ...buyer,
    source: elsewhere('k2'),
    kind: 'company' as const,
    name: 'Ärlig & Söner AB',
    email: 'order@arlig.example.se',
    organisationNumber: '556677-8899',
    vatNumber: 'SE556677889901',
    billing: { ...place, company: 'Ärlig & Söner AB', country: 'IS' },
  };
  const firm = await scene(
    'a company from a country Tryton lacks',
    can.customersCreate,
    { customer: company },
    { reference: 'firm' },
  );
  await scene('a party is read', can.customersGet, { id: firm.id });
  await scene('a party that is not there', can.customersGet, { id: '99999' });
  for (const [by, value] of Object.entries({
    number: firm.number,
    email: 'ORDER@arlig.example.se',
    organisationNumber: '5566778899',
  }))
    await scene(`a party by its ${by}`, can.customersFind, { by, value });
  const moved = { ...company, billing: { ...place, city: 'Östersund' }, email: 'ny@arlig.example.se' };
  await scene('a party is changed', can.customersUpdate, { id: firm.id, customer: moved, revision: '2' });
  await scene('parties changed since', can.customersList, { changedSince: at });

  const goods = {
    source: elsewhere('p1'),
    sku: 'SKRUV',
    name: 'Skruv “M4” 🔩',
    kind: 'simple' as const,
    active: true,
    description: 'Två\nrader',
    price: '125',
    priceIncludesTax: true,
    currency: 'SEK',
    taxRate: 2500,
    stockTracked: true,
  };
  const screw = await scene('a product is made', can.productsCreate, { product: goods });
  await scene('a product that stands is not made again', can.productsCreate, { product: goods });
  await scene('another product has the code', can.productsCreate, { product: { ...goods, name: 'Spik' } });
  await scene('a product is found by its code', can.productsCreate, { product: goods }, { lookup: true });
  await scene('a rate that Tryton has no category for', can.productsCreate, {
    product: { ...goods, sku: 'B', taxRate: 1900 },
  });
  await scene('a product is read', can.productsGet, { id: screw.id });
  await scene('a product by its SKU', can.productsFind, { sku: 'SKRUV' });
  await scene('a product is changed', can.productsUpdate, {
    id: screw.id,
    product: { ...goods, name: 'Skruv M4', active: true },
    revision: '2',
  });
  await scene('products changed since', can.productsList, { changedSince: at });
  const level = { source: elsewhere('p1'), sku: 'SKRUV', onHand: '50' };
  await scene('a balance is set', can.stockSet, { level, figure: 'onHand', revision: '1' });
  await scene('a balance of what is not there', can.stockSet, { level: { ...level, sku: 'NIX' }, revision: '1' });
  await scene('a balance is found', can.stockFind, { sku: 'SKRUV' });
  await scene('all balances', can.stockList, {});
  await scene('balances changed since', can.stockList, { changedSince: at });
  const lists = await scene<{ items: { code: string }[] }>('price lists', can.priceListsList, {});
  const list = lists.items[0]?.code ?? '';
  const price = { source: elsewhere('p1'), sku: 'SKRUV', price: '150', includesTax: true, currency: 'SEK' };
  await scene('a product’s own price is set', can.pricesSet, { price, revision: '1' });
  await scene('a price of a list is set', can.pricesSet, {
    price: { ...price, price: '90', priceList: list, fromQuantity: '5' },
    revision: '1',
  });
  await scene('a price of a list is set again', can.pricesSet, {
    price: { ...price, price: '95', priceList: list, fromQuantity: '5' },
    revision: '2',
  });
  await scene('a price that ends some day', can.pricesSet, { price: { ...price, until: '2027-01-01' }, revision: '3' });
  await scene('all prices', can.pricesList, {});
  await scene('prices of a list', can.pricesList, { priceList: list });
  await scene('prices of a list that is not there', can.pricesList, { priceList: '99' });

  const line = (gross: number, quantity: string) => ({
    id: '1',
    sku: 'SKRUV',
    kind: 'simple' as const,
    name: 'Skruv, förzinkad',
    quantity,
    unitPrice: '1',
    discount: money(0, 'SEK'),
    taxRate: 2500,
    total: splitGross(money(gross, 'SEK'), 2500),
  });
  const freight = { id: 'f', name: 'PostNord', taxRate: 2500, total: splitGross(money(4900, 'SEK'), 2500) };
  const orderOf = (id: string, lines: Order['lines']): Order => ({
    source: elsewhere(id),
    number: id,
    placedAt: at,
    currency: 'SEK',
    status: { order: 'processing', payment: 'paid', fulfilment: 'unfulfilled', invoice: 'unknown' },
    customer: buyer,
    billing: place,
    shipping: { ...buyer.shipping, street: 'Nya gatan 9' },
    lines,
    freight: [freight],
    fees: [],
    discounts: [],
    payments: [],
    shipments: [],
    totals: sumTaxed(
      [...lines, freight].map((one) => one.total),
      'SEK',
    ),
    pricesIncludeTax: true,
    note: 'Ställ vid dörren 🚪',
    invoiceNumbers: [],
  });
  const customer = { customerNumber: person.number, customerId: person.id };
  const draft = { order: orderOf('1042', [line(10_001, '3'), line(1503, '997')]), ...customer };
  const made = await scene('an order with rounding becomes a quotation', can.ordersCreate, draft);
  await scene('an order is found again by our reference', can.ordersCreate, draft, { lookup: true });
  await scene('no order carries another reference', can.ordersCreate, draft, { lookup: true, reference: 'x' });
  await scene('an order of an article Tryton lacks', can.ordersCreate, {
    ...draft,
    order: orderOf('1043', [{ ...line(100, '1'), sku: 'NIX' }]),
  });
  await scene('an order is read', can.ordersGet, { id: made.id });
  await scene('an order by its number', can.ordersFind, { by: 'number', value: made.number });
  await scene('an order is changed', can.ordersUpdate, {
    ...draft,
    order: orderOf('1042', [line(9999, '2')]),
    id: made.id,
    revision: '2',
  });
  const note = { order: here(made.id), text: 'Kunden ringde', toCustomer: false, revision: '1' };
  await scene('a note is added', can.ordersAddNote, note);
  await scene('a note is found again', can.ordersAddNote, note, { lookup: true });
  const action = (name: string, more: object = {}) => ({ order: here(made.id), action: name, revision: name, ...more });
  await scene('an order cannot be put on hold', can.ordersSetStatus, action('on-hold'));
  const tracking = { number: 'PN 0123 ÅÄÖ', carrier: 'PostNord', url: 'https://example.se/?n=1' };
  await scene('an order is delivered, warnings answered', can.ordersSetStatus, action('delivered', { tracking }));
  await scene('an order delivered twice', can.ordersSetStatus, action('delivered', { tracking }));
  await scene('an order under way cannot be changed', can.ordersUpdate, { ...draft, id: made.id, revision: '3' });
  const invoice = await scene('an order is invoiced', can.invoicesCreate, { order: here(made.id) });
  await scene('an order invoiced already', can.invoicesCreate, { order: here(made.id) });
  await scene('an invoiced order is so', can.ordersSetStatus, action('invoiced'));
  await scene('an order delivered and invoiced is read', can.ordersGet, { id: made.id });
  await scene('an invoice is read', can.invoicesGet, { id: invoice.id });
  await scene('invoices changed since', can.invoicesList, { changedSince: at });
  await scene('shipments of an order', can.shipmentsGet, { order: made.id });
  await scene('shipments changed since', can.shipmentsList, { changedSince: at });
  await scene('orders that are delivered', can.ordersList, { changedSince: at, status: 'delivered' });
  const other = { ...draft, order: orderOf('1044', [line(12_500, '1')]) };
  const second = await scene('another order', can.ordersCreate, other, { reference: 'other' });
  await scene('an order is cancelled', can.ordersSetStatus, {
    order: here(second.id),
    action: 'cancelled',
    revision: '1',
  });
  await scene('orders by a page of all', can.ordersList, {});
} finally {
  await system.close();
}

const file = path.resolve(import.meta.dirname, '../../../nodes/connectors/tryton/fixtures/conversations.json');
const lines = scenes.map((one) => JSON.stringify(one)).join(',\n');
const head = JSON.stringify({ connection: CONNECTION, at, settings }).slice(0, -1);
await writeFile(file, `${head},"scenes":[\n${lines}\n]}\n`);
process.stdout.write(`${scenes.length} scenes in ${file}\n`);
