import { z } from 'zod';
import type { AnyCapability, Entity } from '#runtime/capability.ts';
import { type AnyOffer, type ChangeSource, offerRead, type Session, type Tailored } from '#runtime/connector.ts';
import type { Sentence } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { label } from '#runtime/node.ts';
import { type Delivery, ordersGet, productsFind, shipmentsGet } from '../../commerce/capabilities.ts';
import type { Order, Product } from '../../commerce/model.ts';
import { Currency } from '../../commerce/money.ts';
import { filled } from '../answer.ts';
import { ErrorForm, faultReader } from './fault.ts';
import { customerForm, flatForms } from './fields.ts';
import type { Writing } from './kinds.ts';
import { type AnyReader, type Ground, sender } from './listing.ts';
import {
  type ListRequest,
  operations,
  type ReadRequest,
  type RecordName,
  requestForms,
  webhookReads,
} from './operations.ts';
import { OrderForm, orderReader } from './order.ts';
import { Paging } from './paging.ts';
import { readOffer } from './reads.ts';
import { customerRecordReader, flatReader } from './record.ts';
import { ShipmentForm, shipmentReader } from './shipment.ts';
import { Auth, signInOf } from './sign-in.ts';
import { compileOptional, invalid, type Place, template } from './template.ts';
import { isTimeZone } from './time-zone.ts';
import { heldRecord, WebhookForm, webhookOf } from './webhook.ts';
import type { Wire } from './wire.ts';
import { writeOffer } from './writes.ts';

const Records = z.strictObject({
  order: OrderForm.optional().meta(label('Order', 'Order')),
  customer: customerForm.optional().meta(label('Customer', 'Kund')),
  product: flatForms.product.optional().meta(label('Product', 'Artikel')),
  stock: flatForms.stock.optional().meta(label('Stock', 'Lager')),
  priceList: flatForms.priceList.optional().meta(label('Price list', 'Prislista')),
  price: flatForms.price.optional().meta(label('Price', 'Pris')),
  invoice: flatForms.invoice.optional().meta(label('Invoice', 'Faktura')),
  shipment: ShipmentForm.optional().meta(label('Delivery', 'Leverans')),
});

const Rate = z.strictObject({
  requests: z.int().min(1).max(1_000_000).meta(label('Requests', 'Anrop')),
  perMs: z.int().min(100).max(86_400_000).meta(label('In milliseconds', 'På millisekunder')),
});

const TaxRates = z
  .string()
  .max(200)
  .regex(/^\s*\d{1,2}(\.\d{1,2})?\s*(,\s*\d{1,2}(\.\d{1,2})?\s*)*$/, 'must be such as 25, 12, 6, 0');

/** The settings that REST and GraphQL share; `request` is what a single request is made of. */
export function sharedForms(request: z.ZodRawShape, errors: z.input<typeof ErrorForm>) {
  return {
    auth: Auth.default({ kind: 'none' }).meta(label('Sign-in', 'Inloggning')),
    unencrypted: z
      .boolean()
      .default(false)
      .meta(
        label('May send credentials unencrypted', 'Får skicka uppgifter okrypterat', {
          en: 'Only within a network of one’s own: without it, the address must begin with https://.',
          sv: 'Bara inom ett eget nät: utan det måste adressen börja med https://.',
        }),
      ),
    rate: Rate.optional().meta(label('Limit of requests', 'Gräns för anrop')),
    currency: Currency.default('SEK').meta(label('Currency where none is told', 'Valuta där ingen anges')),
    amounts: z
      .enum(['decimal', 'minor'])
      .default('decimal')
      .meta(
        label('Amounts are', 'Belopp är', {
          en: 'decimal: 1249.00; minor: 124900.',
          sv: 'decimal: 1249.00; minor: 124900.',
        }),
      ),
    timeZone: z
      .string()
      .max(60)
      .refine(isTimeZone, 'must be a time zone such as Europe/Stockholm')
      .default('UTC')
      .meta(label('Time zone of times without one', 'Tidszon för tider utan zon')),
    taxRates: TaxRates.default('25, 12, 6, 0').meta(
      label('Tax rates there are, per cent', 'Momssatser som finns, procent'),
    ),
    account: z
      .strictObject({ ...request, label: template('Where the account’s name is', 'Var kontots namn finns') })
      .optional()
      .meta(
        label('Request that proves the credentials', 'Anrop som prövar uppgifterna', {
          en: 'Without it, the first list is asked for.',
          sv: 'Utan det hämtas den första listan.',
        }),
      ),
    paging: Paging.prefault({}).meta(label('Paging', 'Sidindelning')),
    records: Records.default({}).meta(
      label('Where each field is', 'Var varje fält finns', {
        en: 'Bindings such as {{ record.buyer.email }}.',
        sv: 'Bindningar som {{ record.buyer.email }}.',
      }),
    ),
    requests: requestForms(request).default({}).meta(label('Requests', 'Anrop')),
    errors: ErrorForm.prefault(errors).meta(label('Errors', 'Fel')),
    webhook: WebhookForm.optional().meta(label('Webhooks', 'Webhookar')),
  };
}
export type SharedSettings = z.output<z.ZodObject<ReturnType<typeof sharedForms>>>;

