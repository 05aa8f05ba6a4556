import { readdirSync, readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { createUsers } from '#server/auth/users.ts';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { until } from '../support/until.ts';
import type { Tally } from './tally.ts';
import { callSigned, type Target } from './target.ts';

/** A route under `/api/tenants/:tenant`, as its file declares it. */
interface Route {
  readonly method: string;
  readonly path: string;
}

/** Under which path each file of routes is mounted; a new file must be told here, or the crawl fails. */
const MOUNTED: Readonly<Record<string, string>> = {
  'flows.ts': '/flows',
  'templates.ts': '/templates',
  'connections.ts': '/connections',
  'runs.ts': '',
  'findings.ts': '',
  'audit.ts': '',
  'visit.ts': '',
  'projects.ts': '/projects',
  'tokens.ts': '/tokens',
  'members.ts': '/members',
  'plugins.ts': '/plugins',
  'tables.ts': '/tables',
  'plugin-desk.ts': '/plugins',
};
const ELSEWHERE = [
  'access.ts',
  'account.ts',
  'body.ts',
  'call-rate.ts',
  'catalog.ts',
  'docs.ts',
  'error-answer.ts',
  'hooks.ts',
  'invitations.ts',
  'oidc.ts',
  'password.ts',
  'session.ts',
  'staff.ts',
  'tenants.ts',
  'unreadable.ts',
];

const ROUTES = new URL('../../server/routes/', import.meta.url);
const DECLARED = /router\.(get|post|put|patch|delete)\(\s*'([^']+)'/g;

/** Read from the sources, so that no route is forgotten here. */
function tenantRoutes(tally: Tally): Route[] {
  const files = readdirSync(ROUTES).filter((name) => name.endsWith('.ts') && !name.includes('.test.'));
  return files.flatMap((file) => {
    const at = MOUNTED[file];
    if (at === undefined) {
      if (!ELSEWHERE.includes(file)) tally.add(`isolation: ${file}`, 'the crawl does not know where it is mounted');
      return [];
    }
    const text = readFileSync(new URL(file, ROUTES), 'utf8');
    return [...text.matchAll(DECLARED)].map(([, method = '', path = '']) => ({
      method: method.toUpperCase(),
      path: `${at}${path === '/' ? '' : path}`,
    }));
  });
}

interface Ids {
  readonly flow: string;
  readonly run: string;
  readonly connection: string;
}

const filled = (path: string, ids: Ids): string =>
  path
    .replace(':flow', ids.flow)
    .replace(':run', ids.run)
    .replace(':plugin', 'ean-check')
    .replace(':table', 'ean-check.codes')
    .replace(':release', '1.0.0')
    .replace(':finding', ids.run)
    .replace(':member', ids.run)
    .replace(':invitation', ids.run)
    .replace(':connection', ids.connection)
    .replace(':version', '1')
    .replace(':seq', '0')
    .replace(':step', 'call')
    .replace(':template', 'orders-to-erp');

/** Bodies that would be right for whoever may. */
function bodyFor({ method, path }: Route, ids: Ids): unknown {
  if (method === 'GET' || method === 'DELETE') return undefined;
  if (path.endsWith('/publish')) return { revision: 1 };
  if (path.endsWith('/rollback')) return { version: 1 };
  if (path.endsWith('/state')) return { on: false };
  if (path.endsWith('/decide')) return { decision: 'cancel' };
  if (path === '/replay') return { runs: [ids.run] };
  if (path.startsWith('/findings/')) return { state: 'dismissed' };
  if (path.endsWith('/secrets')) return { secrets: { consumerKey: 'mine' } };
  if (path.endsWith('/:connection')) return { title: 'mine' };
  return {};
}

async function personOf(target: Target, tenant: number): Promise<Client> {
  const [email, password] = ['neighbour@example.com', 'a neighbour’s password'];
  await createUsers(target.pool).create({ email, password, name: 'Neighbour', role: 'kam', tenants: [tenant] });
  const nobody = clientOf(target.weft.url, email, '');
  return clientOf(target.weft.url, email, cookieOf(await nobody.ask('POST', '/api/session', { email, password })));
}

interface Neighbours {
  readonly tally: Tally;
  readonly ids: Ids;
  /** Of the first tenant, and of the person who belongs to the second. */
  readonly there: number;
  readonly home: number;
  readonly person: Client;
  readonly nobody: Client;
  /** A mark of the first tenant that stands in a text. */
  betrays(text: string): string | undefined;
}

