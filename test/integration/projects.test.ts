import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditPage } from '#runtime/audit.ts';
import { Project, ProjectList } from '#runtime/project.ts';
import type { RunSummary } from '#runtime/protocol.ts';
import { remindOfRenewals } from '#server/adapters/pg-projects.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { mailTo, tokenOf } from '../support/links.ts';
import { type Engine, openEngine, started } from '../support/run-rows.ts';
import { until } from '../support/until.ts';
import { PASSWORD, startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let engine: Engine;
let tenant: number;
let kam: Client;
let inside: { flow: string; connection: string; run: string };
let outside: { flow: string; connection: string; run: string };
beforeAll(async () => {
  web = await startWeb();
  engine = openEngine(web.database.url, web.watches.committed);
  tenant = await web.tenant('Northwind');
  kam = await web.person('kam', [tenant]);
  inside = await furnish('Inside');
  outside = await furnish('Outside');
});
afterAll(async () => {
  await engine.end();
  await web.stop();
});

const at = (path: string, of = tenant) => `/api/tenants/${of}${path}`;

async function furnish(name: string) {
  const { id: connection } = await web.connections.admin.create(tenant, {
    connector: 'woocommerce',
    title: `${name} shop`,
    settings: { url: `https://${name.toLowerCase()}.example` },
    secrets: { consumerKey: 'ck_canary_1', consumerSecret: 'cs_canary_1' },
  });
  const { id: flow } = await web.flows.create(tenant, webhookFlow(`${name} flow`), { params: { shop: connection } });
  await web.flows.publish(tenant, flow, { revision: 1, note: '', on: true }, { author: 'x', mayUnsigned: false });
  return { flow, connection, run: await newRun(flow, name) };
}

async function newRun(flow: string, record: string): Promise<string> {
  const { id, journal } = await engine.begin({ tenant, flow, record });
  const failure = { code: 'INPUT_INVALID', message: 'no sku' } as const;
  const end = [started(0), { type: 'run.failed', seq: 1, at: 1, step: 'note', failure } as const];
  await journal.release({ state: 'failed', failure }, { events: end, links: [] });
  return id;
}

const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);

async function newProject(name: string, startsOn = day(0)): Promise<Project> {
  const made = await kam.ask('POST', at('/projects'), { name, startsOn });
  expect([made.status, made.body.error]).toEqual([201, undefined]);
  return Project.parse(made.body);
}

test('a project is made with a contract of twelve months, filled and closed, and each step stands in the log', async () => {
  const made = await newProject('Webshop 2027', '2027-01-01');
  expect(made).toMatchObject({
    startsOn: '2027-01-01',
    endsOn: '2028-01-01',
    noticeMonths: 3,
    noticeBy: '2027-10-01',
    renewalDue: false,
  });
  const kamId = (await kam.ask('GET', '/api/session')).body.user.id;
  const changed = await kam.ask('PUT', at(`/projects/${made.id}`), {
    notes: 'Bo decides.',
    kam: kamId,
    flows: [inside.flow],
    noticeMonths: 6,
  });
  expect(Project.parse(changed.body)).toMatchObject({
    notes: 'Bo decides.',
    kam: kamId,
    noticeBy: '2027-07-01',
    flows: [{ id: inside.flow, name: 'Inside flow' }],
  });
  const owner = await web.person('customer-admin', [tenant]);
  expect((await kam.ask('POST', at(`/projects/${made.id}/members`), { email: owner.email })).status).toBe(201);
  expect((await kam.ask('DELETE', at(`/projects/${made.id}`))).status).toBe(204);
  expect((await kam.ask('PUT', at(`/projects/${made.id}`), { name: 'Again' })).body.error.code).toBe('PROJECT_CLOSED');
  const { lines } = AuditPage.parse((await owner.ask('GET', at('/audit?action=project'))).body);
  expect(lines.map(({ action }) => action)).toEqual([
    'project.close',
    'project.join',
    'project.change',
    'project.create',
  ]);
});

