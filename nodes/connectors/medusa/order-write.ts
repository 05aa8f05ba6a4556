import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { DocumentRef, OrderDraft } from '../../commerce/capabilities.ts';
import type { OrderCharge, OrderLine } from '../../commerce/model.ts';
import { formatMoney, parseMoney, sameMoney } from '../../commerce/money.ts';
import { compact, readAnswer } from '../answer.ts';
import { addressToMedusa, metaText, REFERENCE_KEY } from './customer-map.ts';
import { every, idIn, pageAt, recordIn } from './list.ts';
import { netNumber } from './map.ts';
import type { Goods } from './product-map.ts';
import { goodsBySkus, hasSku, oneOf } from './products.ts';
import { settingsOf, traitsOf } from './settings.ts';
import { MedusaOrder, ORDER_FIELDS } from './shape.ts';
import { readShop, type Shop } from './shop.ts';
import { afterFirst, finishing } from './write.ts';

const DAY_MS = 86_400_000;
const DRAFTS = 'admin/draft-orders';

const skuOf = (line: OrderLine): string => line.articleNumber ?? line.sku ?? '';

/** A row as Medusa counts it: a price of its own without tax, to which the product's tax is put. */
function itemOf(line: OrderLine, field: string, goods: Goods, shop: Shop): JsonObject {
  const rate = shop.rateOf(goods.product);
  if (rate !== line.taxRate) {
    const message = `${skuOf(line)} has ${line.taxRate / 100} % tax on the order and ${(rate ?? 0) / 100} % in Medusa`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: `${field}.taxRate` });
  }
  const price = shop.pricesIncludeTax
    ? netNumber(line.total.gross, 0, line.quantity)
    : netNumber(line.total.gross, line.taxRate, line.quantity);
  return { variant_id: goods.variant.id, title: line.name, quantity: Number(line.quantity), unit_price: price };
}

const Option = z.looseObject({
  id: z.string(),
  name: z.string(),
  rules: z.array(z.looseObject({ attribute: z.string(), value: z.unknown() })).default([]),
});
type Option = z.infer<typeof Option>;

/** Freight and fees are shipping methods: of an option that carries the rate, that of the same name before others. */
function methodOf(charge: OrderCharge, options: readonly Option[], shop: Shop): JsonObject {
  const fit = options.filter((option) => shop.shippingRate(option.id) === charge.taxRate);
  const option = fit.find((one) => one.id === charge.method || one.name === charge.name) ?? fit[0];
  if (option === undefined) {
    const message = `no shipping option of the shop has a tax rate of ${charge.taxRate / 100} %, as “${charge.name}” has`;
    throw new TerminalError('UNSUPPORTED', message, { field: 'order.freight' });
  }
  const rate = shop.pricesIncludeTax ? 0 : charge.taxRate;
  return { name: charge.name, shipping_option_id: option.id, amount: netNumber(charge.total.gross, rate, '1') };
}

const Region = z.looseObject({
  id: z.string(),
  currency_code: z.string(),
  countries: z.array(z.looseObject({ iso_2: z.string() })).default([]),
});
const StoreHead = z.looseObject({ default_sales_channel_id: z.string().nullish() });

/** The region that sells in the order's currency, that of its country before others. */
async function placeOf(session: Session, currency: string, country: string | undefined) {
  const [regions, stores, options] = await Promise.all([
    every(session, 'admin/regions', { fields: 'id,currency_code,countries.iso_2' }),
    every(session, 'admin/stores', { fields: 'id,default_sales_channel_id' }),
    every(session, 'admin/shipping-options', { fields: 'id,name,*rules' }),
  ]);
  const selling = regions
    .map((entry) => readAnswer(Region, entry, 'region'))
    .filter((one) => one.currency_code === currency.toLowerCase());
  const region =
    selling.find((one) => one.countries.some(({ iso_2 }) => iso_2 === country?.toLowerCase())) ?? selling[0];
  if (region === undefined) {
    throw new TerminalError('UNSUPPORTED', `no region of the shop sells in ${currency}`, { field: 'order.currency' });
  }
  return {
    region: region.id,
    salesChannel: readAnswer(StoreHead, stores[0], 'store').default_sales_channel_id ?? undefined,
    // the ways of sending goods back are options too
    options: options
      .map((entry) => readAnswer(Option, entry, 'shipping_option'))
      .filter(({ rules }) => !rules.some((rule) => rule.attribute === 'is_return' && String(rule.value) === 'true')),
  };
}

