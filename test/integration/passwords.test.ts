import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createAccounts } from '#server/auth/accounts.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { linkOf, mailTo, tokenOf } from '../support/links.ts';
import { until } from '../support/until.ts';
import { PASSWORD, startWeb, type TestWeb } from '../support/web.ts';

const NEW = 'quite another password';

let web: TestWeb;
let nobody: Client;
beforeAll(async () => {
  web = await startWeb();
  nobody = clientOf(web.url, '', '');
});
afterAll(() => web.stop());
beforeEach(() => web.owner.query('delete from sign_in_attempt'));

const forget = (email: string, headers = {}) =>
  nobody.ask('POST', '/api/password/forgotten', { email, language: 'sv' }, headers);
const reset = (token: string, password = NEW) => nobody.ask('POST', '/api/password', { token, password });
const signIn = async (email: string, password: string) => {
  const answer = await nobody.ask('POST', '/api/session', { email, password });
  return { ...answer, client: clientOf(web.url, email, cookieOf(answer)) };
};
const isIn = async (client: Client) => (await client.ask('GET', '/api/session')).status === 200;

async function tokenFor(email: string): Promise<string> {
  web.post.mails.length = 0;
  expect((await forget(email)).status).toBe(202);
  return tokenOf(await mailTo(web, email));
}

test('a mailed link gives a new password once, and ends every session the account had', async () => {
  const person = await web.person('support');
  const elsewhere = (await signIn(person.email, PASSWORD)).client;
  const token = await tokenFor(person.email);
  expect((await nobody.ask('POST', '/api/password/link', { token })).body).toEqual({ email: person.email });
  expect((await reset(token)).status).toBe(204);
  expect([await isIn(person), await isIn(elsewhere)]).toEqual([false, false]);
  expect((await signIn(person.email, PASSWORD)).status).toBe(401);
  expect((await signIn(person.email, NEW)).status).toBe(200);
  const again = await reset(token, 'a third password');
  expect([again.status, again.body.error.code]).toEqual([404, 'LINK_OVER']);
  expect((await mailTo(web, person.email, /changed/)).text).toContain(`${web.url}/forgotten`);
});

test('of two calls with the same link at the same time one wins', async () => {
  const person = await web.person('support');
  const token = await tokenFor(person.email);
  const answers = await Promise.all([reset(token), reset(token), reset(token, 'the other password')]);
  expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404]);
});

test('a link is over after an hour, when another has been used, and when it was never made', async () => {
  const person = await web.person('support');
  const [first, second] = [await tokenFor(person.email), await tokenFor(person.email)];
  expect((await reset(second)).status).toBe(204);
  expect((await reset(first)).status).toBe(404);
  const late = await tokenFor(person.email);
  await web.owner.query(`update password_reset set expires_at = expires_at - interval '61 minutes'`);
  expect((await nobody.ask('POST', '/api/password/link', { token: late })).status).toBe(404);
  expect((await reset(late)).status).toBe(404);
  expect((await reset('A'.repeat(43))).status).toBe(404);
  expect((await reset('short')).status).toBe(400);
});

test('the table holds no link that works, only its hash', async () => {
  const person = await web.person('support');
  const token = await tokenFor(person.email);
  const { rows } = await web.owner.query<{ row: string }>('select row_to_json(r)::text as row from password_reset r');
  expect(rows.length).toBeGreaterThan(0);
  const bytes = Buffer.from(token, 'base64url').toString('hex');
  for (const { row } of rows)
    for (const form of [token, bytes, Buffer.from(token).toString('hex')]) expect(row).not.toContain(form);
});

test('an unknown address is answered alike and mails nobody', async () => {
  const person = await web.person('support');
  web.post.mails.length = 0;
  const unknown = await forget('nobody@example.com');
  const known = await forget(person.email);
  expect([unknown.status, unknown.body]).toEqual([known.status, known.body]);
  await mailTo(web, person.email);
  expect(web.post.mails.map(({ to }) => to)).toEqual([person.email]);
});

