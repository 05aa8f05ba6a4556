import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import {
  type DocumentRef,
  productsCreate,
  productsFind,
  productsGet,
  productsList,
  productsUpdate,
} from '../../commerce/capabilities.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Product } from '../../commerce/model.ts';
import { readAnswer } from '../answer.ts';
import { pointsOf } from './amount.ts';
import { changedPage, type Listing, type Source } from './changes.ts';
import { CHANNEL, Channel, graphql, idOf, traitsOf } from './graphql.ts';
import { instantOf, latestIn } from './moment.ts';
import { channelPrice, productFromVendure, productToVendure, slugOf, variantToVendure } from './product-map.ts';
import type { ShopTraits } from './settings.ts';
import { listOf, Made, VARIANT, VendureVariant } from './shape.ts';

const SETTLE_MS = 60_000;

/** A variant's stamp moves with its price, tax and name, and the product's with its own name and visibility: each tells its part. */
export const VARIANTS: Source = {
  field: 'productVariants',
  placed: 'createdAt',
  times: 'id updatedAt',
  by: 'updated',
  idsOf: (row) => [String(row['id'])],
};
export const PRODUCTS: Source = {
  field: 'products',
  placed: 'createdAt',
  times: 'id updatedAt variants{id}',
  by: 'updated',
  idsOf: (row) => ((row['variants'] ?? []) as { id: string }[]).map((one) => String(one.id)),
};

/** The variant is what has a SKU, so it is the product of the flows. Stock is a record of its own. */
export const readVariant = (entry: unknown): VendureVariant => readAnswer(VendureVariant, entry, 'variant');
export function changedAtOf({ stockLevels: _stock, ...variant }: VendureVariant): string {
  return instantOf(latestIn(variant));
}
const fromVendure = (from: VendureVariant, traits: ShopTraits): Product =>
  productFromVendure(from, changedAtOf(from), traits);

const LISTING: Listing<Product> = {
  sources: [VARIANTS, PRODUCTS],
  field: 'productVariants',
  selection: () => VARIANT,
  read: (entry, traits) => [fromVendure(readVariant(entry), traits)],
};

async function getVariant(session: Session, id: string): Promise<[VendureVariant, ShopTraits]> {
  const answer = await graphql(
    session,
    z.looseObject({ activeChannel: Channel, productVariant: VendureVariant.nullable() }),
    `query($id:ID!){${CHANNEL} productVariant(id:$id){${VARIANT}}}`,
    { id: idOf(id, 'product.id') },
  );
  if (answer.productVariant) return [answer.productVariant, traitsOf(session, answer.activeChannel)];
  throw new TerminalError('TARGET_NOT_FOUND', `there is no product variant ${id}`, { field: 'product.id' });
}

/** All variants with one of these SKUs, as they are written. */
export async function variantsBySku(
  session: Session,
  skus: readonly string[],
): Promise<[VendureVariant[], ShopTraits]> {
  const answer = await graphql(
    session,
    z.looseObject({ activeChannel: Channel, productVariants: listOf(VendureVariant) }),
    `query($options:ProductVariantListOptions){${CHANNEL} productVariants(options:$options){items{${VARIANT}}}}`,
    { options: { filter: { sku: { in: [...new Set(skus.flatMap((sku) => [sku, skuKey(sku)]))] } }, take: 1000 } },
  );
  return [answer.productVariants.items, traitsOf(session, answer.activeChannel)];
}

export const hasSku = (variant: VendureVariant, sku: string): boolean => skuKey(variant.sku ?? '') === skuKey(sku);

const Shop = z.looseObject({
  activeChannel: Channel.extend({
    defaultLanguageCode: z.string(),
    defaultCurrencyCode: z.string(),
    defaultTaxZone: z.looseObject({ id: Made.shape.id }).nullish(),
  }),
  taxRates: listOf(
    z.looseObject({ value: z.number(), enabled: z.boolean(), zone: Made, category: Made.extend({ name: z.string() }) }),
  ),
});

/** What a product is written with: the channel's language, and the tax category with the product's rate in its zone. */
async function writingFor(session: Session, product: Product) {
  const shop = await graphql(
    session,
    Shop,
    `{activeChannel{pricesIncludeTax defaultLanguageCode defaultCurrencyCode defaultTaxZone{id}}
      taxRates(options:{take:100}){items{value enabled zone{id} category{id name}}}}`,
  );
  const traits = traitsOf(session, shop.activeChannel);
  const { taxRate, price } = product;
  const zone = shop.activeChannel.defaultTaxZone?.id;
  const category = shop.taxRates.items.find(
    (one) => one.enabled && one.zone.id === zone && pointsOf(one.value) === taxRate,
  )?.category.id;
  if (taxRate !== undefined && category === undefined) {
    const message = `Vendure has no tax category with ${taxRate / 100} % in the channel’s zone`;
    throw new TerminalError('UNSUPPORTED', message, { field: 'product.taxRate' });
  }
  const about = { includesTax: product.priceIncludesTax, taxRate, currency: product.currency };
  const amount = price === undefined ? undefined : channelPrice(price, about, traits);
  const { defaultLanguageCode: language, defaultCurrencyCode: own } = shop.activeChannel;
  const currency = product.currency ?? own;
  const variant: JsonObject = {
    ...variantToVendure(product, language),
    ...(category === undefined ? {} : { taxCategoryId: category }),
  };
  return { language, variant, own, currency, amount };
}

