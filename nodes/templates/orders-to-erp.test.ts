import { expect, test } from 'vitest';
import { advance } from '#runtime/advance.ts';
import { createCatalog } from '#runtime/catalog.ts';
import type { EnginePorts } from '#runtime/claim.ts';
import { type AnyConnector, type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import { planOf } from '#runtime/plan.ts';
import type { NewLink, Outcome } from '#runtime/ports.ts';
import { fold } from '#runtime/state.ts';
import { instantiate } from '#runtime/template.ts';
import { aCustomer, anOrder, aProduct } from '#test/support/records.ts';
import * as can from '../commerce/capabilities.ts';
import { commerceNodes } from '../commerce/commerce-nodes.ts';
import type { Customer, Order } from '../commerce/model.ts';
import { coreNodes } from '../core/core-nodes.ts';
import { ordersToErp } from './orders-to-erp.ts';

const nothing = async (): Promise<never> => {
  throw new TerminalError('UNSUPPORTED', 'not in this trial');
};

/** A shop and an ERP that remember what they were told, and the cross-references between them. */
function world(skus: readonly string[]) {
  const told: string[] = [];
  const customers: Customer[] = [];
  const links: NewLink[] = [];
  const writes = (...offers: AnyOffer[]): AnyConnector => ({ id: 'x', title: 'X', offers }) as unknown as AnyConnector;
  const shop = writes(
    offerRead(can.ordersGet, nothing),
    offerRead(can.ordersFromWebhook, nothing),
    offerWrite(can.ordersSetStatus, {
      class: 'A',
      run: async (_session, { order, action }) => {
        told.push(`status ${order.id} ${action}`);
        return { id: order.id };
      },
    }),
    offerWrite(can.ordersAddNote, {
      class: 'A',
      run: async (_session, { text }) => {
        told.push(`note ${text}`);
        return { id: '1' };
      },
    }),
  );
  const erp = writes(
    offerRead(can.customersFind, async () => customers),
    offerRead(can.productsFind, async (_session, { sku }) => (skus.includes(sku) ? [aProduct(sku)] : [])),
    offerWrite(can.customersCreate, {
      class: 'A',
      run: async (_session, { customer }) => {
        customers.push(aCustomer('88', { email: customer.email }));
        told.push(`customer ${customer.email}`);
        return { id: '88', number: '88', created: true };
      },
    }),
    offerWrite(can.ordersCreate, {
      class: 'A',
      run: async (_session, draft) => {
        told.push(
          `order ${draft.order.number} for ${draft.customerNumber}: ${draft.order.lines.map((line) => line.articleNumber)}`,
        );
        return { id: '5512', number: '5512', created: true };
      },
    }),
    offerWrite(can.ordersUpdate, {
      class: 'A',
      run: async (_session, { id }) => {
        told.push(`update ${id}`);
        return { id, number: id, created: false };
      },
    }),
  );
  return {
    told,
    links,
    customers,
    connectors: new Map([
      ['shop', shop],
      ['erp', erp],
    ]),
  };
}

const catalog = createCatalog([...coreNodes, ...commerceNodes], []);

/** Takes one order through the template, in memory. */
async function transfer(order: Order, at: ReturnType<typeof world>, answers: Record<string, string> = {}) {
  const { flow, params } = instantiate(ordersToErp.flow, { shop: 'shop', erp: 'erp', ...answers });
  const events: RunEvent[] = [];
  let outcome: Outcome | undefined;
  const keep = (commit: { events: readonly RunEvent[]; links: readonly NewLink[] }) => {
    events.push(...commit.events);
    at.links.push(...commit.links);
  };
  const ports: EnginePorts = {
    clock: { now: () => 1_000 },
    references: { of: (parts) => parts.join('/') },
    links: {
      find: async (_tenant, { connection, id }) =>
        at.links.filter(({ source, target }) =>
          [source, target].some((end) => end.connection === connection && end.id === id),
        ),
    },
    connections: {
      open: async (_tenant, connection) => ({
        connector: at.connectors.get(connection) as AnyConnector,
        session: { connection } as Session,
      }),
      send: async (offer, session, input, call) =>
        (offer as { run: (...args: unknown[]) => unknown }).run(session, input, call),
      plain: () => nothing,
    },
    journal: {
      reserve: async () => true,
      intent: async ({ reference }, commit) => {
        keep(commit);
        return { known: at.links.find((link) => link.reference === reference)?.target.id ?? null };
      },
      trace: async (commit) => keep(commit),
      release: async (last, commit) => {
        keep(commit);
        outcome = last;
      },
    },
    within: (_ms, work) => work(new AbortController().signal),
    watched: () => false,
    signal: new AbortController().signal,
  };
  await advance(
    {
      id: '1',
      tenant: 1,
      plan: planOf(flow, catalog, params),
      trigger: 'order',
      record: { entity: 'order', ...order.source },
      payload: { via: 'poll', id: order.source.id, topic: 'order', body: JSON.parse(JSON.stringify(order)) },
      receivedAt: 1_000,
      attempt: 1,
      state: fold([]),
    },
    ports,
  );
  return { outcome, events };
}

const TRANSFERRED = [
  'customer anna@example.com',
  'order 1042 for 88: A1,B2',
  'status 1042 completed',
  'note Fortnox order 5512',
];

test('an order reaches the ERP with a new customer and its articles, and only then the shop hears of it', async () => {
  const at = world(['A1', 'B2']);
  const { outcome, events } = await transfer(anOrder(), at);
  expect(outcome).toEqual({ state: 'succeeded' });
  expect(at.told).toEqual(TRANSFERRED);
  expect(events.filter((event) => event.type === 'step.writing').map((event) => event.capability)).toEqual([
    'customers.create',
    'orders.create',
    'orders.set-status',
    'orders.add-note',
  ]);
});

test('the same order again, changed or not, writes nothing more when it is create only', async () => {
  const at = world(['A1', 'B2']);
  await transfer(anOrder(), at);
  const again = await transfer(anOrder({ changedAt: '2026-11-24T08:00:00Z' }), at);
  expect(again.outcome).toEqual({ state: 'succeeded' });
  expect(at.told).toEqual(TRANSFERRED);
});

test('with create and update, a change is written over the ERP’s order and the status is not set again', async () => {
  const at = world(['A1', 'B2']);
  const mode = { mode: 'create-and-update' };
  await transfer(anOrder(), at, mode);
  await transfer(anOrder({ changedAt: '2026-11-24T08:00:00Z' }), at, mode);
  expect(at.told.slice(0, 4)).toEqual(TRANSFERRED);
  expect(at.told.slice(4)).toEqual(['update 5512']);
});

test('a missing article stops the order before a customer is made of it', async () => {
  const at = world(['A1']);
  const { outcome } = await transfer(anOrder(), at);
  expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'ARTICLE_MISSING', field: 'order.lines[1].sku' } });
  expect(at.told).toEqual([]);
});

test('an order that is not to be taken touches neither system', async () => {
  const at = world([]);
  const order = anOrder();
  const { outcome } = await transfer(
    { ...order, status: { ...order.status, order: 'on-hold', native: 'on-hold' } },
    at,
  );
  expect(outcome).toEqual({ state: 'ignored' });
  expect(at.told).toEqual([]);
});
