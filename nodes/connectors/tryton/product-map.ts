import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { decimalOf, decimalText, divideHalfUp, rescale, scaledOf } from '../../commerce/decimal.ts';
import type { Product, StockLevel } from '../../commerce/model.ts';
import { compact, filled } from '../answer.ts';
import type { Desk } from './settings.ts';
import { decimalValue, TrytonDecimal, TrytonInstant } from './value.ts';

const Text = z.string().nullish();
const Ref = z.looseObject({ id: z.int() });

const Tax = Ref.extend({ rate: TrytonDecimal.nullish(), type: Text });
export type TrytonTax = z.infer<typeof Tax>;

const Category = Ref.extend({ 'customer_taxes.': z.array(Tax) });
export const TrytonCategory = Category;
export const CATEGORY_FIELDS = ['customer_taxes.rate', 'customer_taxes.type'];

/** What a line of an order needs of its product. */
export const TrytonArticle = Ref.extend({
  code: Text,
  active: z.boolean(),
  'default_uom.': Ref.extend({ symbol: Text }),
  'sale_uom.': Ref.nullish(),
  'template.': Ref.extend({ active: z.boolean(), 'account_category.': Category.nullish() }),
});

export type TrytonArticle = z.infer<typeof TrytonArticle>;

export const ARTICLE_FIELDS = [
  'code',
  'active',
  'default_uom.symbol',
  'sale_uom.id',
  'template.active',
  ...CATEGORY_FIELDS.map((field) => `template.account_category.${field}`),
];

export const TrytonProduct = TrytonArticle.extend({
  suffix_code: Text,
  name: Text,
  type: z.string(),
  consumable: z.boolean().nullish(),
  description: Text,
  list_price: TrytonDecimal.nullish(),
  cost_price: TrytonDecimal.nullish(),
  quantity: z.number(),
  forecast_quantity: z.number(),
  write_date: TrytonInstant.nullish(),
  create_date: TrytonInstant.nullish(),
  'identifiers.': z.array(Ref.extend({ type: Text, code: Text })),
  'template.': TrytonArticle.shape['template.'].extend({
    products: z.array(z.int()),
    write_date: TrytonInstant.nullish(),
  }),
});
export type TrytonProduct = z.infer<typeof TrytonProduct>;

export const PRODUCT_FIELDS = [
  ...ARTICLE_FIELDS,
  'suffix_code',
  'name',
  'type',
  'consumable',
  'description',
  'list_price',
  'cost_price',
  'quantity',
  'forecast_quantity',
  'write_date',
  'create_date',
  'identifiers.type',
  'identifiers.code',
  'template.products',
  'template.write_date',
];

/** Hundredths of a per cent of taxes together; undefined where one is no percentage. */
export function rateOf(taxes: readonly TrytonTax[]): number | undefined {
  if (taxes.some((tax) => tax.type !== 'percentage' || tax.rate == null)) return undefined;
  const rate = taxes.reduce((all, tax) => all + Number(rescale(scaledOf(tax.rate ?? '0'), 4)), 0);
  return rate >= 0 && rate <= 10_000 ? rate : undefined;
}

const KINDS: Readonly<Record<string, Product['kind']>> = { goods: 'simple', service: 'service' };

const changedAt = (from: TrytonProduct): string | undefined =>
  [from.write_date, from.create_date, from['template.'].write_date]
    .filter((one) => one != null)
    .toSorted()
    .at(-1) ?? undefined;

export function productFromTryton(from: TrytonProduct, currency: string, desk: Desk): Product {
  const template = from['template.'];
  const variant = template.products.length > 1 && from.type === 'goods';
  return {
    source: { connection: desk.connection, id: String(from.id) },
    sku: filled(from.code),
    name: filled(from.name) ?? filled(from.code) ?? String(from.id),
    kind: variant ? 'variant' : (KINDS[from.type] ?? 'other'),
    ...(variant ? { parentId: String(template.id) } : {}),
    active: from.active && template.active,
    description: from.description ?? undefined,
    ean: filled(from['identifiers.'].find((one) => one.type === 'ean')?.code),
    unit: filled(from['default_uom.'].symbol),
    price: from.list_price ?? undefined,
    priceIncludesTax: false,
    currency,
    purchasePrice: from.cost_price ?? undefined,
    taxRate: rateOf(template['account_category.']?.['customer_taxes.'] ?? []),
    stockTracked: from.type === 'goods' && from.consumable !== true,
    stock: decimalOf(from.quantity),
    changedAt: changedAt(from),
  };
}

/** `forecast_quantity` is what is left when everything planned until today has gone and come. */
export function stockFromTryton(from: TrytonProduct, warehouse: string | undefined, desk: Desk): StockLevel[] {
  const sku = filled(from.code);
  if (sku === undefined || from.type !== 'goods' || from.consumable === true) return [];
  return [
    {
      source: { connection: desk.connection, id: String(from.id) },
      sku,
      onHand: decimalOf(from.quantity),
      available: decimalOf(Math.min(from.quantity, from.forecast_quantity)),
      warehouse,
      changedAt: changedAt(from),
    },
  ];
}

/** A price as Tryton has it, without tax and of its decimals. */
export function netPrice(
  price: string,
  { includesTax, taxRate }: { readonly includesTax?: boolean | undefined; readonly taxRate?: number | undefined },
  desk: Desk,
): string {
  if (includesTax === true && taxRate === undefined) {
    throw new TerminalError('INPUT_INVALID', 'a price that holds tax needs its tax rate', { field: 'taxRate' });
  }
  const rate = BigInt(10_000 + (includesTax === true ? (taxRate ?? 0) : 0));
  const { units, scale } = scaledOf(price);
  const top = units * 10_000n * 10n ** BigInt(desk.priceDecimals);
  return decimalText({ units: divideHalfUp(top, rate * 10n ** BigInt(scale)), scale: desk.priceDecimals });
}

interface Goods {
  readonly category: number | undefined;
  readonly unit: number;
}

/** The template of a new product: Tryton makes the code of template's and variant's codes together. */
export function templateToTryton(from: Product, sku: string, { category, unit }: Goods, desk: Desk): JsonObject {
  const variant = compact({
    suffix_code: sku,
    active: from.active,
    description: from.description,
    cost_price: decimalValue(from.purchasePrice ?? '0'),
    identifiers: from.ean === undefined ? undefined : [['create', [{ type: 'ean', code: from.ean }]]],
  });
  return compact({
    name: from.name,
    type: from.kind === 'service' ? 'service' : 'goods',
    consumable: from.kind !== 'service' && from.stockTracked === false ? true : undefined,
    list_price: decimalValue(
      netPrice(from.price ?? '0', { includesTax: from.priceIncludesTax, taxRate: from.taxRate }, desk),
    ),
    cost_price_method: 'fixed',
    default_uom: unit,
    sale_uom: unit,
    salable: true,
    account_category: category,
    products: [['create', [variant]]],
  });
}

/** What changes: the name, price and tax stand on the template, which a product's variants share. */
export function productChanges(
  from: Product,
  category: number | undefined,
  desk: Desk,
): { readonly template: JsonObject; readonly variant: JsonObject } {
  const tax = { includesTax: from.priceIncludesTax, taxRate: from.taxRate };
  return {
    template: compact({
      name: from.name,
      list_price: from.price === undefined ? undefined : decimalValue(netPrice(from.price, tax, desk)),
      account_category: category,
    }),
    variant: compact({
      active: from.active,
      description: from.description,
      cost_price: from.purchasePrice === undefined ? undefined : decimalValue(from.purchasePrice),
    }),
  };
}