test('what cannot be is refused by name: contracts that end too soon, flows and people of others', async () => {
  const { id } = await newProject('Careful');
  const other = await web.tenant('Other');
  const { id: foreign } = await web.flows.create(other, webhookFlow());
  const stranger = await web.person('customer', [other]);
  const change = async (body: object) => (await kam.ask('PUT', at(`/projects/${id}`), body)).body.error?.code;
  expect(await change({ startsOn: '2027-01-02', endsOn: '2027-01-01' })).toBe('CONTRACT_INVALID');
  expect(await change({ flows: [foreign] })).toBe('FLOW_MISSING');
  expect(await change({ kam: (await stranger.ask('GET', '/api/session')).body.user.id })).toBe('NOT_A_KAM');
  const join = async (body: object) => (await kam.ask('POST', at(`/projects/${id}/members`), body)).body.error?.code;
  expect(await join({ email: stranger.email })).toBe('NOT_A_MEMBER');
  expect(await join({ email: 'nobody@example.com' })).toBe('USER_MISSING');
  expect(await join({ email: (await web.person('partner')).email })).toBe('FIRM_NEEDED');
});

test('projects need Premium: without it the list says so, and nothing can be made', async () => {
  const small = await web.tenant('Small', '800');
  const theirs = await web.person('kam', [small]);
  expect(ProjectList.parse((await theirs.ask('GET', at('/projects', small))).body)).toEqual({
    projects: [],
    allowed: false,
  });
  const refused = await theirs.ask('POST', at('/projects', small), { name: 'No', startsOn: day(0) });
  expect([refused.status, refused.body.error.code]).toEqual([403, 'PACKAGE_NEEDED']);
});

test('a guest sees the project’s flows, their runs and the connections they use, and nothing else of the customer', async () => {
  const { id } = await newProject('With a guest');
  await kam.ask('PUT', at(`/projects/${id}`), { flows: [inside.flow] });
  const guest = await web.person('partner');
  expect((await guest.ask('GET', at('/flows'))).status).toBe(404);
  const joined = await kam.ask('POST', at(`/projects/${id}/members`), { email: guest.email, firm: 'ERP-bolaget AB' });
  const guestId = Project.parse(joined.body).members.find(({ email }) => email === guest.email)?.id;
  // at the same moment as somebody who sees all: nothing may be shared between them
  const [theirs, all] = await Promise.all([guest.ask('GET', at('/flows')), kam.ask('GET', at('/flows'))]);
  const names = (answer: { body: { flows: { name: string }[] } }) => answer.body.flows.map(({ name }) => name).sort();
  expect(names(theirs)).toEqual(['Inside flow']);
  expect(names(all)).toEqual(['Inside flow', 'Outside flow']);
  expect((await guest.ask('GET', at('/runs'))).body.runs.map((run: RunSummary) => run.record)).toEqual(['Inside']);
  const connections = await guest.ask('GET', at('/connections'));
  expect(connections.body.connections.map(({ title }: { title: string }) => title)).toEqual(['Inside shop']);
  expect(JSON.stringify(connections.body)).not.toMatch(/canary/);
  for (const path of [
    `/flows/${inside.flow}`,
    `/runs/${inside.run}`,
    `/runs/${inside.run}/events/0`,
    `/flows/${inside.flow}/versions/1`,
  ])
    expect([path, (await guest.ask('GET', at(path))).status]).toEqual([path, 200]);
  for (const path of [
    `/flows/${outside.flow}`,
    `/runs/${outside.run}`,
    `/runs/${outside.run}/events/0`,
    `/flows/${outside.flow}/versions/1`,
  ])
    expect([path, (await guest.ask('GET', at(path))).status]).toEqual([path, 404]);
  const { projects } = ProjectList.parse((await guest.ask('GET', at('/projects'))).body);
  expect(projects.map(({ name, members }) => [name, members.map(({ email }) => email)])).toEqual([
    ['With a guest', [guest.email]],
  ]);

  const left = await kam.ask('DELETE', at(`/projects/${id}/members/${guestId}`));
  expect(left.status).toBe(200);
  expect((await guest.ask('GET', at('/flows'))).status).toBe(404);
});

