import type { AnyCapability } from '#runtime/capability.ts';
import { type AnyOffer, type ChangeSource, offerRead, type Session, type Tailored } from '#runtime/connector.ts';
import type { Json } from '#runtime/json.ts';
import { type Delivery, ordersGet, productsFind, shipmentsGet } from '../../commerce/capabilities.ts';
import type { Order, Product } from '../../commerce/model.ts';
import { filled } from '../answer.ts';
import { faultReader } from './fault.ts';
import type { Writing } from './kinds.ts';
import { lacking, nothingYet, POLLED } from './lacking.ts';
import { type AnyReader, type Ground, sender } from './listing.ts';
import { type ListRequest, operations, type ReadRequest, type RecordName, webhookReads } from './operations.ts';
import { orderReader } from './order.ts';
import { readOffer } from './reads.ts';
import { customerRecordReader, flatReader } from './record.ts';
import type { SharedSettings } from './shared-settings.ts';
import { shipmentReader } from './shipment.ts';
import { signInOf } from './sign-in.ts';
import { compileOptional, invalid, mentions, type Place } from './template.ts';
import { heldRecord, type WebhookForm, webhookOf } from './webhook.ts';
import type { Wire } from './wire.ts';
import { writeOffer } from './writes.ts';

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

type Requests<Request> = Readonly<Record<string, (Request & ReadRequest & ListRequest) | undefined>>;

function changesOf<Request>(requests: Requests<Request>, webhook: WebhookForm | undefined): ChangeSource[] {
  return operations.flatMap(({ capability }) => {
    const entity = POLLED[capability.name];
    const request = requests[capability.name];
    if (entity === undefined || !request) return [];
    const events = webhook?.events.filter((event) => event.entity === entity) ?? [];
    const topics = events.flatMap((event) => (event.topics.length > 0 ? event.topics : [event.entity]));
    const { everySeconds, overlapSeconds } = request;
    const brings = mentions(request, 'changedSince') ? ('changed' as const) : ('all' as const);
    const poll = { capability, everyMs: everySeconds * 1000, overlapMs: overlapSeconds * 1000, brings };
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
  const changes = changesOf(requests, webhook);

  return {
    ...signInOf(settings.auth, settings),
    ...(settings.rate ? { rate: settings.rate } : {}),
    ...(settings.concurrency === undefined ? {} : { concurrency: settings.concurrency }),
    fault: faultReader(errors, manner.errorBody),
    ping: pingOf(settings, ground, offers, manner.host),
    ...(webhook ? { webhook: webhookOf(webhook, ({ entity }) => readers[entity], manner.parse) } : {}),
    changes,
    offers,
    cannot: {
      ...Object.fromEntries(cannot),
      ...lacking(settings, changes),
    },
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
