import { json, type NextFunction, type Request, type RequestHandler, type Response, Router } from 'express';
import { createControl } from './control.ts';
import { erpError, erpErrorReply } from './erp-error.ts';
import { createErpOAuth, type Tokens } from './erp-oauth.ts';
import { erpPageRoutes } from './erp-page.ts';
import { erpPriceRoutes } from './erp-price-routes.ts';
import { erpArticleRoutes, erpCustomerRoutes, erpSettingRoutes } from './erp-register-routes.ts';
import {
  createErpActions,
  type ErpDesk,
  erpInvoiceRoutes,
  erpOrderRoutes,
  erpResources,
  erpRouteOn,
} from './erp-routes.ts';
import { openErpState } from './erp-state.ts';
import { createFaultBox, type Faults, parseFaults } from './fault.ts';
import { pageAssets } from './page.ts';
import { createRateGate, type Rate, type RateStats } from './rate.ts';
import { createStage, sendReply, VendorError } from './reply.ts';
import { createVeil } from './veil.ts';

/** "25 requests per 5 seconds", fortnox.se/developer/guides-and-good-to-know/rate-limits-for-fortnox-api. */
export const fortnoxRate: Rate = { requests: 25, perMs: 5000 };

export interface PracticeErpOptions {
  /** Directory of the journal; null keeps the books in memory only. */
  dir: string | null;
  clientId: string;
  clientSecret: string;
  /** Null shuts the control API. */
  controlKey: string | null;
  /** Fortnox's own rate when absent; null for none. */
  rate?: Rate | null;
  /** One hour when absent. */
  accessTokenMs?: number;
  /** Stands before the pages and their calls, such as a check of the session. */
  pageGuard?: RequestHandler;
  clock?: () => number;
}

/** One order as a test compares it with what was accepted. */
export interface ErpLedgerEntry {
  number: string;
  /** `ExternalInvoiceReference1`, '' when none. */
  reference: string;
  yourOrderNumber: string;
  customerNumber: string;
  total: number;
  currency: string;
  rows: { articleNumber: string; quantity: number; price: number; vat: number }[];
  cancelled: boolean;
  invoice: string;
  createdAt: string;
}

export interface ErpLedger {
  orders: ErpLedgerEntry[];
  counts: { orders: number; customers: number; articles: number; invoices: number };
}

export interface PracticeErp {
  /** Mount it at the ERP's base path; the API is under `/3`, the sign-in under `/oauth-v1`. */
  router: Router;
  /** Signs a client in without a person, for the demo's connection and for tests. */
  issueTokens(): Tokens;
  setFaults(faults: Partial<Faults>): void;
  ledger(): ErpLedger;
  stats(): RateStats;
  /** Forgets the books and stocks them anew; tokens stay good. */
  reset(): void;
  close(): Promise<void>;
}

/** An ERP that speaks Fortnox v3, with OAuth2, rate limit, faults and a page. */
export function createPracticeErp(options: PracticeErpOptions): PracticeErp {
  const clock = options.clock ?? Date.now;
  const state = openErpState(options.dir, clock);
  const box = createFaultBox();
  const veil = createVeil(box, clock);
  const stage = createStage(box, erpFailure);
  const gate = createRateGate(options.rate === undefined ? fortnoxRate : options.rate, clock);
  const desk: ErpDesk = { state, stage, veil, clock };
  const actions = createErpActions(desk);
  const { clientId, clientSecret, accessTokenMs = 3_600_000, pageGuard: guard } = options;
  const oauth = createErpOAuth({ state, clientId, clientSecret, accessTokenMs, clock, guard });
  const ledger = (): ErpLedger => ledgerOf(state);
  const stats = () => gate.stats();
  const reset = () => {
    state.clear();
    gate.reset();
    box.set(parseFaults({}, erpResources));
  };

  const v3 = Router();
  v3.use((req: Request, res: Response, next: NextFunction) => {
    try {
      oauth.check(req.headers.authorization);
    } catch (error) {
      if (error instanceof VendorError) return sendReply(res, error.reply);
      throw error;
    }
    if (gate.admit(clientId)) next();
    else sendReply(res, erpFailure(429));
  });
  v3.use(json({ limit: '5mb', type: () => true }));
  const route = erpRouteOn(v3, stage);
  erpOrderRoutes(route, desk, actions);
  erpInvoiceRoutes(route, desk);
  erpCustomerRoutes(route, desk);
  erpArticleRoutes(route, desk);
  erpPriceRoutes(route, desk);
  erpSettingRoutes(route, desk);
  erpEnding(v3);

  const router = Router();
  router.use('/3', v3);
  router.use('/oauth-v1', oauth.router);
  router.use(createControl({ controlKey: options.controlKey, box, resources: erpResources, ledger, stats, reset }));
  router.use(pageAssets('erp', guard));
  router.use(erpPageRoutes(state, actions, guard));

  return {
    router,
    issueTokens: () => oauth.issue(),
    setFaults: (faults) => box.set(parseFaults(faults, erpResources)),
    ledger,
    stats,
    reset,
    async close() {
      stage.close();
      state.close();
    },
  };
}

function erpEnding(router: Router): void {
  router.use((_req: Request, res: Response) => sendReply(res, erpError('notFound').reply));
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    const status = (error as { status?: unknown } | null)?.status;
    if (typeof status === 'number' && status >= 400 && status < 500) sendReply(res, erpError('syntax').reply);
    else next(error);
  });
}

/** Faults in Fortnox's shape. */
function erpFailure(status: 429 | 500 | 503 | 504) {
  if (status === 500) return erpErrorReply(500, 'System exception', 1000003);
  const words = { 429: 'Too Many Requests', 503: 'Service Unavailable', 504: 'Gateway Timeout' };
  return erpErrorReply(status, words[status]);
}

function ledgerOf(state: ReturnType<typeof openErpState>): ErpLedger {
  const orders: ErpLedgerEntry[] = [];
  for (const { document: order, createdAt } of state.orders.values())
    orders.push({
      number: order.DocumentNumber,
      reference: order.ExternalInvoiceReference1 ?? '',
      yourOrderNumber: String(order['YourOrderNumber'] ?? ''),
      customerNumber: order.CustomerNumber,
      total: order.Total,
      currency: order.Currency,
      rows: order.OrderRows.map((row) => ({
        articleNumber: row.ArticleNumber ?? '',
        quantity: Number(row.OrderedQuantity),
        price: row.Price,
        vat: row.VAT,
      })),
      cancelled: order.Cancelled,
      invoice: order.InvoiceReference === '0' ? '' : order.InvoiceReference,
      createdAt: new Date(createdAt).toISOString(),
    });
  const counts = {
    orders: orders.length,
    customers: state.customers.size,
    articles: state.articles.size,
    invoices: state.invoices.size,
  };
  return { orders, counts };
}
