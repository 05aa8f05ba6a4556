import { json, type RequestHandler, Router } from 'express';
import { openGuard } from './page.ts';
import { sendReply, VendorError } from './reply.ts';
import type { OrderInput } from './shop-input.ts';
import type { ShopOrder } from './shop-model.ts';
import { organisationNumberKey } from './shop-seed.ts';
import type { ShopState } from './shop-state.ts';

export interface ShopPageOptions {
  state: ShopState;
  placeOrder(input?: OrderInput): ShopOrder;
  guard: RequestHandler | undefined;
}

const shownOrders = 50;
const mostAtOnce = 100;

/** The calls of the shop's page. Only JSON is taken, so that no foreign page's form can place an order. */
export function shopPage({ state, placeOrder, guard = openGuard }: ShopPageOptions): Router {
  const router = Router();
  router.get('/page/orders', guard, (_req, res) => {
    const newest = [...state.orders.values()].slice(-shownOrders).reverse();
    const orders = newest.map((order) => ({
      id: order.id,
      number: order.number,
      status: order.status,
      total: order.total,
      currency: order.currency,
      createdAt: `${order.date_created_gmt}Z`,
      buyer: order.billing.company || `${order.billing.first_name} ${order.billing.last_name}`.trim(),
      guest: order.customer_id === 0,
      lines: order.line_items.map((line) => `${line.quantity} × ${line.name}`),
      notes: state.notesOf(order.id).map((note) => ({ author: note.author, note: note.note })),
    }));
    sendReply(res, { status: 200, body: { total: state.orders.size, orders } });
  });
  router.get('/page/goods', guard, (_req, res) => {
    const products = [...state.products.values()].flatMap((product) => {
      const variations = product.variations.flatMap((id) => state.variations.get(id) ?? []);
      const choices = variations.length > 0 ? variations : [product];
      return choices.map((one) => ({
        product: product.id,
        variation: one === product ? 0 : one.id,
        name: one === product ? product.name : `${product.name}, ${one.name}`,
        sku: one.sku,
        price: one.price,
      }));
    });
    const customers = [...state.customers.values()].slice(0, 200).map((customer) => ({
      id: customer.id,
      name: customer.billing.company || `${customer.first_name} ${customer.last_name}`,
      email: customer.email,
    }));
    sendReply(res, { status: 200, body: { products, customers } });
  });
  router.post('/page/orders', guard, json({ limit: '64kb' }), (req, res) => {
    const body: unknown = req.body;
    if (typeof body !== 'object' || body === null) return void res.status(415).json({ error: 'send JSON' });
    const { random, ...order } = body as { random?: unknown };
    try {
      if (typeof random !== 'number') return sendReply(res, { status: 201, body: place(order as OrderInput) });
      const count = Math.min(mostAtOnce, Math.max(1, Math.floor(random)));
      const numbers = Array.from({ length: count }, () => placeOrder().number);
      sendReply(res, { status: 201, body: { numbers } });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      sendReply(res, error.reply);
    }
  });

  const place = (order: OrderInput) => {
    const customer = state.customers.get(Number(order.customer_id ?? 0));
    const meta_data = customer?.meta_data.filter((meta) => meta.key === organisationNumberKey) ?? [];
    const given = meta_data.map(({ key, value }) => ({ key, value }));
    return { numbers: [placeOrder({ ...order, meta_data: given, created_via: 'checkout', set_paid: true }).number] };
  };
  return router;
}
