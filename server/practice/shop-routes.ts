import type { NextFunction, Request, Response, Router } from 'express';
import type { OperationClass } from './fault.ts';
import { type Reply, type Stage, sendReply, VendorError } from './reply.ts';
import type { ShopActions } from './shop-actions.ts';
import { readInput, shopError, shopErrorReply } from './shop-error.ts';
import { CustomerInput, NoteInput, OrderInput, RefundInput } from './shop-input.ts';
import type { OrderNote, ShopRefund } from './shop-model.ts';
import { orderFilter, pageOf, readListQuery, selected } from './shop-query.ts';
import type { ShopState } from './shop-state.ts';
import { taxRates } from './shop-tax.ts';
import type { Veil } from './veil.ts';

export const shopResources = ['orders', 'customers', 'products', 'notes', 'refunds', 'webhooks', 'system'] as const;
type ShopResource = (typeof shopResources)[number];

/** Everything a route needs. */
export interface ShopDesk {
  state: ShopState;
  actions: ShopActions;
  stage: Stage;
  veil: Veil;
}

type Handler = (req: Request) => Reply;
/** Registers a route whose work runs under the faults in force. */
export type Route = (
  method: 'get' | 'post' | 'put' | 'delete',
  path: string,
  resource: ShopResource,
  operation: OperationClass,
  handler: Handler,
) => void;

export function routeOn(router: Router, stage: Stage): Route {
  return (method, path, resource, operation, handler) =>
    router[method](path, (req: Request, res: Response) =>
      stage.perform(req, res, resource, operation, () => handler(req)),
    );
}

export function baseOf(req: Request): string {
  return `${req.protocol}://${req.host}${req.originalUrl}`;
}

export const newestFirst = { orderby: 'date', order: 'desc' } as const;

