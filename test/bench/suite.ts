import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import { type Bar, bar, median, ratios, type Summary, summaries, table } from './bars.ts';
import { type Child, runLoad, startChild } from './child.ts';
import { rssMb } from './process-usage.ts';
import { measureIdle } from './product.ts';
import { measurePureNode } from './pure-node.ts';
import { arrivals, measure, newSeries, type Round, type RoundPlan, type Target } from './round.ts';

/** How long the bench takes: `quick` is for every change, the whole for figures. */
interface Length {
  readonly warmUp: number;
  readonly rounds: number;
  readonly moreRounds: number;
  readonly seconds: number;
  readonly idleSeconds: number;
  readonly manyOrders: number;
}

const QUICK: Length = { warmUp: 6000, rounds: 2, moreRounds: 2, seconds: 2, idleSeconds: 10, manyOrders: 0 };
const WHOLE: Length = { warmUp: 15_000, rounds: 4, moreRounds: 4, seconds: 5, idleSeconds: 60, manyOrders: 50_000 };

const QUEUED = 2000;
/** Concurrency and the most times the bare baseline's CPU an order may cost, with what we aim at. */
const COST_BARS = [
  { concurrency: 64, most: 6, aim: 4 },
  { concurrency: 32, most: 6, aim: 4 },
  { concurrency: 1, most: 10, aim: 5.5 },
] as const;

const say = (line: string): void => void process.stderr.write(`${line}\n`);

/** Orders accepted and what became of them at the sink, over the whole bench. */
interface Tally {
  accepted: number;
  lost: number;
  doubled: number;
  refused: number;
}

interface Bench {
  readonly length: Length;
  readonly directory: string;
  readonly sink: Child;
  readonly bare: Target;
  readonly tally: Tally;
  readonly rounds: Round[];
}

async function startWeft(bench: Bench, args: readonly string[] = []): Promise<Target> {
  const own = ['--data-dir', bench.directory];
  const server = await startChild('main.ts', ['serve', '--sink', bench.sink.url, ...(args.length > 0 ? args : own)]);
  const [database = null] = server.ready['dbPids'] as number[];
  return { name: 'weft', server, database, path: (flow) => `/hooks/bench/${flow}` };
}

async function take(bench: Bench, target: Target, plan: RoundPlan, counted = true): Promise<Round> {
  const { round, sent } = await measure(target, plan);
  if (counted) bench.rounds.push(round);
  if (target.name === 'weft' && plan.flow.startsWith('a')) {
    const { lost, doubled } = await arrivals(bench.sink, sent);
    bench.tally.accepted += round.orders;
    bench.tally.lost += lost;
    bench.tally.doubled += doubled;
    bench.tally.refused += round.refused;
  }
  return round;
}

/** Bare and Weft by turns, so that what else the machine does weighs on both. */
async function byTurns(bench: Bench, weft: Target, plan: RoundPlan): Promise<void> {
  await take(bench, bench.bare, plan);
  await take(bench, weft, plan);
}

async function flowA(bench: Bench, weft: Target): Promise<Bar[]> {
  const { length, rounds } = bench;
  for (const target of [bench.bare, weft]) {
    const plan = { flow: 'a', concurrency: 32, seconds: 60, orders: length.warmUp };
    await take(bench, target, plan, false);
  }
  for (let count = 0; count < length.rounds; count++) {
    for (const { concurrency } of COST_BARS)
      await byTurns(bench, weft, { flow: 'a', concurrency, seconds: length.seconds });
  }
  const bars: Bar[] = [];
  for (const { concurrency, most } of COST_BARS) {
    const ratio = (): number => median(ratios(rounds, 'a', concurrency));
    // a neighbour's burst in few short rounds is no finding: more rounds decide
    for (let more = 0; ratio() > most && more < length.moreRounds; more++) {
      await byTurns(bench, weft, { flow: 'a', concurrency, seconds: length.seconds });
    }
    bars.push(bar(`CPU of flow A at concurrency ${concurrency}, times bare Node`, ratio(), most));
  }
  const weftAt = (concurrency: number): Round[] =>
    rounds.filter((round) => round.target === 'weft' && round.flow === 'a' && round.concurrency === concurrency);
  bars.push(bar('synchronous commits of a lone order of A', median(weftAt(1).map((round) => round.commits)), 3));
  bars.push(bar('statements an order at concurrency 64', median(weftAt(64).map((round) => round.statements)), 0.5));
  return bars;
}

/** The same orders again through a process that has seen many: memory must not grow with them. */
async function manyOrders(bench: Bench, weft: Target): Promise<{ bars: Bar[]; rss: number[] }> {
  const rss: number[] = [];
  const parts = 5;
  for (let part = 0; part < parts; part++) {
    const orders = bench.length.manyOrders / parts;
    await take(bench, weft, { flow: 'a', concurrency: 64, seconds: 300, orders }, false);
    await pause(2000);
    rss.push(Math.round(rssMb(weft.server.pid)));
  }
  const [first = 0] = rss;
  return { rss, bars: [bar('RSS after 50,000 orders, times that after 10,000', (rss.at(-1) ?? 0) / first, 1.2)] };
}

