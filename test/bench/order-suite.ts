import { setTimeout as pause } from 'node:timers/promises';
import { randomOrder } from '#server/practice/shop-generator.ts';
import { type Bar, bar, median } from './bars.ts';
import { type Child, startChild } from './child.ts';
import { practiceKeys } from './practice-keys.ts';
import { familyCpuMs, ownCpuMs } from './process-usage.ts';

/** One side: a shop and an ERP of its own, and what carries orders between them; `own code`: Weft with one node of a plugin more. */
interface Side {
  readonly name: 'weft' | 'script' | 'own code';
  readonly practice: Child;
  readonly carrier: Child;
  readonly database: number | null;
}

type Calls = Readonly<Record<string, number>>;

interface OrderRound {
  readonly side: Side['name'];
  readonly orders: number;
  readonly perSecond: number;
  readonly appMs: number;
  readonly databaseMs: number;
  readonly statements: number;
}

const signIn = `Basic ${Buffer.from(`${practiceKeys.consumerKey}:${practiceKeys.consumerSecret}`).toString('base64')}`;
const PLACERS = 8;
/** A flow with a plugin's node is to be at least 0.4 as fast as without. */
const MOST_SLOWER = 2.5;
const LONGEST_MS = 180_000;
const ORDER = 'POST /erp/:id/orders';
const NOTE = 'POST /shop/wp-json/wc/v3/orders/:id/notes';

async function post(practice: Child, path: string, body: object): Promise<void> {
  const headers = { authorization: signIn, 'content-type': 'application/json' };
  const url = `${practice.url}/practice/shop/wp-json/wc/v3/${path}`;
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (answer.status !== 201) throw new Error(`the practice shop answered ${answer.status}: ${await answer.text()}`);
  await answer.body?.cancel();
}

/** SQL statements Weft has sent so far, and those of its own lanes by lane. */
interface Sql {
  readonly statements: number;
  readonly lanes: Readonly<Record<string, number>>;
}

const sqlOf = async (side: Side): Promise<Sql> =>
  side.name === 'script'
    ? { statements: 0, lanes: {} }
    : ((await (await fetch(`${side.carrier.url}/bench/counts`)).json()) as Sql);

const callsOf = async (side: Side): Promise<Calls> =>
  (await (await fetch(`${side.practice.url}/calls`)).json()) as Calls;

async function startScript(): Promise<Side> {
  const practice = await startChild('practice.ts');
  const { accessToken } = practice.ready['tokens'] as { accessToken: string };
  const secret = 'bench-webhook-secret';
  const args = ['--practice', practice.url, '--token', accessToken, '--secret', secret];
  const carrier = await startChild('order-script.ts', args);
  for (const topic of ['order.created', 'order.updated']) {
    const webhook = { name: topic, topic, delivery_url: `${carrier.url}/`, secret, status: 'active' };
    await post(practice, 'webhooks', webhook);
  }
  return { name: 'script', practice, carrier, database: null };
}

async function startWeft(name: 'weft' | 'own code'): Promise<Side> {
  const practice = await startChild('practice.ts');
  const told = JSON.stringify({ url: practice.url, tokens: practice.ready['tokens'] });
  const carrier = await startChild('main.ts', [
    'serve',
    ...['--sink', practice.url, '--practice', told],
    ...(name === 'own code' ? ['--own-code'] : []),
  ]);
  const [database = null] = carrier.ready['dbPids'] as number[];
  const side: Side = { name, practice, carrier, database };
  const until = performance.now() + 30_000;
  while (((await callsOf(side))['POST /shop/wp-json/wc/v3/webhooks'] ?? 0) < 2) {
    if (performance.now() > until) throw new Error('Weft did not subscribe to the shop’s webhooks');
    await pause(100);
  }
  return side;
}

let placed = 0;

