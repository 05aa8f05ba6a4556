import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { type Decimal, decimalOf, decimalText, rescale, scaledOf } from '../../commerce/decimal.ts';
import type { Price, Product, StockLevel } from '../../commerce/model.ts';
import { bridgeTax } from '../../commerce/money.ts';
import { compact, cut, filled } from '../answer.ts';
import { plainMeta, REFERENCE_KEY } from './customer-map.ts';
import { latest } from './list.ts';
import type { Traits } from './settings.ts';
import type { MedusaInventory, MedusaLevel, MedusaPrice, MedusaProduct, MedusaVariant } from './shape.ts';
import type { Shop } from './shop.ts';

/** What is sold is a variant; every product has at least one, and most have only one. */
export interface Goods {
  readonly product: MedusaProduct;
  readonly variant: MedusaVariant;
}

export const goodsOf = (product: MedusaProduct): Goods[] => product.variants.map((variant) => ({ product, variant }));

function minus(all: string | number, part: string | number): Decimal {
  const [a, b] = [scaledOf(all, 'stocked_quantity'), scaledOf(part, 'reserved_quantity')];
  return decimalText({ units: rescale(a, 6) - rescale(b, 6), scale: 6 });
}

export const availableAt = (level: MedusaLevel): Decimal => minus(level.stocked_quantity, level.reserved_quantity);

function sumOf(values: readonly Decimal[]): Decimal {
  return decimalText({ units: values.reduce((all, one) => all + rescale(scaledOf(one), 6), 0n), scale: 6 });
}

const levelsOf = ({ variant }: Goods): MedusaLevel[] =>
  variant.inventory_items.flatMap((one) => one.inventory?.location_levels ?? []);

/** From one piece up is the same as from none. */
export function stepOf(quantity: string | number | null | undefined): number {
  const from = Number(quantity ?? 0);
  return from <= 1 ? 0 : from;
}

const holdsForAll = (price: MedusaPrice, currency: string): boolean =>
  price.currency_code === currency.toLowerCase() && Object.keys(price.rules).length === 0;

/** The price that everybody pays for one piece. */
function plainPrice(variant: MedusaVariant, currency: string): MedusaPrice | undefined {
  return variant.prices.find((price) => holdsForAll(price, currency) && stepOf(price.min_quantity) === 0);
}

/** A price as Medusa takes it back. */
export interface VariantPrice extends JsonObject {
  readonly currency_code: string;
  readonly amount: number;
  readonly min_quantity: number | null;
  readonly rules: JsonObject;
}

/** All prices of a variant, to be sent along with a changed one. */
export function pricesOf(variant: MedusaVariant): VariantPrice[] {
  return variant.prices.map(({ id, currency_code, amount, min_quantity, max_quantity, rules }) => ({
    id,
    currency_code,
    amount: Number(amount),
    min_quantity: min_quantity === null || min_quantity === undefined ? null : Number(min_quantity),
    max_quantity: max_quantity === null || max_quantity === undefined ? null : Number(max_quantity),
    rules: rules as JsonObject,
  }));
}

/** The prices with the one from that quantity up set, or added. */
export function withPrice(
  prices: readonly VariantPrice[],
  currency: string,
  amount: number,
  fromQuantity: string,
): VariantPrice[] {
  const step = stepOf(fromQuantity);
  const code = currency.toLowerCase();
  const mine = (one: VariantPrice): boolean =>
    one.currency_code === code && Object.keys(one.rules).length === 0 && stepOf(one.min_quantity) === step;
  if (prices.some(mine)) return prices.map((one) => (mine(one) ? { ...one, amount } : one));
  return [...prices, { currency_code: code, amount, min_quantity: step === 0 ? null : step, rules: {} }];
}

export const changedAtOf = ({ product, variant }: Goods): string => latest([product.updated_at, variant.updated_at]);

export function productFromMedusa(goods: Goods, traits: Traits, shop: Shop): Product {
  const { product, variant } = goods;
  const alone = product.variants.length === 1;
  const price = plainPrice(variant, traits.currency);
  const levels = levelsOf(goods);
  const name = alone ? product.title : `${product.title}, ${filled(variant.title) ?? variant.sku ?? ''}`;
  return {
    source: { connection: traits.connection, id: variant.id },
    sku: filled(variant.sku),
    name: cut(name.trim(), 1000) || variant.id,
    kind: alone ? 'simple' : 'variant',
    parentId: alone ? undefined : product.id,
    active: product.status === 'published',
    description: product.description ? cut(product.description, 20_000) : undefined,
    ean: filled(variant.ean),
    price: price === undefined ? undefined : decimalOf(price.amount, 'price.amount'),
    priceIncludesTax: shop.pricesIncludeTax,
    currency: traits.currency,
    taxRate: shop.rateOf(product),
    taxClass: filled(product.type?.value),
    stockTracked: variant.manage_inventory,
    stock: levels.length === 0 ? undefined : sumOf(levels.map(availableAt)),
    changedAt: changedAtOf(goods),
    extra: { productId: product.id, meta: plainMeta(product.metadata) },
  };
}

