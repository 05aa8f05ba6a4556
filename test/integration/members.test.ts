import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { InvitationAnswer, MemberList, SentLink } from '#runtime/people.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { linkOf, mailTo, tokenOf } from '../support/links.ts';
import { until } from '../support/until.ts';
import { PASSWORD, startWeb, type TestWeb } from '../support/web.ts';

const NEW = { name: 'Åsa Öberg', password: 'a password of her own', language: 'sv' } as const;

let web: TestWeb;
let nobody: Client;
let tenant: number;
let boss: Client;
beforeAll(async () => {
  web = await startWeb();
  nobody = clientOf(web.url, '', '');
});
afterAll(() => web.stop());
beforeEach(async () => {
  await web.owner.query('delete from sign_in_attempt');
  tenant = await web.tenant('Garnboden i Borås AB');
  boss = await web.person('customer-admin', [tenant]);
  web.post.mails.length = 0;
});

const at = (path: string, of = tenant) => `/api/tenants/${of}/members${path}`;
const invite = (by: Client, email: string, role = 'customer', of = tenant) =>
  by.ask('POST', at('/invitations', of), { email, role, language: 'sv' });
const listOf = async (by: Client) => MemberList.parse((await by.ask('GET', at(''))).body);
const accept = (token: string, account: object | null = NEW, by = nobody) =>
  by.ask('POST', '/api/invitations/accept', { token, ...(account ? { account } : {}) });
const codeOf = (answer: { status: number; body: { error?: { code: string } } }) => [
  answer.status,
  answer.body.error?.code,
];
let made = 0;
const someone = () => `new-${++made}@example.com`;

async function invited(role = 'customer', by = boss, email = someone()): Promise<{ email: string; token: string }> {
  expect((await invite(by, email, role)).status).toBe(201);
  return { email, token: tokenOf(await mailTo(web, email)) };
}

async function member(role: string): Promise<{ client: Client; id: string }> {
  const client = await web.person(role as 'customer', [tenant]);
  const id = (await client.ask('GET', '/api/session')).body.user.id as string;
  return { client, id };
}

test('a mailed invitation makes an account with the invited role in that customer, and signs it in', async () => {
  const { email, token } = await invited();
  const mail = await mailTo(web, email);
  expect(mail.subject).toBe('Du är inbjuden till Garnboden i Borås AB i Weft');
  expect([linkOf(mail).origin, linkOf(mail).pathname]).toEqual([web.url, '/invite']);
  const look = await nobody.ask('POST', '/api/invitations/look', { token });
  expect(InvitationAnswer.parse(look.body)).toMatchObject({ email, role: 'customer', known: false, language: 'sv' });
  const accepted = await accept(token);
  expect([accepted.status, accepted.body]).toEqual([200, { tenant }]);
  const client = clientOf(web.url, email, cookieOf(accepted));
  const session = (await client.ask('GET', '/api/session')).body;
  expect(session.user).toMatchObject({ email, name: 'Åsa Öberg', language: 'sv' });
  expect(session.tenants.map(({ id }: { id: number }) => id)).toEqual([tenant]);
  const { members, invitations } = await listOf(boss);
  expect(members.find((each) => each.email === email)).toMatchObject({ role: 'customer', yours: true });
  expect(members.find((each) => each.email === email)?.lastSeenAt).toBeGreaterThan(Date.now() - 60_000);
  expect(invitations).toEqual([]);
  expect(codeOf(await accept(token))).toEqual([404, 'INVITATION_OVER']);
});

test('of two who use one invitation at the same time one gets in', async () => {
  const { token } = await invited();
  const answers = await Promise.all([accept(token), accept(token, { ...NEW, name: 'The other' })]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 404]);
});

test('an invitation is over after a week, once taken back, and once sent again with another link', async () => {
  const first = await invited();
  const { invitations } = await listOf(boss);
  const [open] = invitations;
  web.post.mails.length = 0;
  expect((await boss.ask('POST', at(`/invitations/${open?.id}/resend`))).status).toBe(200);
  const second = tokenOf(await mailTo(web, first.email));
  expect(codeOf(await accept(first.token))).toEqual([404, 'INVITATION_OVER']);
  await web.owner.query(`update invitation set expires_at = now() - interval '1 second' where email = $1`, [
    first.email,
  ]);
  expect(codeOf(await accept(second))).toEqual([404, 'INVITATION_OVER']);
  const taken = await invited();
  const id = (await listOf(boss)).invitations.find((each) => each.email === taken.email)?.id;
  expect((await boss.ask('DELETE', at(`/invitations/${id}`))).status).toBe(204);
  expect(codeOf(await accept(taken.token))).toEqual([404, 'INVITATION_OVER']);
});

