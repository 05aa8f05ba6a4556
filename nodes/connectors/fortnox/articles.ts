import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import {
  type DocumentRef,
  productsCreate,
  productsFind,
  productsGet,
  productsList,
  productsUpdate,
  stockFind,
  stockList,
  stockSet,
} from '../../commerce/capabilities.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Product } from '../../commerce/model.ts';
import { readAnswer } from '../answer.ts';
import { isTaken } from './fault.ts';
import { changedPage, maybe, segment } from './list.ts';
import { ARTICLE, getArticle, putOwnPrice } from './prices.ts';
import { articleFromFortnox, articleName, articleToFortnox, stockFromFortnox } from './register-map.ts';
import { booksOf } from './settings.ts';
import { type FortnoxArticle, FortnoxStockItem } from './shape.ts';

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
    if (standing.Description !== articleName(product)) {
      const message = `article ${sku} stands in Fortnox as “${standing.Description}”`;
      throw new TerminalError('TARGET_DIFFERS', message, { field: 'product.name', details: { id: sku } });
    }
    created = false;
  }
  await putOwnPrice(session, product, sku);
  return { id: sku, number: sku, created };
}

async function findArticle(session: Session, sku: string): Promise<FortnoxArticle[]> {
  const article = await maybe(getArticle(session, sku));
  return article !== undefined && skuKey(article.ArticleNumber).toLowerCase() === skuKey(sku).toLowerCase()
    ? [article]
    : [];
}

export const articleOffers: readonly AnyOffer[] = [
  offerRead(productsList, (session, input) =>
    changedPage(session, input, {
      ...ARTICLE,
      query: { sortby: 'articlenumber' },
      by: 'each',
      read: async (_entry, id) => articleFromFortnox(await getArticle(session, id), booksOf(session)),
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
      const path = `3/articles/${segment(id)}`;
      await session.http({ method: 'PUT', path, body: { Article: articleToFortnox(product, undefined) } });
      await putOwnPrice(session, product, id);
      return { id, number: id, created: false };
    },
  }),
  offerRead(stockList, async (session, input) => {
    const books = booksOf(session);
    const read = (entry: Json) => stockFromFortnox(readAnswer(FortnoxStockItem, entry, 'Article'), books);
    const page = await changedPage(session, input, {
      ...ARTICLE,
      query: { sortby: 'articlenumber' },
      by: 'list',
      read,
    });
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
      await session.http({ method: 'PUT', path: `3/articles/${segment(level.sku)}`, body });
      return { id: level.sku };
    },
  }),
];