async function bodyOf(session: Session, draft: OrderDraft, reference: string): Promise<JsonObject> {
  const { order, customerId } = draft;
  for (const [index, line] of order.lines.entries()) {
    const field = `order.lines[${index}].sku`;
    if (skuOf(line) === '') throw new TerminalError('ARTICLE_MISSING', 'the row has no article number', { field });
  }
  const country = order.shipping?.country ?? order.billing.country ?? settingsOf(session).country;
  const [found, shop, place] = await Promise.all([
    goodsBySkus(session, order.lines.map(skuOf)),
    readShop(session),
    placeOf(session, order.currency, country),
  ]);
  const items = order.lines.map((line, index) =>
    itemOf(line, `order.lines[${index}]`, oneOf(found.filter(hasSku(skuOf(line))), skuOf(line)), shop),
  );
  const shipping = { country, ...(order.shipping ?? order.billing) };
  const [noteKey] = traitsOf(session).noteKeys;
  return compact({
    email: order.customer.email ?? order.billing.email,
    customer_id: customerId?.startsWith('cus_') ? customerId : undefined,
    region_id: place.region,
    sales_channel_id: place.salesChannel,
    currency_code: order.currency.toLowerCase(),
    billing_address: addressToMedusa(order.billing),
    shipping_address: addressToMedusa(shipping),
    items,
    shipping_methods: [...order.freight, ...order.fees].map((charge) => methodOf(charge, place.options, shop)),
    no_notification_order: true,
    metadata: compact({
      [REFERENCE_KEY]: reference,
      weft_source_number: order.number,
      ...(noteKey === undefined || order.note === undefined ? {} : { [noteKey]: order.note }),
    }),
  });
}

/** What differs between the order in the shop and the one it should be of; null when nothing does. */
function difference(made: MedusaOrder, { order }: OrderDraft): string | null {
  const currency = made.currency_code.toUpperCase();
  const total = parseMoney(made.total, currency, { rounding: 'half-up', field: 'order.total' });
  if (!sameMoney(total, order.totals.gross)) {
    const [there, here] = [total, order.totals.gross].map((one) => `${formatMoney(one)} ${one.currency}`);
    return `order ${made.display_id} in the shop is ${there}, order ${order.number} is ${here}`;
  }
  if (made.items.length === order.lines.length) return null;
  return `order ${made.display_id} has ${made.items.length} rows, order ${order.number} has ${order.lines.length}`;
}

function refOf(made: MedusaOrder): DocumentRef {
  const currency = made.currency_code.toUpperCase();
  const total = parseMoney(made.total, currency, { rounding: 'half-up', field: 'order.total' });
  return { id: made.id, number: made.custom_display_id ?? String(made.display_id), created: true, total };
}

/** A draft is nobody's order yet: it is compared before it becomes one. */
async function convert(session: Session, id: string, draft: OrderDraft): Promise<DocumentRef> {
  const read = await session.http({ method: 'GET', path: `admin/orders/${id}`, query: { fields: ORDER_FIELDS } });
  const standing = recordIn(MedusaOrder, 'order', read.body);
  const differs = difference(standing, draft);
  if (differs !== null) throw new RetryableError('MONEY_MISMATCH', differs, { field: 'order.totals', details: { id } });
  if (standing.status === 'draft')
    await session.http({ method: 'POST', path: `${DRAFTS}/${id}/convert-to-order`, body: {} });
  return refOf(standing);
}

export async function createOrder(session: Session, draft: OrderDraft, reference: string): Promise<DocumentRef> {
  const body = await bodyOf(session, draft, reference);
  const answer = await session.http({ method: 'POST', path: DRAFTS, query: { fields: 'id' }, body });
  const made = recordIn(z.looseObject({ id: z.string() }), 'draft_order', answer.body);
  return afterFirst(() => convert(session, made.id, draft));
}

const Referenced = z.looseObject({ id: z.string(), metadata: z.record(z.string(), z.unknown()).nullish() });

/** Metadata cannot be searched by, so orders made since the source order was are gone through, newest first. */
async function withReference(
  session: Session,
  path: string,
  draft: OrderDraft,
  reference: string,
): Promise<string | null> {
  const { placedAt, changedAt, customer } = draft.order;
  const since = Math.min(session.now, Date.parse(placedAt), changedAt ? Date.parse(changedAt) : session.now);
  const query = {
    // two days cover clocks and dates without a time
    'created_at[$gte]': new Date(since - 2 * DAY_MS).toISOString(),
    fields: 'id,metadata',
    order: '-created_at',
    limit: 100,
    // the search looks at the e-mail too, which narrows it down
    ...(customer.email === undefined ? {} : { q: customer.email }),
  };
  for (let offset = 0; offset < 20_000; offset += 100) {
    const entries: Json[] = await pageAt(session, path, { ...query, offset });
    const mine = entries.find((entry) => {
      const { metadata } = readAnswer(Referenced, entry, 'order');
      return metaText(metadata, [REFERENCE_KEY]) === reference;
    });
    if (mine) return idIn(mine);
    if (entries.length < 100) return null;
  }
  const message = 'more than 20,000 orders since then; look for the reference by hand';
  throw new HoldError('OUTCOME_UNKNOWN', 'review', message, { details: { reference } });
}

/** What was begun is finished: a draft with our reference becomes the order it was made to be. */
export async function lookUpOrder(session: Session, draft: OrderDraft, reference: string): Promise<DocumentRef | null> {
  const id =
    (await withReference(session, 'admin/orders', draft, reference)) ??
    (await withReference(session, DRAFTS, draft, reference));
  if (id === null) return null;
  try {
    return await finishing(id, () => convert(session, id, draft));
  } catch (error) {
    if (!(error instanceof RetryableError) || error.code !== 'MONEY_MISMATCH') throw error;
    throw new HoldError('TARGET_DIFFERS', 'review', error.message, { details: { id, reference } });
  }
}