/** The person asks there; somebody signed out asks there; the person asks at home for what is there. */
async function tryRoute(route: Route, neighbours: Neighbours): Promise<void> {
  const { tally, ids, there, home, person, nobody, betrays } = neighbours;
  const path = filled(route.path, ids);
  const body = bodyFor(route, ids);
  const what = `${route.method} ${route.path}`;
  const outside = await person.ask(route.method, `/api/tenants/${there}${path}`, body);
  tally.add(`neighbour: ${what} there`, outside.status === 404 ? null : `answered ${outside.status}`);
  const signedOut = await nobody.ask(route.method, `/api/tenants/${there}${path}`, body);
  tally.add(`nobody: ${what}`, signedOut.status === 401 ? null : `answered ${signedOut.status}`);
  const named = /:(flow|run|connection)/.test(route.path);
  if (!named && route.method !== 'GET') return;
  const inside = await person.ask(route.method, `/api/tenants/${home}${path}`, body);
  const told = betrays(JSON.stringify(inside.body));
  const wrong = named && inside.status < 400 ? `answered ${inside.status}` : told && `told ${told}`;
  tally.add(`neighbour: ${what} at home, with ids from there`, wrong ?? null);
}

const FEWEST_ROUTES = 20;

/** Nothing of the first tenant can be read, changed or told apart from nothing by a person of the second. */
export async function attackNeighbour(target: Target, tally: Tally): Promise<void> {
  const { admin, tenant: there, weft } = target;
  const { run } = JSON.parse((await callSigned(target.own, Buffer.from('{"id":31337}'))).text) as { run: string };
  await until(async () => (await target.statusOf(run)) !== 'active');
  const ids: Ids = { flow: target.flow, run, connection: target.connection };
  const { tenants } = (await admin.ask('GET', '/api/session')).body as { tenants: { id: number; name: string }[] };
  const home = tenants.find(({ id }) => id !== there)?.id ?? 0;
  const name = tenants.find(({ id }) => id === there)?.name ?? '';
  const marks = [...Object.values(ids), name, 'Stand-in shop', 'Own webhook'];
  const betrays = (text: string): string | undefined => marks.find((mark) => text.includes(mark));
  const person = await personOf(target, home);
  const nobody = clientOf(weft.url, '', '');

  const before = await target.fingerprint();
  const routes = tenantRoutes(tally);
  tally.add('neighbour: routes found', routes.length >= FEWEST_ROUTES ? null : `only ${routes.length}`);
  for (const route of routes) await tryRoute(route, { tally, ids, there, home, person, nobody, betrays });
  const replay = await person.ask('POST', `/api/tenants/${home}/replay`, { runs: [run] });
  tally.add('neighbour: runs a foreign run again', replay.body.replayed > 0 ? JSON.stringify(replay.body) : null);
  const session = await person.ask('GET', '/api/session');
  tally.add('neighbour: the session', betrays(JSON.stringify(session.body)) ?? null);
  await listenIn(target, person.cookie, tally, [
    { what: 'runs', tenant: there },
    { what: 'run', tenant: there, run, afterSeq: -1 },
    { what: 'run', tenant: home, run, afterSeq: -1 },
    { what: 'runs', tenant: home, flow: target.flow },
  ]);
  const after = await target.fingerprint();
  for (const table of ['flow', 'flow_version', 'hook', 'connection', 'tenant'])
    tally.add(`neighbour: changes ${table}`, after[table] === before[table] ? null : 'it has changed');
}

/** The live line tells a foreign run to nobody. */
async function listenIn(target: Target, cookie: string, tally: Tally, wishes: readonly object[]): Promise<void> {
  const socket = io(target.weft.url, { transports: ['websocket'], reconnection: false, extraHeaders: { cookie } });
  let told = '';
  socket.onAny((...message) => {
    told += JSON.stringify(message);
  });
  try {
    for (const wish of wishes) {
      const answer = (await socket.timeout(5000).emitWithAck('watch', wish)) as { ok?: boolean };
      // a list of one's own tenant by a flow that is not there is simply empty
      const harmless = 'flow' in wish;
      tally.add(`neighbour: watches ${JSON.stringify(wish)}`, answer.ok && !harmless ? 'was let in' : null);
    }
    // something to hear: the run's own people see it begin and end
    const { run } = JSON.parse((await callSigned(target.own, Buffer.from('{"id":31338}'))).text) as { run: string };
    await until(async () => (await target.statusOf(run)) !== 'active');
    await socket.timeout(5000).emitWithAck('watch', wishes[0]);
    tally.add('neighbour: hears the live line', told === '' ? null : told);
  } finally {
    socket.close();
  }
}
