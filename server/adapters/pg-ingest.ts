import type { Entity } from '#runtime/capability.ts';
import type { TriggerPayload } from '#runtime/node.ts';
import type { Birth, FirstCommit } from './birth.ts';
import { createLane, type Lane } from './lane.ts';
import { pgArray } from './pg-array.ts';
import { flushSafely, type LaneClient } from './pg-lane.ts';
import { type Column, type Rows, rowsOf } from './pg-rows.ts';

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
  /** Set by a process that runs it at once. */
  readonly claim: bigint | null;
  /** The run as it is worked on there. */
  readonly birth?: Birth;
}

/**
 * `claimed`: it is ours, its first commit stored with it; else it waits for a worker. `known`: what the reference of its first
 * intent was linked to. `duplicate`: the run that was stored before.
 */
export type Stored =
  | { readonly state: 'stored'; readonly claimed: boolean; readonly known: string | null }
  | { readonly state: 'duplicate' };

/**
 * A run that has ended before it is stored needs no row among the due ones. One that was let through by nobody (ignored) may
 * do so though an earlier run of its record is at work; any other waits its turn, and is run again then.
 */
function statementOf(parts: Parts, rows: Rows, bodies: Rows, lease: number): string {
  const over = parts.first ? `(f.status is not null and (f.free or f.status = 'ignored'))` : 'false';
  const withFirst = (text: string): string => (parts.first ? text : '');
  return `
with i as ${rows.kept} (${rows.sql}),
f as materialized (
  select i.*, i.claim is not null and not exists (select from due e where e.lane = i.lane) as free from i),
n as (
  insert into run (tenant_id, id, flow_id, version, trigger, connection_id, entity, record, via, topic, dedup, received_at${withFirst(`, status, ended_at, answer_status, answer, attempt${parts.passed ? ', failure' : ''}`)})
  select tenant, id, flow, version, trigger, connection, entity, record, via, topic, dedup, now()${withFirst(`,
    case when ${over} then f.status else 'active' end, case when ${over} then now() end, case when ${over} then f.answer_status end, case when ${over} then f.answer end, (${over})::int${parts.passed ? `, case when ${over} then f.failure end` : ''}`)} from f
  on conflict (dedup) do nothing returning id),
d as (
  insert into due (run_id, tenant_id, lane, received_at, due_at, lease_until, claim, attempt${withFirst(', intent, intent_at, seq')})
  select f.id, tenant, lane, now(), now(), case when free then now() + $${lease}::int4 * interval '1 ms' end, case when free then claim end, free::int${withFirst(`,
    case when free then intent end, case when free and intent is not null then now() end, case when free then coalesce(next, 0) else 0 end`)}
  from f join n on n.id = f.id where not ${over}),
b as (
  insert into inbox (tenant_id, run_id, received_at, body)
  select t.tenant, t.id, now(), t.body from (${bodies.sql}) t join n on n.id = t.id)${withFirst(`,
v as (
  insert into run_event (tenant_id, run_id, seq, at, body)
  select t.tenant, t.id, 0, now(), t.events from (${bodies.sql}) t join n on n.id = t.id join f on f.id = t.id where t.events is not null and (free or ${over}))`)}${
    parts.ignored
      ? `,
u as (
  insert into unsuccessful_run (tenant_id, flow_id, run_id, status)
  select tenant, flow, f.id, status from f join n on n.id = f.id where status = 'ignored')`
      : ''
  }
select id, 'unclaimed' as what, null::text as target from f where claim is not null and not free and not ${over}
union all select i.id, 'duplicate', null from i where not exists (select from n where n.id = i.id)${
    parts.reference
      ? `
union all select i.id, 'known', x.target_id from i join xref x on x.reference = i.reference and x.tenant_id = i.tenant`
      : ''
  }`;
}

/** What a batch needs beside the runs themselves. */
interface Parts {
  readonly first: boolean;
  readonly reference: boolean;
  readonly ignored: boolean;
  /** Some say why nobody took them. */
  readonly passed: boolean;
}

const owner = `
select r.id, r.status, d.claim::text as claim from run r left join due d on d.run_id = r.id where r.dedup = any($1::bytea[])`;

