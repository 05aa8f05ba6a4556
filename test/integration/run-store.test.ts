import { afterAll, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '#runtime/event.ts';
import { RunAnswer, RunList } from '#runtime/protocol.ts';
import { fold } from '#runtime/state.ts';
import { count, type Engine, noted, openEngine, started } from '../support/run-rows.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let engine: Engine;
let tenant: number;
let flow: string;
beforeAll(async () => {
  web = await startWeb();
  engine = openEngine(web.database.url, web.watches.committed);
  tenant = await web.tenant('Northwind');
  flow = await liveFlow(tenant);
});
afterAll(async () => {
  await engine.end();
  await web.stop();
});

async function liveFlow(owner: number): Promise<string> {
  const { id } = await web.flows.create(owner, webhookFlow());
  await web.flows.publish(owner, id, { revision: 1, note: '', on: true }, { author: 'test', mayUnsigned: false });
  return id;
}

const unknown = { code: 'OUTCOME_UNKNOWN', message: 'look' } as const;

async function heldRun(record?: string): Promise<string> {
  const { id, journal } = await engine.begin({ tenant, flow, ...(record ? { record } : {}) });
  const held: RunEvent = { type: 'run.held', seq: 3, at: 1, step: 'write', hold: 'review', failure: unknown };
  // a thin log: seq 1 was left out, so places and seqs differ
  await journal.release(
    { state: 'held', hold: 'review', failure: unknown },
    { events: [started(0), noted(2, 'x'), held], links: [] },
  );
  return id;
}

async function failedRun(): Promise<string> {
  const { id, journal } = await engine.begin({ tenant, flow });
  const failure = { code: 'INPUT_INVALID', message: 'no sku', field: 'order.lines[0].sku' } as const;
  await journal.release(
    { state: 'failed', failure },
    {
      events: [
        started(0),
        { type: 'step.failed', seq: 1, at: 1, step: 'note', attempt: 1, failure },
        { type: 'run.failed', seq: 2, at: 1, step: 'note', failure },
      ],
      links: [],
    },
  );
  return id;
}

async function due(run: string) {
  const { rows } = await web.owner.query(
    'select seq, hold, claim, due_at <= now() as now, lane::text as lane from due where run_id = $1',
    [run],
  );
  return rows[0];
}

const retry = (run: string) => web.runs.decide(tenant, run, { decision: 'retry' }, 'anna');

test('a run is queued, running, waiting, held or ended as queue and log say, and can be listed by each', async () => {
  const own = await web.tenant('States');
  const home = await liveFlow(own);
  const queued = await engine.store({ tenant: own, flow: home });
  const running = await engine.begin({ tenant: own, flow: home });
  const waiting = await engine.begin({ tenant: own, flow: home });
  await waiting.journal.release({ state: 'waiting', afterMs: 60_000 }, { events: [started(0)], links: [] });
  const held = await engine.begin({ tenant: own, flow: home });
  await held.journal.release({ state: 'held', hold: 'review', failure: unknown }, { events: [started(0)], links: [] });
  const failed = await engine.begin({ tenant: own, flow: home });
  await failed.journal.release({ state: 'failed', failure: unknown }, { events: [started(0)], links: [] });
  const done = await engine.begin({ tenant: own, flow: home });
  await done.journal.release({ state: 'succeeded' }, { events: [started(0)], links: [] });
  const by = { queued, running: running.id, waiting: waiting.id, held: held.id, failed: failed.id, succeeded: done.id };
  for (const [status, id] of Object.entries(by)) {
    const list = RunList.parse(await web.runs.list(own, { status: status as 'held', limit: 50 }));
    expect([status, list.runs.map((run) => [run.id, run.status])]).toEqual([status, [[id, status]]]);
  }
  const all = await web.runs.list(own, { limit: 50 });
  expect(all.runs.map((run) => run.id)).toEqual(Object.values(by).toSorted().reverse());
  expect((await web.runs.list(own, { status: 'active', limit: 50 })).runs).toHaveLength(3);
  expect(all.runs.find((run) => run.id === failed.id)).toMatchObject({ attempt: 1, failure: unknown });
  const [summary] = await web.flows.list(own);
  expect(summary?.counts).toEqual({ active: 3, succeeded: 1, failed: 1, held: 1 });
});

test('a run whose trigger took nothing is in no list and no count unless asked for, and can be replayed', async () => {
  const own = await web.tenant('Echoes');
  const home = await liveFlow(own);
  const { id, journal } = await engine.begin({ tenant: own, flow: home, record: '1044' });
  await journal.release(
    { state: 'ignored' },
    { events: [started(0), { type: 'run.ignored', seq: 1, at: 1, step: 'call', reason: 'not taken' }], links: [] },
  );
  const listed = async (query: object) =>
    (await web.runs.list(own, { limit: 5, ...query })).runs.map((run) => [run.id, run.status]);
  expect(await listed({})).toEqual([]);
  expect(await listed({ record: '1044' })).toEqual([]);
  expect(await listed({ status: 'succeeded' })).toEqual([]);
  for (const query of [{ status: 'ignored' }, { ignored: true }, { ignored: true, record: '1044' }])
    expect(await listed(query)).toEqual([[id, 'ignored']]);
  expect((await web.flows.list(own))[0]?.counts).toEqual({ active: 0, succeeded: 0, failed: 0, held: 0 });
  expect(await web.runs.replay(own, [id], 'anna')).toEqual({ replayed: 1, skipped: 0 });
  expect(await listed({})).toEqual([[id, 'queued']]);
  expect(await listed({ status: 'ignored' })).toEqual([]);
});

test('pages of runs follow each other without gap or repeat, narrowed by flow, record and time', async () => {
  const own = await web.tenant('Pages');
  const homes = [await liveFlow(own), await liveFlow(own)];
  const ids: string[] = [];
  for (let index = 0; index < 25; index++)
    ids.push(await engine.store({ tenant: own, flow: homes[index % 2] as string, record: `r${index}` }));
  const seen: string[] = [];
  let before: string | undefined;
  for (;;) {
    const page = await web.runs.list(own, { limit: 7, ...(before ? { before } : {}) });
    seen.push(...page.runs.map((run) => run.id));
    before = page.runs.at(-1)?.id;
    if (!page.more) break;
  }
  expect(seen).toEqual(ids.toReversed());
  expect((await web.runs.list(own, { limit: 50, flow: homes[0] as string })).runs).toHaveLength(13);
  expect((await web.runs.list(own, { limit: 50, record: 'r7' })).runs.map((run) => run.id)).toEqual([ids[7]]);
  expect((await web.runs.list(own, { limit: 50, since: Date.now() + 3_600_000 })).runs).toEqual([]);
  expect((await web.runs.list(own, { limit: 50, since: Date.now() - 60_000, status: 'queued' })).runs).toHaveLength(25);
});

test('a run is found by the number the other system gave it, and shows what it wrote', async () => {
  const { id, journal } = await engine.begin({ tenant, flow, record: '1042' });
  const source = { entity: 'order', connection: '', id: '1042' } as const;
  await journal.release(
    { state: 'succeeded' },
    {
      events: [started(0), { type: 'run.succeeded', seq: 1, at: 1 }],
      links: [{ reference: 'abc', source, target: { connection: 'erp', id: 'F-77' } }],
    },
  );
  expect((await web.runs.list(tenant, { limit: 5, record: 'F-77' })).runs.map((run) => run.id)).toEqual([id]);
  const answer = RunAnswer.parse(await web.runs.read(tenant, id));
  expect(answer.links).toEqual([{ entity: 'order', connection: 'erp', reference: 'abc', target: 'F-77' }]);
  expect(answer.events.map((event) => event.type)).toEqual(['run.started', 'run.succeeded']);
  expect(answer.flow.name).toBe('Call');
});

test('a held run goes on from its log when a person says so, once', async () => {
  const id = await heldRun();
  const rings = web.rings();
  const summary = await web.runs.decide(tenant, id, { decision: 'sent', target: 'F-1' }, 'anna');
  expect(summary.status).toBe('queued');
  expect(web.rings()).toBe(rings + 1);
  const { events } = await web.runs.read(tenant, id);
  expect(events.at(-1)).toMatchObject({
    type: 'run.resumed',
    seq: 4,
    by: 'anna',
    decision: 'sent',
    step: 'write',
    target: 'F-1',
  });
  expect(fold(events).steps.get('write')).toMatchObject({
    status: 'running',
    decision: { kind: 'sent', target: 'F-1' },
  });
  expect(await due(id)).toMatchObject({ seq: 4, hold: null, claim: null, now: true });
  await expect(retry(id)).rejects.toMatchObject({ status: 409, code: 'RUN_NOT_HELD' });
});

test('what a worker has cannot be decided on, and two who decide at once are one', async () => {
  const running = await engine.begin({ tenant, flow });
  await expect(web.runs.decide(tenant, running.id, { decision: 'cancel' }, 'anna')).rejects.toMatchObject({
    status: 409,
    code: 'RUN_BUSY',
  });
  const id = await heldRun();
  const both = await Promise.allSettled([retry(id), retry(id), retry(id)]);
  expect(both.filter((each) => each.status === 'fulfilled')).toHaveLength(1);
  expect((await web.runs.read(tenant, id)).events.filter((event) => event.type === 'run.resumed')).toHaveLength(1);
});

test('a claim and a cancel at the same moment: one of them has the run', async () => {
  const ids = await Promise.all(Array.from({ length: 12 }, () => engine.store({ tenant, flow })));
  const claim = web.pools.engine.query(
    'update due set claim = 1 where run_id = any($1::uuid[]) and claim is null returning run_id',
    [ids],
  );
  const cancels = await Promise.allSettled(
    ids.map((id) => web.runs.decide(tenant, id, { decision: 'cancel' }, 'anna')),
  );
  const claimed = new Set((await claim).rows.map((row) => row.run_id as string));
  for (const [index, id] of ids.entries())
    expect(cancels[index]?.status).toBe(claimed.has(id) ? 'rejected' : 'fulfilled');
  await web.owner.query('delete from due where run_id = any($1::uuid[])', [ids]);
});

test('a cancelled run has ended, is out of the queue and listed as such', async () => {
  const id = await heldRun();
  const summary = await web.runs.decide(tenant, id, { decision: 'cancel' }, 'anna');
  expect(summary).toMatchObject({ status: 'cancelled', hold: null });
  expect(await due(id)).toBeUndefined();
  expect((await web.runs.read(tenant, id)).events.at(-1)).toMatchObject({ type: 'run.cancelled', seq: 4, by: 'anna' });
  expect((await web.runs.list(tenant, { status: 'cancelled', limit: 200 })).runs.map((run) => run.id)).toContain(id);
  await expect(retry(id)).rejects.toMatchObject({ code: 'RUN_ENDED' });
});

test('an ended run is replayed under its own id, in its own lane, once however often one clicks', async () => {
  const id = await failedRun();
  const { rows } = await web.owner.query('select record from run where id = $1', [id]);
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => web.runs.replay(tenant, [id, '00000000-0000-7000-8000-000000000000'], 'anna')),
  );
  expect(answers.reduce((sum, each) => sum + each.replayed, 0)).toBe(1);
  expect(await due(id)).toMatchObject({ seq: 4, hold: null, claim: null });
  const sibling = await engine.store({ tenant, flow, record: rows[0].record as string });
  expect((await due(sibling))?.lane).toBe((await due(id))?.lane);
  const { run, events } = await web.runs.read(tenant, id);
  expect(run).toMatchObject({ status: 'queued', failure: null, endedAt: null });
  expect(fold(events)).toMatchObject({ status: 'running', seq: 3 });
  expect(await count(web.owner, 'select count(*)::int as n from unsuccessful_run where run_id = $1', [id])).toBe(0);
});

