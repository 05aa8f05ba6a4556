import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { pino } from 'pino';
import { productsCreate } from '#nodes/commerce/capabilities.ts';
import type { Product } from '#nodes/commerce/model.ts';
import { builtInTemplates } from '#nodes/index.ts';
import type { Capability } from '#runtime/capability.ts';
import { isWrite, offerOf, type Session } from '#runtime/connector.ts';
import { type Answers, instantiate } from '#runtime/template.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { migrate } from '#server/db/migrate.ts';
import { createWeft, type Weft } from '#server/weft.ts';
import { startProcess } from '../../chaos/process.ts';
import { type Kept, keep } from '../../chaos/storm.ts';
import type { ContractSubject, ContractSystem } from '../../contract/subject.ts';
import { createTestDatabase } from '../../support/database.ts';
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts';
import { until } from '../../support/until.ts';
import { trytonSubject } from '../tryton/subject.ts';
import { type Office, openOffice } from './office.ts';

/** One end of the flows: a running system behind a proxy, and the connection to it. */
export interface End {
  readonly system: ContractSystem;
  readonly proxy: FaultProxy;
  readonly connection: string;
}

/** A real shop, Tryton, and Weft between them in processes of its own. */
export interface CrossingStand {
  readonly shop: End;
  readonly erp: End;
  readonly office: Office;
  /** Weft's own. */
  readonly database: pg.Client;
  /** Puts a ready flow live between the two; `answers` besides the connections. */
  publish(template: string, answers?: Answers): Promise<string>;
  /** Asks a system through its connector. */
  ask<I, O>(end: End, capability: Capability<I, O>, input: I): Promise<O>;
  /** Puts a product into a system, past the flows. */
  stock(end: End, product: Product): Promise<void>;
  /** The sale of each order, by the order's id, as our references have it. */
  saleOf(orders: readonly { readonly id: string }[]): Promise<Map<string, string>>;
  /** A service manager for a worker; ended with the stand. */
  worker(name: string): Promise<Kept>;
  /** Everything is polled once more, to the end. */
  poll(): Promise<void>;
  /** Polls are made due, and nobody waits. */
  pollSoon(): Promise<void>;
  /** Resolves when no run but held ones is open. */
  quiet(): Promise<void>;
  /** Hours pass for what waits, until no run but held ones is open. */
  passHours(): Promise<void>;
  rows<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<Row[]>;
  /** A whole pass of reconciliation over every flow; answers what was found. */
  reconcile(): Promise<
    { readonly kind: string; readonly state: string; readonly record: string; readonly detail: string }[]
  >;
  close(): Promise<void>;
}

async function seedTenant(weft: Weft): Promise<number> {
  const { rows } = await weft.engine.pools.engine.query<{ id: number }>(
    `insert into tenant (name, package) values ('Exempelbutiken AB', 'premium') returning id`,
  );
  return rows[0]?.id ?? 0;
}

async function connect(weft: Weft, tenant: number, subject: ContractSubject, more: object): Promise<End> {
  const system = await subject.start();
  const proxy = await startFaultProxy(system.origin);
  const made = await weft.world.admin.create(tenant, {
    connector: subject.connector.id,
    title: subject.connector.title,
    settings: { ...(system.settings(proxy.origin) as object), ...more } as never,
    secrets: system.secrets,
    grants: [new URL(proxy.origin).host],
  });
  return { system, proxy, connection: made.id };
}

function templateOf(id: string) {
  const found = builtInTemplates.find((one) => one.id === id);
  if (!found) throw new Error(`there is no template ${id}`);
  return found;
}

const POLLS = `select count(*)::int as n from trigger_clock where due_at < 'infinity' and (polled_at is null or polled_at <= to_timestamp($1))`;
const OPEN = 'select count(*)::int as n from due where hold is null';
/** How fast a real system takes orders is its own affair; that nothing comes to an end for so long is ours. */
const STILL_MS = 180_000;
const STILL_OPEN = `select r.entity, r.record, d.attempt, d.claim is not null as claimed, convert_from(e.body, 'UTF8') as last
  from due d join run r on r.id = d.run_id left join lateral (select body from run_event where run_id = r.id order by seq desc limit 1) e on true
  where d.hold is null order by d.due_at limit 5`;

