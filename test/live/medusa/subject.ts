import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Address, Customer, Product } from '#nodes/commerce/model.ts';
import { formatMoney, parseMoney } from '#nodes/commerce/money.ts';
import { medusa } from '#nodes/connectors/medusa/connector.ts';
import type { ContractSubject, ContractSystem, Placement } from '../../contract/subject.ts';
import { asProgram, type MedusaApi, medusaApi, TAX_TYPES } from './seed.ts';
import { type LiveMedusa, startSystem } from './start.ts';

const addressOf = (address: Address = {}) => ({
  company: address.company ?? '',
  first_name: address.firstName ?? '',
  last_name: address.lastName ?? '',
  address_1: address.street ?? '',
  postal_code: address.postalCode ?? '',
  city: address.city ?? '',
  country_code: address.country?.toLowerCase() ?? 'se',
  phone: address.phone ?? '',
});

/** A shop's own side of the shop: what its dashboard and storefront do, past the connector. */
interface Bench {
  readonly live: LiveMedusa;
  readonly admin: MedusaApi;
  readonly store: MedusaApi;
}

const VARIANT_FIELDS = 'fields=id,sku,product_id,*prices,inventory_items.inventory_item_id';

async function variantOf({ admin }: Bench, id: string) {
  const by = id.startsWith('variant_') ? 'id' : 'sku';
  const { variants } = await admin('GET', `/admin/product-variants?${by}=${encodeURIComponent(id)}&${VARIANT_FIELDS}`);
  if (!variants[0]) throw new Error(`no variant ${id}`);
  return variants[0];
}

/** Finds what was made once, or makes it. */
function kept(): (key: string, make: () => Promise<string>) => Promise<string> {
  const made = new Map<string, Promise<string>>();
  return (key, make) => {
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  };
}

function shopper(bench: Bench): ContractSystem['placeOrder'] {
  const { admin, store, live } = bench;
  const once = kept();
  const freightOption = (amount: string): Promise<string> =>
    once(`freight ${amount}`, async () => {
      const { shipping_option: usual } = await admin('GET', `/admin/shipping-options/${live.shippingOption}?fields=*`);
      const made = await admin('POST', '/admin/shipping-options', {
        name: 'PostNord Mypack',
        service_zone_id: usual.service_zone_id,
        shipping_profile_id: live.shippingProfile,
        provider_id: 'manual_manual',
        price_type: 'flat',
        type: { label: 'Mypack', description: 'Till ombud', code: 'mypack' },
        prices: [{ currency_code: 'sek', amount: Number(amount) }],
        rules: [],
      });
      return made.shipping_option.id;
    });
  const promotion = (amount: string): Promise<string> =>
    once(`discount ${amount}`, async () => {
      const code = `HÖST${amount}`;
      await admin('POST', '/admin/promotions', {
        code,
        type: 'standard',
        status: 'active',
        application_method: {
          type: 'fixed',
          target_type: 'order',
          allocation: 'across',
          value: Number(amount),
          currency_code: 'sek',
        },
      });
      return code;
    });
  const variant = (sku: string): Promise<string> =>
    once(`sku ${sku}`, async () => (await variantOf(bench, sku)).id as string);

  return async ({ lines, buyer, note, freight = '0', discount }: Placement) => {
    const items = await Promise.all(
      lines.map(async ({ sku, quantity }) => ({ variant_id: await variant(sku), quantity })),
    );
    const { cart } = await store('POST', '/store/carts', {
      region_id: live.region,
      sales_channel_id: live.salesChannel,
      email: buyer.email,
      items,
      billing_address: addressOf(buyer.billing),
      shipping_address: addressOf(buyer.shipping ?? buyer.billing),
      ...(discount === undefined ? {} : { promo_codes: [await promotion(discount)] }),
      ...(note === undefined ? {} : { metadata: { note } }),
    });
    await store('POST', `/store/carts/${cart.id}/shipping-methods`, { option_id: await freightOption(freight) });
    const { payment_collection } = await store('POST', '/store/payment-collections', { cart_id: cart.id });
    await store('POST', `/store/payment-collections/${payment_collection.id}/payment-sessions`, {
      provider_id: 'pp_system_default',
    });
    const { order } = await store('POST', `/store/carts/${cart.id}/complete?fields=id,total`);
    // Medusa rounds nothing itself: the buyer is shown, and pays, two decimals
    return { id: order.id, total: formatMoney(parseMoney(order.total, 'SEK', { rounding: 'half-up' })) };
  };
}

async function makeProduct({ admin, live }: Bench, product: Product): Promise<void> {
  const { product_types } = await admin('GET', '/admin/product-types?limit=100');
  const type = product_types.find((one: { value: string }) => one.value === TAX_TYPES[(product.taxRate ?? 0) / 100]);
  const made = await admin('POST', '/admin/products', {
    title: product.name,
    status: 'published',
    shipping_profile_id: live.shippingProfile,
    sales_channels: [{ id: live.salesChannel }],
    type_id: type?.id ?? null,
    handle: `g-${product.sku?.toLowerCase()}`,
    options: [{ title: 'Förpackning', values: ['Standard'] }],
    variants: [
      {
        title: 'Standard',
        sku: product.sku,
        options: { Förpackning: 'Standard' },
        prices: [{ currency_code: 'sek', amount: Number(product.price) }],
      },
    ],
  });
  const found = await variantOf({ admin, live, store: admin }, made.product.variants[0].id);
  const item = found.inventory_items[0].inventory_item_id;
  await admin('POST', `/admin/inventory-items/${item}/location-levels`, {
    location_id: live.stockLocation,
    stocked_quantity: 10_000_000,
  });
}

