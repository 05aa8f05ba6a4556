import { Secret, TOTP } from 'otpauth';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audit as enAudit } from '#editor/locales/en/audit.ts';
import { en } from '#editor/locales/en/index.ts';
import { projects as enProjects } from '#editor/locales/en/projects.ts';
import { tenants as enTenants } from '#editor/locales/en/tenants.ts';
import { audit as svAudit } from '#editor/locales/sv/audit.ts';
import { sv } from '#editor/locales/sv/index.ts';
import { projects as svProjects } from '#editor/locales/sv/projects.ts';
import { tenants as svTenants } from '#editor/locales/sv/tenants.ts';
import { until } from '../support/until.ts';
import { webhookFlow } from '../support/web.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path });
});
afterAll(async () => {
  await weft?.stop();
  await data.remove();
});

/** A sentence of the page with its gaps filled. */
const said = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible', timeout: PATIENCE_MS });
const toast = (page: Page, text: string): Promise<void> => seen(page.locator('.toast').getByText(text).first());
const heading = (page: Page, name: string): Promise<void> => seen(page.getByRole('heading', { level: 1, name }));
const dialog = (page: Page): Locator => page.getByRole('dialog');

/** The link of the newest mail to an address. */
const linkTo = (email: string): Promise<string> =>
  until(async () => {
    const answer = await fetch(`${weft.url}/practice/mail/page/mails`);
    const { mails } = (await answer.json()) as { mails: { to: string; text: string }[] };
    return /https?:\/\/\S+/.exec(mails.find((mail) => mail.to === email)?.text ?? '')?.[0];
  });