test('nobody gives a role above the own, nor touches whoever has one', async () => {
  const [kam, support, customer, guest] = [
    await member('kam'),
    await member('support'),
    await member('customer'),
    await member('partner'),
  ];
  const given: Record<string, string[]> = {
    customer: [],
    'customer-admin': ['customer', 'customer-admin'],
    partner: [],
    support: ['customer', 'customer-admin', 'support'],
    kam: ['customer', 'customer-admin', 'support', 'kam'],
  };
  const people = {
    customer: customer.client,
    'customer-admin': boss,
    partner: guest.client,
    support: support.client,
    kam: kam.client,
  };
  for (const [role, client] of Object.entries(people)) {
    for (const wanted of ['customer', 'customer-admin', 'partner', 'support', 'kam', 'admin']) {
      const answer = await invite(client, someone(), wanted);
      const right = given[role]?.includes(wanted)
        ? 201
        : ['admin', 'partner'].includes(wanted) && given[role]?.length
          ? 400
          : 403;
      expect([role, wanted, answer.status]).toEqual([role, wanted, right]);
    }
    await web.owner.query('delete from sign_in_attempt');
  }
  expect(codeOf(await boss.ask('PUT', at(`/${kam.id}`), { role: 'customer' }))).toEqual([403, 'ROLE_ABOVE']);
  expect(codeOf(await boss.ask('DELETE', at(`/${support.id}`)))).toEqual([403, 'ROLE_ABOVE']);
  expect(codeOf(await boss.ask('PUT', at(`/${customer.id}`), { role: 'kam' }))).toEqual([403, 'ROLE_ABOVE']);
  expect((await customer.client.ask('GET', at(''))).status).toBe(403);
});

test('nobody changes the own role or leaves by mistake', async () => {
  const { id } = (await boss.ask('GET', '/api/session')).body.user;
  expect(codeOf(await boss.ask('PUT', at(`/${id}`), { role: 'customer' }))).toEqual([403, 'OWN_ROLE']);
  expect(codeOf(await boss.ask('DELETE', at(`/${id}`)))).toEqual([403, 'OWN_ROLE']);
});

test('a role in one customer says nothing about another', async () => {
  const other = await web.tenant('Another');
  const person = await web.person('customer', [tenant, other]);
  const { id } = (await person.ask('GET', '/api/session')).body.user;
  expect((await boss.ask('PUT', at(`/${id}`), { role: 'customer-admin' })).status).toBe(204);
  expect((await person.ask('GET', at(''))).status).toBe(200);
  expect((await person.ask('GET', at('', other))).status).toBe(403);
  expect((await invite(person, someone(), 'customer', other)).status).toBe(403);
  const mays = (await person.ask('GET', '/api/session')).body.tenants.map(
    (each: { id: number; may: string[] }) => [each.id, each.may.includes('member.manage')] as const,
  );
  expect(mays).toEqual([
    [tenant, true],
    [other, false],
  ]);
});