const ORDER_FIELDS =
  'fields=id,total,*items,*items.tax_lines,*items.adjustments,*shipping_methods.tax_lines,*shipping_methods.adjustments,*payment_collections.payments,*fulfillments';

/** What happens to an order in a shop, in this order; a capture of a part first, which moves no clock of the order. */
const ORDER_STEPS: readonly ((bench: Bench, id: string, count: number) => Promise<unknown>)[] = [
  async ({ admin }, id) => admin('POST', `/admin/payments/${await paymentOf(admin, id)}/capture`, { amount: 1 }),
  async ({ admin }, id) => admin('POST', `/admin/payments/${await paymentOf(admin, id)}/capture`, { amount: 2 }),
  async ({ admin }, id) => {
    const { order } = await admin('GET', `/admin/orders/${id}?${ORDER_FIELDS}`);
    const items = order.items.map((item: { id: string; quantity: number }) => ({
      id: item.id,
      quantity: item.quantity,
    }));
    return admin('POST', `/admin/orders/${id}/fulfillments`, { items });
  },
  async ({ admin }, id) => {
    const { order } = await admin('GET', `/admin/orders/${id}?${ORDER_FIELDS}`);
    const items = order.items.map((item: { id: string; quantity: number }) => ({
      id: item.id,
      quantity: item.quantity,
    }));
    return admin('POST', `/admin/orders/${id}/fulfillments/${order.fulfillments[0].id}/shipments`, { items });
  },
  ({ admin }, id, count) => admin('POST', `/admin/orders/${id}`, { metadata: { plock: String(count) } }),
];

async function paymentOf(admin: MedusaApi, id: string): Promise<string> {
  const { order } = await admin('GET', `/admin/orders/${id}?${ORDER_FIELDS}`);
  return order.payment_collections[0].payments[0].id;
}

function changes(bench: Bench): ContractSystem['change'] {
  const { admin, live } = bench;
  const counts = new Map<string, number>();
  const next = (key: string): number => {
    const count = (counts.get(key) ?? -1) + 1;
    counts.set(key, count);
    return count;
  };
  return {
    async order(id) {
      const count = next(id);
      await (ORDER_STEPS[count] ?? ORDER_STEPS.at(-1))?.(bench, id, count);
    },
    async product(id) {
      const count = next(id);
      const { id: variant, product_id: product } = await variantOf(bench, id);
      // by turns of the variant, whose clock alone moves, and of the product
      if (count % 2 === 0)
        await admin('POST', `/admin/products/${product}/variants/${variant}`, {
          prices: [{ currency_code: 'sek', amount: 200 + count }],
        });
      else await admin('POST', `/admin/products/${product}`, { status: count % 4 === 1 ? 'draft' : 'published' });
    },
    async customer(id) {
      const count = next(id);
      const { customer } = await admin('GET', `/admin/customers/${id}?fields=id,*addresses`);
      const address = customer.addresses[0];
      if (address && count % 2 === 0)
        await admin('POST', `/admin/customers/${id}/addresses/${address.id}`, { city: `Östersund ${count}` });
      else await admin('POST', `/admin/customers/${id}`, { first_name: `Östen ${count}` });
    },
    async stock(id) {
      const { inventory_items } = await variantOf(bench, id);
      const item = inventory_items[0].inventory_item_id;
      const path = `/admin/inventory-items/${item}/location-levels/${live.stockLocation}`;
      await admin('POST', path, { stocked_quantity: 100 + next(id) });
    },
    async price(sku) {
      const { id, product_id: product } = await variantOf(bench, sku);
      const prices = [{ currency_code: 'sek', amount: 300 + next(`price ${sku}`) }];
      await admin('POST', `/admin/products/${product}/variants/${id}`, { prices });
    },
  };
}

async function makeCustomer({ admin }: Bench, customer: Customer): Promise<{ id: string; number: string }> {
  const { customer: made } = await admin('POST', '/admin/customers', {
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    ...(customer.kind === 'company' ? { company_name: customer.name } : {}),
    phone: customer.phone,
  });
  const path = `/admin/customers/${made.id}/addresses`;
  await admin('POST', path, { ...addressOf(customer.billing), is_default_billing: true, is_default_shipping: true });
  return { id: made.id, number: made.id };
}

/** The live system as the contract suite and the flows between systems use it. */
export async function startMedusa(dir: string): Promise<ContractSystem> {
  const live = await startSystem(dir);
  const bench: Bench = {
    live,
    admin: medusaApi(live.origin, asProgram(live.secretKey)),
    store: medusaApi(live.origin, { 'x-publishable-api-key': live.publishableKey }),
  };
  const total = async (list: string): Promise<number> =>
    (await bench.admin('GET', `/admin/${list}?limit=1&fields=id`)).count as number;
  return {
    origin: live.origin,
    settings: (origin) => ({ url: origin }),
    secrets: { secretKey: live.secretKey },
    wrongSecrets: { secretKey: `sk_${'0'.repeat(64)}` },
    placeOrder: shopper(bench),
    make: {
      product: (product) => makeProduct(bench, product),
      customer: (customer) => makeCustomer(bench, customer),
    },
    count: {
      // a draft that became no order would be half an order too many
      order: async () => (await total('orders')) + (await total('draft-orders')),
      customer: () => total('customers'),
      product: () => total('products'),
      async note(id) {
        const { order } = await bench.admin('GET', `/admin/orders/${id}?fields=id,metadata`);
        return Object.keys(order.metadata ?? {}).filter((key) => key.startsWith('weft_note_')).length;
      },
    },
    change: changes(bench),
    close: live.close,
  };
}

export const subject: ContractSubject = {
  connector: medusa,
  start: () => startMedusa(process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live')),
  lacks: { customer: [], product: [], order: [] },
  // its workflows take up to a second each, more on a busy machine
  patienceMs: 5000,
  many: 300,
};
