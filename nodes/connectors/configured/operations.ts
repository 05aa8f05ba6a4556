import { z } from 'zod';
import type { AnyCapability, Entity } from '#runtime/capability.ts';
import type { Sentence } from '#runtime/error.ts';
import { label, options } from '#runtime/node.ts';
import * as can from '../../commerce/capabilities.ts';
import { OrderAction } from '../../commerce/status.ts';
import { Paging } from './paging.ts';
import { Template, template } from './template.ts';

export type RecordName = 'order' | 'customer' | 'product' | 'stock' | 'priceList' | 'price' | 'invoice' | 'shipment';

/** What a capability asks of a request: a page of records, one, all that fit a key, all of an order, a new document, or a change. */
export interface Operation {
  readonly capability: AnyCapability;
  readonly kind: 'list' | 'get' | 'find' | 'all' | 'document' | 'change';
  readonly record: RecordName;
  /** Keys of a `find` that has a request for each. */
  readonly keys?: readonly string[];
  /** The method of a write that says none. */
  readonly method?: 'POST' | 'PUT';
  readonly title: Sentence;
}

const operation = (
  capability: AnyCapability,
  kind: Operation['kind'],
  record: RecordName,
  en: string,
  sv: string,
  more: Pick<Operation, 'keys' | 'method'> = {},
): Operation => ({ capability, kind, record, title: { en, sv }, ...more });

/** Every capability that a request of the settings can stand for. */
export const operations: readonly Operation[] = [
  operation(can.ordersList, 'list', 'order', 'Orders: list', 'Ordrar: lista'),
  operation(can.ordersGet, 'get', 'order', 'Orders: get one', 'Ordrar: hämta en'),
  operation(can.ordersFind, 'find', 'order', 'Orders: find', 'Ordrar: sök', { keys: ['reference', 'number'] }),
  operation(can.ordersCreate, 'document', 'order', 'Orders: create', 'Ordrar: skapa', { method: 'POST' }),
  operation(can.ordersUpdate, 'document', 'order', 'Orders: change', 'Ordrar: ändra', { method: 'PUT' }),
  operation(can.ordersSetStatus, 'change', 'order', 'Orders: set status', 'Ordrar: sätt status', { method: 'PUT' }),
  operation(can.ordersAddNote, 'change', 'order', 'Orders: add a note', 'Ordrar: lägg till anteckning', {
    method: 'POST',
  }),
  operation(can.customersList, 'list', 'customer', 'Customers: list', 'Kunder: lista'),
  operation(can.customersGet, 'get', 'customer', 'Customers: get one', 'Kunder: hämta en'),
  operation(can.customersFind, 'find', 'customer', 'Customers: find', 'Kunder: sök', { keys: can.CustomerKey.options }),
  operation(can.customersCreate, 'document', 'customer', 'Customers: create', 'Kunder: skapa', { method: 'POST' }),
  operation(can.customersUpdate, 'document', 'customer', 'Customers: change', 'Kunder: ändra', { method: 'PUT' }),
  operation(can.productsList, 'list', 'product', 'Products: list', 'Artiklar: lista'),
  operation(can.productsGet, 'get', 'product', 'Products: get one', 'Artiklar: hämta en'),
  operation(can.productsFind, 'find', 'product', 'Products: find by SKU', 'Artiklar: sök på artikelnummer'),
  operation(can.productsCreate, 'document', 'product', 'Products: create', 'Artiklar: skapa', { method: 'POST' }),
  operation(can.productsUpdate, 'document', 'product', 'Products: change', 'Artiklar: ändra', { method: 'PUT' }),
  operation(can.stockList, 'list', 'stock', 'Stock: list', 'Lager: lista'),
  operation(can.stockFind, 'find', 'stock', 'Stock: find by SKU', 'Lager: sök på artikelnummer'),
  operation(can.stockSet, 'change', 'stock', 'Stock: set', 'Lager: sätt saldo', { method: 'PUT' }),
  operation(can.priceListsList, 'list', 'priceList', 'Price lists: list', 'Prislistor: lista'),
  operation(can.pricesList, 'list', 'price', 'Prices: list', 'Priser: lista'),
  operation(can.pricesSet, 'change', 'price', 'Prices: set', 'Priser: sätt', { method: 'PUT' }),
  operation(can.invoicesList, 'list', 'invoice', 'Invoices: list', 'Fakturor: lista'),
  operation(can.invoicesGet, 'get', 'invoice', 'Invoices: get one', 'Fakturor: hämta en'),
  operation(can.invoicesCreate, 'document', 'invoice', 'Invoices: create', 'Fakturor: skapa', { method: 'POST' }),
  operation(can.shipmentsList, 'list', 'shipment', 'Deliveries: list', 'Leveranser: lista'),
  operation(can.shipmentsGet, 'all', 'shipment', 'Deliveries of an order', 'Leveranser för en order'),
];

/** Capabilities that read what a webhook brought. */
export const webhookReads: Readonly<Partial<Record<Entity, AnyCapability>>> = {
  order: can.ordersFromWebhook,
  customer: can.customersFromWebhook,
  product: can.productsFromWebhook,
};

const refused = template('What says that it was refused', 'Vad som säger att det nekades', {
  en: 'Such as {{ body.errors[0].message }}, for systems that refuse with 200: when it finds something, nothing was done.',
  sv: 'Till exempel {{ body.errors[0].message }}, för system som nekar med 200: när det hittar något gjordes inget.',
});
const listAt = template('Where the list is', 'Var listan finns', {
  en: 'Such as {{ body.orders }}; the whole answer unless told.',
  sv: 'Till exempel {{ body.orders }}; hela svaret om inget anges.',
});
const seconds = (most: number, usual: number) => z.int().min(0).max(most).default(usual);

