import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import { priceListsList, pricesList, pricesSet } from '../../commerce/capabilities.ts';
import type { Page, Price, PriceList, Product } from '../../commerce/model.ts';
import { readAnswer, readCursor } from '../answer.ts';
import { every, keyOf, maybe, pageAt, segment, unwrapped } from './list.ts';
import { articleFromFortnox, listPrice, priceFromFortnox, priceListFromFortnox } from './register-map.ts';
import { booksOf } from './settings.ts';
import { FortnoxArticle, FortnoxPrice, FortnoxPriceList } from './shape.ts';

export const ARTICLE = { path: 'articles', wrap: 'Articles', key: 'ArticleNumber' };

export async function getArticle(session: Session, number: string): Promise<FortnoxArticle> {
  const answer = await session.http({ method: 'GET', path: `3/articles/${segment(number)}` });
  return unwrapped(answer.body, 'Article', FortnoxArticle);
}

type PriceKey = { readonly list: string; readonly article: string; readonly from: number };

/** A price is known by list, article and quantity: written over where it stands, made where it does not. */
async function putPrice(session: Session, key: PriceKey, price: number): Promise<void> {
  const path = `3/prices/${[key.list, key.article, key.from].map((part) => segment(String(part))).join('/')}`;
  const body = {
    Price: { ArticleNumber: key.article, PriceList: key.list, FromQuantity: key.from, Price: price },
  };
  const standing = await maybe(session.http({ method: 'PUT', path, body }));
  if (standing === undefined) await session.http({ method: 'POST', path: '3/prices', body });
}

/** The product's own price, in the connection's list of ordinary prices. */
export async function putOwnPrice(session: Session, product: Product, number: string): Promise<void> {
  if (product.price === undefined) return;
  const books = booksOf(session);
  const about = { includesTax: product.priceIncludesTax, taxRate: product.taxRate };
  await putPrice(session, { list: books.priceList, article: number, from: 0 }, listPrice(product.price, about, books));
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
): Promise<Page<Price>> {
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
    const article = segment(keyOf(entry, ARTICLE));
    const prices = await every(session, `prices/sublist/${segment(list.code)}/${article}`, 'Prices');
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

export const priceOffers: readonly AnyOffer[] = [
  offerRead(priceListsList, async (session, { cursor }) => {
    readCursor(z.never(), cursor);
    return { items: await priceLists(session) };
  }),
  offerRead(pricesList, listPrices),
  offerWrite(pricesSet, { class: 'A', run: (session, { price }) => setPrice(session, price) }),
];