/** Milliseconds from the start of the process to its first right answer, on a database that is full already. */
async function startOnData(bench: Bench): Promise<{ weft: Target; firstAnswerMs: number; wrong: number }> {
  const from = performance.now();
  const weft = await startWeft(bench);
  const body = JSON.stringify({ at: newSeries() });
  const response = await fetch(`${weft.server.url}/hooks/bench/ping`, { method: 'POST', body });
  const right = response.status === 200 && ((await response.json()) as { pong?: unknown }).pong === true;
  return { weft, firstAnswerMs: Math.round(performance.now() - from), wrong: right ? 0 : 1 };
}

interface Drain {
  readonly queued: number;
  readonly acceptedPerSecond: number;
  readonly workerReadyMs: number;
  readonly firstToLastMs: number;
  readonly perSecond: number;
}

/** 2,000 orders taken in by a web process while no worker runs; then one is started. */
async function drain(bench: Bench): Promise<Drain> {
  const postgres = await startEmbeddedPostgres({ dataDir: bench.directory, onProgress: say });
  try {
    const web = await startWeft(bench, ['--role', 'web', '--database', postgres.url]);
    const name = newSeries();
    const url = `${web.server.url}/hooks/bench/a202`;
    const load = await runLoad({ url, series: name, concurrency: 32, orders: QUEUED, seconds: 120 });
    await web.server.stop();
    const worker = await startWeft(bench, ['--role', 'worker', '--database', postgres.url]);
    const came = await arrivals(bench.sink, { series: name, load }, 60_000);
    await worker.server.stop();
    bench.tally.accepted += load.ok;
    bench.tally.lost += came.lost;
    bench.tally.doubled += came.doubled;
    const firstToLastMs = came.lastMs - came.firstMs;
    return {
      queued: load.ok,
      acceptedPerSecond: Math.round(load.perSecond),
      workerReadyMs: Math.round(worker.server.readyMs),
      firstToLastMs: Math.round(firstToLastMs),
      perSecond: Math.round((came.arrived / firstToLastMs) * 1000),
    };
  } finally {
    await postgres.stop('fast');
  }
}

async function otherFlows(bench: Bench, weft: Target): Promise<void> {
  const plans = [
    { flow: 'b', concurrency: 64 },
    { flow: 'c', concurrency: 64 },
    { flow: 'c0', concurrency: 64 },
  ];
  for (const plan of plans) {
    if (plan.flow !== 'c0') await take(bench, bench.bare, { ...plan, seconds: bench.length.seconds });
    await take(bench, weft, { ...plan, seconds: bench.length.seconds });
  }
}

export interface SuiteResult {
  readonly pass: boolean;
  readonly bars: readonly Bar[];
  readonly accepted: number;
  readonly lost: number;
  readonly doubled: number;
  readonly rounds: readonly Summary[];
  readonly [more: string]: unknown;
}

async function run(bench: Bench): Promise<SuiteResult> {
  const { length, tally } = bench;
  const bars: Bar[] = [];
  const weft = await startWeft(bench);
  const idleMb = Math.round(rssMb(weft.server.pid));
  say('flow A, Weft and bare Node by turns');
  bars.push(...(await flowA(bench, weft)));
  say('flows B and C');
  await otherFlows(bench, weft);
  const many = length.manyOrders > 0 ? await manyOrders(bench, weft) : { bars: [], rss: [] };
  bars.push(...many.bars);
  await weft.server.stop();
  say('start on existing data');
  const again = await startOnData(bench);
  await again.weft.server.stop();
  bars.push(bar('wrong first answers after a start', again.wrong, 0));
  say(`drain of ${QUEUED}`);
  const drained = await drain(bench);
  const { microsecondsPerNode } = await measurePureNode();
  bars.push(bar('a pure node, microseconds', microsecondsPerNode, 5));
  say(`the product at rest for ${length.idleSeconds} s`);
  const rest = await measureIdle(length.idleSeconds);
  bars.push(bar('RSS at rest without practice systems, MB', rest.rssMb, 150));
  bars.push(bar('orders lost', tally.lost, 0), bar('orders doubled', tally.doubled, 0));
  bars.push(bar('orders refused', tally.refused, 0));
  return {
    pass: bars.every((each) => each.pass),
    bars,
    ...tally,
    aims: COST_BARS.map(({ concurrency, aim }) => ({ concurrency, aim })),
    rssAtStartMb: idleMb,
    rssAfterManyMb: many.rss,
    startToFirstAnswerMs: again.firstAnswerMs,
    productStartMs: rest.readyMs,
    drain: drained,
    rounds: summaries(bench.rounds),
  };
}

/** The default bench: starts everything it needs in processes of their own and ends all of them again. */
export async function suite(quick: boolean): Promise<SuiteResult> {
  const directory = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
  // as root, PostgreSQL runs as another user, who must pass through
  chmodSync(directory, 0o711);
  try {
    const sink = await startChild('sink.ts');
    const server = await startChild('baseline.ts', ['--sink', sink.url]);
    const bare: Target = { name: 'bare', server, database: null, path: (flow) => `/${flow}` };
    const tally = { accepted: 0, lost: 0, doubled: 0, refused: 0 };
    const result = await run({ length: quick ? QUICK : WHOLE, directory, sink, bare, tally, rounds: [] });
    report(result);
    return result;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function report(result: SuiteResult): void {
  process.stdout.write(`${table(result.rounds)}\n\n`);
  for (const { name, measured, most, pass } of result.bars) {
    process.stdout.write(`${pass ? 'pass' : 'MISS'}  ${name}: ${measured} (at most ${most})\n`);
  }
}
