import type { Request, Response, Router } from 'express';
import { erpError } from './erp-error.ts';
import { type Document, orderFields, readDocument } from './erp-fields.ts';
import type { ErpInvoice, ErpOrder, Kept } from './erp-model.ts';
import { composeInvoice, composeOrder } from './erp-order.ts';
import { erpFilter, erpPage, fieldsOf, type Query, readQuery } from './erp-query.ts';
import type { ErpState } from './erp-state.ts';
import type { OperationClass } from './fault.ts';
import type { Reply, Stage } from './reply.ts';
import type { Veil } from './veil.ts';

export const erpResources = [
  'customers',
  'articles',
  'orders',
  'invoices',
  'pricelists',
  'prices',
  'costcenters',
  'settings',
] as const;
type ErpResource = (typeof erpResources)[number];

/** Everything a route needs. */
export interface ErpDesk {
  state: ErpState;
  stage: Stage;
  veil: Veil;
  clock: () => number;
}

export type ErpRoute = (
  method: 'get' | 'post' | 'put' | 'delete',
  path: string,
  resource: ErpResource,
  operation: OperationClass,
  handler: (req: Request) => Reply,
) => void;

export function erpRouteOn(router: Router, stage: Stage): ErpRoute {
  return (method, path, resource, operation, handler) =>
    router[method](path, (req: Request, res: Response) =>
      stage.perform(req, res, resource, operation, () => handler(req)),
    );
}

/** A document with the address Fortnox puts first. */
export function located(req: Request, path: string, document: Document): Document {
  return { '@url': `${req.protocol}://${req.host}${req.baseUrl}/${path}`, ...document };
}

export function paramOf(req: Request, name: string): string {
  return String(req.params[name]);
}

/** What can be done with orders, for the API and the page alike. */
export interface ErpActions {
  createOrder(given: Document): Kept<ErpOrder>;
  changeOrder(number: string, given: Document): Kept<ErpOrder>;
  cancelOrder(number: string): Kept<ErpOrder>;
  /** Makes the invoice and takes the goods from stock. */
  invoiceOrder(number: string): Kept<ErpInvoice>;
  order(number: string): Kept<ErpOrder>;
}

export function createErpActions({ state, veil, clock }: Pick<ErpDesk, 'state' | 'veil' | 'clock'>): ErpActions {
  const orderOf = (number: string) => {
    const kept = state.orders.get(number);
    if (kept === undefined) throw erpError('notFound', number);
    return kept;
  };
  const open = (number: string) => {
    const kept = orderOf(number);
    if (kept.document.Cancelled) throw erpError('refused', `order ${number} är makulerad`);
    if (kept.document.InvoiceReference !== '0') throw erpError('refused', `order ${number} är fakturerad`);
    return kept;
  };
  const keep = (before: Kept<ErpOrder>, document: ErpOrder) => {
    const kept = { document, createdAt: before.createdAt, modifiedAt: clock() };
    state.orders.put(document.DocumentNumber, kept);
    return kept;
  };
  return {
    order: orderOf,
    createOrder(given) {
      const now = clock();
      const kept = { document: composeOrder(state, given, undefined, now), createdAt: now, modifiedAt: now };
      veil.cover(`order ${kept.document.DocumentNumber}`);
      state.orders.put(kept.document.DocumentNumber, kept);
      return kept;
    },
    changeOrder(number, given) {
      const before = open(number);
      return keep(before, composeOrder(state, given, before.document, clock()));
    },
    cancelOrder(number) {
      const before = open(number);
      return keep(before, { ...before.document, Cancelled: true });
    },
    invoiceOrder(number) {
      const before = open(number);
      const now = clock();
      const invoice: Kept<ErpInvoice> = {
        document: composeInvoice(state, before.document, now),
        createdAt: now,
        modifiedAt: now,
      };
      state.invoices.put(invoice.document.DocumentNumber, invoice);
      keep(before, { ...before.document, InvoiceReference: invoice.document.DocumentNumber });
      for (const row of before.document.OrderRows) {
        const article = state.articles.get(row.ArticleNumber ?? '');
        if (article?.document.StockGoods !== true) continue;
        const QuantityInStock = article.document.QuantityInStock - Number(row.DeliveredQuantity);
        const document = { ...article.document, QuantityInStock };
        state.articles.put(document.ArticleNumber, { ...article, document, modifiedAt: now });
      }
      return invoice;
    },
  };
}