/** Places orders in the shop and waits until the last has its note. */
async function carry(side: Side, orders: number): Promise<OrderRound> {
  const before = await callsOf(side);
  const done = (before[NOTE] ?? 0) + orders;
  const sql = await sqlOf(side);
  const from = performance.now();
  const app = ownCpuMs(side.carrier.pid);
  const database = side.database === null ? 0 : familyCpuMs(side.database);
  let left = orders;
  const place = async (): Promise<void> => {
    while (left-- > 0) await post(side.practice, 'orders', randomOrder(++placed));
  };
  await Promise.all(Array.from({ length: PLACERS }, place));
  while (((await callsOf(side))[NOTE] ?? 0) < done) {
    if (performance.now() - from > LONGEST_MS) throw new Error(`${side.name} did not carry all orders`);
    await pause(50);
  }
  const seconds = (performance.now() - from) / 1000;
  return {
    side: side.name,
    orders,
    perSecond: orders / seconds,
    appMs: (ownCpuMs(side.carrier.pid) - app) / orders,
    databaseMs: side.database === null ? 0 : (familyCpuMs(side.database) - database) / orders,
    statements: ((await sqlOf(side)).statements - sql.statements) / orders,
  };
}

export interface OrderResult {
  readonly pass: boolean;
  readonly bars: readonly Bar[];
  readonly [more: string]: unknown;
}

const rounded = (value: number): number => Math.round(value * 1000) / 1000;

function callsEach(calls: Calls, orders: number): Calls {
  return Object.fromEntries(Object.entries(calls).map(([call, count]) => [call, rounded(count / orders)]));
}

/** The demo order flow whole, from the shop's webhook to its note, beside a script that makes the same calls. */
export async function orderSuite(quick: boolean): Promise<OrderResult> {
  const sides = [await startScript(), await startWeft('weft'), await startWeft('own code')];
  const rounds: OrderRound[] = [];
  // a server is warm for months: its code is compiled in some thousands of orders
  const [warmUp, count, orders] = quick ? [150, 3, 150] : [3000, 6, 400];
  for (const side of sides) await carry(side, warmUp);
  for (let round = 0; round < count; round++) for (const side of sides) rounds.push(await carry(side, orders));
  const total = warmUp + count * orders;
  const of = (name: Side['name']): OrderRound[] => rounds.filter((round) => round.side === name);
  const cost = ({ appMs, databaseMs }: OrderRound): number => appMs + databaseMs;
  const ratio = median(of('weft').map((round, index) => cost(round) / cost(of('script')[index] as OrderRound)));
  const appRatio = median(of('weft').map((round, index) => round.appMs / cost(of('script')[index] as OrderRound)));
  const slower = median(
    of('weft').map((round, index) => round.perSecond / (of('own code')[index] as OrderRound).perSecond),
  );
  const calls = new Map<Side['name'], Calls>();
  for (const side of sides) calls.set(side.name, await callsOf(side));
  const bars = [
    bar('CPU of the demo order flow, times the hand-written script', ratio, 2.5),
    bar('orders a second without a plugin’s node, times those with one', slower, MOST_SLOWER),
    ...sides.map(({ name }) =>
      bar(`orders ${name} lost or doubled`, Math.abs((calls.get(name)?.[ORDER] ?? 0) - total), 0),
    ),
  ];
  const lines = sides.map(({ name }) => {
    const own = of(name);
    const middle = (read: (round: OrderRound) => number): number => rounded(median(own.map(read)));
    return {
      who: name,
      orders: total,
      perSecond: middle((round) => round.perSecond),
      appMs: middle((round) => round.appMs),
      databaseMs: middle((round) => round.databaseMs),
      statements: middle((round) => round.statements),
      callsAnOrder: callsEach(calls.get(name) ?? {}, total),
    };
  });
  for (const line of lines) process.stdout.write(`${JSON.stringify(line)}\n`);
  for (const { name, measured, most, pass } of bars) {
    process.stdout.write(`${pass ? 'pass' : 'MISS'}  ${name}: ${measured} (at most ${most})\n`);
  }
  return { pass: bars.every((each) => each.pass), bars, appRatio: rounded(appRatio), sides: lines };
}
