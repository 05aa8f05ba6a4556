import type { ErpLedger } from '#server/practice/erp.ts';
import type { Faults } from '#server/practice/fault.ts';
import type { OrderInput } from '#server/practice/shop-input.ts';
import type { OrderNote, ShopOrder } from '#server/practice/shop-model.ts';
import type { Practice } from './stand.ts';

/** An ERP customer as far as the verdict looks at it. */
export interface ErpCustomer {
  readonly CustomerNumber: string;
  readonly Name: string;
  readonly Email?: string | null;
  readonly OrganisationNumber?: string | null;
}

interface StandingWebhook {
  readonly id: number;
  readonly topic: string;
  readonly status: string;
  readonly delivery_url: string;
}

/** The practice systems as a shop's owner and an accountant reach them. */
export interface PracticeClient {
  /** Places an order as a buyer would. */
  place(order: OrderInput): Promise<ShopOrder>;
  shopOrders(): Promise<ShopOrder[]>;
  notes(order: number): Promise<OrderNote[]>;
  webhooks(): Promise<StandingWebhook[]>;
  /** Switches on again what the shop has switched off after failed deliveries. */
  reviveWebhooks(): Promise<number>;
  deliveries(): Promise<{ delivered: number; failed: number; lost: number; waiting: number }>;
  setFaults(system: 'shop' | 'erp', faults: Partial<Faults>): Promise<void>;
  ledger(): Promise<ErpLedger>;
  customers(): Promise<ErpCustomer[]>;
  /** Puts an article on the shop's shelves; answers its id. */
  addProduct(sku: string): Promise<number>;
  /** Books know it too. */
  addArticle(sku: string): Promise<void>;
  stats(): Promise<{ requests: number; refused: number; mostInWindow: number }>;
}

async function answered<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${text.slice(0, 300)}`);
  return JSON.parse(text) as T;
}

export function createPracticeClient(practice: Practice): PracticeClient {
  const basic = Buffer.from(`${practice.consumerKey}:${practice.consumerSecret}`).toString('base64');
  const shop = async <T>(method: string, path: string, body?: unknown): Promise<T> =>
    answered(
      await fetch(`${practice.shop}/wp-json/wc/v3/${path}`, {
        method,
        headers: { authorization: `Basic ${basic}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const control = async <T>(system: 'shop' | 'erp', method: string, path: string, body?: unknown): Promise<T> =>
    answered(
      await fetch(`${practice[system]}/${path}`, {
        method,
        headers: { 'x-control-key': practice.controlKey, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const erp = async <T>(path: string, body?: unknown): Promise<T> =>
    answered(
      await fetch(`${practice.erp}/3/${path}`, {
        method: body === undefined ? 'GET' : 'POST',
        headers: { authorization: `Bearer ${practice.tokens.accessToken}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  const webhooks = (): Promise<StandingWebhook[]> => shop('GET', 'webhooks?per_page=100');
  return {
    place: (order) => shop('POST', 'orders', order),
    shopOrders: async () => {
      const all: ShopOrder[] = [];
      for (let page = 1; ; page++) {
        const part = await shop<ShopOrder[]>('GET', `orders?per_page=100&orderby=id&order=asc&status=any&page=${page}`);
        all.push(...part);
        if (part.length < 100) return all;
      }
    },
    notes: (order) => shop('GET', `orders/${order}/notes`),
    webhooks,
    reviveWebhooks: async () => {
      const off = (await webhooks()).filter((one) => one.status !== 'active');
      for (const { id } of off) await shop('PUT', `webhooks/${id}`, { status: 'active' });
      return off.length;
    },
    deliveries: () => control('shop', 'GET', 'stats'),
    setFaults: async (system, faults) => {
      await control(system, 'PUT', 'faults', faults);
    },
    ledger: () => control('erp', 'GET', 'ledger'),
    customers: async () => {
      const all: ErpCustomer[] = [];
      for (let page = 1; ; page++) {
        const part = await erp<{ Customers: ErpCustomer[] }>(`customers?limit=500&page=${page}`);
        all.push(...part.Customers);
        if (part.Customers.length < 500) return all;
      }
    },
    addProduct: async (sku) => {
      const product = { name: sku, sku, type: 'simple', regular_price: '100.00', status: 'publish' };
      return (await shop<{ id: number }>('POST', 'products', product)).id;
    },
    addArticle: async (sku) => {
      await erp('articles', { Article: { ArticleNumber: sku, Description: sku, VAT: 25 } });
    },
    stats: () => control('erp', 'GET', 'stats'),
  };
}