test('a member who is removed is out at once, in the page and on the live line, and elsewhere stays in', async () => {
  const other = await web.tenant('Still there');
  const person = await web.person('customer', [tenant, other]);
  const { id } = (await person.ask('GET', '/api/session')).body.user;
  const line = io(web.url, { extraHeaders: { cookie: person.cookie }, transports: ['websocket'], reconnection: false });
  try {
    await until(() => line.connected);
    expect(await line.emitWithAck('watch', { what: 'runs', tenant })).toEqual({ ok: true });
    expect((await boss.ask('DELETE', at(`/${id}`))).status).toBe(204);
    await until(() => line.disconnected, 5000);
    expect((await person.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(404);
    expect((await person.ask('GET', `/api/tenants/${other}/flows`)).status).toBe(200);
  } finally {
    line.close();
  }
});

test('what somebody has let others in for goes with the right to do so', async () => {
  const helper = await member('customer-admin');
  const pending = await invited('customer-admin', helper.client);
  const kept = await invited('customer', boss);
  expect((await boss.ask('PUT', at(`/${helper.id}`), { role: 'customer' })).status).toBe(204);
  expect(codeOf(await accept(pending.token))).toEqual([404, 'INVITATION_OVER']);
  expect((await accept(kept.token)).status).toBe(200);
});

test('an address with an account accepts by signing in, and nobody else can in its place', async () => {
  const known = await web.person('customer');
  const stranger = await web.person('customer');
  const { token } = await invited('customer-admin', boss, known.email);
  expect((await nobody.ask('POST', '/api/invitations/look', { token })).body).toMatchObject({ known: true });
  expect(codeOf(await accept(token))).toEqual([409, 'SIGN_IN_TO_ACCEPT']);
  expect(codeOf(await accept(token, null))).toEqual([401, 'SIGN_IN_NEEDED']);
  expect(codeOf(await accept(token, null, stranger))).toEqual([403, 'INVITATION_OTHERS']);
  const right = await accept(token, null, known);
  expect([right.status, right.body]).toEqual([200, { tenant }]);
  expect((await known.ask('GET', at(''))).status).toBe(200);
  // the password is still the old one
  const again = await nobody.ask('POST', '/api/session', { email: known.email, password: PASSWORD });
  expect(again.status).toBe(200);
});

test('who belongs already is not invited, and who is invited again gets one invitation, with the newer role', async () => {
  expect(codeOf(await invite(boss, boss.email))).toEqual([409, 'MEMBER_ALREADY']);
  const { email, token } = await invited('customer');
  web.post.mails.length = 0;
  await invite(boss, email, 'customer-admin');
  const second = tokenOf(await mailTo(web, email));
  expect((await listOf(boss)).invitations).toMatchObject([{ email, role: 'customer-admin' }]);
  expect((await accept(token)).status).toBe(404);
  expect((await accept(second)).status).toBe(200);
});

test('an invitation whose mail is refused is told so to who invites, stays, and can be sent again', async () => {
  web.post.refuse = true;
  const email = someone();
  const answer = SentLink.parse((await invite(boss, email)).body);
  expect(answer).toEqual({ mailFailure: '550 no such mailbox', link: null });
  web.post.refuse = false;
  const [open] = (await listOf(boss)).invitations;
  expect(open).toMatchObject({ email, mailFailure: '550 no such mailbox' });
  const again = await boss.ask('POST', at(`/invitations/${open?.id}/resend`));
  expect(again.body).toEqual({ mailFailure: null, link: null });
  expect((await accept(tokenOf(await mailTo(web, email)))).status).toBe(200);
});

test('members, invitations and what is done to them stay within their customer', async () => {
  const foreign = await web.tenant('Foreign');
  const stranger = await web.person('customer-admin', [foreign]);
  await invited();
  const [open] = (await listOf(boss)).invitations;
  const { id } = (await boss.ask('GET', '/api/session')).body.user;
  for (const [method, path] of [
    ['GET', ''],
    ['DELETE', `/${id}`],
    ['DELETE', `/invitations/${open?.id}`],
  ] as const)
    expect((await stranger.ask(method, at(path))).status).toBe(404);
  expect(codeOf(await stranger.ask('DELETE', at(`/${id}`, foreign)))).toEqual([404, 'MEMBER_MISSING']);
  expect(codeOf(await stranger.ask('POST', at(`/invitations/${open?.id}/resend`, foreign)))).toEqual([
    404,
    'INVITATION_MISSING',
  ]);
  expect((await listOf(boss)).invitations).toHaveLength(1);
});

test('a name that looks like an address makes no link in the mail, and no markup', async () => {
  await boss.ask('PUT', '/api/account', { name: 'See https://evil.example <b>now</b>' });
  const { email } = await invited();
  const { text, html } = await mailTo(web, email);
  expect(text).not.toContain('evil.example');
  expect(html).not.toContain('<b>now');
  expect(text.match(/https?:\/\//g)).toHaveLength(1);
});

test('inviting and removing stand in the customer’s audit log', async () => {
  const { token } = await invited('customer-admin');
  await accept(token);
  const { rows } = await web.owner.query<{ action: string; actor: string }>(
    `select action, actor from audit_line where tenant_id = $1 and kind = 'member' order by seq`,
    [tenant],
  );
  expect(rows.map(({ action }) => action)).toEqual(['member.add', 'member.invite', 'member.add']);
  expect(rows[1]?.actor).toBe(boss.email);
});

test('an administrator sends a member a way to a new password, nobody else does', async () => {
  const admin = await web.person('admin', [tenant]);
  const person = await member('customer');
  expect((await boss.ask('POST', at(`/${person.id}/reset`))).status).toBe(403);
  const sent = await admin.ask('POST', at(`/${person.id}/reset`));
  expect([sent.status, sent.body]).toEqual([200, { mailFailure: null, link: null }]);
  const token = tokenOf(await mailTo(web, person.client.email, /password/));
  expect((await nobody.ask('POST', '/api/password', { token, password: NEW.password })).status).toBe(204);
});

test('where mails cannot be sent an administrator gets the link to hand over, and others are told whom to ask', async () => {
  const mute = await startWeb({ mail: false });
  try {
    const there = await mute.tenant('Mute');
    const [admin, chief] = [await mute.person('admin', [there]), await mute.person('customer-admin', [there])];
    const path = `/api/tenants/${there}/members`;
    const wish = { email: someone(), role: 'customer-admin', language: 'en' };
    expect(codeOf(await chief.ask('POST', `${path}/invitations`, wish))).toEqual([503, 'MAIL_OFF']);
    const { link } = SentLink.parse((await admin.ask('POST', `${path}/invitations`, wish)).body);
    expect(new URL(link ?? '').origin).toBe(mute.url);
    const token = new URL(link ?? '').hash.slice(1);
    expect(
      (await clientOf(mute.url, '', '').ask('POST', '/api/invitations/accept', { token, account: NEW })).status,
    ).toBe(200);
    const { id } = (await chief.ask('GET', '/api/session')).body.user;
    const reset = SentLink.parse((await admin.ask('POST', `${path}/${id}/reset`)).body);
    expect(reset.link).toMatch(/\/reset#[\w-]{43}$/);
  } finally {
    await mute.stop();
  }
});
