import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import {
  type DocumentRef,
  type ListQuery,
  productsCreate,
  productsFind,
  productsGet,
  productsList,
  productsUpdate,
} from '../../commerce/capabilities.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Page, Product } from '../../commerce/model.ts';
import { filled, readAnswer, readCursor, readEach } from '../answer.ts';
import { metaText, REFERENCE_KEY } from './customer-map.ts';
import { byIds, changedPage, Edge, every, idIn, latest, pageAt, recordIn, startAt } from './list.ts';
import {
  type Goods,
  goodsOf,
  newProduct,
  parentFromMedusa,
  pricesOf,
  productFromMedusa,
  productToMedusa,
  shopPrice,
  withPrice,
} from './product-map.ts';
import { traitsOf } from './settings.ts';
import { MedusaProduct, type MedusaVariant, PRODUCT_FIELDS } from './shape.ts';
import { readShop, type Shop } from './shop.ts';
import { afterFirst, idOf } from './write.ts';

const SETTLE_MS = 60_000;
const PATH = 'admin/products';
const VARIANTS = 'admin/product-variants';

const readProduct = (body: Json): MedusaProduct => readAnswer(MedusaProduct, body, 'product');

async function productOf(session: Session, id: string): Promise<MedusaProduct> {
  const answer = await session.http({ method: 'GET', path: `${PATH}/${id}`, query: { fields: PRODUCT_FIELDS } });
  return recordIn(MedusaProduct, 'product', answer.body);
}

const VariantHead = z.looseObject({ id: z.string(), product_id: z.string().nullish(), sku: z.string().nullish() });

/** A variant with its product; of a product of several, its own id is of the product. */
async function goodsById(session: Session, id: string): Promise<{ product: MedusaProduct; variant?: MedusaVariant }> {
  if (id.startsWith('prod_')) return { product: await productOf(session, idOf(id, 'product.id')) };
  const variantId = idOf(id, 'product.id');
  const [head] = (await byIds(session, VARIANTS, [variantId], { fields: 'id,product_id' })).map((entry) =>
    readAnswer(VariantHead, entry, 'variant'),
  );
  const missing = new TerminalError('TARGET_NOT_FOUND', `Medusa has no variant ${id}`, { field: 'product.id' });
  if (!head?.product_id) throw missing;
  const product = await productOf(session, head.product_id);
  const variant = product.variants.find((one) => one.id === variantId);
  if (!variant) throw missing;
  return { product, variant };
}

/** Every variant that has one of the SKUs; the server's filter is not taken on trust. */
export async function goodsBySkus(session: Session, skus: readonly string[]): Promise<Goods[]> {
  const wanted = new Set(skus.map(skuKey));
  if (wanted.size === 0) return [];
  const heads = (
    await pageAt(session, VARIANTS, { 'sku[]': [...wanted], fields: 'id,product_id,sku', limit: 1000 })
  ).map((entry) => readAnswer(VariantHead, entry, 'variant'));
  const ids = heads.flatMap((one) => (one.product_id && wanted.has(skuKey(one.sku ?? '')) ? [one.product_id] : []));
  const products = (await byIds(session, PATH, ids, { fields: PRODUCT_FIELDS })).map(readProduct);
  return products.flatMap(goodsOf).filter(({ variant }) => wanted.has(skuKey(variant.sku ?? '')));
}

/** The one variant with the SKU among those found. Throws ARTICLE_MISSING or MATCH_AMBIGUOUS. */
export function oneOf<T>(found: readonly T[], sku: string): T {
  const [one, ...others] = found;
  if (one === undefined) throw new TerminalError('ARTICLE_MISSING', `no variant has the SKU ${sku}`, { field: 'sku' });
  if (others.length === 0) return one;
  throw new TerminalError('MATCH_AMBIGUOUS', `${others.length + 1} variants have the SKU ${sku}`, { field: 'sku' });
}