const orderListFields = `Cancelled Currency CustomerName CustomerNumber DeliveryDate DocumentNumber
 ExternalInvoiceReference1 ExternalInvoiceReference2 OrderDate OrderType Project Sent Total`.split(/\s+/);

const orderFilters = {
  same: {
    customernumber: 'CustomerNumber',
    documentnumber: 'DocumentNumber',
    externalinvoicereference1: 'ExternalInvoiceReference1',
    externalinvoicereference2: 'ExternalInvoiceReference2',
    costcenter: 'CostCenter',
    project: 'Project',
    ordertype: 'OrderType',
    sent: 'Sent',
    notcompleted: 'NotCompleted',
  },
  part: { customername: 'CustomerName', ourreference: 'OurReference', yourreference: 'YourReference' },
};
const orderQuery = [
  ...Object.keys(orderFilters.same),
  ...Object.keys(orderFilters.part),
  'filter',
  'fromdate',
  'todate',
  'lastmodified',
  'label',
];
const orderSort = {
  customername: 'CustomerName',
  customernumber: 'CustomerNumber',
  orderdate: 'OrderDate',
  documentnumber: 'DocumentNumber',
  total: 'Total',
};

/** `expired`: the delivery date has passed and the order is neither invoiced nor cancelled. */
function orderState(query: Query, today: string): (order: ErpOrder) => boolean {
  const invoiced = (order: ErpOrder) => order.InvoiceReference !== '0';
  switch (query['filter']) {
    case undefined:
      return () => true;
    case 'cancelled':
      return (order) => order.Cancelled;
    case 'invoicecreated':
      return invoiced;
    case 'invoicenotcreated':
      return (order) => !invoiced(order) && !order.Cancelled;
    case 'expired':
      return (order) => !invoiced(order) && !order.Cancelled && String(order['DeliveryDate'] ?? today) < today;
    default:
      throw erpError('parameter', `filter: ${query['filter']}`);
  }
}

export function erpOrderRoutes(route: ErpRoute, { state, veil, clock }: ErpDesk, actions: ErpActions): void {
  const wrapped = (req: Request, status: number, { document }: Kept<ErpOrder>): Reply => ({
    status,
    body: { Order: located(req, `orders/${document.DocumentNumber}`, document) },
  });
  route('get', '/orders', 'orders', 'list', (req) => {
    const query = readQuery(req, orderQuery);
    const fits = erpFilter(query, orderFilters);
    const inState = orderState(query, new Date(clock()).toISOString().slice(0, 10));
    const label = query['label'];
    const reference = query['externalinvoicereference1'];
    const candidates =
      reference === undefined || reference === '' ? state.orders.values() : state.ordersByReference(reference);
    const found: Document[] = [];
    for (const kept of candidates) {
      const order = kept.document;
      if (!fits(kept) || !inState(order) || veil.hides(`order ${order.DocumentNumber}`)) continue;
      if (order.OrderDate < (query['fromdate'] ?? '') || order.OrderDate > (query['todate'] ?? '9999')) continue;
      const labels = (order['Labels'] ?? []) as { Id?: number }[];
      if (label !== undefined && !labels.some((one) => String(one.Id) === label)) continue;
      found.push(order);
    }
    return erpPage(found, query, 'Orders', orderSort, (order) =>
      located(req, `orders/${order['DocumentNumber']}`, fieldsOf(order, orderListFields)),
    );
  });
  route('post', '/orders', 'orders', 'create', (req) =>
    wrapped(req, 201, actions.createOrder(readDocument(req.body, 'Order', orderFields))),
  );
  route('get', '/orders/:number', 'orders', 'read', (req) => wrapped(req, 200, actions.order(paramOf(req, 'number'))));
  route('put', '/orders/:number', 'orders', 'update', (req) => {
    actions.order(paramOf(req, 'number'));
    const given = readDocument(req.body, 'Order', orderFields);
    return wrapped(req, 200, actions.changeOrder(paramOf(req, 'number'), given));
  });
  route('put', '/orders/:number/cancel', 'orders', 'update', (req) =>
    wrapped(req, 200, actions.cancelOrder(paramOf(req, 'number'))),
  );
  route('put', '/orders/:number/createinvoice', 'orders', 'update', (req) => {
    const { document } = actions.invoiceOrder(paramOf(req, 'number'));
    return { status: 200, body: { Invoice: located(req, `invoices/${document.DocumentNumber}`, document) } };
  });
}

