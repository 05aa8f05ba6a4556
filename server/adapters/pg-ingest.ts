import type { Entity } from '#runtime/capability.ts';
import type { TriggerPayload } from '#runtime/node.ts';
import { createLane, type Lane } from './lane.ts';
import { pgArray } from './pg-array.ts';
import { flushSafely, type LaneClient } from './pg-lane.ts';

/** A run to be stored, with the event that wakes it. */
export interface NewRun {
  readonly id: string;
  readonly tenant: number;
  readonly flow: string;
  readonly version: number;
  readonly trigger: string;
  readonly connection: string;
  readonly entity: Entity;
  readonly record: string;
  readonly via: TriggerPayload['via'];
  readonly topic: string;
  /** sha256 over tenant, flow, connection and the connector's dedup key. */
  readonly dedup: Buffer;
  /** Hash of tenant, source connection, entity and record. */
  readonly lane: bigint;
  readonly body: Buffer;
  /** Set by a process that wants to run it at once. */
  readonly claim: bigint | null;
}

/** `claimed` false: it waits for a worker. `duplicate`: the run that was stored before. */
export type Stored = { readonly state: 'stored'; readonly claimed: boolean } | { readonly state: 'duplicate' };

const statement = `
with i as materialized (
  select * from unnest($1::uuid[], $2::bytea[], $3::int4[], $4::uuid[], $5::int4[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[], $11::text[], $12::int8[], $13::int8[])
    as t(id, dedup, tenant, flow, version, trigger, connection, entity, record, via, topic, lane, claim)),
n as (
  insert into run (tenant_id, id, flow_id, version, trigger, connection_id, entity, record, via, topic, dedup, received_at)
  select tenant, id, flow, version, trigger, connection, entity, record, via, topic, dedup, now() from i
  on conflict (dedup) do nothing returning id),
f as (
  select i.id, i.tenant, i.lane, i.claim, i.claim is not null and not exists (select from due e where e.lane = i.lane) as free
  from i join n on n.id = i.id),
d as (
  insert into due (run_id, tenant_id, lane, received_at, due_at, lease_until, claim, attempt)
  select id, tenant, lane, now(), now(), case when free then now() + $15::int4 * interval '1 ms' end, case when free then claim end, free::int from f),
b as (
  insert into inbox (tenant_id, run_id, received_at, body)
  select t.tenant, t.id, now(), t.body from unnest($1::uuid[], $3::int4[], $14::bytea[]) as t(id, tenant, body) join n on n.id = t.id)
select id, 'unclaimed' as what from f where claim is not null and not free
union all select i.id, 'duplicate' from i where not exists (select from n where n.id = i.id)`;

const owner = 'select id, dedup from run where dedup = any($1::bytea[])';

interface Exception {
  readonly id: string;
  readonly what: 'unclaimed' | 'duplicate';
}

/** Two runs of one lane must not both be born claimed; the first of the batch may. */
function claims(runs: readonly NewRun[]): (bigint | null)[] {
  const lanes = new Set<bigint>();
  return runs.map((run) => {
    if (run.claim === null || lanes.has(run.lane)) return null;
    lanes.add(run.lane);
    return run.claim;
  });
}

async function store(
  client: LaneClient,
  runs: readonly NewRun[],
  leaseMs: number,
  withClaims: boolean,
): Promise<Map<string, Exception['what']>> {
  const asked = withClaims ? claims(runs) : runs.map(() => null);
  const { rows } = await client.query<Exception>({
    name: 'ingest',
    text: statement,
    values: [
      pgArray.uuid(runs.map((run) => run.id)),
      pgArray.bytea(runs.map((run) => run.dedup)),
      pgArray.int4(runs.map((run) => run.tenant)),
      pgArray.uuid(runs.map((run) => run.flow)),
      pgArray.int4(runs.map((run) => run.version)),
      pgArray.text(runs.map((run) => run.trigger)),
      pgArray.text(runs.map((run) => run.connection)),
      pgArray.text(runs.map((run) => run.entity)),
      pgArray.text(runs.map((run) => run.record)),
      pgArray.text(runs.map((run) => run.via)),
      pgArray.text(runs.map((run) => run.topic)),
      pgArray.int8(runs.map((run) => run.lane)),
      pgArray.int8(asked),
      pgArray.bytea(runs.map((run) => run.body)),
      leaseMs,
    ],
  });
  const exceptions = new Map(rows.map((row) => [row.id, row.what]));
  runs.forEach((run, index) => {
    if (run.claim !== null && asked[index] === null && !exceptions.has(run.id)) exceptions.set(run.id, 'unclaimed');
  });
  return exceptions;
}

/** After a lost connection a “duplicate” may be our own row of the first try. */
async function ownDuplicates(client: LaneClient, runs: readonly NewRun[]): Promise<Set<string>> {
  const { rows } = await client.query<{ id: string }>({
    name: 'ingest_owner',
    text: owner,
    values: [pgArray.bytea(runs.map((run) => run.dedup))],
  });
  const own = new Set(runs.map((run) => run.id));
  return new Set(rows.map((row) => row.id).filter((id) => own.has(id)));
}

/** The first lane of the durable path: an event and its run, stored together or not at all. */
export function createIngest(client: LaneClient, leaseMs: number, giveUpMs = 3000): Lane<NewRun, Stored> {
  const flush = async (runs: readonly NewRun[], again: boolean): Promise<readonly Stored[]> => {
    let exceptions: Map<string, Exception['what']>;
    try {
      exceptions = await store(client, runs, leaseMs, !again);
    } catch (error) {
      // another process began a run of the same record in the same moment: then ours waits its turn
      if ((error as { constraint?: string }).constraint !== 'due_lane_claimed') throw error;
      exceptions = await store(client, runs, leaseMs, false);
    }
    const own = again && [...exceptions.values()].includes('duplicate') ? await ownDuplicates(client, runs) : undefined;
    return runs.map((run): Stored => {
      const what = exceptions.get(run.id);
      if (what === 'duplicate') return own?.has(run.id) ? { state: 'stored', claimed: false } : { state: 'duplicate' };
      return { state: 'stored', claimed: run.claim !== null && what === undefined };
    });
  };
  return createLane<NewRun, Stored>(async (runs) => {
    // every process in one order, or two that store the same deliveries deadlock on the unique key
    const order = runs
      .map((_, index) => index)
      .sort((a, b) => Buffer.compare((runs[a] as NewRun).dedup, (runs[b] as NewRun).dedup));
    const results = await flushSafely(
      order.map((index) => runs[index] as NewRun),
      giveUpMs,
      flush,
    );
    const settled = new Array<Stored | Error>(runs.length);
    order.forEach((index, place) => {
      settled[index] = results[place] as Stored | Error;
    });
    return settled;
  });
}
