import { shopError } from './shop-error.ts';
import type { CustomerInput, OrderInput, ProductInput } from './shop-input.ts';
import type { OrderNote, ShopCustomer, ShopOrder, ShopProduct, ShopRefund, ShopVariation } from './shop-model.ts';
import { buildOrder, changedOrder } from './shop-order.ts';
import type { ShopState } from './shop-state.ts';
import { asProduct, putCustomer, putProduct, putVariation, takeStock } from './shop-stock.ts';
import { fromOre, toOre } from './shop-tax.ts';
import type { WebhookSender } from './shop-webhook.ts';
import type { Veil } from './veil.ts';

type NoteText = Pick<OrderNote, 'note' | 'customer_note' | 'added_by_user'>;
const silentNote = { customer_note: false, added_by_user: false };

/** What can be done in the shop: each keeps its result and tells the webhooks. */
export interface ShopActions {
  placeOrder(input: OrderInput): ShopOrder;
  changeOrder(id: number, input: OrderInput): ShopOrder;
  removeOrder(id: number, force: boolean): ShopOrder;
  addNote(order: number, note: NoteText): OrderNote;
  refund(order: number, amount: string, reason: string): ShopRefund;
  saveCustomer(input: CustomerInput, before?: ShopCustomer): ShopCustomer;
  saveProduct(input: ProductInput, before?: ShopProduct): ShopProduct;
  saveVariation(parent: number, input: ProductInput, before?: ShopVariation): ShopVariation;
  order(id: number): ShopOrder;
}

export function createShopActions(
  state: ShopState,
  hooks: WebhookSender,
  veil: Veil,
  clock: () => number,
): ShopActions {
  const announce = (entity: 'order' | 'product' | 'customer', event: string, id: number) => {
    const shelf = { order: state.orders, product: state.products, customer: state.customers }[entity];
    // as the API tells it: WooCommerce's webhooks ask its own controllers
    const told = (): object => {
      const one = shelf.get(id) ?? { id };
      return entity === 'product' && 'slug' in one ? asProduct(one) : one;
    };
    hooks.announce(`${entity}.${event}`, told);
  };
  const orderOf = (id: number) => {
    const order = state.orders.get(id);
    if (order === undefined) throw shopError(404, 'woocommerce_rest_shop_order_invalid_id', 'Invalid ID.');
    return order;
  };
  const keepNote = (order: number, given: NoteText, author: string) => {
    const { date_created, date_created_gmt } = state.born();
    const note: OrderNote = { id: state.nextId(), order_id: order, author, date_created, date_created_gmt, ...given };
    state.notes.put(note.id, note);
    return note;
  };
  const sell = (order: ShopOrder) => {
    for (const line of order.line_items) {
      const changed = takeStock(state, line.variation_id || line.product_id, line.quantity);
      if (changed !== undefined && !('parent_id' in changed)) announce('product', 'updated', changed.id);
    }
  };
  const isSold = (order: ShopOrder) => order.status === 'processing' || order.status === 'completed';

  return {
    order: orderOf,
    placeOrder(input) {
      const order = buildOrder(state, input, clock());
      veil.cover(`order ${order.id}`);
      state.orders.put(order.id, order);
      if (isSold(order)) sell(order);
      announce('order', 'created', order.id);
      return order;
    },
    changeOrder(id, input) {
      const before = orderOf(id);
      const order = state.touched(changedOrder(state, before, input, clock()));
      state.orders.put(id, order);
      if (order.status !== before.status)
        keepNote(
          id,
          { ...silentNote, note: `Order status changed from ${before.status} to ${order.status}.` },
          'system',
        );
      if (isSold(order) && before.date_paid === null) sell(order);
      announce('order', 'updated', id);
      return order;
    },
    removeOrder(id, force) {
      const order = orderOf(id);
      const binned: ShopOrder = state.touched({ ...order, status: 'trash' });
      if (force) state.orders.delete(id);
      else state.orders.put(id, binned);
      announce('order', 'deleted', id);
      return force ? order : binned;
    },
    addNote(id, given) {
      orderOf(id);
      return keepNote(id, given, given.added_by_user ? 'admin' : 'WooCommerce');
    },
    refund(id, amount, reason) {
      const order = orderOf(id);
      const refunded = order.refunds.reduce((sum, refund) => sum - toOre(refund.total), 0);
      const ore = toOre(amount);
      if (ore <= 0 || refunded + ore > toOre(order.total))
        throw shopError(400, 'woocommerce_rest_invalid_order_refund', 'Invalid refund amount.');
      const { date_created, date_created_gmt } = state.born();
      const refund: ShopRefund = {
        id: state.nextId(),
        parent_id: id,
        date_created,
        date_created_gmt,
        amount: fromOre(ore),
        reason,
        refunded_by: 1,
        refunded_payment: false,
        meta_data: [],
        line_items: [],
      };
      state.refunds.put(refund.id, refund);
      const refunds = [...order.refunds, { id: refund.id, reason, total: fromOre(-ore) }];
      const status = refunded + ore === toOre(order.total) ? ('refunded' as const) : order.status;
      state.orders.put(id, state.touched({ ...order, refunds, status }));
      announce('order', 'updated', id);
      return refund;
    },
    saveCustomer(input, before) {
      const customer = putCustomer(state, input, before);
      if (before === undefined) veil.cover(`customer ${customer.id}`);
      announce('customer', before === undefined ? 'created' : 'updated', customer.id);
      return customer;
    },
    saveProduct(input, before) {
      const product = putProduct(state, input, before);
      if (before === undefined) veil.cover(`product ${product.id}`);
      announce('product', before === undefined ? 'created' : 'updated', product.id);
      return product;
    },
    saveVariation(parent, input, before) {
      const variation = putVariation(state, parent, input, before);
      announce('product', 'updated', parent);
      return variation;
    },
  };
}
