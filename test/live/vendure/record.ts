import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Address } from '#nodes/commerce/model.ts';
import { vendure } from '#nodes/connectors/vendure/connector.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { FlowError } from '#runtime/error.ts';
import { openConnector, type SeenCall } from '../../support/connector-session.ts';
import { GRAPHQL, type RecordedCall, type Scene, SYSTEM } from '../../support/conversation.ts';
import { startSystem } from './start.ts';

/**
 * Makes nodes/connectors/vendure/fixtures/conversations.json anew: what a real Vendure answers to every offer of the connector.
 * Run by hand when the connector asks otherwise: node test/live/vendure/record.ts
 */
const CONNECTION = 'shop';
const REFERENCE = 'abcdefghijklmnopqrstuvwx';

const live = await startSystem(process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live'));
const settings = { organisationNumberField: 'organisationNumber', vatNumberField: 'vatNumber', listLimit: 30 };
const at = new Date().toISOString();
const scenes: Scene[] = [];

/** Without the password. */
function recordedCall({ request, response, status = 0 }: SeenCall): RecordedCall {
  const { method, params } = GRAPHQL.askedBy(request);
  const signsIn = method.startsWith('mutation login');
  return {
    method,
    params: signsIn ? { ...(params as object), password: 'password' } : params,
    status,
    answer: response,
  };
}

async function scene<T = can.DocumentRef>(
  name: string,
  use: AnyCapability | 'ping',
  input: unknown = null,
  options: { reference?: string; lookup?: boolean } = {},
): Promise<T> {
  const { reference = REFERENCE, lookup = false } = options;
  const session = openConnector(vendure, {
    connection: CONNECTION,
    settings: { ...settings, url: live.api },
    secrets: live.secrets,
    now: () => Date.parse(at),
  });
  const work = (): Promise<unknown> => {
    if (use === 'ping') return vendure.ping(session.session);
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
    outcome: JSON.parse(JSON.stringify(outcome).replaceAll(new URL(live.api).host, SYSTEM)) as Scene['outcome'],
    notes: session.notes,
    calls: session.calls.map(recordedCall),
  });
  process.stdout.write(`${name}: ${JSON.stringify(outcome).slice(0, 150)}\n`);
  return ('answer' in outcome ? outcome.answer : undefined) as T;
}

const elsewhere = (id: string) => ({ connection: 'erp', id });
const place: Address = {
  firstName: 'Åsa',
  lastName: 'Öberg',
  street: 'Åsögatan 12 B',
  postalCode: '118 29',
  city: 'Malmö',
  country: 'SE',
};
const buyer = {
  source: elsewhere('k1'),
  kind: 'private' as const,
  name: 'Åsa Öberg',
  firstName: 'Åsa',
  lastName: 'Öberg',
  email: 'asa@example.se',
  phone: '070-174 06 11',
  billing: place,
  shipping: { ...place, street: 'Lagergränd 3' },
};

async function people(): Promise<void> {
  const person = await scene('a person becomes a customer', can.customersCreate, { customer: buyer });
  await scene('a customer is found again', can.customersCreate, { customer: buyer }, { lookup: true });
  await scene('a try that got half way goes on', can.customersCreate, { customer: buyer });
  const namesake = { ...buyer, firstName: 'Bo' };
  await scene('the e-mail is somebody else’s', can.customersCreate, { customer: namesake });
  await scene(
    'the e-mail is somebody else’s, seen afterwards',
    can.customersCreate,
    { customer: namesake },
    { lookup: true },
  );
  const company = {
    ...buyer,
    kind: 'company' as const,
    name: 'Ärlig & Söner AB',
    email: 'order@arlig.example.se',
    organisationNumber: '556677-8899',
    vatNumber: 'SE556677889901',
    billing: { ...place, company: 'Ärlig & Söner AB' },
  };
  const firm = await scene('a company becomes a customer', can.customersCreate, { customer: company });
  await scene('a customer is read', can.customersGet, { id: firm.id });
  await scene('a customer that is not there', can.customersGet, { id: '99999' });
  for (const [by, value] of Object.entries({
    number: '1',
    email: 'ORDER@arlig.example.se',
    organisationNumber: '5566778899',
  }))
    await scene(`a customer by its ${by}`, can.customersFind, { by, value });
  const moved = { ...company, billing: { ...company.billing, city: 'Östersund' } };
  await scene('a customer is changed', can.customersUpdate, { id: firm.id, customer: moved, revision: '2' });
  await scene('a customer without e-mail', can.customersCreate, { customer: { ...buyer, email: undefined } });
  await scene('customers changed since', can.customersList, { changedSince: at });
  await scene('a customer by id', can.customersGet, { id: person.id });
}

