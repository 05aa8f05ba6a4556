import { Secret, TOTP } from 'otpauth';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { AccountAnswer, RecoveryCodes, SecondStepBegun } from '#runtime/people.ts';
import { createAccounts } from '#server/auth/accounts.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { until } from '../support/until.ts';
import { PASSWORD, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let nobody: Client;
beforeAll(async () => {
  web = await startWeb();
  nobody = clientOf(web.url, '', '');
});
afterAll(() => web.stop());
beforeEach(() => web.owner.query('delete from sign_in_attempt'));

const PERIOD_MS = 30_000;
/** The code an authenticator shows, some periods from now. */
const codeOf = (secret: string, ahead = 0): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + ahead * PERIOD_MS });
/** As if the last code had been taken long ago. */
const forgetCodes = () => web.owner.query('update second_step set last_step = 0');

interface Enrolled {
  readonly client: Client;
  readonly secret: string;
  readonly recovery: readonly string[];
}

async function enrol(client: Client): Promise<Enrolled> {
  const { secret } = SecondStepBegun.parse((await client.ask('POST', '/api/account/second-step')).body);
  const confirmed = await client.ask('PUT', '/api/account/second-step', { code: codeOf(secret) });
  expect(confirmed.status).toBe(200);
  const { codes } = RecoveryCodes.parse(confirmed.body);
  await forgetCodes();
  return { client: clientOf(web.url, client.email, cookieOf(confirmed)), secret, recovery: codes };
}

const signIn = async (email: string, password = PASSWORD) => {
  const answer = await nobody.ask('POST', '/api/session', { email, password });
  return { ...answer, client: clientOf(web.url, email, cookieOf(answer)) };
};
const giveCode = (by: Client, code: string) => by.ask('POST', '/api/session/second-step', { code });
const refusal = (answer: { status: number; body: { error?: { code: string } } }) => [
  answer.status,
  answer.body.error?.code,
];
const isIn = async (client: Client) => (await client.ask('GET', '/api/session')).status === 200;

test('an authenticator is set up by picture or text, and from then on the password alone opens nothing', async () => {
  const { client, secret } = await enrol(await web.person('support'));
  expect(await isIn(client)).toBe(true);
  const half = await signIn(client.email);
  expect([half.status, half.body]).toEqual([200, { secondStep: true }]);
  expect(await isIn(half.client)).toBe(false);
  expect((await half.client.ask('GET', '/api/catalog')).status).toBe(401);
  expect(refusal(await giveCode(half.client, '000000'))).toEqual([422, 'CODE_WRONG']);
  const whole = await giveCode(half.client, codeOf(secret));
  expect(whole.status).toBe(200);
  const inside = clientOf(web.url, client.email, cookieOf(whole));
  expect(await isIn(inside)).toBe(true);
  expect(inside.cookie).not.toBe(half.client.cookie);
});

test('the picture is an SVG that the page may show, and holds no script', async () => {
  const person = await web.person('support');
  const begun = SecondStepBegun.parse((await person.ask('POST', '/api/account/second-step')).body);
  expect(begun.address).toContain(`secret=${begun.secret}`);
  expect(begun.picture).toMatch(/^data:image\/svg\+xml;base64,/);
  const svg = Buffer.from(begun.picture.split(',')[1] ?? '', 'base64').toString();
  expect(svg).toMatch(/^<svg[^>]+>.*<\/svg>$/s);
  expect(svg).not.toMatch(/script|onload/);
  // nothing counts before the first code
  expect(AccountAnswer.parse((await person.ask('GET', '/api/account')).body).secondStep.on).toBe(false);
  expect((await signIn(person.email)).body.user.email).toBe(person.email);
});

test('no code is taken twice, not even by two who send it at the same time', async () => {
  const { client, secret } = await enrol(await web.person('support'));
  const halves = await Promise.all([signIn(client.email), signIn(client.email), signIn(client.email)]);
  const code = codeOf(secret);
  const answers = await Promise.all(halves.map((half) => giveCode(half.client, code)));
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 422, 422]);
});

test('a code is good for a period before and after, and no longer', async () => {
  const { client, secret } = await enrol(await web.person('support'));
  for (const [ahead, status] of [
    [-1, 200],
    [1, 200],
    [3, 422],
    [-3, 422],
  ] as const) {
    await forgetCodes();
    const half = await signIn(client.email);
    expect([ahead, (await giveCode(half.client, codeOf(secret, ahead))).status]).toEqual([ahead, status]);
  }
});

