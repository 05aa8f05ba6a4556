import { json, type Request, type RequestHandler, type Response, Router } from 'express';
import type { ErpActions } from './erp-routes.ts';
import type { ErpState } from './erp-state.ts';
import { openGuard } from './page.ts';
import { sendReply, VendorError } from './reply.ts';

const shownOrders = 50;
const shownCustomers = 50;

/** The calls of the ERP's page. */
export function erpPageRoutes(state: ErpState, actions: ErpActions, guard: RequestHandler = openGuard): Router {
  const router = Router();
  router.get('/page/books', guard, (_req, res) => {
    const orders = [...state.orders.values()].slice(-shownOrders).reverse();
    const customers = [...state.customers.values()].slice(-shownCustomers).reverse();
    const articles = [...state.articles.values()].slice(0, 200);
    sendReply(res, {
      status: 200,
      body: {
        totals: {
          orders: state.orders.size,
          customers: state.customers.size,
          articles: state.articles.size,
          invoices: state.invoices.size,
        },
        orders: orders.map(({ document: order, createdAt }) => ({
          number: order.DocumentNumber,
          reference: order.ExternalInvoiceReference1 ?? '',
          yourOrder: String(order['YourOrderNumber'] ?? ''),
          customer: `${order.CustomerNumber} ${order.CustomerName}`,
          net: order.Net,
          vat: order.TotalVAT,
          total: order.Total,
          currency: order.Currency,
          state: order.DeliveryState,
          delivered: order.DeliveryState === 'delivery',
          cancelled: order.Cancelled,
          invoice: order.InvoiceReference === '0' ? '' : order.InvoiceReference,
          createdAt: new Date(createdAt).toISOString(),
          lines: order.OrderRows.map(
            (row) => `${Number(row.OrderedQuantity)} × ${row.ArticleNumber ?? ''} ${row.Description ?? ''}`,
          ),
        })),
        customers: customers.map(({ document }) => ({
          number: document.CustomerNumber,
          name: document.Name,
          email: document.Email ?? '',
          organisation: document.OrganisationNumber ?? '',
        })),
        articles: articles.map(({ document }) => ({
          number: document.ArticleNumber,
          name: document.Description,
          stock: document.StockGoods ? document.QuantityInStock : null,
          reserved: state.reserved(document.ArticleNumber),
          vat: document.VAT,
        })),
      },
    });
  });

  const deeds: Record<string, (number: string) => unknown> = {
    deliver: (number) => actions.changeOrder(number, { DeliveryState: 'delivery', WarehouseReady: true }),
    invoice: (number) => actions.invoiceOrder(number),
    cancel: (number) => actions.cancelOrder(number),
  };
  router.post('/page/orders/:number/:deed', guard, json({ limit: '1kb' }), (req: Request, res: Response) => {
    const name = String(req.params['deed']);
    const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined;
    // Only JSON is taken, so that no foreign page's form can act here.
    if (!req.is('application/json')) return sendReply(res, { status: 415, body: { error: 'send JSON' } });
    if (deed === undefined) return sendReply(res, { status: 404, body: { error: 'no such deed' } });
    try {
      deed(String(req.params['number']));
      sendReply(res, { status: 204 });
    } catch (error) {
      if (!(error instanceof VendorError)) throw error;
      sendReply(res, error.reply);
    }
  });
  return router;
}
