import { shopError } from './shop-error.ts';
import type { CustomerInput, ProductInput } from './shop-input.ts';
import type { Billing, Meta, Shipping, ShopCustomer, ShopProduct, ShopVariation } from './shop-model.ts';
import { organisationNumberKey, type SeedCustomer, seedCustomers, seedProducts } from './shop-seed.ts';
import type { ShopState } from './shop-state.ts';
import { fromOre, toOre } from './shop-tax.ts';

/** Making and changing what the shop sells and whom it sells to. */

const emptyShipping: Shipping = {
  first_name: '',
  last_name: '',
  company: '',
  address_1: '',
  address_2: '',
  city: '',
  state: '',
  postcode: '',
  country: '',
  phone: '',
};
export const emptyBilling: Billing = { ...emptyShipping, email: '' };

/** Lays given fields over present ones; undefined fields leave what was. */
export function overlaid<T extends object>(base: T, given: { [K in keyof T]?: T[K] | undefined } | undefined): T {
  const result = { ...base };
  for (const key of Object.keys(base) as (keyof T)[]) {
    const value = given?.[key];
    if (value !== undefined) result[key] = value as T[keyof T];
  }
  return result;
}

export function shippingOf(billing: Billing): Shipping {
  return overlaid(emptyShipping, billing);
}

/** Meta data is replaced by id or key, else added. */
export function mergedMeta(
  state: ShopState,
  before: readonly Meta[],
  given: readonly { id?: number | undefined; key: string; value?: unknown }[] | undefined,
): Meta[] {
  const merged = [...before];
  for (const entry of given ?? []) {
    const at = merged.findIndex((meta) => meta.id === entry.id || (entry.id === undefined && meta.key === entry.key));
    const value = entry.value ?? null;
    if (at < 0) merged.push({ id: state.nextLineId(), key: entry.key, value });
    else merged[at] = { id: merged[at]?.id ?? state.nextLineId(), key: entry.key, value };
  }
  return merged;
}

function priced(given: ProductInput, before: ShopProduct | ShopVariation | undefined) {
  const regular = given.regular_price ?? before?.regular_price ?? '';
  const sale = given.sale_price ?? before?.sale_price ?? '';
  const manage = given.manage_stock ?? before?.manage_stock ?? false;
  const quantity = manage ? (given.stock_quantity ?? before?.stock_quantity ?? 0) : null;
  const stocked = quantity === null ? (given.stock_status ?? before?.stock_status ?? 'instock') : null;
  const twoDecimals = (amount: string) => (amount === '' ? '' : fromOre(toOre(amount)));
  return {
    sku: given.sku ?? before?.sku ?? '',
    price: twoDecimals(sale === '' ? regular : sale),
    regular_price: twoDecimals(regular),
    sale_price: twoDecimals(sale),
    on_sale: sale !== '',
    status: given.status ?? before?.status ?? 'publish',
    tax_status: given.tax_status ?? before?.tax_status ?? 'taxable',
    tax_class: given.tax_class ?? before?.tax_class ?? '',
    manage_stock: manage,
    stock_quantity: quantity,
    stock_status: stocked ?? ((quantity ?? 0) > 0 ? ('instock' as const) : ('outofstock' as const)),
    weight: given.weight ?? before?.weight ?? '',
  };
}

/** WooCommerce keeps SKUs unique over products and variations. */
function checkSku(state: ShopState, sku: string | undefined, own: number | undefined): void {
  const holder = sku === undefined || sku === '' ? undefined : state.bySku(sku);
  if (holder === undefined || holder.id === own) return;
  const message = 'Invalid or duplicated SKU.';
  throw shopError(400, 'product_invalid_sku', message, { resource_id: holder.id, unique_sku: `${sku}-1` });
}

export function putProduct(state: ShopState, given: ProductInput, before?: ShopProduct, id?: number): ShopProduct {
  checkSku(state, given.sku, before?.id);
  const key = before?.id ?? id ?? state.nextId();
  const name = given.name ?? before?.name ?? 'Product';
  const slug = name
    .toLowerCase()
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-');
  const product: ShopProduct = {
    id: key,
    name,
    slug: before?.slug ?? slug,
    permalink: `https://practice-shop.example/produkt/${before?.slug ?? slug}/`,
    type: given.type ?? before?.type ?? 'simple',
    description: given.description ?? before?.description ?? '',
    short_description: given.short_description ?? before?.short_description ?? '',
    ...priced(given, before),
    variations: before?.variations ?? [],
    categories: before?.categories ?? [],
    meta_data: mergedMeta(state, before?.meta_data ?? [], given.meta_data),
    ...datesOf(state, before),
  };
  state.products.put(key, product);
  return product;
}

/** A variation as `/products` tells it: of type "variation", with its parent. */
export function asProduct(one: ShopProduct | ShopVariation): object {
  return 'parent_id' in one ? { ...one, type: 'variation' } : { ...one, parent_id: 0 };
}