test('of ten recovery codes each opens the account once, however it is typed', async () => {
  const { client, recovery } = await enrol(await web.person('support'));
  expect(new Set(recovery).size).toBe(10);
  const [first = ''] = recovery;
  const typed = first.toUpperCase().replace('-', ' ');
  expect((await giveCode((await signIn(client.email)).client, typed)).status).toBe(200);
  expect((await giveCode((await signIn(client.email)).client, first)).status).toBe(422);
  const { secondStep } = AccountAnswer.parse((await client.ask('GET', '/api/account')).body);
  expect(secondStep).toMatchObject({ on: true, recoveryCodes: 9 });
  const { rows } = await web.owner.query<{ text: string }>('select row_to_json(c)::text as text from recovery_code c');
  for (const code of recovery) for (const { text } of rows) expect(text).not.toContain(code.replace('-', ''));
});

test('the secret is stored sealed', async () => {
  const { secret } = await enrol(await web.person('support'));
  const { rows } = await web.owner.query<{ sealed: Buffer }>('select sealed from second_step');
  const bytes = Buffer.from(Secret.fromBase32(secret).bytes);
  for (const { sealed } of rows) expect(sealed.includes(bytes)).toBe(false);
});

test('codes cannot be guessed: five wrong ones shut the account’s second step, from whatever address and session', async () => {
  const { client, secret } = await enrol(await web.person('support'));
  const statuses: number[] = [];
  for (let count = 0; count < 7; count++) {
    const half = await signIn(client.email);
    statuses.push((await giveCode(half.client, String(100_000 + count))).status);
  }
  expect(statuses).toEqual([422, 422, 422, 422, 422, 429, 429]);
  expect((await giveCode((await signIn(client.email)).client, codeOf(secret))).status).toBe(429);
});

test('a half sign-in lasts ten minutes, and ends with the password', async () => {
  const { client, secret } = await enrol(await web.person('support'));
  const half = await signIn(client.email);
  const changed = 'another long password';
  await createAccounts(web.pools).setPassword(client.email, changed);
  expect(refusal(await giveCode(half.client, codeOf(secret)))).toEqual([401, 'SIGN_IN_NEEDED']);
  const late = await signIn(client.email, changed);
  await web.owner.query(
    `update user_session set sess = jsonb_set(sess::jsonb, '{half,since}', to_jsonb((extract(epoch from now()) * 1000 - 601000)::float8))::json where sess -> 'half' is not null`,
  );
  expect(refusal(await giveCode(late.client, codeOf(secret)))).toEqual([401, 'SIGN_IN_NEEDED']);
  expect(refusal(await giveCode(nobody, codeOf(secret)))).toEqual([401, 'SIGN_IN_NEEDED']);
});

test('it is turned off with password and code, by whoever runs the server, or by an administrator', async () => {
  const tenant = await web.tenant('Northwind');
  const first = await enrol(await web.person('support', [tenant]));
  const off = (password: string, code: string) =>
    first.client.ask('DELETE', '/api/account/second-step', { password, code });
  expect(refusal(await off('not the password', codeOf(first.secret)))).toEqual([422, 'PASSWORD_WRONG']);
  expect(refusal(await off(PASSWORD, '000000'))).toEqual([422, 'CODE_WRONG']);
  expect((await off(PASSWORD, codeOf(first.secret))).status).toBe(204);
  expect((await signIn(first.client.email)).body.user.email).toBe(first.client.email);

  const second = await enrol(await web.person('support', [tenant]));
  expect(await createAccounts(web.pools).secondStepOff(second.client.email)).toBe(true);
  expect((await signIn(second.client.email)).body.user.email).toBe(second.client.email);

  const third = await enrol(await web.person('support', [tenant]));
  const { id } = (await third.client.ask('GET', '/api/session')).body.user;
  const [admin, boss] = [await web.person('admin', [tenant]), await web.person('customer-admin', [tenant])];
  const path = `/api/tenants/${tenant}/members/${id}/second-step`;
  expect((await boss.ask('DELETE', path)).status).toBe(403);
  expect((await admin.ask('DELETE', path)).status).toBe(204);
  expect(refusal(await admin.ask('DELETE', path))).toEqual([404, 'SECOND_STEP_OFF']);
});

test('an authenticator that is on cannot be replaced by a borrowed session', async () => {
  const { client } = await enrol(await web.person('support'));
  expect(refusal(await client.ask('POST', '/api/account/second-step'))).toEqual([409, 'SECOND_STEP_ON']);
});

test('turning it on ends the other sessions', async () => {
  const person = await web.person('support');
  const elsewhere = (await signIn(person.email)).client;
  const { client } = await enrol(person);
  expect([await isIn(client), await isIn(person), await isIn(elsewhere)]).toEqual([true, false, false]);
});