export function idOf(req: Request, name = 'id'): number {
  const text = String(req.params[name]);
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

export function bodyOf(req: Request): unknown {
  return req.body ?? {};
}

export function isForced(req: Request): boolean {
  return req.query['force'] === 'true' || req.query['force'] === '1';
}

export function orderRoutes(route: Route, { state, actions, veil }: ShopDesk): void {
  route('get', '/orders', 'orders', 'list', (req) => {
    const query = readListQuery(req.url);
    const fits = orderFilter(query);
    const found = selected(state.orders.values(), query, (one) => fits(one) && !veil.hides(`order ${one.id}`));
    return pageOf(found, query, baseOf(req), newestFirst, (order) => order);
  });
  const create = (body: unknown) => actions.placeOrder(readInput(OrderInput, body));
  const update = (id: number, body: unknown) => actions.changeOrder(id, readInput(OrderInput, body));
  const remove = (id: number) => actions.removeOrder(id, true);
  route('post', '/orders', 'orders', 'create', (req) => ({ status: 201, body: create(bodyOf(req)) }));
  route('post', '/orders/batch', 'orders', 'update', (req) => batch(bodyOf(req), create, update, remove));
  route('get', '/orders/:id', 'orders', 'read', (req) => ({ status: 200, body: actions.order(idOf(req)) }));
  const put = (req: Request) => ({ status: 200, body: update(idOf(req), bodyOf(req)) });
  route('put', '/orders/:id', 'orders', 'update', put);
  // WordPress takes POST for PUT on one document.
  route('post', '/orders/:id', 'orders', 'update', put);
  route('delete', '/orders/:id', 'orders', 'delete', (req) => ({
    status: 200,
    body: actions.removeOrder(idOf(req), isForced(req)),
  }));
}

const noteAnswer = ({ order_id: _order, ...note }: OrderNote) => note;
const refundAnswer = ({ parent_id: _parent, ...refund }: ShopRefund) => refund;

export function noteRoutes(route: Route, { state, actions }: ShopDesk): void {
  route('get', '/orders/:id/notes', 'notes', 'list', (req) => {
    const order = actions.order(idOf(req));
    const type = String(req.query['type'] ?? 'any');
    const fits = (note: OrderNote) => type === 'any' || note.customer_note === (type === 'customer');
    return { status: 200, body: state.notesOf(order.id).filter(fits).reverse().map(noteAnswer) };
  });
  route('post', '/orders/:id/notes', 'notes', 'create', (req) => {
    const note = actions.addNote(idOf(req), readInput(NoteInput, bodyOf(req)));
    return { status: 201, body: noteAnswer(note) };
  });
  const noteOf = (req: Request) => {
    const note = state.notes.get(idOf(req, 'note'));
    if (note === undefined || note.order_id !== actions.order(idOf(req)).id)
      throw shopError(404, 'woocommerce_rest_invalid_id', 'Invalid resource ID.');
    return note;
  };
  route('get', '/orders/:id/notes/:note', 'notes', 'read', (req) => ({ status: 200, body: noteAnswer(noteOf(req)) }));
  route('delete', '/orders/:id/notes/:note', 'notes', 'delete', (req) => {
    const note = noteOf(req);
    state.notes.delete(note.id);
    return { status: 200, body: noteAnswer(note) };
  });
  route('get', '/orders/:id/refunds', 'refunds', 'list', (req) => ({
    status: 200,
    body: state.refundsOf(actions.order(idOf(req)).id).map(refundAnswer),
  }));
  route('post', '/orders/:id/refunds', 'refunds', 'create', (req) => {
    const { amount, reason } = readInput(RefundInput, bodyOf(req));
    return { status: 201, body: refundAnswer(actions.refund(idOf(req), amount, reason)) };
  });
}

export function customerRoutes(route: Route, { state, actions, veil }: ShopDesk): void {
  const customerOf = (id: number) => {
    const customer = state.customers.get(id);
    if (customer === undefined) throw shopError(404, 'woocommerce_rest_invalid_id', 'Invalid resource ID.');
    return customer;
  };
  route('get', '/customers', 'customers', 'list', (req) => {
    const query = readListQuery(req.url);
    const search = query.search?.toLowerCase();
    const email = query.email?.toLowerCase();
    const found = selected(state.customers.values(), query, (one) => {
      if (veil.hides(`customer ${one.id}`) || (email !== undefined && one.email.toLowerCase() !== email)) return false;
      return search === undefined || `${one.first_name} ${one.last_name} ${one.email}`.toLowerCase().includes(search);
    });
    return pageOf(found, query, baseOf(req), { orderby: 'name', order: 'asc' }, (customer) => customer);
  });
  const create = (body: unknown) => actions.saveCustomer(readInput(CustomerInput, body));
  const update = (id: number, body: unknown) => actions.saveCustomer(readInput(CustomerInput, body), customerOf(id));
  const remove = (id: number) => {
    const customer = customerOf(id);
    state.customers.delete(id);
    return customer;
  };
  route('post', '/customers', 'customers', 'create', (req) => ({ status: 201, body: create(bodyOf(req)) }));
  route('post', '/customers/batch', 'customers', 'update', (req) => batch(bodyOf(req), create, update, remove));
  route('get', '/customers/:id', 'customers', 'read', (req) => ({ status: 200, body: customerOf(idOf(req)) }));
  const put = (req: Request) => ({ status: 200, body: update(idOf(req), bodyOf(req)) });
  route('put', '/customers/:id', 'customers', 'update', put);
  route('post', '/customers/:id', 'customers', 'update', put);
  route('delete', '/customers/:id', 'customers', 'delete', (req) => {
    if (!isForced(req))
      throw shopError(501, 'woocommerce_rest_trash_not_supported', 'Customers do not support trashing.');
    return { status: 200, body: remove(idOf(req)) };
  });
}

export function systemRoutes(route: Route): void {
  const currency = { code: 'SEK', name: 'Swedish krona', symbol: 'kr' };
  route('get', '/taxes', 'system', 'list', () => ({
    status: 200,
    body: taxRates.map((rate) => ({
      id: rate.id,
      country: rate.country,
      state: '',
      postcode: '',
      city: '',
      rate: rate.rate.toFixed(4),
      name: rate.name,
      priority: 1,
      compound: false,
      shipping: true,
      order: rate.id,
      class: rate.class === '' ? 'standard' : rate.class,
    })),
  }));
  route('get', '/data/currencies/current', 'system', 'read', () => ({ status: 200, body: currency }));
  route('get', '/data/currencies', 'system', 'list', () => ({ status: 200, body: [currency] }));
  route('get', '/system_status', 'system', 'read', () => ({
    status: 200,
    body: {
      environment: { version: '10.3.0', wp_version: '6.8.3' },
      settings: { api_enabled: true, currency: 'SEK', currency_symbol: 'kr', number_of_decimals: 2 },
    },
  }));
}

const batchLimit = 100;

/** A batch answers 200 with one result each; what fails is told in its place. */
export function batch(
  body: unknown,
  create: (one: unknown) => object,
  update: (id: number, one: unknown) => object,
  remove: (id: number) => object,
): Reply {
  const given = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  const listOf = (name: string) => (Array.isArray(given[name]) ? (given[name] as unknown[]) : []);
  const lists = { create: listOf('create'), update: listOf('update'), delete: listOf('delete') };
  if (lists.create.length + lists.update.length + lists.delete.length > batchLimit) {
    const message = `Unable to accept more than ${batchLimit} items for this request.`;
    throw shopError(413, 'woocommerce_rest_request_entity_too_large', message);
  }
  const idIn = (one: unknown) => Number((one as { id?: unknown } | null)?.id ?? one) || 0;
  const tried = (id: number, work: () => object): object => {
    try {
      return work();
    } catch (error) {
      if (error instanceof VendorError) return { id, error: error.reply.body };
      throw error;
    }
  };
  const answer: Record<string, object[]> = {};
  if (lists.create.length > 0) answer['create'] = lists.create.map((one) => tried(0, () => create(one)));
  if (lists.update.length > 0)
    answer['update'] = lists.update.map((one) => tried(idIn(one), () => update(idIn(one), one)));
  if (lists.delete.length > 0) answer['delete'] = lists.delete.map((one) => tried(idIn(one), () => remove(idIn(one))));
  return { status: 200, body: answer };
}

/** The last two words of a WordPress REST API: no such route, and a body that is no JSON. */
export function shopEnding(router: Router): void {
  router.use((_req: Request, res: Response) =>
    sendReply(res, shopErrorReply(404, 'rest_no_route', 'No route was found matching the URL and request method.')),
  );
  router.use((error: unknown, _req: Request, res: Response, next: NextFunction) => {
    const status = (error as { status?: unknown } | null)?.status;
    if (status === 413) return sendReply(res, shopErrorReply(413, 'rest_too_large', 'The body is too large.'));
    if (typeof status === 'number' && status >= 400 && status < 500)
      return sendReply(res, shopErrorReply(400, 'rest_invalid_json', 'Invalid JSON body passed.'));
    next(error);
  });
}