export const hasSku =
  (sku: string) =>
  ({ variant }: Goods): boolean =>
    skuKey(variant.sku ?? '') === skuKey(sku);

const Cursor = z.strictObject({ of: z.enum(['products', 'variants']), edge: Edge });

/**
 * Products by change of their own, then by change of a variant: neither clock moves with the other. Of the second, those that
 * the first has answered are left out. Answers whole products.
 */
export async function changedProducts(
  session: Session,
  input: ListQuery,
): Promise<{ readonly products: Json[]; readonly cursor?: string }> {
  const from = readCursor(Cursor, input.cursor) ?? { of: 'products' as const, edge: startAt(input.changedSince) };
  const onwards = (of: 'products' | 'variants', edge: Edge): { cursor: string } => ({
    cursor: JSON.stringify({ of, edge } satisfies z.infer<typeof Cursor>),
  });
  if (from.of === 'products') {
    const { entries, next } = await changedPage(session, PATH, from.edge, { fields: PRODUCT_FIELDS });
    if (next) return { products: entries, ...onwards('products', next) };
    // without a time, all have been answered
    if (input.changedSince === undefined) return { products: entries };
    return { products: entries, ...onwards('variants', startAt(input.changedSince)) };
  }
  const { entries, next } = await changedPage(session, VARIANTS, from.edge, { fields: 'id,product_id,updated_at' });
  const ids = entries.map((entry) => readAnswer(VariantHead, entry, 'variant').product_id ?? '');
  const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
  const products = (
    await byIds(
      session,
      PATH,
      ids.filter((id) => id !== ''),
      { fields: PRODUCT_FIELDS },
    )
  ).filter((entry) => Date.parse(String((entry as JsonObject)['updated_at'])) < since);
  return { products, ...(next ? onwards('variants', next) : {}) };
}

/** A page of what `pick` makes of each product, in order of change. */
async function goodsPage(session: Session, input: ListQuery): Promise<Page<Product>> {
  const traits = traitsOf(session);
  const [{ products, cursor }, shop] = await Promise.all([changedProducts(session, input), readShop(session)]);
  const stamps: Record<string, string> = {};
  const page = await readEach(products, idIn, (entry) => {
    const product = readProduct(entry);
    const all = goodsOf(product).map((goods) => productFromMedusa(goods, traits, shop));
    const items = product.variants.length === 1 ? all : [parentFromMedusa(product, traits), ...all];
    const state = latest([product.updated_at, ...product.variants.map((one) => one.updated_at)]);
    for (const item of items) stamps[item.source.id] = state;
    return items;
  });
  return { ...page, items: page.items.flat(), stamps, ...(cursor === undefined ? {} : { cursor }) };
}

const StoreHead = z.looseObject({ default_sales_channel_id: z.string().nullish() });
const Profile = z.looseObject({ id: z.string(), type: z.string() });

/** Where a new product is sold and how it is sent: what Medusa's own dashboard proposes. */
async function placeOf(session: Session) {
  const [stores, profiles] = await Promise.all([
    every(session, 'admin/stores', { fields: 'id,default_sales_channel_id' }),
    every(session, 'admin/shipping-profiles', { fields: 'id,type' }),
  ]);
  const read = profiles.map((entry) => readAnswer(Profile, entry, 'shipping_profile'));
  return {
    salesChannel: readAnswer(StoreHead, stores[0], 'store').default_sales_channel_id ?? undefined,
    shippingProfile: (read.find((one) => one.type === 'default') ?? read[0])?.id,
  };
}

const refOf = ({ variant }: Goods, created: boolean): DocumentRef => ({
  id: variant.id,
  number: filled(variant.sku) ?? variant.id,
  created,
});

