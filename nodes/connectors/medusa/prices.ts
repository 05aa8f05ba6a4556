import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { type ListQuery, priceListsList, pricesList, pricesSet } from '../../commerce/capabilities.ts';
import { decimalOf } from '../../commerce/decimal.ts';
import type { Page, Price, PriceList } from '../../commerce/model.ts';
import { filled, readAnswer, readCursor, readEach } from '../answer.ts';
import { every, idIn, LIGHT_PAGE, pageAt } from './list.ts';
import {
  type Goods,
  goodsOf,
  pricesFromMedusa,
  pricesOf,
  shopPrice,
  stepOf,
  type VariantPrice,
  withPrice,
} from './product-map.ts';
import { changedProducts, goodsBySkus, hasSku, oneOf } from './products.ts';
import { traitsOf } from './settings.ts';
import { LIST_PRICE_FIELDS, MedusaListPrice, MedusaPriceList, MedusaProduct } from './shape.ts';
import { readShop, type Shop } from './shop.ts';
import { idOf } from './write.ts';

const PATH = 'admin/price-lists';

const PRICE_LIST_FIELDS = 'id,title,starts_at,ends_at,updated_at';

/** Few enough to be read at once; in order of their ids, which is that of their making. */
async function readPriceLists(session: Session): Promise<Json[]> {
  return every(session, PATH, { fields: PRICE_LIST_FIELDS });
}

function priceListFrom(from: MedusaPriceList, session: Session, shop: Shop): PriceList {
  const traits = traitsOf(session);
  return {
    source: { connection: traits.connection, id: from.id },
    code: from.id,
    name: filled(from.title) ?? from.id,
    currency: traits.currency,
    includesTax: shop.pricesIncludeTax,
    changedAt: from.updated_at,
  };
}

async function listPriceLists(session: Session, input: ListQuery): Promise<Page<PriceList>> {
  readCursor(z.never(), input.cursor);
  const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
  const [entries, shop] = await Promise.all([readPriceLists(session), readShop(session)]);
  const page = await readEach(entries, idIn, (entry) =>
    priceListFrom(readAnswer(MedusaPriceList, entry, 'price_list'), session, shop),
  );
  return { ...page, items: page.items.filter((one) => Date.parse(one.changedAt ?? '') >= since) };
}

const ListCursor = z.strictObject({ list: z.string().regex(/^plist_\w+$/), offset: z.int().min(0) });
const OwnCursor = z.strictObject({ own: z.string().max(2000) });
const Cursor = z.union([ListCursor, OwnCursor]);

function priceFrom(from: MedusaListPrice, list: MedusaPriceList, session: Session, shop: Shop): Price[] {
  const traits = traitsOf(session);
  const sku = filled(from.price_set?.variant?.sku);
  // a price of a variant that is gone stays in its list
  if (sku === undefined || from.currency_code !== traits.currency.toLowerCase()) return [];
  const day = (instant: string | null | undefined): string | undefined => filled(instant)?.slice(0, 10);
  return [
    {
      source: { connection: traits.connection, id: from.id },
      priceList: list.id,
      name: filled(list.title) ?? list.id,
      sku,
      fromQuantity: decimalOf(from.min_quantity ?? 0, 'price.min_quantity'),
      price: decimalOf(from.amount, 'price.amount'),
      offer: false,
      currency: traits.currency,
      includesTax: shop.pricesIncludeTax,
      from: day(list.starts_at),
      until: day(list.ends_at),
      changedAt: from.updated_at,
    },
  ];
}

async function listPage(session: Session, id: string, offset: number, input: ListQuery): Promise<Page<Price>> {
  const path = `${PATH}/${id}`;
  const [answer, entries, shop] = await Promise.all([
    session.http({ method: 'GET', path, query: { fields: PRICE_LIST_FIELDS } }),
    pageAt(session, `${path}/prices`, { fields: LIST_PRICE_FIELDS, order: 'id', limit: LIGHT_PAGE, offset }),
    readShop(session),
  ]);
  const list = readAnswer(z.looseObject({ price_list: MedusaPriceList }), answer.body, 'answer').price_list;
  const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
  const page = await readEach(entries, idIn, (entry) =>
    priceFrom(readAnswer(MedusaListPrice, entry, 'price'), list, session, shop),
  );
  const items = page.items.flat().filter((one) => Date.parse(one.changedAt ?? '') >= since);
  return { ...page, items, ...(entries.length < LIGHT_PAGE ? {} : { cursor: listCursor(id, offset + LIGHT_PAGE) }) };
}

const listCursor = (list: string, offset: number): string =>
  JSON.stringify({ list, offset } satisfies z.infer<typeof ListCursor>);

/** The list after this one, or the first. */
async function nextList(session: Session, after: string | undefined): Promise<{ cursor?: string }> {
  const ids = (await readPriceLists(session)).map(idIn);
  const next = ids[after === undefined ? 0 : ids.indexOf(after) + 1];
  return next === undefined ? {} : { cursor: listCursor(next, 0) };
}