const invoiceListFields = `Balance Booked Cancelled CostCenter Currency CurrencyRate CurrencyUnit CustomerName
 CustomerNumber DocumentNumber DueDate ExternalInvoiceReference1 ExternalInvoiceReference2 InvoiceDate InvoiceType
 Project Sent TermsOfPayment Total WayOfDelivery`.split(/\s+/);

const invoiceFilters = {
  same: {
    customernumber: 'CustomerNumber',
    documentnumber: 'DocumentNumber',
    externalinvoicereference1: 'ExternalInvoiceReference1',
    externalinvoicereference2: 'ExternalInvoiceReference2',
    costcenter: 'CostCenter',
    project: 'Project',
    currency: 'Currency',
    invoicetype: 'InvoiceType',
    yourordernumber: 'YourOrderNumber',
    sent: 'Sent',
    notcompleted: 'NotCompleted',
  },
  part: { customername: 'CustomerName', ourreference: 'OurReference', yourreference: 'YourReference' },
};
const invoiceSort = {
  customername: 'CustomerName',
  customernumber: 'CustomerNumber',
  documentnumber: 'DocumentNumber',
  invoicedate: 'InvoiceDate',
  total: 'Total',
};
const invoiceQuery = [
  ...Object.keys(invoiceFilters.same),
  ...Object.keys(invoiceFilters.part),
  'filter',
  'fromdate',
  'todate',
  'lastmodified',
];

function invoiceState(query: Query, today: string): (invoice: ErpInvoice) => boolean {
  switch (query['filter']) {
    case undefined:
      return () => true;
    case 'cancelled':
      return (invoice) => invoice.Cancelled;
    case 'fullypaid':
      return (invoice) => invoice.Balance === 0;
    case 'unpaid':
      return (invoice) => invoice.Balance !== 0 && !invoice.Cancelled;
    case 'unpaidoverdue':
      return (invoice) => invoice.Balance !== 0 && !invoice.Cancelled && String(invoice['DueDate']) < today;
    case 'unbooked':
      return (invoice) => invoice['Booked'] === false && !invoice.Cancelled;
    default:
      throw erpError('parameter', `filter: ${query['filter']}`);
  }
}

export function erpInvoiceRoutes(route: ErpRoute, { state, clock }: ErpDesk): void {
  route('get', '/invoices', 'invoices', 'list', (req) => {
    const query = readQuery(req, invoiceQuery);
    const fits = erpFilter(query, invoiceFilters);
    const inState = invoiceState(query, new Date(clock()).toISOString().slice(0, 10));
    const found: Document[] = [];
    for (const kept of state.invoices.values()) {
      const { InvoiceDate: date } = kept.document;
      if (!fits(kept) || !inState(kept.document)) continue;
      if (date >= (query['fromdate'] ?? '') && date <= (query['todate'] ?? '9999')) found.push(kept.document);
    }
    return erpPage(found, query, 'Invoices', invoiceSort, (invoice) =>
      located(req, `invoices/${invoice['DocumentNumber']}`, fieldsOf(invoice, invoiceListFields)),
    );
  });
  route('get', '/invoices/:number', 'invoices', 'read', (req) => {
    const number = paramOf(req, 'number');
    const invoice = state.invoices.get(number)?.document;
    if (invoice === undefined) throw erpError('notFound', number);
    return { status: 200, body: { Invoice: located(req, `invoices/${number}`, invoice) } };
  });
}
