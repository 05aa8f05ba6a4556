import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { RunEvent } from '#runtime/event.ts';
import type { Journal } from '#runtime/ports.ts';
import { createIngest, type NewRun } from '#server/adapters/pg-ingest.ts';
import { createEndLane, createParkLane, createStepLane } from '#server/adapters/pg-journal.ts';
import { createLaneClient } from '#server/adapters/pg-lane.ts';
import { engineConfig } from '#server/adapters/pg-pool.ts';
import { createRunJournal } from '#server/adapters/run-journal.ts';
import { uuidv7 } from '#server/adapters/uuid.ts';
import { laneOf } from '#server/intake.ts';

/** The durable path as a worker uses it, to make runs of every state. */
export interface Engine {
  /** A run under a claim, with its journal. */
  begin(of: {
    tenant: number;
    flow: string;
    record?: string;
  }): Promise<{ readonly id: string; readonly journal: Journal }>;
  /** A run nobody has claimed. */
  store(of: { tenant: number; flow: string; record?: string }): Promise<string>;
  end(): Promise<void>;
}

let stored = 0;

export function openEngine(url: string, committed: (run: string, events: readonly RunEvent[]) => void): Engine {
  const config = engineConfig({ connectionString: url }, 'test');
  const clients = [1, 2, 3, 4].map(() => createLaneClient(config));
  const [a, b, c, d] = clients as [(typeof clients)[0], (typeof clients)[0], (typeof clients)[0], (typeof clients)[0]];
  const ingest = createIngest(a as never, 60_000);
  const lanes = {
    step: createStepLane(b as never, 60_000),
    end: createEndLane(c as never),
    park: createParkLane(d as never),
  };
  const put = async (of: { tenant: number; flow: string; record?: string }, claim: bigint | null): Promise<string> => {
    const record = of.record ?? String(++stored);
    const run: NewRun = {
      id: uuidv7(Date.now()),
      tenant: of.tenant,
      flow: of.flow,
      version: 1,
      trigger: 'call',
      connection: '',
      entity: 'order',
      record,
      via: 'webhook',
      topic: 'call',
      dedup: createHash('sha256').update(`${++stored}/${record}`).digest(),
      lane: laneOf({ tenant: of.tenant, connection: '' }, { entity: 'order', record }),
      body: Buffer.from('{}'),
      claim,
    };
    const result = await ingest.push(run);
    if (result.state !== 'stored' || (claim !== null && !result.claimed)) throw new Error('not stored as wished');
    return run.id;
  };
  return {
    begin: async (of) => {
      const claim = BigInt(++stored);
      const id = await put(of, claim);
      const journal = createRunJournal(
        { id, tenant: of.tenant, claim, seq: 0 },
        { lanes, reserve: async () => true, redact: (_tenant, text) => text, committed, suspect: () => undefined },
      );
      return { id, journal };
    },
    store: (of) => put(of, null),
    end: async () => {
      for (const client of clients) await client.end();
    },
  };
}

export const started = (seq: number, at = 1): RunEvent => ({ type: 'run.started', seq, at, attempt: 1 });
export const noted = (seq: number, message: string): RunEvent => ({
  type: 'step.noted',
  seq,
  at: 1,
  step: 'note',
  message,
});

/** One number of a query that answers one. */
export async function count(pool: pg.Pool, sql: string, values: readonly unknown[] = []): Promise<number> {
  const { rows } = await pool.query<{ n: number }>(sql, [...values]);
  return rows[0]?.n ?? 0;
}
