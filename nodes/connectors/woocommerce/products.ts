import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import {
  type DocumentRef,
  type ListQuery,
  pricesList,
  pricesSet,
  productsCreate,
  productsFind,
  productsFromWebhook,
  productsGet,
  productsList,
  productsUpdate,
  stockFind,
  stockList,
  stockSet,
} from '../../commerce/capabilities.ts';
import { rescale, scaledOf } from '../../commerce/decimal.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Page, Price, StockLevel } from '../../commerce/model.ts';
import { filled, readAnswer } from '../answer.ts';
import { instantOf, metaText, REFERENCE_KEY } from './customer-map.ts';
import { idOf } from './customers.ts';
import { changedPage, every, PAGE, pageAt, updateBatch } from './list.ts';
import { pricesFromWoo, productFromWoo, productToWoo, shopPrice, taxRateOf } from './product-map.ts';
import { traitsOf } from './settings.ts';
import { WooProduct } from './shape.ts';

const readProduct = (body: Json): WooProduct => readAnswer(WooProduct, body, 'product');

/** A product or a variation with the product it belongs to. */
interface Goods {
  readonly one: WooProduct;
  readonly parent?: WooProduct;
}

async function getProduct(session: Session, id: string | number): Promise<WooProduct> {
  const answer = await session.http({ method: 'GET', path: `products/${idOf(String(id), 'product.id')}` });
  return readProduct(answer.body);
}

/** Searching by SKU finds products and variations alike; several SKUs go in one call. */
async function bySkus(session: Session, skus: readonly string[]): Promise<WooProduct[]> {
  const entries = await pageAt(session, 'products', 1, { sku: skus.join(','), status: 'any' });
  return entries.map(readProduct);
}

async function bySku(session: Session, sku: string): Promise<WooProduct[]> {
  // A comma would be read as two SKUs.
  if (sku.includes(','))
    throw new TerminalError('UNSUPPORTED', 'a SKU with a comma cannot be looked up', { field: 'sku' });
  return (await bySkus(session, [sku])).filter((one) => skuKey(one.sku ?? '') === skuKey(sku));
}

async function oneBySku(session: Session, sku: string): Promise<WooProduct> {
  const [found, ...others] = await bySku(session, sku);
  if (found === undefined)
    throw new TerminalError('ARTICLE_MISSING', `no product has the SKU ${sku}`, { field: 'sku' });
  if (others.length > 0) {
    throw new TerminalError('MATCH_AMBIGUOUS', `${others.length + 1} products have the SKU ${sku}`, { field: 'sku' });
  }
  return found;
}

/** Where one product or variation is written. */
function pathOf(product: WooProduct): string {
  return product.type === 'variation' && product.parent_id ? `products/${product.parent_id}/variations` : 'products';
}

/** A page of what `pick` makes of each product by change, each variable one followed by its variations. */
async function goodsPage<T>(
  session: Session,
  input: ListQuery,
  pick: (goods: Goods) => readonly T[],
): Promise<Page<T>> {
  const read = async (entry: Json): Promise<T[]> => {
    const one = readProduct(entry);
    if (one.type !== 'variable') return [...pick({ one })];
    const variations = await every(session, `products/${one.id}/variations`);
    return [...pick({ one }), ...variations.flatMap((variation) => pick({ one: readProduct(variation), parent: one }))];
  };
  const page = await changedPage(session, 'products', input, read, { status: 'any' });
  return { ...page, items: page.items.flat() };
}

function levelOf({ one, parent }: Goods, connection: string): StockLevel[] {
  const sku = filled(one.sku);
  // `parent`: the variations share the product's stock, which has a level of its own.
  if (sku === undefined || one.manage_stock !== true || typeof one.stock_quantity !== 'number') return [];
  const changed = filled(one.date_modified_gmt) ?? filled(parent?.date_modified_gmt);
  const quantity = String(one.stock_quantity);
  return [
    {
      source: { connection, id: String(one.id) },
      sku,
      // WooCommerce lowers the figure at the order already: what is left is what may be sold.
      onHand: quantity,
      available: quantity,
      changedAt: changed === undefined ? undefined : instantOf(changed),
    },
  ];
}