/** One list's, or the products' own prices and then those of every list. */
async function listPrices(
  session: Session,
  input: ListQuery & { priceList?: string | undefined },
): Promise<Page<Price>> {
  const from = readCursor(Cursor, input.cursor);
  if (input.priceList !== undefined) {
    const id = idOf(input.priceList, 'priceList');
    return listPage(session, id, from && 'list' in from ? from.offset : 0, input);
  }
  if (from && 'list' in from) {
    const page = await listPage(session, from.list, from.offset, input);
    return page.cursor === undefined ? { ...page, ...(await nextList(session, from.list)) } : page;
  }
  const traits = traitsOf(session);
  const own = { changedSince: input.changedSince, cursor: from?.own };
  const [{ products, cursor }, shop] = await Promise.all([changedProducts(session, own), readShop(session)]);
  const page = await readEach(products, idIn, (entry) =>
    goodsOf(readAnswer(MedusaProduct, entry, 'product')).flatMap((goods) => pricesFromMedusa(goods, traits, shop)),
  );
  const onwards =
    cursor === undefined ? await nextList(session, undefined) : { cursor: JSON.stringify({ own: cursor }) };
  return { ...page, items: page.items.flat(), ...onwards };
}

type PriceInput = Parameters<NonNullable<typeof pricesSet.identity>>[0];

/** The amount in the shop's own terms. Throws what the shop cannot hold. */
function amountOf(price: Price, { product }: Goods, session: Session, shop: Shop): number {
  const traits = traitsOf(session);
  if (price.currency !== undefined && price.currency !== traits.currency) {
    const message = `the shop’s prices are in ${traits.currency}, not ${price.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'price.currency' });
  }
  if (price.priceList === undefined && (price.offer || price.from !== undefined || price.until !== undefined)) {
    const message = 'Medusa has prices for a while in price lists only';
    throw new TerminalError('UNSUPPORTED', message, { field: 'price.offer' });
  }
  return shopPrice(price.price, { includesTax: price.includesTax, taxRate: shop.rateOf(product) }, traits, shop);
}

interface Wanted {
  readonly index: number;
  readonly price: Price;
  readonly goods: Goods;
}

/** Sets prices of one variant in one request: with all that it has, since Medusa takes away what is not sent along. */
async function setOwn(session: Session, wanted: readonly Wanted[], shop: Shop): Promise<void> {
  const [first] = wanted;
  if (first === undefined) return;
  const { variant, product } = first.goods;
  const prices = wanted.reduce<readonly VariantPrice[]>(
    (all, { price, goods }) =>
      withPrice(all, traitsOf(session).currency, amountOf(price, goods, session, shop), price.fromQuantity),
    pricesOf(variant),
  );
  const path = `admin/products/${product.id}/variants/${variant.id}`;
  await session.http({ method: 'POST', path, body: { prices: [...prices] } });
}

/** Sets the prices of one list in one request: those that stand are changed, the others added. */
async function setInList(session: Session, list: string, wanted: readonly Wanted[], shop: Shop): Promise<void> {
  const currency = traitsOf(session).currency.toLowerCase();
  const path = `${PATH}/${idOf(list, 'price.priceList')}/prices`;
  const standing = (await every(session, path, { fields: LIST_PRICE_FIELDS })).map((entry) =>
    readAnswer(MedusaListPrice, entry, 'price'),
  );
  const [create, update]: [JsonObject[], JsonObject[]] = [[], []];
  for (const { price, goods } of wanted) {
    const step = stepOf(price.fromQuantity);
    const mine = standing.find(
      (one) =>
        one.price_set?.variant?.id === goods.variant.id &&
        one.currency_code === currency &&
        stepOf(one.min_quantity) === step,
    );
    const shared = {
      variant_id: goods.variant.id,
      currency_code: currency,
      amount: amountOf(price, goods, session, shop),
    };
    if (mine) update.push({ id: mine.id, ...shared });
    else create.push({ ...shared, ...(step === 0 ? {} : { min_quantity: step }) });
  }
  await session.http({ method: 'POST', path: `${path}/batch`, body: { create, update } });
}

type Answer = { readonly id: string } | Error;

async function setAll(session: Session, inputs: readonly PriceInput[]): Promise<Answer[]> {
  const [found, shop] = await Promise.all([
    goodsBySkus(
      session,
      inputs.map(({ price }) => price.sku),
    ),
    readShop(session),
  ]);
  const answers = new Array<Answer>(inputs.length);
  const [own, lists] = [new Map<string, Wanted[]>(), new Map<string, Wanted[]>()];
  for (const [index, { price }] of inputs.entries())
    try {
      const goods = oneOf(found.filter(hasSku(price.sku)), price.sku);
      amountOf(price, goods, session, shop);
      answers[index] = { id: goods.variant.id };
      const [groups, key] = price.priceList === undefined ? [own, goods.variant.id] : [lists, price.priceList];
      groups.set(key, [...(groups.get(key) ?? []), { index, price, goods }]);
    } catch (error) {
      answers[index] = error as Error;
    }
  const write = async (wanted: readonly Wanted[], work: Promise<void>): Promise<void> => {
    await work.catch((error: Error) => {
      for (const { index } of wanted) answers[index] = error;
    });
  };
  for (const wanted of own.values()) await write(wanted, setOwn(session, wanted, shop));
  for (const [list, wanted] of lists) await write(wanted, setInList(session, list, wanted, shop));
  return answers;
}

export const priceOffers: readonly AnyOffer[] = [
  offerRead(priceListsList, listPriceLists),
  offerRead(pricesList, listPrices),
  offerWrite(pricesSet, {
    // A price of a variant, list and quantity is looked for before it is written: sent twice, it stands once.
    class: 'A',
    async run(session, input) {
      const [answer] = await setAll(session, [input]);
      if (answer instanceof Error) throw answer;
      return { id: answer?.id ?? input.price.sku };
    },
    batch: {
      max: 100,
      run: (session, calls) =>
        setAll(
          session,
          calls.map(({ input }) => input),
        ),
    },
  }),
];
