import { setTimeout as pause } from 'node:timers/promises';
import { type Child, runLoad } from './child.ts';
import type { LoadResult } from './load.ts';
import { familyCpuMs, ownCpuMs, rssMb } from './process-usage.ts';

/** Something that takes orders, and whose CPU is counted. */
export interface Target {
  readonly name: 'weft' | 'bare';
  readonly server: Child;
  /** The database's first process; its children are counted with it. */
  readonly database: number | null;
  path(flow: string): string;
}

/** What one load on one target cost, by order where it says so. */
export interface Round {
  readonly target: Target['name'];
  readonly flow: string;
  readonly concurrency: number;
  readonly orders: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly appMs: number;
  readonly databaseMs: number;
  /** SQL statements an order, the queue's and what runs by the clock included. */
  readonly statements: number;
  /** Synchronous commits of the order's own lanes, an order. */
  readonly commits: number;
  readonly rssMb: number;
  readonly refused: number;
}

interface Counts {
  readonly statements: number;
  readonly lanes: Readonly<Record<string, number>>;
}

const SYNCHRONOUS = ['ingest', 'step', 'end', 'park'];

async function countsOf(target: Target): Promise<Counts> {
  if (target.name === 'bare') return { statements: 0, lanes: {} };
  return (await (await fetch(`${target.server.url}/bench/counts`)).json()) as Counts;
}

const commitsOf = (counts: Counts): number => SYNCHRONOUS.reduce((sum, lane) => sum + (counts.lanes[lane] ?? 0), 0);

let series = 0;

/** A prefix of order ids nobody has used, in this run or on this database. */
export function newSeries(): string {
  return `R${Date.now().toString(36)}${(series++).toString(36)}`.toUpperCase();
}

export interface RoundPlan {
  readonly flow: string;
  readonly concurrency: number;
  readonly seconds: number;
  readonly orders?: number;
}

/** Every order that was answered 2xx, to be looked for at the sink. */
export interface Sent {
  readonly series: string;
  readonly load: LoadResult;
}

export async function measure(
  target: Target,
  plan: RoundPlan,
): Promise<{ readonly round: Round; readonly sent: Sent }> {
  const name = newSeries();
  const before = await countsOf(target);
  const [app, database] = [ownCpuMs(target.server.pid), target.database === null ? 0 : familyCpuMs(target.database)];
  const load = await runLoad({
    url: target.server.url + target.path(plan.flow),
    series: name,
    concurrency: plan.concurrency,
    orders: plan.orders ?? 200_000,
    seconds: plan.seconds,
  });
  const appMs = ownCpuMs(target.server.pid) - app;
  const databaseMs = target.database === null ? 0 : familyCpuMs(target.database) - database;
  const after = await countsOf(target);
  const each = (total: number): number => total / Math.max(1, load.ok);
  const round: Round = {
    target: target.name,
    flow: plan.flow,
    concurrency: plan.concurrency,
    orders: load.ok,
    perSecond: load.perSecond,
    p50: load.p50,
    p95: load.p95,
    p99: load.p99,
    appMs: each(appMs),
    databaseMs: each(databaseMs),
    statements: each(after.statements - before.statements),
    commits: each(commitsOf(after) - commitsOf(before)),
    rssMb: rssMb(target.server.pid),
    refused: load.sent - load.ok,
  };
  return { round, sent: { series: name, load } };
}

export interface Arrivals {
  /** Answered 2xx and not at the sink. */
  readonly lost: number;
  /** Orders that came more than once. */
  readonly doubled: number;
  readonly arrived: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

interface SinkReport {
  readonly orders: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly counts: Readonly<Record<string, number>>;
}

/** Compares what was accepted with what the sink has; waits at most `waitMs` for the rest to come. */
export async function arrivals(sink: Child, { series: name, load }: Sent, waitMs = 10_000): Promise<Arrivals> {
  const until = performance.now() + waitMs;
  for (;;) {
    const report = (await (await fetch(`${sink.url}/counts?series=${name}`)).json()) as SinkReport;
    const lost = load.accepted.filter((id) => report.counts[id] === undefined).length;
    if (lost === 0 || performance.now() > until) {
      const doubled = Object.values(report.counts).filter((count) => count > 1).length;
      return { lost, doubled, arrived: report.orders, firstMs: report.firstMs, lastMs: report.lastMs };
    }
    await pause(100);
  }
}