/** A product of several variants, which is not sold itself. */
export function parentFromMedusa(product: MedusaProduct, traits: Traits): Product {
  return {
    source: { connection: traits.connection, id: product.id },
    name: cut(product.title.trim(), 1000) || product.id,
    kind: 'variable',
    active: product.status === 'published',
    description: product.description ? cut(product.description, 20_000) : undefined,
    changedAt: latest([product.updated_at, ...product.variants.map((one) => one.updated_at)]),
    extra: { productId: product.id, variations: product.variants.length, meta: plainMeta(product.metadata) },
  };
}

/** `Kaffe mörk` and `K-250 Å` as a part of an address: `kaffe-mork-k-250-a`. */
export function handleOf(...texts: readonly string[]): string {
  const plain = texts
    .join(' ')
    .normalize('NFKD')
    .replace(/[^\p{Letter}\p{Number} _.-]/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-');
  return plain.slice(0, 120).replace(/^-+|-+$/g, '');
}

/** A price with or without tax as the shop keeps its prices; a known difference without a tax rate cannot be bridged. */
export function shopPrice(
  price: Decimal,
  about: { readonly includesTax: boolean | undefined; readonly taxRate: number | undefined },
  traits: Traits,
  shop: Shop,
): number {
  if (about.includesTax === undefined || about.includesTax === shop.pricesIncludeTax) return Number(price);
  if (about.taxRate === undefined) {
    const message = 'the price and the shop differ in whether tax is included, and the tax rate is not known';
    throw new TerminalError('UNSUPPORTED', message, { field: 'product.taxRate' });
  }
  return Number(bridgeTax(price, about.taxRate, shop.pricesIncludeTax ? 'gross' : 'net', traits.currency));
}

export const NO_OPTION = { title: 'Artikel', value: 'Standard' } as const;

export function productToMedusa(product: Product, shop: Shop): JsonObject {
  return compact({
    title: product.name,
    status: product.active ? 'published' : 'draft',
    description: product.description,
    type_id: product.taxRate === undefined ? undefined : shop.typeFor(product.taxRate),
  });
}

/** A new product of one variant, to be found again by its SKU. */
export function newProduct(
  product: Product & { readonly sku: string },
  place: { readonly salesChannel: string | undefined; readonly shippingProfile: string | undefined },
  reference: string,
  traits: Traits,
  shop: Shop,
): JsonObject {
  const about = { includesTax: product.priceIncludesTax, taxRate: product.taxRate };
  return compact({
    ...productToMedusa(product, shop),
    handle: handleOf(product.name.slice(0, 80), product.sku) || undefined,
    shipping_profile_id: place.shippingProfile,
    sales_channels: place.salesChannel === undefined ? undefined : [{ id: place.salesChannel }],
    options: [{ title: NO_OPTION.title, values: [NO_OPTION.value] }],
    metadata: { [REFERENCE_KEY]: reference },
    variants: [
      compact({
        title: product.name,
        sku: product.sku,
        ean: product.ean,
        manage_inventory: product.stockTracked ?? product.kind !== 'service',
        options: { [NO_OPTION.title]: NO_OPTION.value },
        prices:
          product.price === undefined
            ? []
            : [{ currency_code: traits.currency.toLowerCase(), amount: shopPrice(product.price, about, traits, shop) }],
      }),
    ],
  });
}

/** Balances of an item, one a stock location; `id` is the variant's, as of the product itself. */
export function levelsFromMedusa(from: MedusaInventory, connection: string, location: string): StockLevel[] {
  const sku = filled(from.sku);
  if (sku === undefined) return [];
  const variants = from.variants.filter((one) => one !== null);
  const id = (variants.find((one) => filled(one.sku) === sku) ?? variants[0])?.id ?? from.id;
  const all = from.location_levels.map((level) => ({
    source: { connection, id },
    sku,
    onHand: decimalOf(level.stocked_quantity, 'stocked_quantity'),
    available: availableAt(level),
    warehouse: filled(level.stock_locations[0]?.name) ?? level.location_id,
    changedAt: level.updated_at,
  }));
  return location === '' ? all : all.filter((level) => level.warehouse === location);
}

/** All prices of a variant that hold for everybody. */
export function pricesFromMedusa({ variant, product }: Goods, traits: Traits, shop: Shop): Price[] {
  const sku = filled(variant.sku);
  if (sku === undefined) return [];
  return variant.prices
    .filter((price) => holdsForAll(price, traits.currency))
    .map((price) => ({
      source: { connection: traits.connection, id: variant.id },
      sku,
      fromQuantity: decimalOf(price.min_quantity ?? 0, 'price.min_quantity'),
      price: decimalOf(price.amount, 'price.amount'),
      offer: false,
      currency: traits.currency,
      includesTax: shop.pricesIncludeTax,
      changedAt: latest([product.updated_at, price.updated_at]),
    }));
}
