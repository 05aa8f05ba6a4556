import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import {
  type CustomerKey,
  customersCreate,
  customersFind,
  customersGet,
  customersList,
  customersUpdate,
  type DocumentRef,
  priceListsList,
  pricesList,
  pricesSet,
  productsCreate,
  productsFind,
  productsGet,
  productsList,
  productsUpdate,
  stockFind,
  stockList,
  stockSet,
} from '../../commerce/capabilities.ts';
import { customerHas, organisationNumberKey, skuKey } from '../../commerce/identity.ts';
import type { Customer, Price, PriceList, Product } from '../../commerce/model.ts';
import { readAnswer, readCursor } from '../answer.ts';
import { isTaken } from './fault.ts';
import { changedPage, every, keyOf, pageAt, unwrapped } from './list.ts';
import { SETTLE_MS } from './orders.ts';
import {
  articleFromFortnox,
  articleToFortnox,
  customerFromFortnox,
  customerToFortnox,
  listPrice,
  priceFromFortnox,
  priceListFromFortnox,
  stockFromFortnox,
} from './register-map.ts';
import { booksOf } from './settings.ts';
import { FortnoxArticle, FortnoxCustomer, FortnoxPrice, FortnoxPriceList, FortnoxStockItem } from './shape.ts';

const CUSTOMER = { path: 'customers', wrap: 'Customers', key: 'CustomerNumber' };
const ARTICLE = { path: 'articles', wrap: 'Articles', key: 'ArticleNumber' };

async function getCustomer(session: Session, number: string): Promise<FortnoxCustomer> {
  const answer = await session.http({ method: 'GET', path: `3/customers/${encodeURIComponent(number)}` });
  return unwrapped(answer.body, 'Customer', FortnoxCustomer);
}

async function getArticle(session: Session, number: string): Promise<FortnoxArticle> {
  const answer = await session.http({ method: 'GET', path: `3/articles/${encodeURIComponent(number)}` });
  return unwrapped(answer.body, 'Article', FortnoxArticle);
}

/** Nothing where the answer is “not found”. */
async function maybe<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'TARGET_NOT_FOUND') return undefined;
    throw error;
  }
}

/** How a key may be written in Fortnox; its filters compare text, so each way is asked for. */
function spellings(by: CustomerKey, value: string): string[] {
  const text = value.trim();
  if (by === 'email') return [...new Set([text, text.toLowerCase()])];
  if (by === 'number') return [text];
  const key = organisationNumberKey(value);
  return /^\d{10}$/.test(key) ? [`${key.slice(0, 6)}-${key.slice(6)}`, key] : [...new Set([text, key])];
}

const FILTERS = { number: 'customernumber', email: 'email', organisationNumber: 'organisationnumber' } as const;

async function findCustomers(session: Session, by: CustomerKey, value: string): Promise<Customer[]> {
  const numbers = new Set<string>();
  for (const text of spellings(by, value)) {
    const entries = await every(session, 'customers', 'Customers', { [FILTERS[by]]: text });
    for (const entry of entries) numbers.add(keyOf(entry, CUSTOMER));
  }
  const found: Customer[] = [];
  for (const number of [...numbers].slice(0, 50)) {
    const customer = customerFromFortnox(await getCustomer(session, number), booksOf(session));
    if (customerHas(customer, by, value)) found.push(customer);
  }
  return found;
}

function customerRef(customer: FortnoxCustomer, created: boolean): DocumentRef {
  return { id: customer.CustomerNumber, number: customer.CustomerNumber, created };
}

type NewCustomer = Parameters<NonNullable<typeof customersCreate.identity>>[0];

/** The reference cannot be filtered on, so the customers that share a key with ours are read and looked through. */
async function lookUpCustomer(session: Session, input: NewCustomer, reference: string): Promise<DocumentRef | null> {
  const { customer, number } = input;
  const query =
    number !== undefined
      ? { customernumber: number }
      : customer.email !== undefined
        ? { email: customer.email }
        : { name: customer.name };
  for (const entry of await every(session, 'customers', 'Customers', query)) {
    const standing = await getCustomer(session, keyOf(entry, CUSTOMER));
    if (standing.ExternalReference === reference) return customerRef(standing, true);
  }
  return null;
}

type PriceKey = { readonly list: string; readonly article: string; readonly from: number };