test('the link leads to the address that is set, whatever host a call names', async () => {
  const person = await web.person('support');
  web.post.mails.length = 0;
  await forget(person.email, { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' });
  const link = linkOf(await mailTo(web, person.email));
  expect([link.origin, link.pathname]).toEqual([web.url, '/reset']);
});

test('nobody can bury a person in mails', async () => {
  const person = await web.person('support');
  const statuses: number[] = [];
  for (let count = 0; count < 5; count++) statuses.push((await forget(person.email)).status);
  expect(statuses).toEqual([202, 202, 202, 429, 429]);
});

test('a mail is in the person’s own language, else in that of the page', async () => {
  const person = await web.person('support');
  web.post.mails.length = 0;
  await forget(person.email);
  expect((await mailTo(web, person.email)).subject).toBe('Nytt lösenord till Weft');
  expect((await person.ask('PUT', '/api/account', { language: 'en' })).status).toBe(204);
  web.post.mails.length = 0;
  await forget(person.email);
  expect((await mailTo(web, person.email)).subject).toBe('A new password for Weft');
});

test('a mail server that is down for a moment does not lose the mail', async () => {
  const person = await web.person('support');
  web.post.mails.length = 0;
  web.post.refuse = true;
  await forget(person.email);
  await until(() => web.post.refused > 0);
  web.post.refuse = false;
  expect((await mailTo(web, person.email)).to).toBe(person.email);
});

test('who knows the old password changes it, stays signed in here and nowhere else', async () => {
  const person = await web.person('support');
  const elsewhere = (await signIn(person.email, PASSWORD)).client;
  const change = (by: Client, current: string) => by.ask('PUT', '/api/account/password', { current, password: NEW });
  const wrong = await change(person, 'not the password');
  expect([wrong.status, wrong.body.error]).toMatchObject([422, { code: 'PASSWORD_WRONG', field: 'current' }]);
  const right = await change(person, PASSWORD);
  expect(right.status).toBe(204);
  const here = clientOf(web.url, person.email, cookieOf(right));
  expect([await isIn(here), await isIn(person), await isIn(elsewhere)]).toEqual([true, false, false]);
  expect((await signIn(person.email, NEW)).status).toBe(200);
});

test('a borrowed session cannot guess the password', async () => {
  const person = await web.person('support');
  const guess = () => person.ask('PUT', '/api/account/password', { current: 'a guess', password: NEW });
  const statuses: number[] = [];
  for (let count = 0; count < 7; count++) statuses.push((await guess()).status);
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
});

test('a session begun with the old password at the very moment it changes is over, too', async () => {
  const person = await web.person('support');
  await createAccounts(web.pools).setPassword(person.email, NEW);
  const { rows } = await web.owner.query<{ id: string; epoch: number }>(
    'select id, epoch from app_user where email = $1',
    [person.email],
  );
  // a process that had checked the old password before begins its session with the count of then
  const [{ id, epoch } = { id: '', epoch: 0 }] = rows;
  expect(await web.users.signedIn({ user: id, epoch: epoch - 1 })).toBeNull();
  expect(await web.users.signedIn({ user: id, epoch })).not.toBeNull();
});

test('a person changes the own name and language, and nothing else of the account', async () => {
  const person = await web.person('support');
  expect((await person.ask('PUT', '/api/account', { name: '  Åsa Öberg ', language: 'sv' })).status).toBe(204);
  const { user } = (await person.ask('GET', '/api/session')).body;
  expect([user.name, user.language, user.role]).toEqual(['Åsa Öberg', 'sv', 'support']);
  expect((await person.ask('PUT', '/api/account', { role: 'admin' })).status).toBe(400);
  expect((await nobody.ask('PUT', '/api/account', { name: 'x' })).status).toBe(401);
});

test('where mails cannot be sent, that is said, with what to do instead', async () => {
  const mute = await startWeb({ mail: false });
  try {
    const stranger = clientOf(mute.url, '', '');
    expect((await stranger.ask('GET', '/api/sign-in')).body).toMatchObject({ mail: false });
    const answer = await stranger.ask('POST', '/api/password/forgotten', { email: 'a@b.se', language: 'en' });
    expect([answer.status, answer.body.error.code]).toEqual([503, 'MAIL_OFF']);
    expect(answer.body.error.message).toContain('administrator');
  } finally {
    await mute.stop();
  }
});