async function goods(): Promise<void> {
  const product = {
    source: elsewhere('p1'),
    sku: 'SKRUV',
    name: 'Skruv “M4” 🔩',
    kind: 'simple' as const,
    active: true,
    description: 'Två\nrader',
    price: '125',
    priceIncludesTax: false,
    currency: 'SEK',
    taxRate: 600,
    stockTracked: true,
  };
  const screw = await scene('a product is made', can.productsCreate, { product });
  await scene('a product is found again by our reference', can.productsCreate, { product }, { lookup: true });
  await scene('a product made by an earlier try is not made again', can.productsCreate, { product });
  await scene('another product has the SKU', can.productsCreate, { product }, { reference: 'x'.repeat(24) });
  await scene(
    'no product carries another reference',
    can.productsCreate,
    { product },
    { reference: 'y', lookup: true },
  );
  const foreign = { ...product, sku: 'B', taxRate: 1900 };
  await scene('a rate that the shop has no category for', can.productsCreate, { product: foreign }, { reference: 'b' });
  const dear = { ...product, sku: 'C', currency: 'NOK' };
  await scene('a currency that is not the channel’s', can.productsCreate, { product: dear }, { reference: 'c' });
  await scene('a product is read', can.productsGet, { id: screw.id });
  await scene('a product by its SKU', can.productsFind, { sku: 'SKRUV' });
  const changed = { ...product, name: 'Skruv M4', price: '130', active: false };
  await scene('a product is changed', can.productsUpdate, { id: screw.id, product: changed, revision: '2' });
  await scene('products changed since', can.productsList, { changedSince: at });
  const level = { source: elsewhere('p1'), sku: 'SKRUV', onHand: '50', available: '48.9' };
  await scene('a balance is set', can.stockSet, { level, figure: 'available', revision: '1' });
  await scene('a balance of what is not there', can.stockSet, { level: { ...level, sku: 'NIX' }, revision: '1' });
  await scene('a balance is found', can.stockFind, { sku: 'SKRUV' });
  await scene('balances changed since', can.stockList, { changedSince: at });
  const price = { source: elsewhere('p1'), sku: 'SKRUV', price: '150', includesTax: false, currency: 'SEK' };
  await scene('a price is set', can.pricesSet, { price, revision: '1' });
  await scene('a price of a list', can.pricesSet, { price: { ...price, priceList: 'A' }, revision: '1' });
  await scene('a price by quantity', can.pricesSet, { price: { ...price, fromQuantity: '5' }, revision: '1' });
  await scene('all prices', can.pricesList, {});
}

async function orders(): Promise<void> {
  const { shop } = live;
  await shop.makeProduct({
    source: elsewhere('p2'),
    sku: 'KOPP',
    name: 'Kaffekopp',
    kind: 'simple',
    active: true,
    price: '79',
    taxRate: 2500,
  });
  const place3 = (email: string) =>
    shop.placeOrder({ lines: [{ sku: 'KOPP', quantity: 3 }], buyer: { ...buyer, email }, freight: '49' });
  const { id, code } = await place3('k1@example.se');
  const of = (order: string) => ({ connection: CONNECTION, id: order });
  const action = (order: string, name: string, more: object = {}) => ({
    order: of(order),
    action: name,
    revision: name,
    ...more,
  });
  await scene('an order is read', can.ordersGet, { id });
  await scene('an order that is not there', can.ordersGet, { id: '99999' });
  await scene('an order by its number', can.ordersFind, { by: 'number', value: code });
  await scene('an order by a reference', can.ordersFind, { by: 'reference', value: REFERENCE });
  const note = { order: of(id), text: 'Order 4711 & “mer” 🚂', toCustomer: false, revision: '1' };
  await scene('a note is added', can.ordersAddNote, note);
  await scene('a note is found again', can.ordersAddNote, note, { lookup: true });
  await scene('a note to nothing', can.ordersAddNote, { ...note, order: of('99999') });
  await scene('an order cannot be put on hold', can.ordersSetStatus, action(id, 'on-hold'));
  await scene('an order is paid', can.ordersSetStatus, action(id, 'paid'));
  const tracking = { number: 'PN 0123 ÅÄÖ', carrier: 'PostNord', url: 'https://example.se/?n=1' };
  await scene('it is not delivered yet', can.ordersSetStatus, action(id, 'delivered', { tracking }), { lookup: true });
  await scene('an order is delivered', can.ordersSetStatus, action(id, 'delivered', { tracking }));
  await scene('an order is delivered twice', can.ordersSetStatus, action(id, 'delivered', { tracking }));
  await scene('it is delivered', can.ordersSetStatus, action(id, 'delivered', { tracking }), { lookup: true });
  await scene('an order delivered cannot be shipped', can.ordersSetStatus, action(id, 'paid', { native: 'Shipped' }));
  await scene('shipments of an order', can.shipmentsGet, { order: id });
  await scene('shipments changed since', can.shipmentsList, { changedSince: at });
  const second = await place3('k2@example.se');
  await scene('an order is completed, its payment drawn', can.ordersSetStatus, action(second.id, 'completed'));
  const third = await place3('k3@example.se');
  await scene('an order is cancelled', can.ordersSetStatus, action(third.id, 'cancelled'));
  await scene('orders that are cancelled', can.ordersList, { changedSince: at, status: 'cancelled' });
  await scene('orders by a page of all', can.ordersList, {});
}

try {
  await scene('whose account it is', 'ping');
  await people();
  await goods();
  await orders();
} finally {
  await live.close();
}

const file = path.resolve(import.meta.dirname, '../../../nodes/connectors/vendure/fixtures/conversations.json');
const lines = scenes.map((one) => JSON.stringify(one)).join(',\n');
const head = JSON.stringify({ connection: CONNECTION, at, settings }).slice(0, -1);
await writeFile(file, `${head},"scenes":[\n${lines}\n]}\n`);
process.stdout.write(`${scenes.length} scenes in ${file}\n`);