const listFields = {
  list: listAt,
  refused,
  paging: Paging.optional().meta(
    label('Paging, over the connection’s own', 'Sidindelning, i stället för anslutningens'),
  ),
  everySeconds: z
    .int()
    .min(10)
    .max(86_400)
    .default(60)
    .meta(label('Seconds between two looks for changes', 'Sekunder mellan två sökningar efter ändringar')),
  overlapSeconds: z
    .int()
    .min(1)
    .max(604_800)
    .default(300)
    .meta(
      label('Seconds each look goes back over the last', 'Sekunder som varje sökning går tillbaka över förra', {
        en: 'For clocks that differ and changes that are committed late.',
        sv: 'För klockor som skiljer sig och ändringar som sparas sent.',
      }),
    ),
  earlierSeconds: seconds(3600, 1).meta(
    label('Seconds that {{ changedSince }} is earlier', 'Sekunder som {{ changedSince }} är tidigare', {
      en: 'For systems that compare whole seconds, or only what is later.',
      sv: 'För system som jämför hela sekunder, eller bara det som är senare.',
    }),
  ),
};

const answerFields = {
  id: template('Where the new id is', 'Var det nya id:t finns', {
    en: 'Such as {{ body.id }}.',
    sv: 'Till exempel {{ body.id }}.',
  }),
  number: template('Where its number is', 'Var dess nummer finns'),
  total: template('Where the total with tax is', 'Var summan med moms finns', {
    en: 'It is compared with the record’s own total.',
    sv: 'Den jämförs med postens egen summa.',
  }),
};

const classField = z
  .enum(['A', 'B', 'C'])
  .default('C')
  .meta({
    ...label('When an answer is lost', 'När ett svar går förlorat'),
    ...options({
      A: ['Send again: the system drops repeats', 'Skicka igen: systemet sorterar bort upprepningar'],
      B: ['Look for {{ reference }} first', 'Sök först efter {{ reference }}'],
      C: ['A person decides', 'En person avgör'],
    }),
  });

const statuses = z
  .array(
    z.strictObject({
      action: OrderAction.meta(label('Status', 'Status')),
      native: z.string().min(1).max(200).meta(label('The system’s word', 'Systemets ord')),
    }),
  )
  .max(20)
  .default([])
  .meta(
    label('The system’s word for each status: {{ status }}', 'Systemets ord för varje status: {{ status }}', {
      en: 'A status without a word cannot be set, and a step that asks for it says so.',
      sv: 'En status utan ord kan inte sättas, och ett steg som ber om den säger det.',
    }),
  );

/** The form of all requests; `request` is what a single one is made of, by REST or by GraphQL. */
export function requestForms(request: z.ZodRawShape) {
  const find = z.strictObject({ ...request, list: listAt, refused });
  const lookup = z.strictObject({
    ...request,
    list: listAt,
    refused,
    reference: Template.meta(
      label('Where the reference is on each', 'Var referensen finns på var och en', {
        en: 'Such as {{ item.external_id }}, compared with {{ reference }}.',
        sv: 'Till exempel {{ item.external_id }}, jämförs med {{ reference }}.',
      }),
    ),
    id: Template.default('{{ item.id }}').meta(label('Where its id is', 'Var dess id finns')),
    number: answerFields.number,
    total: answerFields.total,
  });
  const write = {
    ...request,
    refused,
    class: classField,
    settleSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(60)
      .meta(label('Seconds until a lost write surely shows', 'Sekunder tills en förlorad skrivning säkert syns')),
    lookup: lookup.optional().meta(label('How it is looked up', 'Hur den söks upp')),
  };
  const forms = {
    list: z.strictObject({ ...request, ...listFields }),
    get: z.strictObject({
      ...request,
      refused,
      record: template('Where the record is', 'Var posten finns', {
        en: 'Such as {{ body.order }}; the whole answer unless told.',
        sv: 'Till exempel {{ body.order }}; hela svaret om inget anges.',
      }),
    }),
    find,
    all: find,
    document: z.strictObject({ ...write, ...answerFields }),
    change: z.strictObject(write),
  };
  const formOf = ({ capability, kind, keys }: Operation): z.ZodType => {
    if (keys)
      return z.strictObject(Object.fromEntries(keys.map((key) => [key, find.optional().meta(label(key, key))])));
    if (capability === can.ordersSetStatus) return z.strictObject({ ...write, statuses });
    return capability === can.ordersAddNote ? z.strictObject({ ...write, id: answerFields.id }) : forms[kind];
  };
  return z.strictObject(
    Object.fromEntries(
      operations.map((each) => {
        const { en, sv } = each.title;
        return [each.capability.name, formOf(each).optional().meta(label(en, sv))];
      }),
    ),
  );
}

/** What the forms above give, beside what a single request is made of. */
export interface ListRequest {
  readonly list?: string;
  readonly refused?: string;
  readonly paging?: Paging;
  readonly everySeconds: number;
  readonly overlapSeconds: number;
  readonly earlierSeconds: number;
}
export interface ReadRequest {
  readonly list?: string;
  readonly record?: string;
  readonly refused?: string;
}
export interface LookupRequest extends ReadRequest {
  readonly reference: string;
  readonly id: string;
  readonly number?: string;
  readonly total?: string;
}
export interface WriteRequest<Request> {
  readonly refused?: string;
  readonly class: 'A' | 'B' | 'C';
  readonly settleSeconds: number;
  readonly lookup?: Request & LookupRequest;
  readonly id?: string;
  readonly number?: string;
  readonly total?: string;
  readonly statuses?: readonly { readonly action: OrderAction; readonly native: string }[];
}