/** A run with what it has come to in memory by now. */
interface Newborn {
  readonly run: NewRun;
  readonly first: FirstCommit | null;
}

interface Exception {
  readonly id: string;
  readonly what: 'unclaimed' | 'duplicate' | 'known';
  readonly target: string | null;
}

/** Two runs of one lane must not both be born claimed; the first of the batch may. */
function claims(runs: readonly Newborn[]): (bigint | null)[] {
  const lanes = new Set<bigint>();
  return runs.map(({ run }) => {
    if (run.claim === null || lanes.has(run.lane)) return null;
    lanes.add(run.lane);
    return run.claim;
  });
}

/** What became of each run that did not simply become ours. */
interface Exceptions {
  readonly what: ReadonlyMap<string, 'unclaimed' | 'duplicate'>;
  readonly known: ReadonlyMap<string, string>;
}

function columnsOf(runs: readonly NewRun[], asked: readonly (bigint | null)[]): Column[] {
  return [
    { name: 'id', type: 'uuid', values: runs.map((run) => run.id) },
    { name: 'dedup', type: 'bytea', values: runs.map((run) => run.dedup) },
    { name: 'tenant', type: 'int4', values: runs.map((run) => run.tenant) },
    { name: 'flow', type: 'uuid', values: runs.map((run) => run.flow) },
    { name: 'version', type: 'int4', values: runs.map((run) => run.version) },
    { name: 'trigger', type: 'text', values: runs.map((run) => run.trigger) },
    { name: 'connection', type: 'text', values: runs.map((run) => run.connection) },
    { name: 'entity', type: 'text', values: runs.map((run) => run.entity) },
    { name: 'record', type: 'text', values: runs.map((run) => run.record) },
    { name: 'via', type: 'text', values: runs.map((run) => run.via) },
    { name: 'topic', type: 'text', values: runs.map((run) => run.topic) },
    { name: 'lane', type: 'int8', values: runs.map((run) => run.lane) },
    { name: 'claim', type: 'int8', values: asked },
  ];
}

function firstColumns(firsts: readonly (FirstCommit | null)[], passed: boolean): Column[] {
  const intents = firsts.map((first) => (first?.kind === 'intent' ? first : null));
  const ends = firsts.map((first) => (first?.kind === 'end' ? first : null));
  return [
    { name: 'intent', type: 'text', values: intents.map((first) => first?.intent ?? null) },
    { name: 'reference', type: 'text', values: intents.map((first) => first?.reference ?? null) },
    { name: 'next', type: 'int4', values: firsts.map((first) => first?.count ?? null) },
    { name: 'status', type: 'text', values: ends.map((first) => first?.status ?? null) },
    { name: 'answer_status', type: 'int4', values: ends.map((first) => first?.answerStatus ?? null) },
    { name: 'answer', type: 'bytea', values: ends.map((first) => first?.answer ?? null) },
    ...(passed
      ? [{ name: 'failure', type: 'text', values: ends.map((first) => first?.failure ?? null) } as const]
      : []),
  ];
}

/** Bodies and events stand apart from the other columns, since the CTE over those copies every row. */
function bodiesOf(runs: readonly NewRun[], firsts: readonly (FirstCommit | null)[], from: number): Rows {
  const columns: Column[] = [
    { name: 'id', type: 'uuid', values: runs.map((run) => run.id) },
    { name: 'tenant', type: 'int4', values: runs.map((run) => run.tenant) },
    { name: 'body', type: 'bytea', values: runs.map((run) => run.body) },
    { name: 'events', type: 'bytea', values: firsts.map((first) => first?.events ?? null) },
  ];
  return rowsOf(columns, from);
}