/** A price is known by list, article and quantity: written over where it stands, made where it does not. */
async function putPrice(session: Session, key: PriceKey, price: number): Promise<void> {
  const path = `3/prices/${[key.list, key.article, key.from].map(encodeURIComponent).join('/')}`;
  const body = {
    Price: { ArticleNumber: key.article, PriceList: key.list, FromQuantity: key.from, Price: price },
  };
  const standing = await maybe(session.http({ method: 'PUT', path, body }));
  if (standing === undefined) await session.http({ method: 'POST', path: '3/prices', body });
}

/** The product's own price, in the connection's list of ordinary prices. */
async function putOwnPrice(session: Session, product: Product, number: string): Promise<void> {
  if (product.price === undefined) return;
  const books = booksOf(session);
  const about = { includesTax: product.priceIncludesTax, taxRate: product.taxRate };
  await putPrice(session, { list: books.priceList, article: number, from: 0 }, listPrice(product.price, about, books));
}

async function createArticle(session: Session, product: Product): Promise<DocumentRef> {
  const { sku } = product;
  if (sku === undefined) {
    throw new TerminalError('INPUT_INVALID', 'a product without a SKU cannot be found again', { field: 'product.sku' });
  }
  if (product.kind !== 'simple' && product.kind !== 'variant' && product.kind !== 'service') {
    throw new TerminalError('UNSUPPORTED', 'Fortnox has simple articles only', { field: 'product.kind' });
  }
  let created = true;
  try {
    const body = { Article: articleToFortnox(product, sku) };
    await session.http({ method: 'POST', path: '3/articles', body });
  } catch (error) {
    if (!isTaken(error)) throw error;
    // Our own article, whose answer was lost, or somebody else's with the same number: only the first may pass.
    const standing = await getArticle(session, sku);
    if (standing.Description !== product.name.slice(0, 200)) {
      const message = `article ${sku} stands in Fortnox as “${standing.Description}”`;
      throw new TerminalError('TARGET_DIFFERS', message, { field: 'product.name', details: { id: sku } });
    }
    created = false;
  }
  await putOwnPrice(session, product, sku);
  return { id: sku, number: sku, created };
}

async function priceLists(session: Session): Promise<PriceList[]> {
  const entries = await every(session, 'pricelists', 'PriceLists');
  const books = booksOf(session);
  return entries.map((entry) => priceListFromFortnox(readAnswer(FortnoxPriceList, entry, 'PriceList'), books));
}

const PriceCursor = z.strictObject({ list: z.int().min(0), page: z.int().positive() });

/** Fortnox lists prices by list and article only and tells no time of change: all are read, 50 articles a page. */
async function listPrices(
  session: Session,
  input: { readonly priceList?: string | undefined; readonly cursor?: string | undefined },
): Promise<{ items: Price[]; cursor?: string }> {
  const all = await priceLists(session);
  const lists = input.priceList === undefined ? all : all.filter((list) => list.code === input.priceList);
  const at = readCursor(PriceCursor, input.cursor) ?? { list: 0, page: 1 };
  const list = lists[at.list];
  if (list === undefined) {
    if (at.list > 0) return { items: [] };
    throw new TerminalError('TARGET_NOT_FOUND', `Fortnox has no price list ${input.priceList ?? ''}`, {
      field: 'priceList',
    });
  }
  const { entries, last } = await pageAt(session, 'articles', 'Articles', { page: at.page, limit: 50 });
  const items: Price[] = [];
  for (const entry of entries) {
    const article = encodeURIComponent(keyOf(entry, ARTICLE));
    const prices = await every(session, `prices/sublist/${encodeURIComponent(list.code)}/${article}`, 'Prices');
    for (const price of prices) {
      items.push(priceFromFortnox(readAnswer(FortnoxPrice, price, 'Price'), list.name, booksOf(session)));
    }
  }
  const next = last ? { list: at.list + 1, page: 1 } : { list: at.list, page: at.page + 1 };
  return { items, ...(next.list < lists.length ? { cursor: JSON.stringify(next) } : {}) };
}

