import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Engine } from './engine.ts';

const due = `
select count(*) filter (where hold is null)::int as waiting, count(*) filter (where hold is not null)::int as held,
  count(*) filter (where suspect)::int as suspects,
  coalesce(extract(epoch from now() - min(due_at) filter (where due_at <= now() and claim is null)), 0)::float8 as oldest
from due`;

interface DueRow {
  readonly waiting: number;
  readonly held: number;
  readonly suspects: number;
  readonly oldest: number;
}

/** What an operator watches: how long the oldest due run has waited, what is held, how full this process is. */
export function createMetrics(engine: Engine): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers });
  const waiting = gauge('weft_runs_unfinished', 'Runs that are queued, at work or waiting.');
  const held = gauge('weft_runs_held', 'Runs that wait for a person.');
  const suspects = gauge('weft_runs_suspect', 'Runs whose worker died, to be tried alone.');
  const orphans = gauge('weft_orphan_documents', 'Unresolved suspicions of a second document in a target.');
  new Gauge({
    name: 'weft_worker_busy',
    help: 'Runs at work in this process.',
    registers,
    collect() {
      this.set(engine.worker?.busy ?? 0);
    },
  });
  new Gauge({
    name: 'weft_oldest_due_seconds',
    help: 'Age of the oldest run that is due and that nobody works on.',
    registers,
    async collect() {
      const row = (await engine.pools.engine.query<DueRow>(due)).rows[0];
      this.set(row?.oldest ?? 0);
      waiting.set(row?.waiting ?? 0);
      held.set(row?.held ?? 0);
      suspects.set(row?.suspects ?? 0);
      const { rows } = await engine.pools.engine.query<{ n: number }>(
        'select count(*)::int as n from orphan_doc where resolved_at is null',
      );
      orphans.set(rows[0]?.n ?? 0);
    },
  });
  return registry;
}
