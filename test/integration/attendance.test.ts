import { randomUUID } from 'node:crypto';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { AttendAnswer, Attendance, type Wish } from '#runtime/attendance.ts';
import { createAttendanceStore } from '#server/adapters/pg-attendance.ts';
import { createNotifications, type Notifications } from '#server/adapters/pg-notify.ts';
import { type Attendances, createAttendances } from '#server/attendance.ts';
import type { Client } from '../support/client.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let flow: string;
let anna: Client;
let bo: Client;
/** Another web process on the same database. */
let farNotifications: Notifications;
let far: Attendances;
let boId: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Northwind');
  anna = await web.person('kam', [tenant]);
  bo = await web.person('kam', [tenant]);
  const { rows } = await web.owner.query<{ id: string }>('select id from app_user where email = $1', [bo.email]);
  boId = rows[0]?.id ?? '';
  const database = { connectionString: web.database.url };
  farNotifications = await createNotifications(database, web.pools.engine);
  far = createAttendances({
    store: createAttendanceStore(web.pools.app),
    notifications: farNotifications,
    onError: () => undefined,
  });
});
beforeEach(async () => {
  flow = (await web.flows.create(tenant, webhookFlow())).id;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.disconnect();
});
afterAll(async () => {
  far.stop();
  await farNotifications.stop();
  await web.stop();
});

interface Tab {
  readonly tab: string;
  readonly socket: Socket;
  /** As it was told last. */
  last(): Attendance | undefined;
  attend(wish: Wish): Promise<ReturnType<typeof AttendAnswer.parse>>;
}

async function open(person: Client): Promise<Tab> {
  const socket = io(web.url, {
    transports: ['websocket'],
    reconnection: false,
    forceNew: true,
    extraHeaders: { cookie: person.cookie },
  });
  sockets.push(socket);
  const tab = randomUUID();
  let last: Attendance | undefined;
  socket.on('attendance', (message) => {
    last = Attendance.parse(message);
  });
  await new Promise<void>((resolve, reject) => {
    socket.on('connect', resolve);
    socket.on('connect_error', reject);
  });
  return {
    tab,
    socket,
    last: () => last,
    attend: async (wish) => {
      const answer = AttendAnswer.parse(await socket.emitWithAck('attend', { tenant, flow, tab, wish }));
      if ('attendance' in answer) last = answer.attendance;
      return answer;
    },
  };
}

const editorOf = (attendance: Attendance | undefined) => attendance?.people.find(({ editing }) => editing)?.tab;
const told = (tab: Tab, editor: string | undefined, people: number) =>
  expect.poll(() => [editorOf(tab.last()), tab.last()?.people.length], { timeout: 8000 }).toEqual([editor, people]);
const save = (person: Client, tab: string | undefined, basedOn: number) =>
  person.ask('PUT', `/api/tenants/${tenant}/flows/${flow}/draft`, { basedOn, document: webhookFlow('Saved'), tab });

test('the first who edits holds the pen, whoever else wishes to, and everybody is told by name', async () => {
  const [first, second] = [await open(anna), await open(bo)];
  await first.attend('read');
  await second.attend('read');
  await told(first, undefined, 2);
  await second.attend('edit');
  await told(first, second.tab, 2);
  await first.attend('edit');
  expect(editorOf(first.last())).toBe(second.tab);
  expect(first.last()?.people.map(({ name }) => name)).toEqual(['kam', 'kam']);
});

test('two who begin at the same moment do not both edit', async () => {
  const tabs = await Promise.all([open(anna), open(bo), open(anna), open(bo)]);
  await Promise.all(tabs.map((tab) => tab.attend('edit')));
  const editors = new Set(tabs.map((tab) => tab.last()).flatMap((last) => last?.people.filter((each) => each.editing)));
  expect(new Set([...editors].map((each) => each?.tab)).size).toBe(1);
});

test('whoever takes over edits, and what the one before still sends is refused and not stored', async () => {
  const [first, second] = [await open(anna), await open(bo)];
  await first.attend('edit');
  await second.attend('take');
  await told(first, second.tab, 2);
  expect(await save(anna, first.tab, 1)).toMatchObject({ status: 409, body: { error: { code: 'EDITED_ELSEWHERE' } } });
  expect((await save(bo, second.tab, 1)).status).toBe(200);
  await expect.poll(() => first.last()?.revision).toBe(2);
  expect(await save(anna, first.tab, 1)).toMatchObject({ body: { error: { code: 'EDITED_ELSEWHERE' } } });
  await second.attend('read');
  expect(await save(anna, first.tab, 1)).toMatchObject({ status: 409, body: { error: { code: 'STALE' } } });
});

test('a tab that is closed lets go at once', async () => {
  const [first, second] = [await open(anna), await open(bo)];
  await first.attend('edit');
  await second.attend('read');
  first.socket.disconnect();
  await told(second, undefined, 1);
  await second.attend('edit');
  expect(editorOf(second.last())).toBe(second.tab);
});

test('people at another web process are seen, told, and taken over from', async () => {
  const here = await open(anna);
  const there = randomUUID();
  let last: Attendance | undefined;
  await far.attend({ tenant, flow, tab: there, wish: 'edit' }, boId, (attendance) => {
    last = attendance;
  });
  await here.attend('edit');
  expect(editorOf(here.last())).toBe(there);
  await here.attend('take');
  await expect.poll(() => editorOf(last)).toBe(here.tab);
});

test('the pen of a process that died is free when its lease has lapsed, and those who wait are told', async () => {
  const here = await open(anna);
  await createAttendanceStore(web.pools.app).attend({ tenant, flow, tab: randomUUID(), wish: 'edit' }, boId);
  await here.attend('edit');
  expect(editorOf(here.last())).not.toBe(here.tab);
  await web.owner.query("update attendance set lapses_at = now() - interval '1 second' where user_id = $1", [boId]);
  await told(here, undefined, 1);
  await here.attend('edit');
  expect(editorOf(here.last())).toBe(here.tab);
});

test('a tab in use is renewed, and nobody speaks for another’s tab', async () => {
  const [first, second] = [await open(anna), await open(bo)];
  await first.attend('edit');
  const until = async () =>
    (
      await web.owner.query<{ until: Date }>('select lapses_at as until from attendance where tab = $1', [first.tab])
    ).rows[0]?.until.getTime() ?? 0;
  const before = await until();
  await expect.poll(until, { timeout: 8000 }).toBeGreaterThan(before);
  const answer = await second.socket.emitWithAck('attend', { tenant, flow, tab: first.tab, wish: 'take' });
  expect(answer).toMatchObject({ error: { code: 'TAB_TAKEN' } });
  await second.socket.emitWithAck('leave', { tenant, flow, tab: first.tab });
  await first.attend('edit');
  expect(editorOf(first.last())).toBe(first.tab);
});