describe.each([
  { language: 'sv-SE', words: { ...sv, audit: svAudit, projects: svProjects, tenants: svTenants }, name: 'sv' },
  { language: 'en-GB', words: { ...en, audit: enAudit, projects: enProjects, tenants: enTenants }, name: 'en' },
] as const)('in $language', ({ language, words: t, name }) => {
  const person = `anna-${name}@example.com`;
  const password = 'ett långt nog lösenord';
  let visitor: Visit;
  let invited: Visit;
  let page: Page;
  let own: Page;
  /** The pages are the same in both languages: what a machine can find is looked for in one. */
  const accessible = async (of: Page, what: string) => {
    if (name === 'sv') await isAccessible(of, what);
  };
  const goTo = (label: string) =>
    page.getByRole('navigation', { name: t.shell.mainMenu }).getByRole('link', { name: label, exact: true }).click();

  beforeAll(async () => {
    visitor = await visit({ language, width: 1280, height: 900 });
    page = await visitor.open(weft.url);
    await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
    await page.waitForURL(/\/a\/1$/);
  });
  afterAll(async () => {
    await invited?.close();
    await visitor?.close();
  });

  test('somebody is invited by mail, comes in by the link, and stands among the members', async () => {
    await goTo(t.people.members.title);
    await heading(page, t.people.members.title);
    await page.getByRole('button', { name: t.people.members.invite }).click();
    await dialog(page).getByLabel(t.shell.signIn.email).fill('no address');
    await dialog(page).getByRole('button', { name: t.people.members.inviteIt }).click();
    await seen(dialog(page).getByText(t.people.errors.emailInvalid));
    await dialog(page).getByLabel(t.shell.signIn.email).fill(person);
    await dialog(page).getByLabel(t.people.members.role, { exact: true }).selectOption('customer-admin');
    await accessible(page, 'an invitation');
    await dialog(page).getByRole('button', { name: t.people.members.inviteIt }).click();
    await toast(page, said(t.people.members.inviteSent, { email: person }));
    await seen(page.getByText(person).first());
    await accessible(page, 'members');

    invited = await visit({ language, width: 1280, height: 900 });
    own = await invited.open(await linkTo(person));
    await heading(own, said(t.people.invite.title, { tenant: 'Exempelbutiken AB' }));
    await accessible(own, 'an invitation that was followed');
    await own.locator('#name').fill('Anna Andersson');
    await own.locator('#password').fill(password);
    await own.getByRole('button', { name: t.people.invite.accept }).click();
    await own.waitForURL(/\/a\/1$/);
    await page.reload();
    await seen(page.getByText('Anna Andersson').first());
  });

  test('an API token is shown once and is worth nothing when it has been revoked', async () => {
    await goTo(t.shell.tokens);
    await heading(page, t.tokens.title);
    await page.getByRole('button', { name: t.tokens.make }).first().click();
    await dialog(page).getByLabel(t.tokens.name, { exact: true }).fill(`Lager ${name}`);
    await dialog(page).getByRole('checkbox').first().check();
    await dialog(page).getByRole('button', { name: t.tokens.makeIt }).click();
    await seen(page.getByText(t.tokens.madeTitle));
    const token = await page.getByLabel(`Lager ${name}`, { exact: true }).inputValue();
    expect(token).toMatch(/^weft_[0-9A-Za-z]{36}$/);
    const ask = async () =>
      (await fetch(`${weft.url}/api/token`, { headers: { authorization: `Bearer ${token}` } })).status;
    expect(await ask()).toBe(200);
    await accessible(page, 'a token that was made');
    await page.reload();
    await heading(page, t.tokens.title);
    await seen(page.getByText(`Lager ${name}`).first());
    expect(await page.content()).not.toContain(token);
    await page.getByRole('button', { name: `${t.tokens.revoke} Lager ${name}` }).click();
    await dialog(page).getByRole('button', { name: t.tokens.revoke }).click();
    await toast(page, said(t.tokens.revoked, { name: `Lager ${name}` }));
    expect(await ask()).toBe(401);
  });

  test('the audit log is narrowed by kind and by words, and tells what was done to a line that is opened', async () => {
    await goTo(t.shell.audit);
    await heading(page, t.audit.title);
    await page.getByLabel(t.audit.what, { exact: true }).selectOption('token');
    const revoked = page.getByRole('button', { name: `${t.audit.actions.token.revoke} Lager ${name}` });
    await seen(revoked);
    await expect.poll(() => page.getByText(t.audit.actions.member.invite).count()).toBe(0);
    await revoked.click();
    await accessible(page, 'the audit log');
    await page.getByLabel(t.audit.findLabel).fill('nothing of the kind');
    await page.keyboard.press('Enter');
    await seen(page.getByText(t.audit.noneMatch));
    await page.getByRole('link', { name: t.audit.clear }).click();
    await seen(page.getByText(t.audit.actions.token.create).first());
    const file = await page.getByRole('link', { name: t.audit.export }).getAttribute('href');
    expect(file).toContain('audit.csv');
  });

  test('a project has a contract, and a guest without an account is invited into it by mail', async () => {
    const guest = `gast-${name}@agency.example`;
    await goTo(t.shell.projects);
    await heading(page, t.projects.title);
    await page.getByRole('button', { name: t.projects.make }).first().click();
    await dialog(page).getByLabel(t.projects.name).fill(`Ny butik ${name}`);
    await dialog(page).getByRole('button', { name: t.projects.makeIt }).click();
    await heading(page, `Ny butik ${name}`);
    const starts = await page.getByLabel(t.projects.startsOn).inputValue();
    const ends = await page.getByLabel(t.projects.endsOn).inputValue();
    expect(Number(ends.slice(0, 4)) - Number(starts.slice(0, 4))).toBe(1);
    await page.getByLabel(t.projects.noticeMonths).fill('6');
    await page.locator('input[name=flow]').first().check();
    await page.getByRole('button', { name: t.projects.save }).click();
    await seen(page.getByText(t.projects.saved));
    await page.getByLabel(t.projects.email).fill(guest);
    await page.getByLabel(t.projects.firm).fill('Byrån AB');
    await page.getByRole('button', { name: t.projects.add, exact: true }).click();
    await seen(page.getByText(said(t.projects.inviteBody, { email: guest })));
    await accessible(page, 'a project with a guest who has no account');
    (visitor.complaints as string[]).splice(0);
    await page.getByRole('button', { name: t.projects.invite }).click();
    await toast(page, said(t.projects.invited, { email: guest }));
    await seen(page.getByText(said(t.projects.guest, { firm: 'Byrån AB' })));
    expect(await linkTo(guest)).toContain('/invite#');
    await page.getByRole('button', { name: `${t.projects.takeBack} ${guest}` }).click();
    await page.getByText(said(t.projects.guest, { firm: 'Byrån AB' })).waitFor({ state: 'detached' });
  });

  test('the own account gets a second step, other recovery codes, and ends the session of another browser', async () => {
    const elsewhere = await visit({ language });
    const other = await elsewhere.open(weft.url);
    await signIn(other, person, password);
    await other.waitForURL(/\/a\/1$/);
    await own.goto(`${weft.url}/account`);
    await heading(own, t.people.account.title);
    await own.getByRole('button', { name: t.people.secondStep.begin }).click();
    const secret = await own.getByLabel(t.people.secondStep.secret).inputValue();
    const codeIn = (steps: number) =>
      new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
    await own.locator('#code').fill(codeIn(-1));
    await own.getByRole('button', { name: t.people.secondStep.turnOn }).click();
    await seen(own.getByText(t.people.secondStep.codesTitle).first());
    const codes = () => own.getByLabel(t.people.secondStep.codesTitle).inputValue();
    const first = await codes();
    await accessible(own, 'recovery codes');
    await own.getByRole('button', { name: t.people.secondStep.kept }).click();
    await own.getByRole('button', { name: t.people.secondStep.newCodes }).click();
    await own.locator('#secondPassword').fill(password);
    await own.locator('#code').fill(codeIn(0));
    await own.getByRole('button', { name: t.people.secondStep.newCodes }).click();
    await seen(own.getByText(t.people.secondStep.codesTitle).first());
    const second = await codes();
    expect(second.split(' ')).toHaveLength(10);
    expect(second.split(' ').some((code) => first.includes(code))).toBe(false);
    await own.getByRole('button', { name: t.people.secondStep.kept }).click();
    // the other browser was signed out when the second step came on; with a code it is in again, and is ended from here
    await other.goto(weft.url);
    await signIn(other, person, password);
    await other.locator('#code').fill(second.split(' ')[0] ?? '');
    await other.locator('form button[type=submit]').click();
    await other.waitForURL(/\/a\/1$/);
    await own.reload();
    await own.getByRole('button', { name: t.people.sessions.end }).first().click();
    await toast(own, t.people.sessions.ended);
    await accessible(own, 'the own account');
    await other.goto(weft.url);
    await seen(other.locator('#email'));
    await elsewhere.close();
  });

  test('whoever belongs to several customers goes from one to the other', async () => {
    await page.goto(`${weft.url}/a/1`);
    const rail = page.getByRole('navigation', { name: t.shell.mainMenu });
    await rail.getByRole('button', { name: /Exempelbutiken AB/ }).click();
    await page.getByRole('menuitem', { name: /Garnboden i Borås AB/ }).click();
    await page.waitForURL(/\/a\/2$/);
    await seen(rail.getByText('Garnboden i Borås AB'));
    // a page of the other customer's is not there
    await page.goto(`${weft.url}/a/1/flows`);
    await seen(rail.getByText('Exempelbutiken AB'));
  });

  test('a flow’s own webhook has its address and a secret, shown once, rotated with two valid at a time', async () => {
    const admin = await weft.admin();
    const drawn = webhookFlow(`Kassa ${name}`);
    const nodes = drawn.nodes.map((node, at) => ({ ...node, at: { x: at * 320, y: 0 } }));
    const { id, revision } = (await admin.ask('POST', '/api/tenants/1/flows', { document: { ...drawn, nodes } })).body;
    await admin.ask('POST', `/api/tenants/1/flows/${id}/publish`, { revision });
    await page.goto(`${weft.url}/a/1/flows/${id}`);
    await page.locator('.react-flow__node-step[data-id="call"]').click();
    await page.keyboard.press('Enter');
    await seen(page.getByText(t.webhooks.none));
    await page.getByRole('button', { name: t.webhooks.make }).click();
    await dialog(page).getByRole('button', { name: t.webhooks.makeIt }).click();
    await seen(page.getByText(t.webhooks.madeTitle));
    const first = await page.getByLabel(t.webhooks.secret, { exact: true }).inputValue();
    expect(first).toMatch(/^[\w-]{43}$/);
    await page.getByRole('button', { name: t.tokens.done }).click();
    await page.getByRole('button', { name: t.webhooks.rotate }).click();
    await dialog(page).getByLabel(t.webhooks.keep).selectOption('1');
    await accessible(page, 'the rotation of a secret');
    await dialog(page).getByRole('button', { name: t.webhooks.rotateIt }).click();
    await seen(page.getByText(t.webhooks.under));
    await page.getByRole('button', { name: t.webhooks.end }).click();
    await dialog(page).getByRole('button', { name: t.webhooks.endDo }).click();
    await toast(page, t.webhooks.ended);
    await page.getByText(t.webhooks.under).waitFor({ state: 'detached' });
  });

  test('an administrator lets a customer take unsigned webhooks, with a reason, and takes it back', async () => {
    await goTo(t.shell.tenants);
    await heading(page, t.tenants.title);
    await page.getByRole('button', { name: t.tenants.invite.do }).click();
    await dialog(page).getByLabel(t.people.account.name, { exact: true }).fill('Kim Karlsson');
    await dialog(page).getByLabel(t.tenants.email, { exact: true }).fill(`kim-${name}@weft.example`);
    await accessible(page, 'an invitation of staff');
    await dialog(page).getByRole('button', { name: t.people.members.inviteIt }).click();
    await toast(page, said(t.people.members.inviteSent, { email: `kim-${name}@weft.example` }));
    expect(await linkTo(`kim-${name}@weft.example`)).toContain('/reset#');
    const row = page.locator('li.item').filter({ hasText: 'Exempelbutiken AB' });
    await row.getByRole('button', { name: t.tenants.unsigned.allowAsk }).click();
    await dialog(page).getByRole('button', { name: t.tenants.unsigned.allow, exact: true }).click();
    await seen(dialog(page).getByText(t.tenants.noteMissing));
    await dialog(page).getByLabel(t.tenants.note).fill('kassan kan inte signera');
    await dialog(page).getByRole('button', { name: t.tenants.unsigned.allow, exact: true }).click();
    await seen(row.getByText(t.tenants.unsigned.chip, { exact: true }));
    await accessible(page, 'customers');
    await row.getByRole('button', { name: t.tenants.unsigned.forbid }).click();
    await dialog(page).getByLabel(t.tenants.note).fill('den kan nu');
    await dialog(page).getByRole('button', { name: t.tenants.unsigned.forbid }).click();
    await row.getByText(t.tenants.unsigned.chip, { exact: true }).waitFor({ state: 'detached' });
  });

  test('no page complained of anything, content security policy included', () => {
    expect([...visitor.complaints, ...(invited?.complaints ?? [])]).toEqual([]);
  });
});
