import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Client } from '../support/client.ts';
import { runCommand } from '../support/command-line.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let api: Client;
let anna: Visit;
let bo: Visit;
let hers: Page;
let his: Page;
let flow: string;

const log = (id: string, message: string) => ({
  id,
  type: 'core.log',
  version: 1,
  config: { message },
  onError: 'stop' as const,
  at: { x: 0, y: id === 'one' ? 0 : 160 },
});
const document: FlowDocument = {
  format: 1,
  name: 'Två vid ritbordet',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [log('one', 'first'), log('two', 'second')],
  wires: [],
  groups: [],
  notes: [],
};

async function sitDown(email: string, password: string, language: 'sv-SE' | 'en-GB'): Promise<[Visit, Page]> {
  const person = await visit({ language, width: 1440, height: 900 });
  const page = await person.open(weft.url);
  await signIn(page, email, password);
  await page.waitForURL(/\/a\/\d+$/);
  return [person, page];
}

/** A second person who draws. */
async function bosAccount(): Promise<readonly [email: string, password: string]> {
  const [email, password] = ['bo@exempel.se', 'en lång nog fras för Bo'];
  const asked = ['user', 'add', email, '--role', 'kam', '--name', 'Bo Ek', '--tenant', '1', '--password-file', '-'];
  const { code, notes } = await runCommand(asked, { DATA_DIR: data.path }, password);
  expect([code, notes]).toEqual([0, []]);
  return [email, password];
}

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path, npm: true });
  api = await weft.admin();
  flow = (await api.ask('POST', '/api/tenants/1/flows', { document })).body.id;
  [anna, hers] = await sitDown(weft.signIn.email, weft.signIn.password ?? '', 'sv-SE');
  [bo, his] = await sitDown(...(await bosAccount()), 'en-GB');
}, 120_000);
afterAll(async () => {
  await anna?.close();
  await bo?.close();
  await weft?.stop();
  await data.remove();
});

const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible', timeout: PATIENCE_MS });
const stored = async (): Promise<FlowDocument> => (await api.ask('GET', `/api/tenants/1/flows/${flow}`)).body.draft;
const messageOf = async (id: string) => (await stored()).nodes.find((node) => node.id === id)?.config['message'];
const step = (page: Page, id: string): Locator => page.locator(`.react-flow__node-step[data-id="${id}"]`);
const message = (page: Page): Locator => page.getByRole('complementary').getByRole('textbox').nth(1);

async function open(page: Page): Promise<void> {
  await page.goto(`${weft.url}/a/1/flows/${flow}`);
  await seen(step(page, 'one'));
}

async function write(page: Page, id: string, text: string): Promise<void> {
  await step(page, id).click();
  await message(page).fill(text);
}

test('two who have a flow open see each other, and the first who edits keeps the other from it', async () => {
  await open(hers);
  await open(his);
  await seen(hers.getByRole('img', { name: 'Bo Ek har också flödet öppet' }));
  await seen(his.getByRole('img', { name: / also has the flow open$/ }));
  await write(hers, 'one', 'hers');
  await seen(his.getByText(/ is editing\. You see the latest version\./));
  expect(await his.locator('.canvas-box').count()).toBe(0);
  await until(async () => (await messageOf('one')) === 'hers');
  await isAccessible(his, 'somebody else edits');
});

test('whoever takes over edits at once; the one before is told, and loses nothing of what was not saved', async () => {
  // her last words do not reach the server before he takes over
  await hers.route('**/draft', (route) => route.abort());
  await message(hers).fill('hers, unsaved');
  await seen(hers.getByText(/^Ingen kontakt. Ändringarna ligger kvar/));
  await his.getByRole('button', { name: 'Take over' }).click();
  await seen(his.locator('.canvas-box'));
  await seen(hers.getByText('Bo Ek har tagit över. Du ser senaste versionen.'));
  await seen(hers.getByText(/^Dina senaste ändringar ligger kvar i webbläsaren/));
  await hers.unroute('**/draft');
  await write(his, 'one', 'his');
  await write(his, 'two', 'his, too');
  await until(async () => (await messageOf('two')) === 'his, too');
  expect(await messageOf('one')).toBe('his');
  // she looks on while he writes
  await step(hers, 'two').waitFor();
});

test('back at it she is shown both sides by step and field, chooses, and both live on', async () => {
  await hers.getByRole('button', { name: 'Ta över' }).click();
  const question = hers.getByRole('dialog');
  await seen(question.getByText('Någon annan har sparat flödet'));
  // what he alone changed is his already; what both changed is hers to say
  const both = question.getByRole('group', { name: /Ni har båda ändrat detta/ });
  await seen(question.getByText('En sak återstår att välja'));
  expect(await both.count()).toBe(1);
  await isAccessible(hers, 'both sides');
  expect(await question.getByRole('button', { name: 'Använd detta' }).getAttribute('aria-disabled')).toBe('true');
  await both.getByRole('radio', { name: /^mina/ }).check();
  await seen(question.getByText('Allt är valt'));
  await question.getByRole('button', { name: 'Använd detta' }).click();
  await question.waitFor({ state: 'detached' });
  await until(async () => (await messageOf('one')) === 'hers, unsaved');
  expect(await messageOf('two')).toBe('his, too');
  await seen(his.getByText(/ has taken over\. You see the latest version\./));
});

test('a tab that is closed leaves the flow to the other without being asked', async () => {
  await hers.goto('about:blank');
  await seen(his.locator('.canvas-box'));
  await write(his, 'two', 'last');
  await until(async () => (await messageOf('two')) === 'last');
});

test('neither page wrote an error, and none did what its content security policy forbids', () => {
  const expected = /\/draft$/;
  expect([...anna.complaints, ...bo.complaints].filter((line) => !expected.test(line))).toEqual([]);
});
