import { createHmac, randomUUID } from 'node:crypto';
import type { ShopOrder } from '#server/practice/shop-model.ts';

export interface Delivery {
  readonly order: ShopOrder;
  /** WooCommerce's own are not unique; a new one when absent. */
  readonly id?: string;
}

/** What the receiver said to one delivery; `status` 0 when it hung up. */
export interface Receipt {
  readonly order: number;
  readonly status: number;
  readonly retryAfter: string | null;
}

/** Sends an order as WooCommerce's webhook does (class WC_Webhook), but answers what came of it. */
export async function deliver(url: string, secret: string, { order, id = randomUUID() }: Delivery): Promise<Receipt> {
  const body = JSON.stringify(order);
  const headers = {
    'content-type': 'application/json',
    'x-wc-webhook-topic': 'order.created',
    'x-wc-webhook-delivery-id': id,
    'x-wc-webhook-signature': createHmac('sha256', secret).update(body).digest('base64'),
  };
  try {
    const response = await fetch(url, { method: 'POST', headers, body });
    await response.arrayBuffer();
    return { order: order.id, status: response.status, retryAfter: response.headers.get('retry-after') };
  } catch {
    return { order: order.id, status: 0, retryAfter: null };
  }
}

/** Sends all, so many at once; answers the receipts in the order of the deliveries. */
export async function deliverAll(
  url: string,
  secret: string,
  deliveries: readonly Delivery[],
  atOnce = 32,
): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  let next = 0;
  const send = async (): Promise<void> => {
    for (let index = next++; index < deliveries.length; index = next++) {
      const delivery = deliveries[index];
      if (delivery) receipts[index] = await deliver(url, secret, delivery);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, send));
  return receipts;
}