const Standing = z.looseObject({
  products: listOf(Made.extend({ variants: z.array(Made.extend({ sku: z.string().nullish() })).default([]) })),
});

/** The product made by an earlier try, found by its address in the shop. */
async function productBySlug(session: Session, slug: string) {
  const answer = await graphql(
    session,
    Standing,
    'query($options:ProductListOptions){products(options:$options){items{id variants{id sku}}}}',
    { options: { filter: { slug: { eq: slug } }, take: 2 } },
  );
  return answer.products.items[0];
}

function refOf(id: string, sku: string | null | undefined, created: boolean): DocumentRef {
  return { id, number: sku ? sku : id, created };
}

async function createProduct(session: Session, product: Product, reference: string): Promise<DocumentRef> {
  const { sku, kind } = product;
  if (sku === undefined) {
    const message = 'a product without a SKU cannot be found again';
    throw new TerminalError('INPUT_INVALID', message, { field: 'product.sku' });
  }
  if (kind !== 'simple' && kind !== 'service') {
    throw new TerminalError('UNSUPPORTED', 'only simple products are made here', { field: 'product.kind' });
  }
  const slug = slugOf(product.name, reference);
  const standing = await productBySlug(session, slug);
  const [mine] = standing?.variants ?? [];
  if (mine) return refOf(mine.id, mine.sku, true);
  const [others] = await variantsBySku(session, [sku]);
  if (others[0]) {
    throw new TerminalError('TARGET_REFUSED', `variant ${others[0].id} has this SKU already`, { field: 'product.sku' });
  }
  const { language, variant, own, currency, amount } = await writingFor(session, product);
  if (currency !== own) {
    const message = `the channel’s prices are in ${own}, not ${currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'product.currency' });
  }
  const id = standing?.id ?? (await makeProduct(session, productToVendure(product, language, slug)));
  // A product without options takes one variant only, so a second try makes no second one.
  const answer = await graphql(
    session,
    z.looseObject({ createProductVariants: z.array(Made).min(1) }),
    'mutation($input:[CreateProductVariantInput!]!){createProductVariants(input:$input){id}}',
    // `prices` are not read when a variant is made (3.7.3), only the price in the channel’s own currency
    { input: [{ ...variant, ...(amount === undefined ? {} : { price: amount }), productId: id }] },
  );
  return refOf(answer.createProductVariants[0]?.id ?? id, sku, true);
}

async function makeProduct(session: Session, input: JsonObject): Promise<string> {
  const answer = await graphql(
    session,
    z.looseObject({ createProduct: Made }),
    'mutation($input:CreateProductInput!){createProduct(input:$input){id}}',
    { input },
  );
  return answer.createProduct.id;
}

async function lookUpProduct(session: Session, product: Product, reference: string): Promise<DocumentRef | null> {
  const standing = await productBySlug(session, slugOf(product.name, reference));
  const [mine] = standing?.variants ?? [];
  if (mine) return refOf(mine.id, mine.sku, true);
  const [others] = standing ? [[]] : await variantsBySku(session, [product.sku ?? '']);
  const [other] = others;
  if (!other) return null;
  const message = `variant ${other.id} has this SKU but was not made from this record`;
  throw new HoldError('TARGET_DIFFERS', 'review', message, { details: { id: other.id } });
}

async function updateProduct(session: Session, id: string, product: Product): Promise<DocumentRef> {
  const [standing] = await getVariant(session, id);
  const { language, variant, currency, amount } = await writingFor(session, product);
  const prices = amount === undefined ? {} : { prices: [{ currencyCode: currency, price: amount }] };
  await graphql(
    session,
    z.looseObject({ updateProductVariant: Made }),
    'mutation($input:UpdateProductVariantInput!){updateProductVariant(input:$input){id}}',
    { input: { id: standing.id, ...variant, ...prices } },
  );
  // The name and visibility of a product with options are of all its variants.
  if (standing.options.length === 0) {
    const input = { id: standing.product.id, ...productToVendure(product, language) };
    await graphql(
      session,
      z.looseObject({ updateProduct: Made }),
      'mutation($input:UpdateProductInput!){updateProduct(input:$input){id}}',
      { input },
    );
  }
  return refOf(standing.id, product.sku ?? standing.sku, false);
}

export const productOffers: readonly AnyOffer[] = [
  offerRead(productsList, (session, query) => changedPage(session, query, LISTING)),
  offerRead(productsGet, async (session, { id }) => fromVendure(...(await getVariant(session, id)))),
  offerRead(productsFind, async (session, { sku }) => {
    const [found, traits] = await variantsBySku(session, [sku]);
    return found.filter((one) => hasSku(one, sku)).map((one) => fromVendure(one, traits));
  }),
  offerWrite(productsCreate, {
    // Product and variant are two requests; the product’s address in the shop carries our reference.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, { product }, call) => createProduct(session, product, call.reference),
    lookup: (session, { product }, call) => lookUpProduct(session, product, call.reference),
  }),
  offerWrite(productsUpdate, {
    class: 'A',
    run: (session, { id, product }) => updateProduct(session, id, product),
  }),
];