test('where others reach Weft, a KAM and an administrator get no further than to setting it up', async () => {
  const strict = await startWeb({ secondStep: true });
  try {
    const tenant = await strict.tenant('Northwind');
    for (const role of ['kam', 'admin'] as const) {
      const person = await strict.person(role, [tenant]);
      expect((await person.ask('GET', '/api/session')).body.user.mustSetUpSecondStep).toBe(true);
      for (const path of ['/api/catalog', `/api/tenants/${tenant}/flows`, '/api/audit', '/api/practice'])
        expect([path, ...refusal(await person.ask('GET', path))]).toEqual([path, 403, 'SECOND_STEP_NEEDED']);
      const line = io(strict.url, {
        extraHeaders: { cookie: person.cookie },
        transports: ['websocket'],
        reconnection: false,
      });
      await until(() => line.connected);
      expect(await line.emitWithAck('watch', { what: 'runs', tenant })).toMatchObject({
        error: { code: 'TENANT_MISSING' },
      });
      line.close();
      const { secret } = (await person.ask('POST', '/api/account/second-step')).body;
      const confirmed = await person.ask('PUT', '/api/account/second-step', { code: codeOf(secret) });
      const inside = clientOf(strict.url, person.email, cookieOf(confirmed));
      expect((await inside.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(200);
    }
    const customer = await strict.person('customer', [tenant]);
    expect((await customer.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(200);
  } finally {
    await strict.stop();
  }
});

test('a person sees the own sessions, ends one or all, and their live lines are cut', async () => {
  const person = await web.person('support');
  const elsewhere = await nobody.ask(
    'POST',
    '/api/session',
    { email: person.email, password: PASSWORD },
    { 'user-agent': 'A borrowed browser' },
  );
  const other = clientOf(web.url, person.email, cookieOf(elsewhere));
  const line = io(web.url, { extraHeaders: { cookie: other.cookie }, transports: ['websocket'], reconnection: false });
  await until(() => line.connected);
  const list = async (by: Client) => AccountAnswer.parse((await by.ask('GET', '/api/account')).body).sessions;
  const sessions = await list(person);
  expect(sessions).toMatchObject([{ current: true }, { current: false, agent: 'A borrowed browser' }]);
  // the id that is told is no key
  expect(sessions.every(({ id }) => !person.cookie.includes(id) && !other.cookie.includes(id))).toBe(true);
  const stranger = await web.person('support');
  const id = sessions[1]?.id;
  expect(refusal(await stranger.ask('DELETE', `/api/account/sessions/${id}`))).toEqual([404, 'SESSION_MISSING']);
  expect((await person.ask('DELETE', `/api/account/sessions/${id}`)).status).toBe(204);
  await until(() => line.disconnected, 5000);
  expect([await isIn(other), await isIn(person)]).toEqual([false, true]);
  const again = (await signIn(person.email)).client;
  expect((await person.ask('DELETE', '/api/account/sessions')).status).toBe(204);
  expect([await isIn(again), await isIn(person)]).toEqual([false, false]);
});

test('recovery codes are made anew by who proves to be the owner, the old open nothing, and two-step sign-in stays on', async () => {
  const { client, secret, recovery } = await enrol(await web.person('support'));
  const ask = (password: string, code: string) => client.ask('POST', '/api/account/recovery-codes', { password, code });
  expect(refusal(await ask('not the password', codeOf(secret)))).toEqual([422, 'PASSWORD_WRONG']);
  expect(refusal(await ask(PASSWORD, '000000'))).toEqual([422, 'CODE_WRONG']);
  const answer = await ask(PASSWORD, codeOf(secret));
  expect(answer.status).toBe(200);
  const { codes } = RecoveryCodes.parse(answer.body);
  expect(codes).toHaveLength(10);
  expect(codes.filter((code) => recovery.includes(code))).toEqual([]);
  const half = await signIn(client.email);
  expect(refusal(await giveCode(half.client, recovery[0] ?? ''))).toEqual([422, 'CODE_WRONG']);
  expect((await giveCode(half.client, codes[0] ?? '')).status).toBe(200);
  const { secondStep } = AccountAnswer.parse((await client.ask('GET', '/api/account')).body);
  expect(secondStep).toMatchObject({ on: true, recoveryCodes: 9 });
  const without = await web.person('support');
  expect(
    refusal(await without.ask('POST', '/api/account/recovery-codes', { password: PASSWORD, code: '123456' })),
  ).toEqual([422, 'CODE_WRONG']);
});
