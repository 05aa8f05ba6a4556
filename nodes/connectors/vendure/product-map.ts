import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { rescale, scaledOf } from '../../commerce/decimal.ts';
import type { Price, Product, StockLevel } from '../../commerce/model.ts';
import { bridgeTax } from '../../commerce/money.ts';
import { compact, cut, filled } from '../answer.ts';
import { majorOf, pointsOf, wholeOf } from './amount.ts';
import type { ShopTraits } from './settings.ts';
import type { VendureVariant } from './shape.ts';

/** Names stand in a varchar, which MySQL gives 255 characters. */
const NAME_LENGTH = 255;

interface Entered {
  readonly currency: string;
  /** In major units. */
  readonly price: string;
}

/** The price as people enter it in the channel, with or without tax as the channel has it. */
function enteredPrice(from: VendureVariant, traits: ShopTraits): Entered {
  const entered = from.prices.find((one) => one.currencyCode === from.currencyCode)?.price;
  const amount = entered ?? (traits.pricesIncludeTax ? from.priceWithTax : from.price);
  return { currency: from.currencyCode, price: majorOf(amount, traits.settings.priceDecimals) };
}

/** On hand and allocated at the location the settings name, else at all of them. */
export function stockAt(from: VendureVariant, location: string): { onHand: number; allocated: number; place?: string } {
  const levels = from.stockLevels.filter((one) => location === '' || one.stockLocation.name === location);
  const [only] = levels.length === 1 ? levels : [];
  return {
    onHand: levels.reduce((sum, one) => sum + one.stockOnHand, 0),
    allocated: levels.reduce((sum, one) => sum + one.stockAllocated, 0),
    ...(only ? { place: only.stockLocation.name } : {}),
  };
}

export function productFromVendure(from: VendureVariant, changedAt: string, traits: ShopTraits): Product {
  const { onHand, allocated } = stockAt(from, traits.settings.stockLocation);
  const { currency, price } = enteredPrice(from, traits);
  const variant = from.options.length > 0;
  return {
    source: { connection: traits.connection, id: from.id },
    sku: filled(from.sku),
    name: filled(from.name) ?? filled(from.product.name) ?? `Vendure ${from.id}`,
    kind: variant ? 'variant' : 'simple',
    parentId: variant ? from.product.id : undefined,
    active: from.enabled && from.product.enabled,
    description: from.product.description ? cut(from.product.description, 20_000) : undefined,
    price,
    priceIncludesTax: traits.pricesIncludeTax,
    currency,
    taxRate: pointsOf(from.taxRateApplied.value),
    taxClass: filled(from.taxCategory?.name),
    stockTracked: from.trackInventory !== 'FALSE',
    stock: String(onHand - allocated),
    changedAt,
    extra: { product: { id: from.product.id, name: cut(from.product.name, 500) } },
  };
}

export function levelFromVendure(from: VendureVariant, changedAt: string, traits: ShopTraits): StockLevel[] {
  const sku = filled(from.sku);
  if (sku === undefined || from.trackInventory === 'FALSE') return [];
  const { onHand, allocated, place } = stockAt(from, traits.settings.stockLocation);
  return [
    {
      source: { connection: traits.connection, id: from.id },
      sku,
      onHand: String(onHand),
      available: String(onHand - allocated),
      warehouse: filled(place),
      changedAt,
    },
  ];
}

/** One price for each currency of the channel. */
export function pricesFromVendure(from: VendureVariant, changedAt: string, traits: ShopTraits): Price[] {
  const sku = filled(from.sku);
  if (sku === undefined) return [];
  return from.prices.map(({ currencyCode, price }) => ({
    source: { connection: traits.connection, id: from.id },
    sku,
    fromQuantity: '0',
    price: majorOf(price, traits.settings.priceDecimals),
    offer: false,
    currency: currencyCode,
    includesTax: traits.pricesIncludeTax,
    changedAt,
  }));
}

/** A price as the channel keeps its prices; a known difference without a tax rate cannot be bridged. */
export function channelPrice(
  price: string,
  about: {
    readonly includesTax?: boolean | undefined;
    readonly taxRate?: number | undefined;
    readonly currency?: string | undefined;
  },
  traits: ShopTraits,
): number {
  const { pricesIncludeTax, settings } = traits;
  const { includesTax, taxRate, currency = 'SEK' } = about;
  if (includesTax === undefined || includesTax === pricesIncludeTax) return wholeOf(price, settings.priceDecimals);
  if (taxRate === undefined) {
    const message = 'the price and the shop differ in whether tax is included, and the tax rate is not known';
    throw new TerminalError('UNSUPPORTED', message, { field: 'product.taxRate' });
  }
  return wholeOf(bridgeTax(price, taxRate, pricesIncludeTax ? 'gross' : 'net', currency), settings.priceDecimals);
}

/** What the variant is made of, without its price and tax category. */
export function variantToVendure(product: Product, language: string): JsonObject {
  return compact({
    sku: product.sku,
    enabled: product.active,
    trackInventory: product.stockTracked === undefined ? undefined : product.stockTracked ? 'TRUE' : 'FALSE',
    translations: [{ languageCode: language, name: cut(product.name, NAME_LENGTH) }],
  });
}

/** The name, description and visibility of the product around the variant. */
export function productToVendure(product: Product, language: string, slug?: string): JsonObject {
  return {
    enabled: product.active,
    translations: [
      compact({
        languageCode: language,
        name: cut(product.name, NAME_LENGTH),
        description: product.description ?? (slug === undefined ? undefined : ''),
        slug,
      }),
    ],
  };
}

/** The product's address in the shop, which ends in the start of our reference: there it can be looked for. */
export function slugOf(name: string, reference: string): string {
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return `${words.slice(0, 80).replace(/-+$/, '') || 'p'}-${reference.slice(0, 12)}`;
}

/** Whole pieces, rounded down and never below none: what is not there is not promised. */
export function wholePieces(quantity: string): number {
  const value = scaledOf(quantity, 'level');
  const nearest = rescale(value, 0);
  const more = nearest * 10n ** BigInt(value.scale) > value.units;
  return Math.max(0, Number(more ? nearest - 1n : nearest));
}
