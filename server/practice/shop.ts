import { json, type Request, type RequestHandler, Router } from 'express';
import { createControl } from './control.ts';
import { createFaultBox, type Faults, parseFaults } from './fault.ts';
import { pageAssets } from './page.ts';
import { createStage, sendReply } from './reply.ts';
import { createShopActions } from './shop-actions.ts';
import { shopAuth } from './shop-auth.ts';
import { readInput, shopErrorReply } from './shop-error.ts';
import { randomOrder } from './shop-generator.ts';
import { OrderInput } from './shop-input.ts';
import type { ShopOrder } from './shop-model.ts';
import { shopPage } from './shop-page.ts';
import { productRoutes } from './shop-product-routes.ts';
import {
  customerRoutes,
  noteRoutes,
  orderRoutes,
  routeOn,
  type ShopDesk,
  shopEnding,
  shopResources,
  systemRoutes,
} from './shop-routes.ts';
import { openShopState } from './shop-state.ts';
import { createWebhookSender, type DeliveryStats } from './shop-webhook.ts';
import { webhookRoutes } from './shop-webhook-routes.ts';
import { createVeil } from './veil.ts';

export interface PracticeShopOptions {
  /** Directory of the journal; null keeps the shop in memory only. */
  dir: string | null;
  consumerKey: string;
  consumerSecret: string;
  /** Null shuts the control API. */
  controlKey: string | null;
  /** WooCommerce itself: 'per-second'. */
  deliveryId?: 'per-second' | 'unique';
  /** What webhooks name as their source; the address of the last request when absent. */
  publicUrl?: string;
  /** Stands before the page and its calls, such as a check of the session. */
  pageGuard?: RequestHandler;
  clock?: () => number;
}

/** One order as a test compares it with the ERP's ledger. */
export interface ShopLedgerEntry {
  id: number;
  number: string;
  status: string;
  total: string;
  currency: string;
  customerId: number;
  lines: number;
  createdAt: string;
}

export interface PracticeShop {
  /** Mount it at the shop's base path; the API is under `/wp-json/wc/v3`. */
  router: Router;
  /** Places an order as a buyer would, a random one when nothing is given, and tells the webhooks. Throws a VendorError. */
  placeOrder(input?: OrderInput): ShopOrder;
  orders(): ShopOrder[];
  setFaults(faults: Partial<Faults>): void;
  ledger(): { orders: ShopLedgerEntry[]; counts: Record<string, number> };
  deliveries(): DeliveryStats;
  /** Resolves when no webhook waits or is under way. */
  idle(): Promise<void>;
  /** Forgets everything and stocks the shop anew; webhooks go too. */
  reset(): void;
  close(): Promise<void>;
}

/** A shop that speaks WooCommerce REST v3, with webhooks, faults and a page. */
export function createPracticeShop(options: PracticeShopOptions): PracticeShop {
  const clock = options.clock ?? Date.now;
  const state = openShopState(options.dir, clock);
  const box = createFaultBox();
  const veil = createVeil(box, clock);
  const seen = { source: options.publicUrl ?? 'http://127.0.0.1/' };
  const deliveryId = options.deliveryId ?? 'per-second';
  const hooks = createWebhookSender({ state, box, source: () => seen.source, deliveryId, clock });
  const actions = createShopActions(state, hooks, veil, clock);
  const stage = createStage(box, shopFailure);
  const desk: ShopDesk = { state, actions, stage, veil };
  const ledger = () => shopLedger(state.orders.values(), state.customers.size, state.products.size);
  const reset = () => {
    state.clear();
    box.set(parseFaults({}, shopResources));
  };
  const placeOrder = (input?: OrderInput) =>
    actions.placeOrder(readInput(OrderInput, input ?? randomOrder(state.orders.size + 1)));

  const router = Router();
  router.use((req, _res, next) => {
    if (options.publicUrl === undefined) seen.source = `${req.protocol}://${req.host}${req.baseUrl}/`;
    next();
  });
  router.use(
    '/wp-json',
    shopApi(options, desk, (route) => webhookRoutes(route, state, hooks)),
  );
  const stats = () => hooks.stats();
  router.use(createControl({ controlKey: options.controlKey, box, resources: shopResources, ledger, stats, reset }));
  router.use(pageAssets('shop', options.pageGuard));
  router.use(shopPage({ state, placeOrder, guard: options.pageGuard }));

  return {
    router,
    placeOrder,
    orders: () => [...state.orders.values()],
    setFaults: (faults) => box.set(parseFaults(faults, shopResources)),
    ledger,
    deliveries: () => hooks.stats(),
    idle: () => hooks.idle(),
    reset,
    async close() {
      stage.close();
      await hooks.close();
      state.close();
    },
  };
}

function shopApi(
  options: PracticeShopOptions,
  desk: ShopDesk,
  webhooks: (route: ReturnType<typeof routeOn>) => void,
): Router {
  const router = Router();
  router.get('/', (req: Request, res) =>
    sendReply(res, {
      status: 200,
      body: {
        name: 'Practice shop',
        url: `${req.protocol}://${req.host}`,
        namespaces: ['wc/v3'],
        timezone_string: 'Europe/Stockholm',
      },
    }),
  );
  const v3 = Router();
  v3.use(shopAuth(options.consumerKey, options.consumerSecret), json({ limit: '5mb' }));
  const route = routeOn(v3, desk.stage);
  orderRoutes(route, desk);
  noteRoutes(route, desk);
  customerRoutes(route, desk);
  productRoutes(route, desk);
  webhooks(route);
  systemRoutes(route);
  router.use('/wc/v3', v3);
  shopEnding(router);
  return router;
}

/** Faults in the words of a WordPress host. */
function shopFailure(status: 429 | 500 | 503 | 504) {
  const words = {
    429: ['too_many_requests', 'Too many requests.'],
    500: ['internal_server_error', 'There has been a critical error on this website.'],
    503: ['service_unavailable', 'Briefly unavailable for scheduled maintenance. Check back in a minute.'],
    504: ['gateway_timeout', 'The server did not answer in time.'],
  } as const;
  const reply = shopErrorReply(status, words[status][0], words[status][1]);
  return status === 503 || status === 429 ? { ...reply, headers: { 'retry-after': '1' } } : reply;
}

function shopLedger(orders: Iterable<ShopOrder>, customers: number, products: number) {
  const entries: ShopLedgerEntry[] = [];
  for (const order of orders)
    entries.push({
      id: order.id,
      number: order.number,
      status: order.status,
      total: order.total,
      currency: order.currency,
      customerId: order.customer_id,
      lines: order.line_items.length,
      createdAt: `${order.date_created_gmt}Z`,
    });
  return { orders: entries, counts: { orders: entries.length, customers, products } };
}
