import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { priceListsList, pricesList, pricesSet } from '../../commerce/capabilities.ts';
import type { Page, Price } from '../../commerce/model.ts';
import { filled, readCursor } from '../answer.ts';
import { booksOf, today } from './books.ts';
import { netPrice, rateOf, type TrytonProduct } from './product-map.ts';
import { productsOf } from './products.ts';
import { type Domain, idOf, rows, write } from './rpc.ts';
import { deskOf } from './settings.ts';
import { decimalValue, TrytonDecimal, TrytonInstant } from './value.ts';

const PAGE = 200;

const TrytonPriceList = z.looseObject({
  id: z.int(),
  name: z.string(),
  write_date: TrytonInstant.nullish(),
  create_date: TrytonInstant.nullish(),
  'lines.': z.array(
    z.looseObject({
      id: z.int(),
      product: z.int().nullish(),
      category: z.int().nullish(),
      quantity: z.number().nullish(),
      sequence: z.int().nullish(),
    }),
  ),
});
type TrytonPriceList = z.infer<typeof TrytonPriceList>;
type Line = TrytonPriceList['lines.'][number];

const PRICE_LIST = {
  model: 'product.price_list',
  fields: [
    'name',
    'write_date',
    'create_date',
    ...['product', 'category', 'quantity', 'sequence'].map((one) => `lines.${one}`),
  ],
  shape: TrytonPriceList,
};

const Priced = z.looseObject({
  id: z.int(),
  code: z.string(),
  list_price: TrytonDecimal.nullish(),
  sale_price_uom: TrytonDecimal.nullish(),
});

function priceLists(session: Session, code?: string): Promise<TrytonPriceList[]> {
  const id = code === undefined ? undefined : (idOf(code) ?? 0);
  return rows(session, PRICE_LIST.model, { ...PRICE_LIST, domain: id === undefined ? [] : [['id', '=', id]] });
}

function noSuchList(code: string): TerminalError {
  return new TerminalError('TARGET_NOT_FOUND', `Tryton has no price list ${code}`, { field: 'priceList' });
}

const PriceCursor = z.strictObject({ list: z.int().min(0), after: z.int().min(0) });

/** Quantities from which a list may tell another price. */
function breaksOf(list: TrytonPriceList): number[] {
  const quantities = list['lines.'].flatMap((line) =>
    line.quantity == null || line.quantity <= 0 ? [] : [line.quantity],
  );
  return [0, ...new Set(quantities.toSorted((a, b) => a - b))];
}

async function pricesAt(session: Session, after: number, context?: JsonObject): Promise<z.infer<typeof Priced>[]> {
  const domain: Domain = [
    ['id', '>', after],
    ['code', '!=', null],
    ['salable', '=', true],
  ];
  const fields = ['code', context === undefined ? 'list_price' : 'sale_price_uom'];
  return rows(session, 'product.product', {
    domain,
    fields,
    shape: Priced,
    limit: PAGE,
    ...(context ? { context } : {}),
  });
}

interface Reading {
  readonly list: TrytonPriceList | undefined;
  readonly from: number;
  readonly product: z.infer<typeof Priced>;
  readonly price: string;
}

function priceFromTryton({ list, from, product, price }: Reading, connection: string, currency: string): Price {
  const id = `${list === undefined ? '' : `${list.id}/`}${product.id}${from === 0 ? '' : `/${from}`}`;
  return {
    source: { connection, id },
    ...(list === undefined ? {} : { priceList: String(list.id), name: filled(list.name) }),
    sku: product.code,
    fromQuantity: String(from),
    price,
    offer: false,
    currency,
    includesTax: false,
  };
}

/** Lists hold formulas; what they come to for each product is Tryton's to compute, once for each quantity that matters. */
async function pagePrices(
  session: Session,
  list: TrytonPriceList | undefined,
  after: number,
): Promise<{ items: Price[]; last: number | undefined }> {
  const { currency, company } = await booksOf(session);
  const shared = { currency: currency.id, company, sale_date: today(session) };
  const items: Price[] = [];
  const latest = new Map<number, string>();
  let last: number | undefined;
  for (const from of list === undefined ? [0] : breaksOf(list)) {
    const products = await pricesAt(session, after, list && { ...shared, price_list: list.id, quantity: from });
    last = products.length < PAGE ? undefined : products.at(-1)?.id;
    for (const product of products) {
      const price = list === undefined ? product.list_price : product.sale_price_uom;
      if (price == null || latest.get(product.id) === price) continue;
      latest.set(product.id, price);
      items.push(priceFromTryton({ list, from, product, price }, session.connection, currency.code));
    }
  }
  return { items, last };
}