type StockInput = Parameters<NonNullable<typeof stockSet.identity>>[0];
type PriceInput = Parameters<NonNullable<typeof pricesSet.identity>>[0];

/** Whole pieces, rounded down: never promise what is not there. */
function stockBody({ level, figure }: StockInput): JsonObject {
  const quantity = scaledOf(figure === 'onHand' ? level.onHand : (level.available ?? level.onHand), 'level');
  const nearest = rescale(quantity, 0);
  const more = nearest * 10n ** BigInt(quantity.scale) > quantity.units;
  return { manage_stock: true, stock_quantity: Number(more ? nearest - 1n : nearest) };
}

function priceBody(price: Price, session: Session, product: WooProduct): JsonObject {
  if (price.priceList !== undefined) {
    const message = 'WooCommerce has one price per product and no price lists of its own';
    throw new TerminalError('UNSUPPORTED', message, { field: 'price.priceList' });
  }
  if (scaledOf(price.fromQuantity).units > 0n && !/^1(\.0+)?$/.test(price.fromQuantity)) {
    throw new TerminalError('UNSUPPORTED', 'WooCommerce has no prices by quantity', { field: 'price.fromQuantity' });
  }
  const traits = traitsOf(session);
  if (price.currency !== undefined && price.currency !== traits.currency) {
    const message = `the shop’s prices are in ${traits.currency}, not ${price.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'price.currency' });
  }
  const about = { priceIncludesTax: price.includesTax, taxRate: taxRateOf(product, traits) };
  const text = shopPrice(price.price, about, traits);
  if (!price.offer) return { regular_price: text };
  return {
    sale_price: text,
    date_on_sale_from_gmt: price.from ? `${price.from}T00:00:00` : null,
    date_on_sale_to_gmt: price.until ? `${price.until}T23:59:59` : null,
  };
}

type Answer = { id: string } | Error;

/** Writes many products by SKU: one search and one batch a hundred, and one batch more for each variable product. */
async function writeBySku(
  session: Session,
  wanted: readonly { readonly sku: string; readonly body: (product: WooProduct) => JsonObject }[],
): Promise<Answer[]> {
  const skus = [...new Set(wanted.map((one) => one.sku).filter((sku) => !sku.includes(',')))];
  const found = skus.length === 0 ? [] : await bySkus(session, skus);
  const answers = new Array<Answer>(wanted.length);
  const paths = new Map<string, { index: number; update: { id: number } & JsonObject }[]>();
  for (const [index, { sku, body }] of wanted.entries()) {
    const mine = found.filter((one) => skuKey(one.sku ?? '') === skuKey(sku));
    try {
      const only = mine.length === 1 && mine[0] ? mine[0] : await oneBySku(session, sku);
      const path = pathOf(only);
      paths.set(path, [...(paths.get(path) ?? []), { index, update: { id: only.id, ...body(only) } }]);
    } catch (error) {
      answers[index] = error as Error;
    }
  }
  for (const [path, updates] of paths) {
    const results = await updateBatch(
      session,
      path,
      updates.map((one) => one.update),
    );
    for (const [place, { index }] of updates.entries()) {
      const result = results[place];
      answers[index] = result instanceof Error ? result : { id: String(result) };
    }
  }
  return answers;
}

async function writeOne(
  session: Session,
  sku: string,
  body: (product: WooProduct) => JsonObject,
): Promise<{ id: string }> {
  const product = await oneBySku(session, sku);
  await session.http({ method: 'PUT', path: `${pathOf(product)}/${product.id}`, body: body(product) });
  return { id: String(product.id) };
}

function refOf(product: WooProduct, created: boolean): DocumentRef {
  return { id: String(product.id), number: filled(product.sku) ?? String(product.id), created };
}

const readOffers: readonly AnyOffer[] = [
  offerRead(productsList, async (session, input) => {
    const traits = traitsOf(session);
    return goodsPage(session, input, ({ one, parent }) => [productFromWoo(one, traits, parent)]);
  }),
  offerRead(productsGet, async (session, { id }) => productFromWoo(await getProduct(session, id), traitsOf(session))),
  offerRead(productsFromWebhook, async (session, { id, body }) => {
    const whole = WooProduct.safeParse(body);
    const product = whole.success && String(whole.data.id) === id ? whole.data : await getProduct(session, id);
    return productFromWoo(product, traitsOf(session));
  }),
  offerRead(productsFind, async (session, { sku }) => {
    return (await bySku(session, sku)).map((one) => productFromWoo(one, traitsOf(session)));
  }),
  offerRead(stockList, async (session, input) => {
    return goodsPage(session, input, (goods) => levelOf(goods, session.connection));
  }),
  offerRead(stockFind, async (session, { sku }) => {
    return (await bySku(session, sku)).flatMap((one) => levelOf({ one }, session.connection));
  }),
  offerRead(pricesList, async (session, input) => {
    if (input.priceList !== undefined) {
      const message = 'WooCommerce has one price per product and no price lists of its own';
      throw new TerminalError('UNSUPPORTED', message, { field: 'priceList' });
    }
    const traits = traitsOf(session);
    return goodsPage(session, input, ({ one }) => pricesFromWoo(one, traits));
  }),
];

const writeOffers: readonly AnyOffer[] = [
  offerWrite(productsCreate, {
    // SKUs are unique, but checked before the insert and not by the database: two requests at once could pass.
    class: 'B',
    settleMs: 60_000,
    async run(session, { product }, call) {
      if (product.sku === undefined) {
        throw new TerminalError('INPUT_INVALID', 'a product without a SKU cannot be found again', {
          field: 'product.sku',
        });
      }
      if (product.kind !== 'simple' && product.kind !== 'service') {
        throw new TerminalError('UNSUPPORTED', 'only simple products are made here', { field: 'product.kind' });
      }
      const body = productToWoo(product, traitsOf(session), call.reference);
      const answer = await session.http({ method: 'POST', path: 'products', body });
      return refOf(readProduct(answer.body), true);
    },
    async lookup(session, { product }, call) {
      const standing = (await bySku(session, product.sku ?? ''))[0];
      if (standing === undefined) return null;
      if (metaText(standing.meta_data, [REFERENCE_KEY]) === call.reference) return refOf(standing, true);
      const message = `product ${standing.id} has this SKU but was not made from this record`;
      throw new HoldError('TARGET_DIFFERS', 'review', message, { details: { id: String(standing.id) } });
    },
  }),
  offerWrite(productsUpdate, {
    class: 'A',
    async run(session, { id, product }) {
      const standing = await getProduct(session, id);
      const path = `${pathOf(standing)}/${standing.id}`;
      const answer = await session.http({ method: 'PUT', path, body: productToWoo(product, traitsOf(session)) });
      return refOf(readProduct(answer.body), false);
    },
  }),
  offerWrite(stockSet, {
    class: 'A',
    run: (session, input) => writeOne(session, input.level.sku, () => stockBody(input)),
    batch: {
      max: PAGE,
      run: (session, calls) =>
        writeBySku(
          session,
          calls.map(({ input }) => ({ sku: input.level.sku, body: () => stockBody(input) })),
        ),
    },
  }),
  offerWrite(pricesSet, {
    class: 'A',
    run: (session, { price }: PriceInput) =>
      writeOne(session, price.sku, (product) => priceBody(price, session, product)),
    batch: {
      max: PAGE,
      run: (session, calls) =>
        writeBySku(
          session,
          calls.map(({ input: { price } }) => ({
            sku: price.sku,
            body: (product: WooProduct) => priceBody(price, session, product),
          })),
        ),
    },
  }),
];

export const productOffers: readonly AnyOffer[] = [...readOffers, ...writeOffers];