/** `shop` and Tryton as the live runs have them, with an empty Weft and no flow yet. */
export async function startCrossing(shopSubject: ContractSubject): Promise<CrossingStand> {
  const directory = mkdtempSync(path.join(tmpdir(), 'weft-crossing-'));
  chmodSync(directory, 0o711);
  const own = await createTestDatabase();
  await migrate({ connectionString: own.url });
  const master = randomBytes(32);
  const weft = await createWeft({
    database: { connectionString: own.url },
    master: masterKeyOf(master),
    role: 'web',
    publicUrl: 'http://127.0.0.1:1',
    redisUrl: undefined,
    slots: 1,
    sandboxProcesses: 2,
    leaseMs: 15_000,
    sweepMs: 60_000,
    pollMs: 60_000,
    trustProxy: false,
    metricsToken: undefined,
    dist: directory,
    log: pino({ level: 'silent' }),
    logLevel: 'silent',
  });
  const tenant = await seedTenant(weft);
  const shop = await connect(weft, tenant, shopSubject, {});
  const erp = await connect(weft, tenant, trytonSubject, { orderState: 'processing' });
  const database = new pg.Client({ connectionString: own.url });
  await database.connect();
  const kept: Kept[] = [];
  const rows = async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []): Promise<Row[]> =>
    (await database.query<Row>(sql, [...values])).rows;
  const none = async (sql: string, values: readonly unknown[] = []): Promise<boolean> =>
    (await rows<{ n: number }>(sql, values))[0]?.n === 0;

  return {
    shop,
    erp,
    office: await openOffice(erp.system),
    database,
    rows,
    async publish(id, answers = {}) {
      const template = templateOf(id);
      const ends: Record<string, string> = {
        shop: shop.connection,
        erp: erp.connection,
        from: erp.connection,
        to: shop.connection,
      };
      const connections = Object.fromEntries(
        Object.entries(template.flow.params).flatMap(([name, param]) =>
          param.kind === 'connection' ? [[name, ends[name] ?? '']] : [],
        ),
      );
      const { flow, params } = instantiate(template.flow, { ...connections, ...answers });
      const created = await weft.flows.create(tenant, flow, { params });
      const by = { author: 'test', mayUnsigned: false };
      await weft.flows.publish(tenant, created.id, { revision: created.revision, note: '', on: true }, by);
      return created.id;
    },
    async ask<I, O>({ connection }: End, capability: Capability<I, O>, input: I): Promise<O> {
      const context = { signal: AbortSignal.timeout(60_000), note: () => undefined };
      const { connector, session } = await weft.world.door.open(tenant, connection, context);
      const offer = offerOf(connector, capability.name) as
        | { run(session: Session, input: I): Promise<unknown> }
        | undefined;
      if (!offer) throw new Error(`${connector.id} does not offer ${capability.name}`);
      return capability.output.parse(await offer.run(session, input));
    },
    async stock({ system, connection }, product) {
      if (system.make?.product) return system.make.product(product);
      const context = { signal: AbortSignal.timeout(60_000), note: () => undefined };
      const { connector, session } = await weft.world.door.open(tenant, connection, context);
      const offer = offerOf(connector, productsCreate.name);
      if (!offer || !isWrite(offer)) throw new Error(`${connector.id} cannot make a product`);
      await offer.run(session, { product }, { reference: randomBytes(12).toString('hex') });
    },
    async saleOf(orders) {
      const links = await rows<{ source_id: string; target_id: string }>(
        `select source_id, target_id from xref where entity = 'order' and source_id = any($1)`,
        [orders.map((order) => order.id)],
      );
      return new Map(links.map((link) => [link.source_id, link.target_id]));
    },
    async worker(name) {
      const one = keep(name, () =>
        startProcess({
          script: 'server/main.ts',
          env: {
            DATABASE_URL: own.url,
            DATA_DIR: path.join(directory, name),
            MASTER_KEY: master.toString('base64'),
            PRACTICE: 'off',
            ROLE: 'worker',
            LOG_LEVEL: 'warn',
            LEASE_SECONDS: '5',
            POLL_MS: '200',
          },
          logFile: path.join(directory, `${name}.log`),
          isReady: (line) => line.startsWith('Weft works'),
        }),
      );
      kept.push(one);
      await one.ready;
      return one;
    },
    async poll() {
      const at = await rows<{ s: number }>('select extract(epoch from clock_timestamp())::float8 as s');
      await database.query(`update trigger_clock set due_at = now() where due_at < 'infinity'`);
      await until(() => none(POLLS, [at[0]?.s]), 120_000, 100).catch(async () => {
        const clocks = await rows(
          'select flow_id, trigger, due_at - now() as due_in, polled_at, watermark, failures, failure from trigger_clock',
        );
        throw new Error(`not everything was polled in two minutes: ${JSON.stringify(clocks, null, 1)}`);
      });
    },
    async pollSoon() {
      await database.query(
        `update trigger_clock set due_at = now() where due_at < 'infinity' and due_at > now() + interval '1 s'`,
      );
    },
    async quiet() {
      let before = Number.POSITIVE_INFINITY;
      let since = performance.now();
      for (;;) {
        const open = (await rows<{ n: number }>(OPEN))[0]?.n ?? 0;
        if (open === 0) return;
        if (open < before) since = performance.now();
        before = open;
        if (performance.now() - since > STILL_MS)
          throw new Error(
            `in ${STILL_MS} ms none of ${open} open runs came to an end: ${JSON.stringify(await rows(STILL_OPEN), null, 1)}`,
          );
        await pause(100);
      }
    },
    async passHours() {
      const marks = await rows<{ flow_id: string; trigger: string; watermark: string | null }>(
        'select flow_id, trigger, watermark from trigger_clock',
      );
      const clock = (ahead: string): Promise<unknown> =>
        database.query(
          `create or replace function weft_now() returns timestamptz language sql volatile as $$ select clock_timestamp()${ahead} $$`,
        );
      let hours = 0;
      let nextAt = 0;
      const hurry = async (): Promise<boolean> => {
        // what fails once more waits for longer: the clock goes on until nothing waits
        if (performance.now() >= nextAt) {
          hours += 2;
          nextAt = performance.now() + 60_000;
          await clock(` + interval '${hours} hours'`);
        }
        await database.query('update due set due_at = now() where claim is null and hold is null and due_at > now()');
        return none(OPEN);
      };
      await until(hurry, 400_000, 500);
      await clock('');
      // processes look at the clock every five seconds; what they polled meanwhile was of the future
      await pause(6000);
      for (const { flow_id, trigger, watermark } of marks)
        await database.query('update trigger_clock set watermark = $3 where flow_id = $1 and trigger = $2', [
          flow_id,
          trigger,
          watermark,
        ]);
    },
    async reconcile() {
      await database.query(`update reconciliation set due_at = now() where due_at < 'infinity'`);
      const at = await rows<{ s: number }>('select extract(epoch from clock_timestamp())::float8 as s');
      const going = `select count(*)::int as n from reconciliation where due_at < 'infinity' and (ended_at is null or ended_at <= to_timestamp($1))`;
      await until(() => none(going, [at[0]?.s]), 240_000, 200);
      return rows(`select kind, state, record, detail from finding order by found_at`);
    },
    async close() {
      await Promise.all(kept.map((one) => one.end()));
      await weft.stop(1000);
      await database.end();
      await Promise.all(
        [shop, erp].map(async ({ proxy, system }) => {
          await proxy.close();
          await system.close();
        }),
      );
      await own.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
