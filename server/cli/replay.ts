import type pg from 'pg';
import { z } from 'zod';
import { actingAs } from '../adapters/acting.ts';
import { createPools, type Pools } from '../adapters/pg-pool.ts';
import { createRunStore, type RunStore } from '../adapters/pg-run-store.ts';
import { laneOf } from '../intake.ts';
import { type Command, CommandError, shellActor, type Typed } from './command.ts';
import { withDatabase } from './database.ts';

const AT_ONCE = 200;
const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

export const replay: Command = {
  usage: 'RUN… | --failed --flow FLOW [--since TIME]',
  summary: 'Lets ended runs go on: the named ones, or those of a flow that failed.',
  help: `
  RUN…          ids of runs
  --failed      the failed runs of a flow
  --flow FLOW   the flow's id
  --since TIME  received since then: 2026-12-01, 2026-12-01T06:00:00Z, or 30m, 6h, 2d ago; all unless told
  --dry-run     only tells how many there are

A run goes on under its own id and references, so what it has written is not written twice. Runs that have not ended, and
those whose payload is pruned, are skipped. A Weft that is running takes them up within a second; else the next start does.`,
  options: {
    failed: { type: 'boolean' },
    flow: { type: 'string' },
    since: { type: 'string' },
    'dry-run': { type: 'boolean' },
  },
  words: [0, 1000],
  run: async (typed, terminal) => {
    const wanted = readWanted(typed, Date.now());
    return withDatabase(terminal, {}, async ({ database }) => {
      const pools = createPools(database, () => undefined, 2);
      try {
        const runs = createRunStore({
          pool: pools.app,
          laneOf,
          // the sweep of whoever works finds them
          ring: () => undefined,
          committed: () => undefined,
        });
        const found =
          'runs' in wanted ? await tenantsOf(pools.engine, wanted.runs) : await failedOf(pools, runs, wanted);
        if (typed.has('dry-run')) {
          terminal.out(JSON.stringify({ found: [...found.values()].flat().length }));
          return 0;
        }
        const by = shellActor();
        const done = await actingAs(by, () => replayAll(runs, found, by.name));
        const unknown = 'runs' in wanted ? new Set(wanted.runs).size - [...found.values()].flat().length : 0;
        terminal.out(JSON.stringify({ ...done, unknown }));
        return 'runs' in wanted && done.replayed === 0 ? 1 : 0;
      } finally {
        await pools.end();
      }
    });
  },
};

interface FailedOf {
  readonly flow: string;
  readonly since: number | undefined;
}
type Wanted = { readonly runs: readonly string[] } | FailedOf;

function readWanted(typed: Typed, now: number): Wanted {
  const flow = typed.text('flow');
  if (typed.has('failed')) {
    if (typed.words.length > 0) throw new CommandError('name runs, or give --failed, not both');
    if (flow === undefined) throw new CommandError('--failed needs --flow: the id of the flow whose failed runs go on');
    if (!z.uuid().safeParse(flow).success) throw new CommandError(`--flow: "${flow}" is no id of a flow`);
    return { flow, since: sinceOf(typed.text('since'), now) };
  }
  if (flow !== undefined || typed.has('since')) throw new CommandError('--flow and --since go with --failed');
  if (typed.words.length === 0) throw new CommandError('name at least one run, or give --failed --flow FLOW');
  const wrong = typed.words.find((word) => !z.uuid().safeParse(word).success);
  if (wrong !== undefined) throw new CommandError(`"${wrong}" is no id of a run`);
  return { runs: typed.words };
}

function sinceOf(text: string | undefined, now: number): number | undefined {
  if (text === undefined) return undefined;
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  const at = count === undefined ? Date.parse(text) : now - Number(count) * (UNITS[unit ?? ''] ?? 0);
  if (Number.isFinite(at)) return Math.max(0, at);
  throw new CommandError(`--since: "${text}" is neither a time such as 2026-12-01T06:00:00Z nor 30m, 6h or 2d`);
}

type ByTenant = ReadonlyMap<number, readonly string[]>;

async function tenantsOf(engine: pg.Pool, runs: readonly string[]): Promise<ByTenant> {
  const { rows } = await engine.query<{ id: string; tenant_id: number }>(
    'select id, tenant_id from run where id = any($1::uuid[])',
    [runs],
  );
  const found = new Map<number, string[]>();
  for (const { id, tenant_id } of rows) found.set(tenant_id, [...(found.get(tenant_id) ?? []), id]);
  return found;
}

async function failedOf(pools: Pools, runs: RunStore, { flow, since }: FailedOf): Promise<ByTenant> {
  const { rows } = await pools.engine.query<{ tenant_id: number }>('select tenant_id from flow where id = $1', [flow]);
  const [row] = rows;
  if (!row) throw new CommandError(`--flow: there is no flow ${flow}`);
  const found: string[] = [];
  for (;;) {
    const before = found.at(-1);
    const page = await runs.list(row.tenant_id, {
      flow,
      status: 'failed',
      limit: AT_ONCE,
      ...(since === undefined ? {} : { since }),
      ...(before === undefined ? {} : { before }),
    });
    found.push(...page.runs.map((run) => run.id));
    if (!page.more) return new Map([[row.tenant_id, found]]);
  }
}

async function replayAll(runs: RunStore, found: ByTenant, by: string): Promise<{ replayed: number; skipped: number }> {
  const done = { replayed: 0, skipped: 0 };
  for (const [tenant, ids] of found) {
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const { replayed, skipped } = await runs.replay(tenant, ids.slice(at, at + AT_ONCE), by);
      done.replayed += replayed;
      done.skipped += skipped;
    }
  }
  return done;
}
