import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { RunEvent } from '#runtime/event.ts';
import { EventsMessage, RunsMessage, WatchAnswer } from '#runtime/protocol.ts';
import { createNotifications, type Notifications } from '#server/adapters/pg-notify.ts';
import { createWatches, type Watches } from '#server/adapters/watches.ts';
import type { Client } from '../support/client.ts';
import { type Engine, noted, openEngine, started } from '../support/run-rows.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
/** A worker in another process: its own ears, its own knowledge of who watches. */
let farNotifications: Notifications;
let farWatches: Watches;
let near: Engine;
let far: Engine;
let sent: string[];
let tenant: number;
let flow: string;
let kam: Client;
const sockets: Socket[] = [];

beforeAll(async () => {
  web = await startWeb();
  farNotifications = await createNotifications({ connectionString: web.database.url }, web.pools.engine);
  sent = [];
  const counted: Notifications = {
    ...farNotifications,
    send: (channel, payload) => {
      sent.push(channel);
      return farNotifications.send(channel, payload);
    },
  };
  farWatches = createWatches(counted, () => undefined);
  near = openEngine(web.database.url, web.watches.committed);
  far = openEngine(web.database.url, farWatches.committed);
  tenant = await web.tenant('Northwind');
  const { id } = await web.flows.create(tenant, webhookFlow());
  flow = id;
  await web.flows.publish(tenant, id, { revision: 1, note: '', on: true }, { author: 'test', mayUnsigned: false });
  kam = await web.person('kam', [tenant]);
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(async () => {
  farWatches.stop();
  await farNotifications.stop();
  await near.end();
  await far.end();
  await web.stop();
});

interface Line {
  readonly socket: Socket;
  readonly events: RunEvent[];
  readonly runs: RunsMessage['runs'];
  readonly messages: () => number;
  ask(what: 'watch' | 'unwatch', watch: unknown): Promise<Told>;
}
type Told = ReturnType<typeof WatchAnswer.parse>;

async function line(person: Client = kam, headers: Record<string, string> = {}): Promise<Line> {
  const socket = io(web.url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie: person.cookie, ...headers },
  });
  sockets.push(socket);
  const events: RunEvent[] = [];
  const runs: RunsMessage['runs'] = [];
  let messages = 0;
  socket.on('events', (message) => events.push(...EventsMessage.parse(message).events));
  socket.on('runs', (message) => {
    messages++;
    runs.push(...RunsMessage.parse(message).runs);
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  return {
    socket,
    events,
    runs,
    messages: () => messages,
    ask: async (what, watch) => WatchAnswer.parse(await socket.emitWithAck(what, watch)),
  };
}

const seqs = (from: Line) => from.events.map((event) => event.seq);
const upTo = (last: number) => Array.from({ length: last + 1 }, (_, seq) => seq);
const watchRun = (run: string, afterSeq = -1) => ({ what: 'run', tenant, run, afterSeq });
const settled = (from: Line, last: number) => expect.poll(() => from.events.at(-1)?.seq, { timeout: 4000 }).toBe(last);

test('a watched run is replayed from its log and followed, each event once and in order', async () => {
  const { id, journal } = await near.begin({ tenant, flow });
  await journal.trace({ events: [started(0), noted(1, 'before')], links: [] });
  const page = await line();
  expect(await page.ask('watch', watchRun(id))).toEqual({ ok: true });
  for (let seq = 2; seq < 30; seq++) await journal.trace({ events: [noted(seq, `step ${seq}`)], links: [] });
  await journal.release({ state: 'succeeded' }, { events: [{ type: 'run.succeeded', seq: 30, at: 1 }], links: [] });
  await settled(page, 30);
  expect(seqs(page)).toEqual(upTo(30));
});

test('a run carried by another process is followed as well, and that process traces it once the watch is answered', async () => {
  const { id, journal } = await far.begin({ tenant, flow });
  expect(farWatches.watched(id, 'another flow')).toBe(false);
  const page = await line();
  expect(await page.ask('watch', watchRun(id))).toEqual({ ok: true });
  expect(farWatches.watched(id, 'another flow')).toBe(true);
  for (let seq = 0; seq < 20; seq++) await journal.trace({ events: [noted(seq, 'far')], links: [] });
  await settled(page, 19);
  expect(seqs(page)).toEqual(upTo(19));
  expect(await page.ask('unwatch', watchRun(id))).toEqual({ ok: true });
  await expect.poll(() => farWatches.watched(id, 'another flow')).toBe(false);
});

test('lines cut and taken up again while a run goes on miss nothing and repeat nothing', async () => {
  const { id, journal } = await far.begin({ tenant, flow });
  const seen: number[] = [];
  let last = -1;
  let going = true;
  const working = (async () => {
    while (going) await journal.trace({ events: [noted(++last, 'x')], links: [] });
  })();
  for (let cuts = 0; cuts < 5; cuts++) {
    const page = await line();
    await page.ask('watch', watchRun(id, seen.at(-1) ?? -1));
    await expect.poll(() => page.events.length).toBeGreaterThan(3);
    page.socket.disconnect();
    seen.push(...seqs(page));
  }
  going = false;
  await working;
  const page = await line();
  await page.ask('watch', watchRun(id, seen.at(-1) ?? -1));
  await expect.poll(() => page.events.at(-1)?.seq ?? seen.at(-1)).toBe(last);
  seen.push(...seqs(page));
  expect(seen).toEqual(upTo(last));
});

test('the page that joins later gets the whole log, the one that was there nothing twice', async () => {
  const { id, journal } = await near.begin({ tenant, flow });
  const first = await line();
  await first.ask('watch', watchRun(id));
  await journal.trace({ events: [started(0), noted(1, 'a')], links: [] });
  await settled(first, 1);
  const second = await line();
  await Promise.all([second.ask('watch', watchRun(id)), journal.trace({ events: [noted(2, 'b')], links: [] })]);
  await settled(first, 2);
  await settled(second, 2);
  expect([seqs(first), seqs(second)]).toEqual([upTo(2), upTo(2)]);
});

test('a log with gaps in its numbers, as thin traces have, is followed all the same', async () => {
  const { id, journal } = await near.begin({ tenant, flow });
  const page = await line();
  await journal.trace({ events: [started(0), noted(7, 'a')], links: [] });
  await page.ask('watch', watchRun(id));
  await journal.trace({ events: [noted(9, 'b'), noted(40, 'c')], links: [] });
  await settled(page, 40);
  expect(seqs(page)).toEqual([0, 7, 9, 40]);
});

test('a value over 4 KB is cut on the line and whole by its address', async () => {
  const { id, journal } = await near.begin({ tenant, flow });
  const text = 'x'.repeat(20_000);
  const event: RunEvent = {
    type: 'step.succeeded',
    seq: 0,
    at: 1,
    step: 'note',
    ms: 1,
    output: { value: text, short: 'y' },
  };
  await journal.trace({ events: [event], links: [] });
  const page = await line();
  await page.ask('watch', watchRun(id));
  await settled(page, 0);
  expect(page.events[0]).toMatchObject({ output: { short: 'y', value: { $cut: { size: 20_002 } } } });
  const whole = await kam.ask('GET', `/api/tenants/${tenant}/runs/${id}/events/0`);
  expect(whole.body.event.output.value).toBe(text);
});

test('a decision of a person appears on the line', async () => {
  const { id, journal } = await near.begin({ tenant, flow });
  const failure = { code: 'OUTCOME_UNKNOWN', message: 'look' } as const;
  const held: RunEvent = { type: 'run.held', seq: 0, at: 1, step: 'note', hold: 'review', failure };
  await journal.release({ state: 'held', hold: 'review', failure }, { events: [held], links: [] });
  const page = await line();
  await page.ask('watch', watchRun(id));
  await kam.ask('POST', `/api/tenants/${tenant}/runs/${id}/decide`, { decision: 'retry' });
  await settled(page, 1);
  expect(page.events.at(-1)).toMatchObject({ type: 'run.resumed', by: kam.email });
});

test('lists show runs that began, moved on and ended in any process, at most ten messages a second', async () => {
  const page = await line();
  const narrow = await line();
  const { id: other } = await web.flows.create(tenant, webhookFlow('Other'));
  await web.flows.publish(tenant, other, { revision: 1, note: '', on: true }, { author: 'test', mayUnsigned: false });
  await page.ask('watch', { what: 'runs', tenant });
  await narrow.ask('watch', { what: 'runs', tenant, flow: other });
  const began = performance.now();
  const ids: string[] = [];
  for (let index = 0; index < 60; index++) {
    const { id, journal } = await (index % 2 === 0 ? near : far).begin({
      tenant,
      flow: index % 3 === 0 ? other : flow,
    });
    ids.push(id);
    await journal.release({ state: 'succeeded' }, { events: [started(0)], links: [] });
  }
  const ended = (from: Line) => new Set(from.runs.filter((run) => run.status === 'succeeded').map((run) => run.id));
  await expect.poll(() => ids.every((id) => ended(page).has(id)), { timeout: 5000 }).toBe(true);
  await expect.poll(() => ended(narrow).size, { timeout: 5000 }).toBe(20);
  expect(narrow.runs.every((run) => run.flow === other)).toBe(true);
  expect(page.messages()).toBeLessThanOrEqual(Math.ceil((performance.now() - began) / 100) + 1);
});

test('where nobody watches, a commit tells nobody', async () => {
  const page = await line();
  const { id, journal } = await far.begin({ tenant, flow });
  await page.ask('watch', watchRun(id));
  await page.ask('unwatch', watchRun(id));
  await expect.poll(() => farWatches.watched(id, flow)).toBe(false);
  sent.length = 0;
  await journal.release({ state: 'succeeded' }, { events: [started(0)], links: [] });
  expect(sent).toEqual([]);
});

test('a stranger gets no line, another site none, and a member of another customer no run of this one', async () => {
  await expect(line({ ...kam, cookie: '' })).rejects.toThrow('SIGN_IN_NEEDED');
  await expect(line(kam, { origin: 'https://evil.example' })).rejects.toThrow();
  const elsewhere = await web.tenant('Elsewhere');
  const stranger = await line(await web.person('kam', [elsewhere]));
  const { id, journal } = await near.begin({ tenant, flow });
  const attempts = [
    watchRun(id),
    { ...watchRun(id), tenant: elsewhere },
    { what: 'runs', tenant },
    { what: 'runs', tenant: 999_999 },
  ];
  for (const attempt of attempts)
    expect(await stranger.ask('watch', attempt)).toMatchObject({ error: { code: /_MISSING$/ } });
  // watching another's flow under the own customer is allowed to ask and shows nothing
  expect(await stranger.ask('watch', { what: 'runs', tenant: elsewhere, flow })).toEqual({ ok: true });
  const member = await line();
  await member.ask('watch', watchRun(id));
  await journal.release({ state: 'succeeded' }, { events: [started(0)], links: [] });
  await settled(member, 0);
  expect([stranger.events, stranger.runs]).toEqual([[], []]);
});

test('what is no watch is refused with its field, and too many messages are refused until the window is over', async () => {
  const page = await line();
  expect(await page.ask('watch', { what: 'run', tenant, run: 'x', afterSeq: -1 })).toMatchObject({
    error: { field: 'run' },
  });
  expect(await page.ask('watch', null)).toMatchObject({ error: { code: 'INPUT_INVALID' } });
  const answers = await Promise.all(Array.from({ length: 110 }, () => page.ask('unwatch', { what: 'runs', tenant })));
  expect(answers.some((answer) => 'error' in answer && answer.error.code === 'TOO_MANY_MESSAGES')).toBe(true);
});

test('signing out cuts the line', async () => {
  const person = await web.person('kam', [tenant]);
  const page = await line(person);
  const cut = new Promise((resolve) => page.socket.on('disconnect', resolve));
  await person.ask('DELETE', '/api/session');
  expect(await cut).toBe('io server disconnect');
});
