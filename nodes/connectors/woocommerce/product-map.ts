import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { decimalOf } from '../../commerce/decimal.ts';
import type { Price, Product } from '../../commerce/model.ts';
import { bridgeTax } from '../../commerce/money.ts';
import { compact, cut, filled } from '../answer.ts';
import { instantOf, plainMeta, REFERENCE_KEY, type ShopTraits } from './customer-map.ts';
import type { WooProduct } from './shape.ts';

const KINDS: Readonly<Record<string, Product['kind']>> = {
  simple: 'simple',
  variable: 'variable',
  variation: 'variant',
  grouped: 'bundle',
  bundle: 'bundle',
  composite: 'bundle',
};

/** The tax class that WooCommerce itself writes as ''. */
const STANDARD = 'standard';

/** Hundredths of a per cent by the shop's settings; undefined for a class they do not name. */
export function taxRateOf(product: WooProduct, traits: ShopTraits): number | undefined {
  const percent = traits.taxClasses.get(filled(product.tax_class) ?? STANDARD);
  return percent === undefined ? undefined : Math.round(percent * 100);
}

/** The shop's class for a rate, as WooCommerce writes it; undefined when it has none. */
export function taxClassOf(rate: number, traits: ShopTraits): string | undefined {
  const name = [...traits.taxClasses].find(([, percent]) => Math.round(percent * 100) === rate)?.[0];
  return name === STANDARD ? '' : name;
}

export function productFromWoo(from: WooProduct, traits: ShopTraits, parent?: WooProduct): Product {
  const type = filled(from.type) ?? (parent ? 'variation' : 'simple');
  const taxClass = filled(from.tax_class) ?? STANDARD;
  const price = filled(from.regular_price);
  const weight = filled(from.weight);
  const changed = filled(from.date_modified_gmt);
  const parentId = parent?.id ?? from.parent_id;
  return {
    source: { connection: traits.connection, id: String(from.id) },
    sku: filled(from.sku),
    name: filled(from.name) ?? filled(parent?.name) ?? `WooCommerce ${from.id}`,
    kind: Object.hasOwn(KINDS, type) ? (KINDS[type] ?? 'other') : 'other',
    parentId: type === 'variation' && parentId ? String(parentId) : undefined,
    active: from.status === 'publish',
    description: from.description ? cut(from.description, 20_000) : undefined,
    ean: filled(from.global_unique_id),
    price: price === undefined ? undefined : decimalOf(price, 'product.regular_price'),
    priceIncludesTax: traits.pricesIncludeTax,
    currency: traits.currency,
    taxRate: taxRateOf(from, traits),
    taxClass,
    stockTracked: from.manage_stock === true,
    stock: typeof from.stock_quantity === 'number' ? decimalOf(from.stock_quantity) : undefined,
    weight: weight === undefined || !/^\d+(\.\d+)?$/.test(weight) ? undefined : decimalOf(weight),
    changedAt: changed === undefined ? undefined : instantOf(changed),
    extra: {
      meta: plainMeta(from.meta_data),
      ...(from.variations.length > 0 ? { variations: from.variations.length } : {}),
    },
  };
}

export function productToWoo(product: Product, traits: ShopTraits, reference?: string): JsonObject {
  const taxClass = product.taxRate === undefined ? undefined : taxClassOf(product.taxRate, traits);
  return compact({
    name: product.name,
    status: product.active ? 'publish' : 'draft',
    sku: product.sku,
    description: product.description,
    regular_price: product.price === undefined ? undefined : shopPrice(product.price, product, traits),
    tax_class: taxClass,
    weight: product.weight,
    ...(reference === undefined ? {} : { type: 'simple', meta_data: [{ key: REFERENCE_KEY, value: reference }] }),
  });
}

/** A price with or without tax as the shop keeps its prices; a known difference without a tax rate cannot be bridged. */
export function shopPrice(
  price: string,
  about: { readonly priceIncludesTax?: boolean | undefined; readonly taxRate?: number | undefined },
  traits: ShopTraits,
): string {
  if (about.priceIncludesTax === undefined || about.priceIncludesTax === traits.pricesIncludeTax) return price;
  if (about.taxRate === undefined) {
    const message = 'the price and the shop differ in whether tax is included, and the tax rate is not known';
    throw new TerminalError('UNSUPPORTED', message, { field: 'product.taxRate' });
  }
  return bridgeTax(price, about.taxRate, traits.pricesIncludeTax ? 'gross' : 'net', traits.currency);
}

/** The shop's price and, while there is one, its offer. */
export function pricesFromWoo(from: WooProduct, traits: ShopTraits): Price[] {
  const sku = filled(from.sku);
  const ordinary = filled(from.regular_price);
  if (sku === undefined || ordinary === undefined) return [];
  const source = { connection: traits.connection, id: String(from.id) };
  const changed = filled(from.date_modified_gmt);
  const shared = {
    source,
    sku,
    fromQuantity: '0',
    currency: traits.currency,
    includesTax: traits.pricesIncludeTax,
    changedAt: changed === undefined ? undefined : instantOf(changed),
  };
  const offer = filled(from.sale_price);
  const day = (gmt: string | null | undefined): string | undefined => filled(gmt)?.slice(0, 10);
  return [
    { ...shared, price: decimalOf(ordinary, 'product.regular_price'), offer: false },
    ...(offer === undefined
      ? []
      : [
          {
            ...shared,
            price: decimalOf(offer, 'product.sale_price'),
            offer: true,
            from: day(from.date_on_sale_from_gmt),
            until: day(from.date_on_sale_to_gmt),
          },
        ]),
  ];
}