test('a run whose payload is pruned is skipped, as are those of other tenants and those still going', async () => {
  const pruned = await failedRun();
  await web.owner.query('delete from inbox where run_id = $1', [pruned]);
  const going = await heldRun();
  const foreign = await web.tenant('Foreign');
  expect(await web.runs.replay(tenant, [pruned, going], 'anna')).toEqual({ replayed: 0, skipped: 2 });
  expect(await web.runs.replay(foreign, [await failedRun()], 'anna')).toEqual({ replayed: 0, skipped: 1 });
});

test('runs held for a sign-in go on when the connection can be used again, those of other connections do not', async () => {
  const held = async (connection: string): Promise<string> => {
    const { id, journal } = await engine.begin({ tenant, flow });
    const failure = { code: 'SIGN_IN_NEEDED', message: 'sign in', details: { connection } } as const;
    const event: RunEvent = { type: 'run.held', seq: 1, at: 1, step: 'note', hold: 'sign-in', failure };
    await journal.release({ state: 'held', hold: 'sign-in', failure }, { events: [started(0), event], links: [] });
    return id;
  };
  const [mine, theirs] = [await held('erp'), await held('shop')];
  expect(await web.runs.release(tenant, 'erp')).toBe(1);
  expect(await due(mine)).toMatchObject({ hold: null, seq: 3, now: true });
  expect(await due(theirs)).toMatchObject({ hold: 'sign-in' });
});

test('lists of a hundred thousand runs are read from indexes', async () => {
  const own = await web.tenant('Large');
  const home = await liveFlow(own);
  await web.owner.query(
    `insert into run (tenant_id, id, flow_id, version, trigger, connection_id, entity, record, via, topic, dedup, received_at, status)
      select $1, (lpad(to_hex((extract(epoch from now()) * 1000)::bigint - 100000 + n), 12, '0') || '7' || substr(md5(n::text), 1, 3) || '8' || substr(md5(n::text), 4, 15))::uuid,
        $2::uuid, 1, 'call', '', 'order', n::text, 'webhook', 'call', sha256(convert_to($2::uuid::text || n::text, 'utf8')), now(), 'succeeded' from generate_series(1, 100000) n`,
    [own, home],
  );
  await web.owner.query('vacuum analyze run');
  const spent: number[] = [];
  for (const query of [{ limit: 50 }, { limit: 50, status: 'failed' as const }, { limit: 50, record: '4711' }]) {
    const began = performance.now();
    await web.runs.list(own, query);
    spent.push(performance.now() - began);
  }
  expect(Math.max(...spent)).toBeLessThan(250);
  const [summary] = await web.flows.list(own);
  expect(summary?.counts.succeeded).toBe(100_000);
});
