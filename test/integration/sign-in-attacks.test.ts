import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createLimits, networkOf } from '#server/auth/limits.ts';
import { allRoutes } from '../support/all-routes.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { linkOf, mailTo } from '../support/links.ts';
import { PASSWORD, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let nobody: Client;
beforeAll(async () => {
  web = await startWeb();
  nobody = clientOf(web.url, '', '');
});
afterAll(() => web.stop());
beforeEach(() => web.owner.query('delete from sign_in_attempt'));

const signIn = (email: string, password: string, by = nobody) => by.ask('POST', '/api/session', { email, password });

/** A call whose Host header is the caller's own to choose, which fetch does not allow. */
function callAs(host: string, path: string, body: object): Promise<number> {
  const { hostname, port } = new URL(web.url);
  const headers = { host, 'content-type': 'application/json' };
  return new Promise((resolve, reject) => {
    const call = request({ hostname, port, path, method: 'POST', headers }, (answer) => {
      answer.resume().on('end', () => resolve(answer.statusCode ?? 0));
    });
    call.on('error', reject).end(JSON.stringify(body));
  });
}

test('a session id that somebody planted in the browser is not the one that is signed in', async () => {
  const person = await web.person('support');
  const planted = await web.person('customer');
  const answer = await signIn(person.email, PASSWORD, planted);
  expect(answer.status).toBe(200);
  expect(cookieOf(answer)).not.toBe(planted.cookie);
  expect((await planted.ask('GET', '/api/session')).status).toBe(401);
  const made = await signIn(person.email, PASSWORD, clientOf(web.url, '', 'weft=s%3Achosen.by-somebody'));
  expect(cookieOf(made)).not.toContain('chosen');
});

test('a cookie that was stolen is worth nothing once its owner has signed out', async () => {
  const person = await web.person('support');
  const stolen = clientOf(web.url, person.email, person.cookie);
  expect((await stolen.ask('GET', '/api/session')).status).toBe(200);
  await person.ask('DELETE', '/api/session');
  for (const path of ['/api/session', '/api/catalog', '/api/account'])
    expect([path, (await stolen.ask('GET', path)).status]).toEqual([path, 401]);
});

test('no page of another site can call anything that changes something, whether it names itself or hides', async () => {
  const person = await web.person('admin');
  const unsafe = allRoutes(web.app).filter((route) => /^(POST|PUT|DELETE) \/api/.test(route));
  expect(unsafe.length).toBeGreaterThan(30);
  const disguises = [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site', origin: web.url },
  ];
  for (const route of unsafe) {
    const [method = '', path = ''] = route.split(' ');
    for (const disguise of disguises) {
      const answer = await person.ask(method, path.replace(/:\w+/g, '1'), {}, disguise);
      expect([route, disguise, answer.body.error?.code]).toEqual([route, disguise, 'FOREIGN_ORIGIN']);
    }
  }
});

test('many guessers at one account are stopped, and its owner still comes in from where the owner has been', async () => {
  const limits = createLimits(web.pools.app);
  const owner = limits.signIn('anna@example.com', '198.51.100.7');
  expect(await owner.take()).toBe(0);
  await owner.clear();
  const waits: number[] = [];
  for (let guesser = 0; guesser < 60; guesser++)
    waits.push(await limits.signIn('anna@example.com', `203.0.113.${guesser}`).take());
  expect(waits.slice(0, 50).every((wait) => wait === 0)).toBe(true);
  expect(waits.slice(50).every((wait) => wait > 0)).toBe(true);
  expect(await limits.signIn('anna@example.com', '198.51.100.7').take()).toBe(0);
});

test('one guesser at many accounts is stopped, and not by another address of the same network', async () => {
  const limits = createLimits(web.pools.app);
  const waits: number[] = [];
  for (let account = 0; account < 110; account++)
    waits.push(await limits.signIn(`person-${account}@example.com`, `2001:db8:1:2::${account + 1}`).take());
  expect(waits.slice(0, 100).every((wait) => wait === 0)).toBe(true);
  expect(waits.slice(100).every((wait) => wait > 0)).toBe(true);
  expect(await limits.signIn('person-1@example.com', '2001:db8:1:3::1').take()).toBe(0);
  expect(networkOf('::ffff:192.0.2.1')).toBe('192.0.2.1');
});

test('a hundred guesses at the same moment are five guesses', async () => {
  const person = await web.person('support');
  const answers = await Promise.all(Array.from({ length: 100 }, () => signIn(person.email, 'a guess')));
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(95);
});

test('a link in a mail leads to the address that is set, whatever host the call was made to', async () => {
  const person = await web.person('support');
  web.post.mails.length = 0;
  const wish = { email: person.email, language: 'en' };
  expect(await callAs('evil.example', '/api/password/forgotten', wish)).toBe(202);
  const mail = await mailTo(web, person.email);
  expect(linkOf(mail).origin).toBe(web.url);
  expect(`${mail.text}${mail.html}`).not.toContain('evil.example');
});

test('a link for one thing, or for one account, is good for no other', async () => {
  const tenant = await web.tenant('Northwind');
  const [boss, person] = [await web.person('customer-admin', [tenant]), await web.person('customer')];
  web.post.mails.length = 0;
  await boss.ask('POST', `/api/tenants/${tenant}/members/invitations`, {
    email: 'new@example.com',
    role: 'customer',
    language: 'en',
  });
  const invitation = linkOf(await mailTo(web, 'new@example.com')).hash.slice(1);
  await nobody.ask('POST', '/api/password/forgotten', { email: person.email, language: 'en' });
  const reset = linkOf(await mailTo(web, person.email)).hash.slice(1);
  const account = { name: 'Mallory', password: 'a password of mine', language: 'en' };
  const password = 'a password of mine';
  expect((await nobody.ask('POST', '/api/password', { token: invitation, password })).status).toBe(404);
  expect((await nobody.ask('POST', '/api/invitations/accept', { token: reset, account })).status).toBe(404);
  // an address of the caller's own choosing is not taken
  const other = { token: reset, password, email: boss.email };
  expect((await nobody.ask('POST', '/api/password', other)).status).toBe(400);
  expect((await signIn(boss.email, PASSWORD)).status).toBe(200);
});
