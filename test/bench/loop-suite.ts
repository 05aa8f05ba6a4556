import { setTimeout as pause } from 'node:timers/promises';
import { createSandboxPool } from '#server/adapters/sandbox-pool.ts';
import { type Bar, bar, median } from './bars.ts';
import { type Child, startChild } from './child.ts';
import { benchOrder } from './order.ts';
import { newSeries } from './round.ts';

/** Flows that must go on beside code that never ends: another customer's, the same customer's other code, and one without code. */
const BESIDE = ['neighbour', 'f1', 'c0'] as const;
type Beside = (typeof BESIDE)[number];
const TITLES: Readonly<Record<Beside, string>> = {
  neighbour: 'code of another customer',
  f1: 'other code of the same customer',
  c0: 'a flow without code',
};
/** Three stops switch a program off, so each is met three times. */
const LOOPS = ['loop', 'loop-later'] as const;
const STOPS = 3;
const MANY = 32;
/** What is watched of a round at most: a machine without time tries the loop again and again. */
const WINDOW_MS = 5000;
const MOST_MS = 1000;
const MOST_TIMES = 2;

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const series = newSeries();
let sent = 0;

interface Call {
  readonly from: number;
  readonly ms: number;
}

async function post(server: Child, flow: string): Promise<Call> {
  const from = performance.now();
  const body = JSON.stringify(benchOrder(series, ++sent));
  const answer = await fetch(`${server.url}/hooks/bench/${flow}`, { method: 'POST', body });
  await answer.arrayBuffer();
  if (answer.status > 299) throw new Error(`${flow} answered ${answer.status}`);
  return { from, ms: performance.now() - from };
}

type Calls = Readonly<Record<Beside, readonly Call[]>>;

/** Calls each flow one by one as long as the work goes on. */
async function during(server: Child, work: () => Promise<unknown>): Promise<Calls> {
  const stop = { now: false };
  const calling = BESIDE.map(async (flow) => {
    const calls: Call[] = [];
    while (!stop.now) calls.push(await post(server, flow));
    return [flow, calls] as const;
  });
  try {
    await work();
  } finally {
    stop.now = true;
  }
  return Object.fromEntries(await Promise.all(calling)) as unknown as Calls;
}

interface Beaten {
  readonly loop: string;
  readonly loopMs: number;
  /** Milliseconds by which the slowest call of a flow was later than its usual one. */
  readonly delays: Readonly<Record<Beside, number>>;
  /** Median beside the loop over the median without. */
  readonly times: Readonly<Record<Beside, number>>;
}

const middle = (calls: readonly Call[]): number => median(calls.map(({ ms }) => ms));

async function besideLoops(server: Child, loop: string, count: number): Promise<Beaten> {
  const calm = await during(server, () => pause(700));
  let [began, ended] = [0, 0];
  const disturbed = await during(server, async () => {
    await pause(100);
    began = performance.now();
    await Promise.race([pause(WINDOW_MS), Promise.all(Array.from({ length: count }, () => post(server, loop)))]);
    ended = performance.now();
  });
  const overlapping = (flow: Beside): readonly Call[] =>
    disturbed[flow].filter(({ from, ms }) => from < ended && from + ms > began);
  const each = (read: (flow: Beside) => number): Readonly<Record<Beside, number>> =>
    Object.fromEntries(BESIDE.map((flow) => [flow, Math.round(read(flow) * 10) / 10])) as Record<Beside, number>;
  const beaten: Beaten = {
    loop,
    loopMs: Math.round(ended - began),
    delays: each((flow) => Math.max(0, ...overlapping(flow).map(({ ms }) => ms)) - middle(calm[flow])),
    times: each((flow) => middle(overlapping(flow)) / middle(calm[flow])),
  };
  say(`${count} x ${loop}: ${JSON.stringify(beaten)}`);
  return beaten;
}

const CODE = 'function run(n) { return n; }';
const LOOP = 'function run() { for (;;); }';

/** Calls of one customer in the pool itself, one by one, with another's code looping without end and without it, by turns. */
async function poolTimes(rounds: number): Promise<number> {
  const pool = createSandboxPool({ processes: 2, log: { info: () => undefined, warn: () => undefined } });
  const run = (tenant: number, text: string): Promise<unknown> =>
    pool.run({ tenant, source: { language: 'typescript', text }, input: '1' });
  const timed = async (calls: number): Promise<number> => {
    const times: number[] = [];
    for (let done = 0; done < calls; done++) {
      const from = performance.now();
      await run(1, CODE);
      times.push(performance.now() - from);
    }
    return median(times);
  };
  try {
    await timed(300);
    const ratios: number[] = [];
    for (let round = 0; round < rounds; round++) {
      const calm = await timed(300);
      const stop = { now: false };
      const looping = Promise.all(
        [1, 2, 3].map(async () => {
          while (!stop.now) await run(2, LOOP).catch(() => undefined);
        }),
      );
      await pause(200);
      ratios.push((await timed(300)) / calm);
      stop.now = true;
      await looping;
    }
    return median(ratios);
  } finally {
    await pool.stop();
  }
}

interface LoopResult {
  readonly pass: boolean;
  readonly bars: readonly Bar[];
  readonly [more: string]: unknown;
}

/** Weft with code that never ends in one flow: how much later the others are. */
export async function loopSuite(quick: boolean): Promise<LoopResult> {
  const server = await startChild('main.ts', ['serve', '--sink', 'http://127.0.0.1:9']);
  await during(server, () => pause(quick ? 2000 : 8000));
  const rounds: Beaten[] = [];
  for (let stop = 0; stop < STOPS; stop++) for (const loop of LOOPS) rounds.push(await besideLoops(server, loop, 1));
  rounds.push(await besideLoops(server, 'loop-many', MANY));
  await server.stop();
  const worst = (flow: Beside): number => Math.max(...rounds.map(({ delays }) => delays[flow]));
  const bars = [
    ...BESIDE.map((flow) => bar(`milliseconds that a loop delays ${TITLES[flow]}`, worst(flow), MOST_MS)),
    bar(
      'calls of another customer beside loops, times those without',
      median(rounds.map(({ times }) => times.neighbour)),
      MOST_TIMES,
    ),
    bar('the same in the pool alone', await poolTimes(quick ? 3 : 9), MOST_TIMES),
  ];
  for (const { name, measured, most, pass } of bars)
    process.stdout.write(`${pass ? 'pass' : 'MISS'}  ${name}: ${measured} (at most ${most})\n`);
  return { pass: bars.every(({ pass }) => pass), bars, rounds };
}
