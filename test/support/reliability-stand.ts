import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { createPools } from '#server/adapters/pg-pool.ts';
import { createRunStore } from '#server/adapters/pg-run-store.ts';
import { laneOf } from '#server/intake.ts';
import { randomOrder } from '#server/practice/shop-generator.ts';
import type { OrderInput } from '#server/practice/shop-input.ts';
import type { ShopOrder } from '#server/practice/shop-model.ts';
import { createPracticeClient, type PracticeClient } from '#test/chaos/practice-client.ts';
import { deliverAll, type Receipt } from '#test/chaos/sender.ts';
import { type Stand, type StandOptions, startStand } from '#test/chaos/stand.ts';
import { type Kept, keep } from '#test/chaos/storm.ts';
import { judge, type Verdict } from '#test/chaos/verdict.ts';
import { createTestDatabase } from './database.ts';
import { until } from './until.ts';

/** Processes of Weft and of the stand-ins over a database of their own, with what a test asks of them. */
export interface ReliabilityStand {
  readonly stand: Stand;
  readonly practice: PracticeClient;
  readonly database: pg.Client;
  /** As a superuser. */
  readonly databaseUrl: string;
  /** For the data directories of further processes. */
  readonly directory: string;
  /** Where the shop's webhooks go. */
  hookUrl(): Promise<string>;
  /** A service manager for a process; ended with the stand. */
  keep(name: string, start: Parameters<typeof keep>[1]): Promise<Kept>;
  /** Places random orders of new guests, whose webhooks nobody sends. */
  place(count: number, change?: (order: OrderInput, index: number) => OrderInput): Promise<ShopOrder[]>;
  /** Signed deliveries of orders; all must be stored. */
  deliver(orders: readonly ShopOrder[]): Promise<Receipt[]>;
  /** Resolves when no run but held ones is open. */
  quiet(ms?: number): Promise<void>;
  number(sql: string, values?: readonly unknown[]): Promise<number>;
  /** The shop is polled now, to the end. */
  poll(): Promise<void>;
  /** Hours pass for what waits, until no run but held ones is open; processes notice within five seconds. */
  passHours(): Promise<void>;
  /** As a person does who selects runs and clicks. */
  replay(runs: readonly string[]): Promise<{ readonly replayed: number }>;
  judge(orders: readonly ShopOrder[]): Promise<Verdict>;
  stop(): Promise<void>;
}

let guests = 0;

/** A new guest each, so that no order finds another's customer. */
function guestOrder(): OrderInput {
  for (;;) {
    const order = randomOrder(++guests);
    if (order.customer_id !== 0 || !order.billing) continue;
    return { ...order, billing: { ...order.billing, email: `guest-${guests}@example.se` } };
  }
}

export async function startReliabilityStand(
  options: Omit<StandOptions, 'directory' | 'databaseUrl'> & { readonly via?: (url: string) => Promise<string> } = {},
): Promise<ReliabilityStand> {
  const directory = mkdtempSync(path.join(tmpdir(), 'weft-reliability-'));
  chmodSync(directory, 0o711);
  const { via, ...rest } = options;
  const own = await createTestDatabase();
  const databaseUrl = (await via?.(own.url)) ?? own.url;
  const stand = await startStand({ directory, databaseUrl, ...rest });
  const practice = createPracticeClient(stand.practice);
  const database = new pg.Client({ connectionString: own.url });
  await database.connect();
  await practice.setFaults('shop', {
    webhooks: { copies: 1, copiesDeliveryId: 'same', lost: 1, delayMs: 0, shuffleMs: 0 },
  });
  const pools = createPools({ connectionString: own.url }, () => undefined, 2);
  const store = createRunStore({ pool: pools.app, laneOf, ring: () => undefined, committed: () => undefined });
  const kept: Kept[] = [];
  const number = async (sql: string, values: readonly unknown[] = []): Promise<number> =>
    Number((await database.query<{ n: string }>(sql, [...values])).rows[0]?.n ?? 0);
  let hours = 0;
  const hookUrl = async (): Promise<string> => (await until(async () => (await practice.webhooks())[0])).delivery_url;
  return {
    stand,
    practice,
    database,
    databaseUrl: own.url,
    directory,
    hookUrl,
    number,
    keep: async (name, start) => {
      const one = keep(name, start);
      kept.push(one);
      await one.ready;
      return one;
    },
    place: async (count, change = (order) => order) => {
      const orders: ShopOrder[] = [];
      for (let index = 0; index < count; index++) orders.push(await practice.place(change(guestOrder(), index)));
      return orders;
    },
    deliver: async (orders) => {
      const receipts = await deliverAll(
        await hookUrl(),
        stand.webhookSecret,
        orders.map((order) => ({ order })),
      );
      const refused = receipts.find((receipt) => receipt.status !== 202);
      if (refused) throw new Error(`order ${refused.order} was answered ${refused.status}`);
      return receipts;
    },
    quiet: async (ms = 60_000) => {
      await until(async () => (await number('select count(*) as n from due where hold is null')) === 0, ms);
    },
    poll: async () => {
      await database.query('update trigger_clock set due_at = now()');
      const over = `select count(*) as n from trigger_clock where due_at < now() + interval '70 s' and due_at > now() + interval '50 s'`;
      await until(async () => (await number(over)) === 1, 30_000);
    },
    passHours: async () => {
      hours += 2;
      await database.query(
        `create or replace function weft_now() returns timestamptz language sql volatile as $$ select clock_timestamp() + interval '${hours} hours' $$`,
      );
      const hurry = async (): Promise<boolean> => {
        await database.query('update due set due_at = now() where claim is null and hold is null and due_at > now()');
        return (await number('select count(*) as n from due where hold is null')) === 0;
      };
      await until(hurry, 60_000, 500);
    },
    replay: (runs) => store.replay(stand.tenant, runs, 'test'),
    judge: (orders) =>
      judge(
        orders.map((order) => order.id),
        practice,
        database,
      ),
    stop: async () => {
      await Promise.all(kept.map((one) => one.end()));
      await stand.stop();
      await pools.end();
      await database.end();
      await own.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