async function setPrice(session: Session, price: Price): Promise<{ id: string }> {
  const books = booksOf(session);
  if (price.offer || price.from !== undefined || price.until !== undefined) {
    throw new TerminalError('UNSUPPORTED', 'a price in Fortnox has no first or last day', { field: 'price.from' });
  }
  if (price.currency !== undefined && price.currency !== books.currency) {
    const message = `the price lists are in ${books.currency}, not ${price.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'price.currency' });
  }
  const rate = price.includesTax ? articleFromFortnox(await getArticle(session, price.sku), books).taxRate : undefined;
  const list = price.priceList ?? books.priceList;
  const from = Number(price.fromQuantity);
  const amount = listPrice(price.price, { includesTax: price.includesTax, taxRate: rate }, books);
  await putPrice(session, { list, article: price.sku, from }, amount);
  return { id: `${list}/${price.sku}/${from}`.slice(0, 200) };
}

const customerOffers: readonly AnyOffer[] = [
  offerRead(customersList, (session, input) =>
    changedPage(session, input, {
      ...CUSTOMER,
      query: { sortby: 'customernumber' },
      get: async (id) => customerFromFortnox(await getCustomer(session, id), booksOf(session)),
    }),
  ),
  offerRead(customersGet, async (session, { id }) =>
    customerFromFortnox(await getCustomer(session, id), booksOf(session)),
  ),
  offerRead(customersFind, (session, { by, value }) => findCustomers(session, by, value)),
  offerWrite(customersCreate, {
    // The number is Fortnox's own, so a repeat would make a second customer; ExternalReference tells ours apart.
    class: 'B',
    settleMs: SETTLE_MS,
    async run(session, { customer, number, costCentre }, { reference }) {
      const body = { Customer: customerToFortnox(customer, { number, costCentre, reference }) };
      const answer = await session.http({ method: 'POST', path: '3/customers', body });
      return customerRef(unwrapped(answer.body, 'Customer', FortnoxCustomer), true);
    },
    lookup: (session, input, call) => lookUpCustomer(session, input, call.reference),
  }),
  offerWrite(customersUpdate, {
    class: 'A',
    async run(session, { id, customer, costCentre }) {
      const path = `3/customers/${encodeURIComponent(id)}`;
      const body = { Customer: customerToFortnox(customer, { costCentre }) };
      const answer = await session.http({ method: 'PUT', path, body });
      return customerRef(unwrapped(answer.body, 'Customer', FortnoxCustomer), false);
    },
  }),
];

async function findArticle(session: Session, sku: string): Promise<FortnoxArticle[]> {
  const article = await maybe(getArticle(session, sku));
  return article !== undefined && skuKey(article.ArticleNumber).toLowerCase() === skuKey(sku).toLowerCase()
    ? [article]
    : [];
}

const articleOffers: readonly AnyOffer[] = [
  offerRead(productsList, (session, input) =>
    changedPage(session, input, {
      ...ARTICLE,
      query: { sortby: 'articlenumber' },
      get: async (id) => articleFromFortnox(await getArticle(session, id), booksOf(session)),
    }),
  ),
  offerRead(productsGet, async (session, { id }) =>
    articleFromFortnox(await getArticle(session, id), booksOf(session)),
  ),
  offerRead(productsFind, async (session, { sku }) =>
    (await findArticle(session, sku)).map((article) => articleFromFortnox(article, booksOf(session))),
  ),
  offerWrite(productsCreate, {
    // Article numbers are unique in Fortnox: a second request is refused, and what stands there is compared.
    class: 'A',
    run: (session, { product }) => createArticle(session, product),
  }),
  offerWrite(productsUpdate, {
    class: 'A',
    async run(session, { id, product }) {
      const path = `3/articles/${encodeURIComponent(id)}`;
      await session.http({ method: 'PUT', path, body: { Article: articleToFortnox(product, undefined) } });
      await putOwnPrice(session, product, id);
      return { id, number: id, created: false };
    },
  }),
  offerRead(stockList, async (session, input) => {
    const books = booksOf(session);
    const read = (entry: Json) => stockFromFortnox(readAnswer(FortnoxStockItem, entry, 'Article'), books);
    const page = await changedPage(session, input, { ...ARTICLE, query: { sortby: 'articlenumber' }, read });
    return { ...page, items: page.items.flat() };
  }),
  offerRead(stockFind, async (session, { sku }) =>
    (await findArticle(session, sku)).flatMap((article) => stockFromFortnox(article, booksOf(session))),
  ),
  offerWrite(stockSet, {
    class: 'A',
    async run(session, { level, figure }) {
      const quantity = figure === 'onHand' ? level.onHand : (level.available ?? level.onHand);
      const body = { Article: { QuantityInStock: Number(quantity) } };
      await session.http({ method: 'PUT', path: `3/articles/${encodeURIComponent(level.sku)}`, body });
      return { id: level.sku };
    },
  }),
  offerRead(priceListsList, async (session) => ({ items: await priceLists(session) })),
  offerRead(pricesList, listPrices),
  offerWrite(pricesSet, { class: 'A', run: (session, { price }) => setPrice(session, price) }),
];

export const registerOffers: readonly AnyOffer[] = [...customerOffers, ...articleOffers];