async function store(
  client: LaneClient,
  newborn: readonly Newborn[],
  leaseMs: number,
  withClaims: boolean,
): Promise<Exceptions> {
  const asked = withClaims ? claims(newborn) : newborn.map(() => null);
  const runs = newborn.map(({ run }) => run);
  // without a claim the run is somebody else's to go on with; what was ignored is over all the same
  const firsts = newborn.map(({ first }, index) =>
    asked[index] !== null || (first?.kind === 'end' && first.status === 'ignored') ? first : null,
  );
  const parts: Parts = {
    first: firsts.some((first) => first !== null),
    reference: firsts.some((first) => first?.kind === 'intent'),
    ignored: firsts.some((first) => first?.kind === 'end' && first.status === 'ignored'),
    passed: firsts.some((first) => first?.kind === 'end' && first.failure !== null),
  };
  const given = rowsOf([...columnsOf(runs, asked), ...(parts.first ? firstColumns(firsts, parts.passed) : [])], 1);
  const bodies = bodiesOf(runs, firsts, given.parameters.length + 1);
  const lease = given.parameters.length + bodies.parameters.length + 1;
  const { rows } = await client.query<Exception>({
    name: `ingest_${runs.length === 1 ? '1' : 'n'}${parts.first ? 'f' : ''}${parts.reference ? 'r' : ''}${parts.ignored ? 'i' : ''}${parts.passed ? 'p' : ''}`,
    text: statementOf(parts, given, bodies, lease),
    values: [...given.parameters, ...bodies.parameters, leaseMs],
  });
  const what = new Map<string, 'unclaimed' | 'duplicate'>();
  const known = new Map<string, string>();
  for (const row of rows) {
    if (row.what === 'known') known.set(row.id, row.target ?? '');
    else what.set(row.id, row.what);
  }
  runs.forEach((run, index) => {
    const over = firsts[index]?.kind === 'end' && asked[index] === null;
    if (run.claim !== null && asked[index] === null && !over && !what.has(run.id)) what.set(run.id, 'unclaimed');
  });
  return { what, known };
}

/** After a lost connection a “duplicate” may be our own row of the first try; answers each such run, and whether it is still ours. */
async function ownDuplicates(client: LaneClient, runs: readonly NewRun[]): Promise<Map<string, boolean>> {
  const { rows } = await client.query<{ id: string; status: string; claim: string | null }>({
    name: 'ingest_owner',
    text: owner,
    values: [pgArray.bytea(runs.map((run) => run.dedup))],
  });
  const claims = new Map(runs.map((run) => [run.id, run.claim]));
  const own = rows.filter((row) => claims.has(row.id));
  return new Map(own.map((row) => [row.id, row.status !== 'active' || row.claim === String(claims.get(row.id))]));
}

/** The first lane of the durable path: an event and its run, stored together or not at all. */
export function createIngest(client: LaneClient, leaseMs: number, giveUpMs = 3000): Lane<NewRun, Stored> {
  const flush = async (newborn: readonly Newborn[], again: boolean): Promise<readonly Stored[]> => {
    let exceptions: Exceptions;
    try {
      exceptions = await store(client, newborn, leaseMs, !again);
    } catch (error) {
      // another process began a run of the same record in the same moment: then ours waits its turn
      if ((error as { constraint?: string }).constraint !== 'due_lane_claimed') throw error;
      exceptions = await store(client, newborn, leaseMs, false);
    }
    const { what, known } = exceptions;
    const doubtful = again && [...what.values()].includes('duplicate');
    const own = doubtful
      ? await ownDuplicates(
          client,
          newborn.map(({ run }) => run),
        )
      : undefined;
    return newborn.map(({ run }): Stored => {
      const exception = what.get(run.id);
      const target = known.get(run.id) ?? null;
      if (exception !== 'duplicate')
        return { state: 'stored', claimed: run.claim !== null && exception === undefined, known: target };
      const ours = own?.get(run.id);
      return ours === undefined ? { state: 'duplicate' } : { state: 'stored', claimed: ours, known: target };
    });
  };
  return createLane<NewRun, Stored>(async (runs) => {
    // every process in one order, or two that store the same deliveries deadlock on the unique key
    const order = runs
      .map((_, index) => index)
      .sort((a, b) => Buffer.compare((runs[a] as NewRun).dedup, (runs[b] as NewRun).dedup));
    const newborn = order.map((index): Newborn => {
      const run = runs[index] as NewRun;
      return { run, first: run.birth?.seal() ?? null };
    });
    const results = await flushSafely(newborn, giveUpMs, flush);
    const settled = new Array<Stored | Error>(runs.length);
    order.forEach((index, place) => {
      settled[index] = results[place] as Stored | Error;
    });
    return settled;
  });
}
