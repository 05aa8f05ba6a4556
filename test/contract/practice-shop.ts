import type { Address } from '#nodes/commerce/model.ts';
import { shopSignIn, startPracticeHost } from '../support/practice-host.ts';
import { type ContractSystem, createFlips } from './subject.ts';

const TAX_CLASSES: Readonly<Record<number, string>> = { 1200: 'reduced-rate', 600: 'reduced-rate-6', 0: 'zero-rate' };

const addressOf = (address: Address = {}) => ({
  first_name: address.firstName ?? '',
  last_name: address.lastName ?? '',
  address_1: address.street ?? '',
  postcode: address.postalCode ?? '',
  city: address.city ?? '',
  country: address.country ?? '',
});

/** The practice shop as a subject's system; `settings` and `secrets` are the WooCommerce connector's. */
export async function startPracticeShop(): Promise<ContractSystem> {
  const host = await startPracticeHost();
  const { shop } = host;
  const { consumerKey, consumerSecret } = host.keys;
  const write = async (method: string, path: string, body: object): Promise<{ id: number }> => {
    const answer = await fetch(`${host.shopApi}/${path}`, {
      method,
      headers: { authorization: shopSignIn(), 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as { id: number };
  };
  const read = async (path: string): Promise<unknown> =>
    (await fetch(`${host.shopApi}/${path}`, { headers: { authorization: shopSignIn() } })).json();
  let at = 0;
  const flipped = createFlips();
  return {
    origin: host.origin,
    settings: (origin) => ({ url: `${origin}/practice/shop` }),
    secrets: { consumerKey, consumerSecret },
    wrongSecrets: { consumerKey, consumerSecret: 'cs_of_somebody_else' },
    async placeOrder({ lines, buyer, note = '', freight, discount }) {
      const { id, total } = shop.placeOrder({
        status: 'processing',
        billing: { ...addressOf(buyer.billing), email: buyer.email },
        shipping: addressOf(buyer.shipping),
        customer_note: note,
        line_items: [...lines],
        ...(freight === undefined ? {} : { shipping_lines: [{ method_title: 'PostNord', total: freight }] }),
        ...(discount === undefined ? {} : { coupon_lines: [{ code: 'HÖST', discount }] }),
      });
      return { id: String(id), total };
    },
    make: {
      async product({ sku, name, price, taxRate = 0 }) {
        const tax_class = TAX_CLASSES[taxRate] ?? '';
        await write('POST', 'products', { name, sku, regular_price: price, status: 'publish', tax_class });
      },
      async customer(customer) {
        const billing = { ...addressOf(customer.billing), email: customer.email };
        const names = { first_name: customer.firstName, last_name: customer.lastName };
        const { id } = await write('POST', 'customers', { email: customer.email, ...names, billing });
        return { id: String(id), number: String(id) };
      },
    },
    count: {
      order: () => shop.ledger().counts['orders'] ?? 0,
      customer: () => shop.ledger().counts['customers'] ?? 0,
      product: () => shop.ledger().counts['products'] ?? 0,
      note: async (order) => ((await read(`orders/${order}/notes`)) as unknown[]).length,
    },
    change: {
      async order(id) {
        await write('PUT', `orders/${id}`, { status: flipped(`order ${id}`) ? 'on-hold' : 'completed' });
      },
      async product(id) {
        await write('PUT', `products/${id}`, { status: flipped(`product ${id}`) ? 'draft' : 'publish' });
      },
      async customer(id) {
        await write('PUT', `customers/${id}`, { first_name: `Östen ${at++}` });
      },
    },
    close: () => host.close(),
  };
}
