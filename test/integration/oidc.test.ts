import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { readConfig } from '#server/config.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let issuer: OidcIssuer;
let web: TestWeb;
beforeAll(async () => {
  issuer = await startOidcIssuer();
  const { url, clientId, clientSecret } = issuer;
  web = await startWeb({ oidc: { issuer: url, clientId, clientSecret, button: 'Northwind' } });
});
afterAll(async () => {
  await web.stop();
  issuer.close();
});
beforeEach(() => {
  issuer.bend = (claims) => claims;
});

/** A browser that has been sent to the provider and holds the way back. */
async function sent(to = '/'): Promise<{ readonly browser: Client; readonly back: string }> {
  const start = await clientOf(web.url, '', '').ask('GET', `/api/oidc/start?to=${encodeURIComponent(to)}`);
  expect(start.status).toBe(302);
  const back = await issuer.visit(start.headers.get('location') ?? '');
  expect(back.origin).toBe(web.url);
  return { browser: clientOf(web.url, '', cookieOf(start)), back: `${back.pathname}${back.search}` };
}

async function signIn(person: Record<string, unknown>, to?: string) {
  issuer.person = person;
  const { browser, back } = await sent(to);
  const answer = await browser.ask('GET', back);
  const client = clientOf(web.url, '', cookieOf(answer));
  return { location: answer.headers.get('location'), client, browser, back };
}
const whoIs = async (client: Client) => (await client.ask('GET', '/api/session')).body.user?.email;

test('whom the provider vouches for signs in to the account with that address, under a new session', async () => {
  const person = await web.person('support');
  const { location, client, browser } = await signIn(
    { email: person.email.toUpperCase(), email_verified: true },
    '/a/1/runs',
  );
  expect(location).toBe('/a/1/runs');
  expect(await whoIs(client)).toBe(person.email);
  expect(await whoIs(browser)).toBeUndefined();
  expect((await client.ask('GET', '/api/sign-in')).body.oidc).toEqual({ button: 'Northwind' });
});

test('an open invitation makes the account, once, with the role and the customer it is for', async () => {
  const tenant = await web.tenant('Northwind');
  const boss = await web.person('customer-admin', [tenant]);
  const email = 'invited@example.com';
  await boss.ask('POST', `/api/tenants/${tenant}/members/invitations`, { email, role: 'customer', language: 'sv' });
  const { client } = await signIn({ email, email_verified: true, name: 'Åsa Öberg' });
  const { user, tenants } = (await client.ask('GET', '/api/session')).body;
  expect(user).toMatchObject({ email, name: 'Åsa Öberg', language: 'sv', role: 'customer' });
  expect(tenants.map(({ id }: { id: number }) => id)).toEqual([tenant]);
  const { rows } = await web.owner.query('select from invitation where email = $1', [email]);
  expect(rows).toEqual([]);
});

test.each([
  ['an address nobody has', { email: 'stranger@example.com', email_verified: true }],
  ['an address that is not verified', { email: 'OWN', email_verified: false }],
  ['an address of which it is not said', { email: 'OWN' }],
  ['no address', { email_verified: true }],
] as [string, { email?: string; email_verified?: boolean }][])('%s leads nowhere', async (_name, claims) => {
  const person = await web.person('support');
  const email = claims.email === 'OWN' ? person.email : claims.email;
  const { location, client } = await signIn({ ...claims, ...(email === undefined ? {} : { email }) });
  expect(location).toBe('/login?failed=unknown');
  expect(await whoIs(client)).toBeUndefined();
});

test.each([
  ['of another nonce', { nonce: 'another' }],
  ['for another client', { aud: 'somebody else' }],
  ['of another issuer', { iss: 'https://evil.example' }],
  ['that is over', { exp: 1 }],
])('a token %s is refused', async (_name, bent) => {
  const person = await web.person('support');
  issuer.bend = (claims) => ({ ...claims, ...bent });
  const { location, client } = await signIn({ email: person.email, email_verified: true });
  expect(location).toBe('/login?failed=elsewhere');
  expect(await whoIs(client)).toBeUndefined();
});

test('the way back works once, and in the browser that was sent alone', async () => {
  const person = await web.person('support');
  issuer.person = { email: person.email, email_verified: true };
  const mine = await sent();
  const other = await sent();
  // somebody lets another browser finish the own sign-in, or the other way round
  expect((await other.browser.ask('GET', mine.back)).headers.get('location')).toMatch(/failed=elsewhere/);
  expect((await clientOf(web.url, '', '').ask('GET', mine.back)).headers.get('location')).toMatch(/failed=unknown/);
  const right = await mine.browser.ask('GET', mine.back);
  expect(right.headers.get('location')).toBe('/');
  expect((await mine.browser.ask('GET', mine.back)).headers.get('location')).toMatch(/failed=/);
});

test.each(['//evil.example', '/\\evil.example', 'https://evil.example', 'evil.example'])(
  'after the sign-in nobody is sent to %s',
  async (to) => {
    const person = await web.person('support');
    expect((await signIn({ email: person.email, email_verified: true }, to)).location).toBe('/');
  },
);

test('two-step sign-in asks for its code here, too', async () => {
  const person = await web.person('support');
  const { secret } = (await person.ask('POST', '/api/account/second-step')).body;
  const codeIn = (periods: number) =>
    new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + periods * 30_000 });
  await person.ask('PUT', '/api/account/second-step', { code: codeIn(0) });
  const { location, client } = await signIn({ email: person.email, email_verified: true });
  expect(location).toBe('/login?step=code&to=%2F');
  expect(await whoIs(client)).toBeUndefined();
  expect((await client.ask('POST', '/api/session/second-step', { code: codeIn(1) })).status).toBe(200);
});

test('half a setting, or a provider elsewhere without TLS, is refused at start', () => {
  const whole = { OIDC_CLIENT_ID: 'weft', OIDC_CLIENT_SECRET: 'secret' };
  expect(() => readConfig({ OIDC_ISSUER: 'https://id.example' })).toThrow('OIDC_CLIENT_ID');
  expect(() => readConfig({ OIDC_ISSUER: 'http://id.example', ...whole })).toThrow('https');
  expect(readConfig({ OIDC_ISSUER: 'http://127.0.0.1:1', ...whole }).OIDC_ISSUER).toBe('http://127.0.0.1:1');
});