async function listPrices(
  session: Session,
  input: { readonly priceList?: string | undefined; readonly cursor?: string | undefined },
): Promise<Page<Price>> {
  const { list: at, after } = readCursor(PriceCursor, input.cursor) ?? { list: 0, after: 0 };
  const lists = await priceLists(session, input.priceList);
  if (input.priceList !== undefined && lists.length === 0) throw noSuchList(input.priceList);
  const all = input.priceList === undefined ? [undefined, ...lists] : lists;
  if (at >= all.length) return { items: [] };
  const { items, last } = await pagePrices(session, all[at], after);
  const next = last === undefined ? { list: at + 1, after: 0 } : { list: at, after: last };
  return { items, ...(next.list < all.length ? { cursor: JSON.stringify(next) } : {}) };
}

/** A list's first line that fits decides, so a product's own lines go before the others, the larger quantities first. */
function linesWith(list: TrytonPriceList, product: number, quantity: number, formula: string): Json {
  const own = (line: Line) => line.product === product;
  const standing = list['lines.'].find((line) => own(line) && (line.quantity ?? 0) === quantity);
  if (standing !== undefined) return [['write', [standing.id], { formula }]];
  const mine: (Line | undefined)[] = list['lines.'].filter(own);
  const place = mine.findIndex((line) => (line?.quantity ?? 0) < quantity);
  mine.splice(place < 0 ? mine.length : place, 0, undefined);
  const ordered = [...mine, ...list['lines.'].filter((line) => !own(line))];
  return ordered.map((line, at): Json => {
    const sequence = at + 1;
    if (line !== undefined) return ['write', [line.id], { sequence }];
    return ['create', [{ product, quantity: quantity === 0 ? null : quantity, formula, sequence }]];
  });
}

function refuseTerms(price: Price, currency: string): void {
  if (price.offer || price.from !== undefined || price.until !== undefined) {
    throw new TerminalError('UNSUPPORTED', 'a price in Tryton has no first or last day', { field: 'price.from' });
  }
  if (price.currency !== undefined && price.currency !== currency) {
    const message = `the prices are in ${currency}, not ${price.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'price.currency' });
  }
}

async function productOf(session: Session, sku: string): Promise<TrytonProduct> {
  const [product, ...others] = await productsOf(session, [sku]);
  const field = 'price.sku';
  if (product === undefined) throw new TerminalError('ARTICLE_MISSING', `Tryton has no product ${sku}`, { field });
  if (others.length > 0) throw new TerminalError('MATCH_AMBIGUOUS', `Tryton has ${sku} more than once`, { field });
  return product;
}

async function setPrice(session: Session, price: Price): Promise<{ id: string }> {
  refuseTerms(price, (await booksOf(session)).currency.code);
  const product = await productOf(session, price.sku);
  const template = product['template.'];
  const taxRate = rateOf(template['account_category.']?.['customer_taxes.'] ?? []);
  const net = netPrice(price.price, { includesTax: price.includesTax, taxRate }, deskOf(session));
  const from = Number(price.fromQuantity);
  if (price.priceList !== undefined) {
    const [list] = await priceLists(session, price.priceList);
    if (list === undefined) throw noSuchList(price.priceList);
    await write(session, PRICE_LIST.model, list.id, { lines: linesWith(list, product.id, from, net) });
    return { id: `${list.id}/${product.id}/${from}` };
  }
  if (from > 1) {
    const message = 'a product’s own price in Tryton holds from one piece up; choose a price list';
    throw new TerminalError('UNSUPPORTED', message, { field: 'price.fromQuantity' });
  }
  await write(session, 'product.template', template.id, { list_price: decimalValue(net) });
  return { id: String(product.id) };
}

export const priceOffers: readonly AnyOffer[] = [
  offerRead(priceListsList, async (session, { cursor }) => {
    readCursor(z.never(), cursor);
    const { connection } = deskOf(session);
    const { currency } = await booksOf(session);
    const lists = await priceLists(session);
    return {
      items: lists.map(({ id, name, write_date, create_date }) => ({
        source: { connection, id: String(id) },
        code: String(id),
        name: filled(name) ?? String(id),
        currency: currency.code,
        includesTax: false,
        changedAt: write_date ?? create_date ?? undefined,
      })),
    };
  }),
  offerRead(pricesList, listPrices),
  // absolute: a price that is set twice is the same price
  offerWrite(pricesSet, { class: 'A', run: (session, { price }) => setPrice(session, price) }),
];
