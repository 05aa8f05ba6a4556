import { expect, test } from 'vitest';
import type { AnyConnector, HttpResponse, Session } from '#runtime/connector.ts';
import { isWrite, offerOf } from '#runtime/connector.ts';
import { RetryableError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { ordersCreate, ordersList } from '../commerce/capabilities.ts';
import type { Order, Page } from '../commerce/model.ts';
import { fortnox } from './fortnox/connector.ts';
import fortnoxOrder from './fortnox/fixtures/order.json' with { type: 'json' };
import { woocommerce } from './woocommerce/connector.ts';
import wooOrder from './woocommerce/fixtures/order.json' with { type: 'json' };

function sessionOf(connector: AnyConnector, settings: object, answer: (path: string) => Json): Session {
  return {
    connection: 'there',
    settings: connector.settings.parse(settings),
    http: async ({ path }): Promise<HttpResponse> => ({ status: 200, headers: {}, body: answer(path) }),
    signal: new AbortController().signal,
    now: Date.parse('2026-11-23T12:00:00Z'),
    note: () => {},
  };
}

const listed = (connector: AnyConnector, session: Session): Promise<Page<Order>> =>
  offerOf(connector, ordersList.name)?.run(session, {}, { reference: '' }) as Promise<Page<Order>>;

test('one order that a plug-in has bent is refused by its id and does not hold up the others', async () => {
  const bent = { ...wooOrder, id: 9, total: 'gratis' };
  const session = sessionOf(woocommerce, { url: 'https://shop.example' }, () => [bent, wooOrder] as Json);
  const page = await listed(woocommerce, session);
  expect(page.items.map((order) => order.source.id)).toEqual(['727']);
  expect(page.refused).toMatchObject([{ id: '9', code: 'INPUT_INVALID', field: 'order.total' }]);
});

test('an order in Fortnox that cannot be read is refused by its number', async () => {
  const session = sessionOf(fortnox, {}, (path) =>
    path === '3/orders'
      ? { Orders: [{ DocumentNumber: '54' }, { DocumentNumber: '55' }], MetaInformation: { '@TotalPages': 1 } }
      : path === '3/orders/54'
        ? { Order: { ...fortnoxOrder.Order, OrderDate: 'igår' } }
        : (fortnoxOrder as Json),
  );
  const page = await listed(fortnox, session);
  expect(page.items.map((order) => order.number)).toEqual(['55']);
  expect(page.refused).toMatchObject([{ id: '54', code: 'TARGET_ANSWER_INVALID', field: 'Order.OrderDate' }]);
});

test('a write whose answer cannot be read counts as unknown, never as not done', async () => {
  const session = sessionOf(fortnox, {}, () => '<html>OK</html>');
  const order = (
    await listed(
      woocommerce,
      sessionOf(woocommerce, { url: 'https://shop.example' }, () => [wooOrder] as Json),
    )
  ).items[0];
  const lines = order?.lines.map((line) => ({ ...line, sku: line.sku ?? 'BOK' }));
  const draft = { order: { ...order, lines }, customerNumber: '1' };
  const made = offerOf(fortnox, ordersCreate.name)?.run(session, draft, { reference: 'r'.repeat(24) });
  await expect(made).rejects.toBeInstanceOf(RetryableError);
  await expect(made).rejects.toMatchObject({ code: 'TARGET_ANSWER_INVALID', beforeWork: false });
});

test('an order that came out with another total in the other system is of unknown outcome until a person compares', async () => {
  const [order] = (
    await listed(
      woocommerce,
      sessionOf(woocommerce, { url: 'https://shop.example' }, () => [wooOrder] as Json),
    )
  ).items;
  const draft = {
    order: { ...order, lines: order?.lines.map((line) => ({ ...line, sku: 'A' })) },
    customerNumber: '1',
  };
  const call = { reference: fortnoxOrder.Order.ExternalInvoiceReference1 };
  const list = { Orders: [{ DocumentNumber: '55' }], MetaInformation: { '@TotalPages': 1 } };
  const offer = offerOf(fortnox, ordersCreate.name);
  const made = offer?.run(
    sessionOf(fortnox, {}, () => fortnoxOrder as Json),
    draft,
    call,
  );
  await expect(made).rejects.toBeInstanceOf(RetryableError);
  await expect(made).rejects.toMatchObject({ code: 'MONEY_MISMATCH', beforeWork: false, details: { id: '55' } });
  const looking = sessionOf(fortnox, {}, (path) => (path === '3/orders' ? list : (fortnoxOrder as Json)));
  const lookedUp = offer && isWrite(offer) ? offer.lookup?.(looking, draft, call) : undefined;
  await expect(lookedUp).rejects.toMatchObject({ code: 'TARGET_DIFFERS', hold: 'review', details: { id: '55' } });
});