test('the live line tells a guest of the project’s runs alone', async () => {
  const { id } = await newProject('Live');
  await kam.ask('PUT', at(`/projects/${id}`), { flows: [inside.flow] });
  const guest = await web.person('partner');
  await kam.ask('POST', at(`/projects/${id}/members`), { email: guest.email, firm: 'Webbyrån AB' });
  const socket = io(web.url, { transports: ['websocket'], forceNew: true, extraHeaders: { cookie: guest.cookie } });
  const heard = new Set<string>();
  socket.on('runs', ({ runs }: { runs: RunSummary[] }) => {
    for (const run of runs) heard.add(run.record);
  });
  try {
    expect(await socket.timeout(10_000).emitWithAck('watch', { what: 'runs', tenant })).toEqual({ ok: true });
    await newRun(outside.flow, 'not for guests');
    await newRun(inside.flow, 'for guests');
    await until(() => heard.has('for guests'));
    await newRun(outside.flow, 'nor this');
    await newRun(inside.flow, 'this too');
    await until(() => heard.has('this too'));
    expect([...heard].sort()).toEqual(['for guests', 'this too']);
    const foreign = await socket
      .timeout(10_000)
      .emitWithAck('watch', { what: 'run', tenant, run: outside.run, afterSeq: -1 });
    expect(foreign.error.code).toBe('RUN_MISSING');
  } finally {
    socket.close();
  }
});

test('closing a project shuts its guests out, except those whom another one holds', async () => {
  const [one, two] = [await newProject('Closing'), await newProject('Staying')];
  const [leaver, stayer] = [await web.person('partner'), await web.person('partner')];
  const join = (project: string, { email }: Client) =>
    kam.ask('POST', at(`/projects/${project}/members`), { email, firm: 'Firm' });
  await join(one.id, leaver);
  await join(one.id, stayer);
  await join(two.id, stayer);
  await kam.ask('DELETE', at(`/projects/${one.id}`));
  expect((await leaver.ask('GET', at('/flows'))).status).toBe(404);
  expect((await stayer.ask('GET', at('/flows'))).status).toBe(200);
});

test('a renewal that is due is shown, and the log is told once a contract', async () => {
  const { id } = await newProject('Ending');
  const end = await kam.ask('PUT', at(`/projects/${id}`), { startsOn: day(-300), endsOn: day(65), noticeMonths: 2 });
  expect(Project.parse(end.body).renewalDue).toBe(true);
  expect(await remindOfRenewals(web.pools)).toBe(1);
  expect(await remindOfRenewals(web.pools)).toBe(0);
  const told = async () =>
    AuditPage.parse((await kam.ask('GET', at('/audit?action=project.remind'))).body).lines.map(({ title, actor }) => [
      title,
      actor,
    ]);
  expect(await told()).toEqual([['Ending', 'Weft']]);
  const renewed = await kam.ask('PUT', at(`/projects/${id}`), { endsOn: day(430) });
  expect(Project.parse(renewed.body).renewalDue).toBe(false);
  expect(await remindOfRenewals(web.pools)).toBe(0);
});