async function createProduct(session: Session, product: Product, reference: string): Promise<DocumentRef> {
  const { sku } = product;
  if (sku === undefined) {
    const message = 'a product without a SKU cannot be found again';
    throw new TerminalError('INPUT_INVALID', message, { field: 'product.sku' });
  }
  if (product.kind !== 'simple' && product.kind !== 'service') {
    throw new TerminalError('UNSUPPORTED', 'only simple products are made here', { field: 'product.kind' });
  }
  const [place, shop] = await Promise.all([placeOf(session), readShop(session)]);
  const body = newProduct({ ...product, sku }, place, reference, traitsOf(session), shop);
  const answer = await session.http({ method: 'POST', path: PATH, query: { fields: PRODUCT_FIELDS }, body });
  const made = recordIn(MedusaProduct, 'product', answer.body);
  return afterFirst(async () => refOf(oneOf(goodsOf(made).filter(hasSku(sku)), sku), true));
}

async function lookUpProduct(session: Session, product: Product, reference: string): Promise<DocumentRef | null> {
  const [standing] = await goodsBySkus(session, [product.sku ?? '']);
  if (standing === undefined) return null;
  if (metaText(standing.product.metadata, [REFERENCE_KEY]) === reference) return refOf(standing, true);
  const message = `product ${standing.product.id} has this SKU but was not made from this record`;
  throw new HoldError('TARGET_DIFFERS', 'review', message, { details: { id: standing.product.id } });
}

async function updateProduct(session: Session, id: string, wanted: Product): Promise<DocumentRef> {
  const [{ product, variant }, shop] = await Promise.all([goodsById(session, id), readShop(session)]);
  const alone = product.variants.length === 1;
  const head = productToMedusa(wanted, shop);
  // of several variants each has its own name, and the product keeps the one they share
  const { title: _title, description: _description, ...shared } = head;
  const taxRate = wanted.taxRate ?? shop.rateOf(product);
  const body = variant === undefined ? null : variantBody(variant, { ...wanted, taxRate }, session, shop);
  await session.http({ method: 'POST', path: `${PATH}/${product.id}`, body: alone || !variant ? head : shared });
  if (variant && body) {
    const path = `${PATH}/${product.id}/variants/${variant.id}`;
    await afterFirst(() => session.http({ method: 'POST', path, body }));
  }
  return { id, number: filled(wanted.sku) ?? filled(variant?.sku) ?? id, created: false };
}

function variantBody(variant: MedusaVariant, wanted: Product, session: Session, shop: Shop): JsonObject {
  const traits = traitsOf(session);
  const about = { includesTax: wanted.priceIncludesTax, taxRate: wanted.taxRate };
  return {
    title: wanted.name,
    ...(wanted.sku === undefined ? {} : { sku: wanted.sku }),
    ...(wanted.ean === undefined ? {} : { ean: wanted.ean }),
    ...(wanted.stockTracked === undefined ? {} : { manage_inventory: wanted.stockTracked }),
    ...(wanted.price === undefined
      ? {}
      : {
          prices: [...withPrice(pricesOf(variant), traits.currency, shopPrice(wanted.price, about, traits, shop), '0')],
        }),
  };
}

export const productOffers: readonly AnyOffer[] = [
  offerRead(productsList, goodsPage),
  offerRead(productsGet, async (session, { id }) => {
    const [{ product, variant }, shop] = await Promise.all([goodsById(session, id), readShop(session)]);
    const traits = traitsOf(session);
    return variant ? productFromMedusa({ product, variant }, traits, shop) : parentFromMedusa(product, traits);
  }),
  offerRead(productsFind, async (session, { sku }) => {
    const [found, shop] = await Promise.all([goodsBySkus(session, [sku]), readShop(session)]);
    return found.map((goods) => productFromMedusa(goods, traitsOf(session), shop));
  }),
  offerWrite(productsCreate, {
    // A SKU is one variant's only (unique index), and the product carries our reference.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, { product }, call) => createProduct(session, product, call.reference),
    lookup: (session, { product }, call) => lookUpProduct(session, product, call.reference),
  }),
  offerWrite(productsUpdate, { class: 'A', run: (session, { id, product }) => updateProduct(session, id, product) }),
];
