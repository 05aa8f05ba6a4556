import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import { parseArgs } from 'node:util';
import { Agent, request } from 'undici';
import { announce, say } from './line-out.ts';
import { practiceKeys } from './practice-keys.ts';

/**
 * What somebody would write by hand for one shop and one ERP: the demo flow's vendor calls, nothing stored, nothing retried,
 * nothing to look at afterwards. Takes the shop's webhooks at /.
 */

interface ShopLine {
  readonly sku: string;
  readonly name: string;
  readonly quantity: number;
  readonly total: string;
  readonly total_tax: string;
}
interface ShopAddress {
  readonly first_name: string;
  readonly last_name: string;
  readonly company: string;
  readonly address_1: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
  readonly email: string;
  readonly phone: string;
}
interface ShopOrder {
  readonly id: number;
  readonly number: string;
  readonly status: string;
  readonly currency: string;
  readonly date_created: string;
  readonly shipping_total: string;
  readonly shipping_tax: string;
  readonly billing: ShopAddress;
  readonly shipping: ShopAddress;
  readonly line_items: readonly ShopLine[];
  readonly meta_data: readonly { readonly key: string; readonly value: unknown }[];
}
interface ErpCustomer {
  readonly CustomerNumber: string;
}

const { values } = parseArgs({
  options: { practice: { type: 'string' }, token: { type: 'string' }, secret: { type: 'string' } },
});
const shop = `${values.practice}/practice/shop/wp-json/wc/v3`;
const erp = `${values.practice}/practice/erp/3`;
const secret = values.secret ?? '';
const agent = new Agent({ connections: 64 });
const shopSignIn = `Basic ${Buffer.from(`${practiceKeys.consumerKey}:${practiceKeys.consumerSecret}`).toString('base64')}`;
const erpSignIn = `Bearer ${values.token}`;

async function call<T>(method: 'GET' | 'POST' | 'PUT', url: string, authorization: string, body?: object): Promise<T> {
  const headers = { authorization, accept: 'application/json', 'content-type': 'application/json' };
  const answer = await request(url, { dispatcher: agent, method, headers, body: body ? JSON.stringify(body) : null });
  const text = await answer.body.text();
  if (answer.statusCode > 299) throw new Error(`${method} ${url}: ${answer.statusCode} ${text.slice(0, 200)}`);
  return JSON.parse(text) as T;
}

const address = (of: ShopAddress, prefix = '') => ({
  [`${prefix}Address1`]: of.address_1,
  [`${prefix}ZipCode`]: of.postcode,
  [`${prefix}City`]: of.city,
});
const nameOf = (of: ShopAddress): string => of.company || `${of.first_name} ${of.last_name}`;

async function findCustomer(query: string): Promise<string | undefined> {
  const url = `${erp}/customers?${query}&page=1&limit=500`;
  const { Customers } = await call<{ Customers: readonly ErpCustomer[] }>('GET', url, erpSignIn);
  const [only] = Customers;
  if (!only || Customers.length > 1) return undefined;
  const path = `${erp}/customers/${only.CustomerNumber}`;
  return (await call<{ Customer: ErpCustomer }>('GET', path, erpSignIn)).Customer.CustomerNumber;
}

async function customerOf(order: ShopOrder): Promise<string> {
  const organisation = order.meta_data.find((meta) => meta.key === '_billing_org_nr')?.value;
  const queries = [`email=${encodeURIComponent(order.billing.email)}`];
  if (typeof organisation === 'string') {
    queries.push(`organisationnumber=${organisation}`, `organisationnumber=${organisation.replace(/\D/g, '')}`);
  }
  for (const query of queries) {
    const found = await findCustomer(query);
    if (found !== undefined) return found;
  }
  const Customer = {
    Name: nameOf(order.billing),
    Type: order.billing.company ? 'COMPANY' : 'PRIVATE',
    Email: order.billing.email,
    Phone1: order.billing.phone,
    CountryCode: order.billing.country,
    ...address(order.billing),
    DeliveryName: nameOf(order.shipping),
    ...address(order.shipping, 'Delivery'),
  };
  const made = await call<{ Customer: ErpCustomer }>('POST', `${erp}/customers`, erpSignIn, { Customer });
  return made.Customer.CustomerNumber;
}

function rowOf(line: ShopLine): object {
  const net = Number(line.total);
  const gross = net + Number(line.total_tax);
  return {
    ArticleNumber: line.sku,
    Description: line.name,
    OrderedQuantity: String(line.quantity),
    Price: Math.round((gross / line.quantity) * 100) / 100,
    VAT: net === 0 ? 0 : Math.round((Number(line.total_tax) / net) * 100),
  };
}

async function transfer(order: ShopOrder): Promise<void> {
  for (const sku of new Set(order.line_items.map((line) => line.sku))) {
    await call('GET', `${erp}/articles/${encodeURIComponent(sku)}`, erpSignIn);
  }
  const Order = {
    CustomerNumber: await customerOf(order),
    CustomerName: nameOf(order.billing),
    ...address(order.billing),
    DeliveryName: nameOf(order.shipping),
    ...address(order.shipping, 'Delivery'),
    OrderDate: order.date_created.slice(0, 10),
    Currency: order.currency,
    VATIncluded: true,
    Freight: Number(order.shipping_total) + Number(order.shipping_tax),
    OrderRows: order.line_items.map(rowOf),
    YourOrderNumber: order.number,
  };
  const made = await call<{ Order: { DocumentNumber: string } }>('POST', `${erp}/orders`, erpSignIn, { Order });
  await call('PUT', `${shop}/orders/${order.id}`, shopSignIn, { status: 'completed' });
  const note = { note: `Fortnox order ${made.Order.DocumentNumber}`, customer_note: false };
  await call('POST', `${shop}/orders/${order.id}/notes`, shopSignIn, note);
}

function isSigned(incoming: IncomingMessage, body: Buffer): boolean {
  const given = Buffer.from(String(incoming.headers['x-wc-webhook-signature'] ?? ''), 'base64');
  const right = createHmac('sha256', secret).update(body).digest();
  return given.length === right.length && timingSafeEqual(given, right);
}

const seen = new Set<number>();

function take(incoming: IncomingMessage, body: Buffer): number {
  if (incoming.headers['content-type'] !== 'application/json') return 200;
  if (!isSigned(incoming, body)) return 401;
  const order = JSON.parse(body.toString()) as ShopOrder;
  if (order.status !== 'processing' || seen.has(order.id)) return 200;
  seen.add(order.id);
  transfer(order).catch((error: unknown) => say({ failed: order.id, error: String(error) }));
  return 200;
}

const server = createServer((incoming, response) => {
  const chunks: Buffer[] = [];
  incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
  incoming.on('end', () => {
    response.writeHead(take(incoming, Buffer.concat(chunks)));
    response.end();
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => announce(server));