export function putVariation(
  state: ShopState,
  parent: number,
  given: ProductInput,
  before?: ShopVariation,
  id?: number,
): ShopVariation {
  checkSku(state, given.sku, before?.id);
  const key = before?.id ?? id ?? state.nextId();
  const attributes = given.attributes ?? before?.attributes ?? [];
  const variation: ShopVariation = {
    id: key,
    parent_id: parent,
    name: attributes.map((attribute) => attribute.option).join(', '),
    ...priced(given, before),
    attributes,
    meta_data: mergedMeta(state, before?.meta_data ?? [], given.meta_data),
    ...datesOf(state, before),
  };
  state.variations.put(key, variation);
  const product = state.products.get(parent);
  if (product !== undefined && !product.variations.includes(key))
    state.products.put(parent, { ...product, variations: [...product.variations, key] });
  return variation;
}

function datesOf(state: ShopState, before: ShopProduct | ShopVariation | ShopCustomer | undefined) {
  const now = state.born();
  if (before === undefined) return now;
  return { ...now, date_created: before.date_created, date_created_gmt: before.date_created_gmt };
}

/** Takes sold goods from stock; WooCommerce lets it go below zero when ordered through the API. */
export function takeStock(state: ShopState, id: number, quantity: number): ShopProduct | ShopVariation | undefined {
  const variation = state.variations.get(id);
  const goods = variation ?? state.products.get(id);
  if (goods === undefined || !goods.manage_stock) return undefined;
  const left = (goods.stock_quantity ?? 0) - quantity;
  const stock_status = left > 0 ? ('instock' as const) : ('outofstock' as const);
  const changed = state.touched({ ...goods, stock_quantity: left, stock_status });
  if (variation !== undefined) state.variations.put(id, changed as ShopVariation);
  else state.products.put(id, changed as ShopProduct);
  return changed;
}

export function putCustomer(state: ShopState, given: CustomerInput, before?: ShopCustomer, id?: number): ShopCustomer {
  const email = given.email ?? before?.email;
  if (email === undefined || email === '')
    throw shopError(400, 'rest_missing_callback_param', 'Missing parameter(s): email', { params: ['email'] });
  const holder = state.customerByEmail(email);
  if (holder !== undefined && holder.id !== before?.id) {
    const message = 'An account is already registered with your email address.';
    throw shopError(400, 'registration-error-email-exists', message);
  }
  const key = before?.id ?? id ?? state.nextId();
  const customer: ShopCustomer = {
    id: key,
    email,
    first_name: given.first_name ?? before?.first_name ?? '',
    last_name: given.last_name ?? before?.last_name ?? '',
    role: before?.role ?? 'customer',
    username: before?.username ?? given.username ?? email.split('@')[0] ?? email,
    billing: overlaid(before?.billing ?? emptyBilling, given.billing),
    shipping: overlaid(before?.shipping ?? emptyShipping, given.shipping),
    is_paying_customer: before?.is_paying_customer ?? false,
    avatar_url: '',
    meta_data: mergedMeta(state, before?.meta_data ?? [], given.meta_data),
    ...datesOf(state, before),
  };
  state.customers.put(key, customer);
  return customer;
}

/** The address a seeded customer pays and gets goods at. */
function seedBilling(customer: SeedCustomer): Billing {
  return {
    ...emptyBilling,
    first_name: customer.first,
    last_name: customer.last,
    company: customer.company ?? '',
    address_1: customer.street,
    postcode: customer.postcode,
    city: customer.city,
    country: customer.country,
    email: customer.email,
    phone: customer.phone,
  };
}

export function seedShop(state: ShopState): void {
  for (const seed of seedProducts) {
    const stocked = { manage_stock: seed.stock !== null, stock_quantity: seed.stock };
    const type = seed.variations === undefined ? ('simple' as const) : ('variable' as const);
    const common = { regular_price: seed.price, tax_class: seed.taxClass };
    const product = putProduct(
      state,
      { name: seed.name, sku: seed.sku, type, ...common, ...stocked },
      undefined,
      seed.id,
    );
    const category = { id: seed.category.length, name: seed.category, slug: seed.category.toLowerCase() };
    state.products.put(seed.id, { ...product, categories: [category] });
    for (const variation of seed.variations ?? []) {
      const attributes = [{ id: 1, name: 'Färg', option: variation.option }];
      const stock = { manage_stock: true, stock_quantity: variation.stock, tax_class: seed.taxClass };
      const given = { sku: variation.sku, regular_price: variation.price, attributes, ...stock };
      putVariation(state, seed.id, given, undefined, variation.id);
    }
  }
  for (const seed of seedCustomers) {
    const billing = seedBilling(seed);
    const meta_data =
      seed.organisationNumber === undefined ? [] : [{ key: organisationNumberKey, value: seed.organisationNumber }];
    const given = { email: seed.email, first_name: seed.first, last_name: seed.last, billing, meta_data };
    putCustomer(state, { ...given, shipping: shippingOf(billing) }, undefined, seed.id);
  }
}
