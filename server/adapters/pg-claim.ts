import type { Entity } from '#runtime/capability.ts';
import type { TriggerPayload } from '#runtime/node.ts';
import { pgArray } from './pg-array.ts';
import type { LaneClient } from './pg-lane.ts';

/** Suspects tried together at first. */
const SUSPECT_GROUP = 16;

/** A run claimed from the table of due ones, as stored. */
export interface DueRun {
  readonly run_id: string;
  readonly tenant_id: number;
  readonly attempt: number;
  readonly seq: number;
  /** JSON of a WriteIntent whose outcome is not in the log. */
  readonly intent: string | null;
  readonly deaths: number;
  readonly flow_id: string;
  readonly version: number;
  readonly trigger: string;
  readonly connection_id: string;
  readonly entity: Entity;
  readonly record: string;
  readonly via: TriggerPayload['via'];
  readonly topic: string;
  /** Milliseconds since 1970. */
  readonly received_ms: number;
  readonly body: Buffer;
}

const columns = `u.run_id, u.tenant_id, u.attempt, u.seq, u.intent, u.deaths, r.flow_id, r.version, r.trigger, r.connection_id, r.entity, r.record, r.via, r.topic,
  (extract(epoch from u.received_at) * 1000)::float8 as received_ms, b.body`;

// received_at leads the join to one month of the inbox
const loaded = `select ${columns} from u join run r on r.id = u.run_id and r.tenant_id = u.tenant_id
join inbox b on b.run_id = u.run_id and b.received_at = u.received_at and b.tenant_id = u.tenant_id order by u.run_id`;

const first =
  'not exists (select from due e where e.lane = d.lane and e.run_id <> d.run_id and (e.run_id < d.run_id or e.claim is not null))';

const ready = `d.due_at <= now() and d.claim is null and not d.suspect and ${first}`;

/**
 * Every tenant with due runs gives as many, its longest waiting first; what one cannot give is left to the next look. The tenants
 * are found by jumping from one to the next in the index, whatever the length of a backlog.
 */
const claimDue = `
with recursive t as (
  (select d.tenant_id from due d order by d.tenant_id limit 1)
  union all select (select d.tenant_id from due d where d.tenant_id > t.tenant_id order by d.tenant_id limit 1) from t where t.tenant_id is not null),
a as materialized (select t.tenant_id from t where t.tenant_id is not null and exists (select from due d where d.tenant_id = t.tenant_id and ${ready})),
c as materialized (select d.run_id from a cross join lateral (
  select d.run_id from due d where d.tenant_id = a.tenant_id and ${ready}
  order by d.due_at limit ceil($1::int4 / (select count(*) from a)::float8)::int4 for update skip locked) d limit $1::int4),
u as (update due set claim = $2::int8, lease_until = now() + $3::int4 * interval '1 ms', attempt = attempt + 1
  from c where due.run_id = c.run_id and due.claim is null returning due.*)
${loaded}`;

const nobodyTries = 'not exists (select from due s where s.suspect and s.claim is not null)';

/**
 * One group of suspects, or one suspect alone, in the whole installation at a time: a death alone then has one possible cause.
 * Groups first, since most suspects were only near when their worker died; who is in a group that dies is tried alone.
 */
const claimSuspects = `
with p as (select d.run_id, d.alone from due d where d.due_at <= now() and d.claim is null and d.suspect and ${first} and ${nobodyTries}
  order by d.alone, d.due_at limit $3::int4),
c as (select due.run_id from due join p on p.run_id = due.run_id
  where not p.alone or p.run_id = (select run_id from p order by alone, run_id limit 1) for update of due skip locked),
u as (update due set claim = $1::int8, lease_until = now() + $2::int4 * interval '1 ms', attempt = attempt + 1, deaths = deaths + alone::int, alone = true
  from c where due.run_id = c.run_id and due.claim is null returning due.*)
${loaded}`;

/** They have lived for a while, so others may be tried. Should they die yet, it will be alone. */
const clear = `
update due set suspect = false from unnest($1::uuid[], $2::int8[]) as i(id, claim) where due.run_id = i.id and due.claim is not distinct from i.claim`;

const expire = `
update due set claim = null, lease_until = null, suspect = true where claim is not null and lease_until < now() returning run_id`;