test('a guest without an account is invited by mail into one project, and sees that one alone', async () => {
  const project = await newProject('By mail');
  await kam.ask('PUT', at(`/projects/${project.id}`), { flows: [inside.flow] });
  const wish = { email: 'guest@agency.example', firm: 'Agency AB', language: 'sv' };
  const sent = await kam.ask('POST', at(`/projects/${project.id}/invitations`), wish);
  expect([sent.status, sent.body]).toEqual([201, { mailFailure: null, link: null }]);
  const read = async () => Project.parse((await kam.ask('GET', at(`/projects/${project.id}`))).body);
  expect((await read()).invited).toEqual([
    expect.objectContaining({ email: wish.email, firm: wish.firm, mailFailure: null }),
  ]);
  // those who look after members see none of it, and cannot take it back as one of theirs
  const { invitations } = (await kam.ask('GET', at('/members'))).body;
  expect(invitations).toEqual([]);
  const second = await newProject('Another');
  const twice = await kam.ask('POST', at(`/projects/${second.id}/invitations`), wish);
  expect([twice.status, twice.body.error.code]).toEqual([409, 'INVITED_ELSEWHERE']);
  const member = await kam.ask('POST', at('/members/invitations'), { email: wish.email, role: 'kam', language: 'sv' });
  expect([member.status, member.body.error.code]).toEqual([409, 'INVITED_ELSEWHERE']);

  const nobody = clientOf(web.url, '', '');
  const token = tokenOf(await mailTo(web, wish.email));
  const look = await nobody.ask('POST', '/api/invitations/look', { token });
  expect(look.body).toMatchObject({ role: 'partner', project: 'By mail', known: false });
  const account = { name: 'Gunnar Guest', password: PASSWORD, language: 'sv' };
  const accepted = await nobody.ask('POST', '/api/invitations/accept', { token, account });
  expect([accepted.status, accepted.body]).toEqual([200, { tenant }]);
  const guest = clientOf(web.url, wish.email, cookieOf(accepted));
  const session = (await guest.ask('GET', '/api/session')).body;
  expect([session.user.role, session.tenants.map(({ id }: { id: number }) => id)]).toEqual(['partner', [tenant]]);
  const flows = (await guest.ask('GET', at('/flows'))).body.flows;
  expect(flows.map(({ id }: { id: string }) => id)).toEqual([inside.flow]);
  const own = ProjectList.parse((await guest.ask('GET', at('/projects'))).body).projects;
  expect(own.map(({ id, invited }) => [id, invited])).toEqual([[project.id, []]]);
  expect((await guest.ask('POST', at(`/projects/${project.id}/invitations`), wish)).status).toBe(403);
  expect(await read()).toMatchObject({
    invited: [],
    members: [{ email: wish.email, role: 'partner', firm: wish.firm }],
  });
  // the link is used up
  expect((await nobody.ask('POST', '/api/invitations/look', { token })).status).toBe(404);
  const again = await kam.ask('POST', at(`/projects/${project.id}/invitations`), wish);
  expect([again.status, again.body.error.code]).toEqual([409, 'ACCOUNT_KNOWN']);
});

test('an invited guest cannot come as anything else, is shut out with the project, and can be uninvited', async () => {
  const project = await newProject('Shut');
  const path = at(`/projects/${project.id}/invitations`);
  const invite = async (email: string) => {
    expect((await kam.ask('POST', path, { email, firm: 'Agency AB', language: 'en' })).status).toBe(201);
    return tokenOf(await mailTo(web, email));
  };
  const nobody = clientOf(web.url, '', '');
  const over = async (token: string) => (await nobody.ask('POST', '/api/invitations/look', { token })).status;
  // an account that was made meanwhile as a KAM of others would be one here too
  const token = await invite('late@agency.example');
  await web.users.create({ email: 'late@agency.example', name: 'Late', password: PASSWORD, role: 'kam', tenants: [] });
  const signedIn = await nobody.ask('POST', '/api/session', { email: 'late@agency.example', password: PASSWORD });
  const late = clientOf(web.url, 'late@agency.example', cookieOf(signedIn));
  const refused = await late.ask('POST', '/api/invitations/accept', { token });
  expect([refused.status, refused.body.error.code]).toEqual([409, 'NOT_A_GUEST']);
  expect((await late.ask('GET', '/api/session')).body.tenants).toEqual([]);

  const taken = await invite('taken@agency.example');
  const { invited } = Project.parse((await kam.ask('GET', at(`/projects/${project.id}`))).body);
  const id = invited.find(({ email }) => email === 'taken@agency.example')?.id;
  const stranger = await web.person('kam', [await web.tenant('Elsewhere')]);
  expect((await stranger.ask('DELETE', `${path}/${id}`)).status).toBe(404);
  expect((await kam.ask('DELETE', `${path}/${id}`)).status).toBe(204);
  expect(await over(taken)).toBe(404);
  const closing = await invite('closing@agency.example');
  expect(await over(closing)).toBe(200);
  expect((await kam.ask('DELETE', at(`/projects/${project.id}`))).status).toBe(204);
  expect(await over(closing)).toBe(404);
  const { lines } = AuditPage.parse((await kam.ask('GET', at('/audit?action=project'))).body);
  expect(lines.map(({ action }) => action)).toEqual(expect.arrayContaining(['project.invite', 'project.uninvite']));
});