/** How a connector of one kind sends what the settings say. */
export interface Manner<Request> {
  readonly wire: Wire<Request>;
  /** Turns the body of an error answer into what templates read. */
  errorBody(body: Json): Json;
  /** How webhook bodies are read that are not JSON. */
  readonly parse?: (text: string) => Json;
  /** What a test of the connection answers when the system says no name. */
  readonly host: string;
}

function readersOf(settings: SharedSettings): Readonly<Partial<Record<RecordName, AnyReader>>> {
  const { records, currency, amounts, timeZone } = settings;
  const writing: Writing & { readonly taxRates: readonly number[] } = {
    currency,
    amounts,
    timeZone,
    taxRates: settings.taxRates.split(',').map((rate) => Math.round(Number(rate) * 100)),
  };
  const place = (name: string): Place => ({ field: `records.${name}`, names: ['record'] });
  const readers: Partial<Record<RecordName, AnyReader>> = {};
  if (records.order) readers.order = orderReader(records.order, place('order'), writing);
  if (records.customer) readers.customer = customerRecordReader(records.customer, place('customer'), writing);
  if (records.shipment) readers.shipment = shipmentReader(records.shipment, place('shipment'), writing);
  for (const name of ['product', 'stock', 'priceList', 'price', 'invoice'] as const) {
    const form = records[name];
    if (form) readers[name] = flatReader(name, form, place(name), writing);
  }
  return readers;
}

const POLLED: Readonly<Record<string, Entity>> = {
  'orders.list': 'order',
  'customers.list': 'customer',
  'products.list': 'product',
  'stock.list': 'stock',
  'prices.list': 'price',
  'invoices.list': 'invoice',
};

type Requests<Request> = Readonly<Record<string, (Request & ReadRequest & ListRequest) | undefined>>;

function changesOf<Request>(requests: Requests<Request>, webhook: WebhookForm | undefined): ChangeSource[] {
  return operations.flatMap(({ capability }) => {
    const entity = POLLED[capability.name];
    const request = requests[capability.name];
    if (entity === undefined || !request) return [];
    const events = webhook?.events.filter((event) => event.entity === entity) ?? [];
    const topics = events.flatMap((event) => (event.topics.length > 0 ? event.topics : [event.entity]));
    const { everySeconds, overlapSeconds } = request;
    const poll = { capability, everyMs: everySeconds * 1000, overlapMs: overlapSeconds * 1000 };
    return [{ entity, ...(topics.length > 0 ? { webhookTopics: topics } : {}), poll }];
  });
}

const run = (offer: AnyOffer | undefined, session: Session, input: unknown): Promise<unknown> =>
  (offer as { run(session: Session, input: unknown): Promise<unknown> }).run(session, input);

/** Reads a webhook's record from the delivery where it is whole, else by its id. */
function webhookOffers(
  webhook: WebhookForm | undefined,
  readers: ReturnType<typeof readersOf>,
  offerNamed: (name: string) => AnyOffer | undefined,
): AnyOffer[] {
  return Object.entries(webhookReads).flatMap(([entity, capability]) => {
    const events = (webhook?.events ?? [])
      .map((event, index) => ({ event, index }))
      .filter(({ event }) => event.entity === entity);
    if (events.length === 0) return [];
    const get = offerNamed(`${entity}s.get`);
    const reader = readers[entity as 'order'];
    for (const { event, index } of events) {
      if (event.record === undefined && !get)
        throw invalid(`webhook.events[${index}]`, `needs record, or requests.${entity}s.get`);
      if (event.record !== undefined && !reader)
        throw invalid(`records.${entity}`, `is needed by webhook.events[${index}]`);
    }
    const held = events.map(({ event, index }) => ({ event, find: heldRecord(event, index) }));
    return [
      offerRead(capability as AnyCapability, async (session, { id, topic, body }: Delivery) => {
        const event = held.find((each) => each.event.topics.length === 0 || each.event.topics.includes(topic ?? ''));
        const record = event?.find({ body });
        const whole = record !== undefined && reader && reader.id({ record }) === id;
        return whole ? reader.read({ record }, session.connection) : run(get, session, { id });
      }),
    ];
  });
}

