import type { Round } from './round.ts';

/** A promise the bench judges by its exit code: a ratio, a count or memory, never a time. */
export interface Bar {
  readonly name: string;
  readonly measured: number;
  readonly most: number;
  readonly pass: boolean;
}

export function bar(name: string, measured: number, most: number): Bar {
  return { name, measured: Math.round(measured * 1000) / 1000, most, pass: measured <= most };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  if (sorted.length === 0) return Number.NaN;
  return sorted.length % 2 === 1 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

const wholeCost = (round: Round): number => round.appMs + round.databaseMs;

/** CPU of Weft and its database over the bare baseline's, each round against its neighbour. */
export function ratios(rounds: readonly Round[], flow: string, concurrency: number): number[] {
  const of = (target: Round['target']): Round[] =>
    rounds.filter((round) => round.target === target && round.flow === flow && round.concurrency === concurrency);
  const bare = of('bare');
  return of('weft').flatMap((round, index) => {
    const beside = bare[index];
    return beside ? [wholeCost(round) / wholeCost(beside)] : [];
  });
}

const columns = ['perSecond', 'p50', 'p95', 'p99', 'appMs', 'databaseMs', 'statements', 'commits', 'rssMb'] as const;
export type Summary = Readonly<Record<(typeof columns)[number], number>> & {
  readonly target: string;
  readonly flow: string;
  readonly concurrency: number;
  readonly rounds: number;
  readonly orders: number;
};

/** One line a target, flow and concurrency: the median of its rounds. */
export function summaries(rounds: readonly Round[]): Summary[] {
  const groups = new Map<string, Round[]>();
  for (const round of rounds) {
    const key = `${round.flow} ${round.concurrency} ${round.target}`;
    groups.set(key, [...(groups.get(key) ?? []), round]);
  }
  return [...groups.values()].map((group) => {
    const { target, flow, concurrency } = group[0] as Round;
    const medians = columns.map((column) => [
      column,
      Math.round(median(group.map((round) => round[column])) * 1000) / 1000,
    ]);
    const values = Object.fromEntries(medians) as Record<(typeof columns)[number], number>;
    const orders = group.reduce((sum, round) => sum + round.orders, 0);
    return { target, flow, concurrency, rounds: group.length, orders, ...values };
  });
}

export function table(lines: readonly Summary[]): string {
  const head = [
    'flow',
    'conc',
    'who',
    'n',
    'orders/s',
    'p50 ms',
    'p95',
    'p99',
    'app ms',
    'db ms',
    'sql',
    'commits',
    'RSS',
  ];
  const rows = lines.map((line) => [
    line.flow,
    line.concurrency,
    line.target,
    line.rounds,
    Math.round(line.perSecond),
    line.p50,
    line.p95,
    line.p99,
    line.appMs.toFixed(3),
    line.databaseMs.toFixed(3),
    line.statements.toFixed(2),
    line.commits.toFixed(2),
    Math.round(line.rssMb),
  ]);
  const all = [head, ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => cell.padStart(widths[column] ?? 0)).join('  ')).join('\n');
}