/** A lease is renewed when a quarter of it is over, so one in its last third belongs to nobody who lives. */
const suspectsComing = `
select exists (select from due where suspect and claim is null and due_at <= now())
  or exists (select from due where claim is not null and lease_until < now() + $1::int4 * interval '1 ms') as coming`;

/** For the worker that has them: nobody has died of them, so they stay as they were. */
const giveBack = `
update due set claim = null, lease_until = null, due_at = greatest(due_at, now() + $3::int4 * interval '1 ms'), deaths = greatest(0, deaths - 1), alone = deaths > 0
from unnest($1::uuid[], $2::int8[]) as i(id, claim) where due.run_id = i.id and due.claim is not distinct from i.claim`;

const renew = `
update due set lease_until = now() + $3::int4 * interval '1 ms' from unnest($1::uuid[], $2::int8[]) as i(id, claim) where due.run_id = i.id and due.claim is not distinct from i.claim`;

const events = `
select e.run_id, e.body from run_event e join unnest($1::uuid[], $2::timestamptz[]) as i(id, since) on e.run_id = i.id and e.at >= i.since order by e.run_id, e.seq`;

/** The statements of workers that look for work; all may be lost with the last milliseconds of a crash, the fence does not mind. */
export interface Claims {
  due(slots: number, claim: bigint): Promise<readonly DueRun[]>;
  /** A group of suspects never tried before, or one alone (its `deaths` then counts this trial). */
  suspects(claim: bigint): Promise<readonly DueRun[]>;
  /** Suspects are due, or a worker is silent whose runs will soon be. */
  suspectsComing(): Promise<boolean>;
  /** Lets the next suspects be tried while these go on. */
  clear(held: readonly { readonly run: string; readonly claim: bigint }[]): Promise<void>;
  /** Runs whose worker went silent become suspects; answers how many. */
  expire(): Promise<number>;
  /** Runs we have claimed and will not see through: somebody else may, after so many milliseconds. */
  giveBack(held: readonly { readonly run: string; readonly claim: bigint }[], afterMs: number): Promise<void>;
  renew(held: readonly { readonly run: string; readonly claim: bigint }[]): Promise<void>;
  /** The committed log of each run, in order. */
  events(runs: readonly DueRun[]): Promise<Map<string, string[]>>;
}

export function createClaims(client: LaneClient, leaseMs: number): Claims {
  return {
    due: async (slots, claim) =>
      (await client.query<DueRun>({ name: 'claim', text: claimDue, values: [slots, claim.toString(), leaseMs] })).rows,
    suspects: async (claim) => {
      const values = [claim.toString(), leaseMs, SUSPECT_GROUP];
      return (await client.query<DueRun>({ name: 'claim_suspects', text: claimSuspects, values })).rows;
    },
    suspectsComing: async () => {
      const statement = { name: 'suspects_coming', text: suspectsComing, values: [Math.floor(leaseMs / 3)] };
      return (await client.query<{ coming: boolean }>(statement)).rows[0]?.coming === true;
    },
    clear: async (held) => {
      const values = [pgArray.uuid(held.map((run) => run.run)), pgArray.int8(held.map((run) => run.claim))];
      await client.query({ name: 'clear', text: clear, values });
    },
    expire: async () => (await client.query({ name: 'expire', text: expire, values: [] })).rowCount ?? 0,
    giveBack: async (held, afterMs) => {
      if (held.length === 0) return;
      const values = [pgArray.uuid(held.map((run) => run.run)), pgArray.int8(held.map((run) => run.claim)), afterMs];
      await client.query({ name: 'give_back', text: giveBack, values });
    },
    renew: async (held) => {
      if (held.length === 0) return;
      const values = [pgArray.uuid(held.map((run) => run.run)), pgArray.int8(held.map((run) => run.claim)), leaseMs];
      await client.query({ name: 'renew', text: renew, values });
    },
    events: async (runs) => {
      const logs = new Map<string, string[]>();
      const begun = runs.filter((run) => run.seq > 0);
      if (begun.length === 0) return logs;
      const since = begun.map((run) => new Date(run.received_ms - 1000));
      const { rows } = await client.query<{ run_id: string; body: Buffer }>({
        name: 'events',
        text: events,
        values: [begun.map((run) => run.run_id), since],
      });
      for (const row of rows) logs.set(row.run_id, [...(logs.get(row.run_id) ?? []), row.body.toString()]);
      return logs;
    },
  };
}