/** What stands in place of an offer that the settings do not make. */
function missing(name: string): Sentence {
  const [setting, en, sv] = name.endsWith('.from-webhook')
    ? ['webhook.events', 'This connection reads no webhooks for', 'Anslutningen läser inga webhookar för']
    : [`requests.${name}`, 'This connection has no request for', 'Anslutningen har inget anrop för'];
  return {
    en: `${en} ${name}: fill in ${setting} in its settings.`,
    sv: `${sv} ${name}: fyll i ${setting} i dess inställningar.`,
  };
}

const every: readonly AnyCapability[] = [
  ...operations.map((each) => each.capability),
  ...Object.values(webhookReads).filter((each) => each !== undefined),
];

/** What is said of a connection whose settings are not known. */
export const nothingYet: Readonly<Record<string, Sentence>> = Object.fromEntries(
  every.map(({ name }) => [name, missing(name)]),
);

/** The deliveries an order tells of, where there is no request for them alone. */
function ordersOwnShipments(get: AnyOffer): AnyOffer {
  return offerRead(
    shipmentsGet,
    async (session, { order }) => ((await run(get, session, { id: order })) as Order).shipments,
  );
}

/** A connector made of its connection's settings. Throws TerminalError CONFIG_INVALID naming the setting. */
export function tailoredBy<Request>(settings: SharedSettings, manner: Manner<Request & ReadRequest>): Tailored {
  const { webhook, paging, errors } = settings;
  const requests = settings.requests as Requests<Request>;
  const readers = readersOf(settings);
  const ground: Ground<Request & ReadRequest> = {
    wire: manner.wire,
    paging,
    reader(record, place) {
      const reader = readers[record];
      if (reader) return reader;
      throw invalid(`records.${record}`, `is needed by ${place.field}`);
    },
  };
  const offers: AnyOffer[] = [];
  const offerNamed = (name: string): AnyOffer | undefined => offers.find((offer) => offer.capability.name === name);
  const configured = operations.filter(({ capability }) => requests[capability.name] !== undefined);
  for (const operation of configured) {
    const { kind } = operation;
    if (kind === 'document' || kind === 'change') continue;
    offers.push(readOffer(ground, { ...operation, kind }, requests[operation.capability.name]));
  }
  const find = offerNamed(productsFind.name);
  const findProduct =
    find && (async (session: Session, sku: string) => (await run(find, session, { sku })) as Product[]);
  for (const operation of configured) {
    if (operation.kind !== 'document' && operation.kind !== 'change') continue;
    offers.push(writeOffer(ground, operation, requests[operation.capability.name], settings, findProduct));
  }
  const getOrder = offerNamed(ordersGet.name);
  if (getOrder && settings.records.order?.shipments && !offerNamed(shipmentsGet.name))
    offers.push(ordersOwnShipments(getOrder));
  offers.push(...webhookOffers(webhook, readers, offerNamed));
  const cannot = Object.entries(nothingYet).filter(([name]) => !offerNamed(name));

  return {
    ...signInOf(settings.auth, settings),
    ...(settings.rate ? { rate: settings.rate } : {}),
    fault: faultReader(errors, manner.errorBody),
    ping: pingOf(settings, ground, offers, manner.host),
    ...(webhook ? { webhook: webhookOf(webhook, ({ entity }) => readers[entity], manner.parse) } : {}),
    changes: changesOf(requests, webhook),
    offers,
    cannot: Object.fromEntries(cannot),
  };
}

function pingOf<Request>(
  settings: SharedSettings,
  ground: Ground<Request & ReadRequest>,
  offers: readonly AnyOffer[],
  host: string,
): NonNullable<Tailored['ping']> {
  const account = settings.account as (Request & ReadRequest & { readonly label?: string }) | undefined;
  if (!account) {
    const list = offers.find((offer) => POLLED[offer.capability.name] !== undefined);
    return async (session) => {
      if (!list) throw invalid('account', 'there is no request yet that would prove the credentials');
      await run(list, session, { changedSince: new Date(session.now).toISOString() });
      return { label: host };
    };
  }
  const place: Place = { field: 'account', names: [] };
  const { label: where, ...request } = account;
  const send = sender(ground, request as unknown as Request & ReadRequest, place, 'GET');
  const name = compileOptional(where, { field: 'account.label', names: ['body', 'headers'] });
  return async (session) => {
    const said = filled(name({ ...(await send(session, {})) }));
    return { label: said === undefined ? host : `${said} (${host})` };
  };
}
