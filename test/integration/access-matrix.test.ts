import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allRoutes } from '../support/all-routes.ts';
import type { Answer, Client } from '../support/client.ts';
import { CALLERS, type Caller, callersAt, type Furnished, furnish } from '../support/two-tenants.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let home: Furnished;
let abroad: Furnished;
let callers: Readonly<Record<Caller, Client>>;
beforeAll(async () => {
  web = await startWeb();
  home = await furnish(web, 'CANARYHOME');
  abroad = await furnish(web, 'CANARYABROAD');
  callers = await callersAt(web, home, abroad);
}, 120_000);
afterAll(() => web.stop());

/** Who gets the answer; everybody else is refused: 401 signed out, 404 as a stranger to the tenant, 403 as one of its own. */
interface Row {
  readonly who: readonly Caller[];
  readonly answer: string;
  /** What particular callers get instead. */
  readonly but?: Partial<Record<Caller, string>>;
  /** Wrong on purpose, so that whoever may is told 400 and nothing changes. */
  readonly body?: unknown;
}

const EVERYBODY = CALLERS;
const SIGNED_IN = CALLERS.filter((caller) => caller !== 'anonymous');
const READERS = [
  'customer',
  'customer-admin',
  'kam',
  'partner',
  'other-partner',
  'support',
  'admin',
  'looking',
  'confirmed',
] as const;
const BUILDERS = ['kam', 'admin', 'confirmed'] as const;
const OWNERS = ['customer-admin', ...BUILDERS] as const;
const AUDITORS = ['customer-admin', 'kam', 'support', 'admin', 'looking', 'confirmed'] as const;
const DECIDERS = ['customer-admin', 'kam', 'support', 'admin', 'confirmed'] as const;
const HOUSE = ['admin', 'looking', 'confirmed'] as const;
const ADMINS = ['admin', 'confirmed'] as const;

const to = (who: readonly Caller[], answer: string, rest: Omit<Row, 'who' | 'answer'> = {}): Row => ({
  who,
  answer,
  ...rest,
});
/** Reads of one thing, which the guest of another project does not find. */
const one = (missing: string): Row => to(READERS, '200', { but: { 'other-partner': `404 ${missing}` } });
const invalid = (who: readonly Caller[], body: unknown = { nonsense: true }): Row =>
  to(who, '400 INPUT_INVALID', { body });
const T = '/api/tenants/:tenant';

/** The table: every route of the application stands here, or the test fails. */
const TABLE: Readonly<Record<string, Row>> = {
  'POST /hooks/:token': to(EVERYBODY, '200', { body: {} }),
  'GET /live': to(EVERYBODY, '200'),
  'GET /ready': to(EVERYBODY, '200'),
  'GET /metrics': to(EVERYBODY, '200'),
  'GET /api/openapi.json': to(EVERYBODY, '200'),
  'GET /api/docs': to(EVERYBODY, '200'),
  'GET /api/docs.css': to(EVERYBODY, '200'),
  'GET /api/session': to(SIGNED_IN, '200'),
  'POST /api/session': invalid(EVERYBODY),
  'POST /api/session/second-step': invalid(EVERYBODY),
  'POST /api/password/forgotten': invalid(EVERYBODY),
  'POST /api/password/link': invalid(EVERYBODY),
  'POST /api/password': invalid(EVERYBODY),
  'GET /api/sign-in': to(EVERYBODY, '200'),
  'GET /api/oidc/start': to(EVERYBODY, '404 OIDC_OFF'),
  'GET /api/oidc/return': to(EVERYBODY, '404 OIDC_OFF'),
  'POST /api/invitations/look': invalid(EVERYBODY),
  'POST /api/invitations/accept': invalid(EVERYBODY),
  'GET /api/account': to(SIGNED_IN, '200'),
  'PUT /api/account': invalid(SIGNED_IN),
  'POST /api/account/second-step': to(SIGNED_IN, '200'),
  'PUT /api/account/second-step': invalid(SIGNED_IN),
  'DELETE /api/account/second-step': invalid(SIGNED_IN),
  'POST /api/account/recovery-codes': invalid(SIGNED_IN),
  'DELETE /api/account/sessions/:missing': to(SIGNED_IN, '404 SESSION_MISSING'),
  'PUT /api/account/password': invalid(SIGNED_IN),
  'GET /api/catalog': to(SIGNED_IN, '200'),
  'GET /api/token': to(SIGNED_IN, '404 TOKEN_MISSING'),
  'GET /api/practice': to(SIGNED_IN, '200'),
  'GET /api/audit': to(HOUSE, '200', { but: { foreign: '403 NOT_ALLOWED' } }),
  'GET /api/audit.csv': to(HOUSE, '200', { but: { foreign: '403 NOT_ALLOWED' } }),
  'GET /api/connections/sign-in': to(SIGNED_IN, '400 INPUT_INVALID'),
  'GET /api/tenants': to(HOUSE, '200', { but: { foreign: '403 NOT_ALLOWED' } }),
  'POST /api/tenants': invalid(HOUSE),
  'POST /api/staff': invalid(HOUSE),
  [`PUT ${T}/package`]: to(HOUSE, '400 INPUT_INVALID', {
    body: { nonsense: true },
    but: { foreign: '403 NOT_ALLOWED' },
  }),
  [`PUT ${T}/unsigned-webhooks`]: to(HOUSE, '400 INPUT_INVALID', {
    body: { nonsense: true },
    but: { foreign: '403 NOT_ALLOWED' },
  }),
  [`POST ${T}/staff`]: to(HOUSE, '400 INPUT_INVALID', {
    body: { nonsense: true },
    but: { foreign: '403 NOT_ALLOWED' },
  }),
  [`DELETE ${T}/staff/:missing`]: to(HOUSE, '404 USER_MISSING', { but: { foreign: '403 NOT_ALLOWED' } }),
  [`GET ${T}/projects`]: to(READERS, '200'),
  [`POST ${T}/projects`]: invalid(BUILDERS),
  [`GET ${T}/projects/:project`]: one('PROJECT_MISSING'),
  [`PUT ${T}/projects/:project`]: invalid(BUILDERS),
  [`DELETE ${T}/projects/:missing`]: to(BUILDERS, '404 PROJECT_MISSING'),
  [`POST ${T}/projects/:project/invitations`]: invalid(BUILDERS),
  [`DELETE ${T}/projects/:project/invitations/:missing`]: to(BUILDERS, '404 INVITATION_MISSING'),
  [`POST ${T}/projects/:project/members`]: invalid(BUILDERS),
  [`DELETE ${T}/projects/:project/members/:missing`]: to(BUILDERS, '404 USER_MISSING'),
  [`GET ${T}/members`]: to(AUDITORS, '200'),
  [`POST ${T}/members/invitations`]: invalid(DECIDERS),
  [`POST ${T}/members/invitations/:missing/resend`]: to(DECIDERS, '404 INVITATION_MISSING', { body: {} }),
  [`DELETE ${T}/members/invitations/:missing`]: to(DECIDERS, '404 INVITATION_MISSING'),
  [`PUT ${T}/members/:missing`]: invalid(DECIDERS),
  [`DELETE ${T}/members/:missing`]: to(DECIDERS, '404 MEMBER_MISSING'),
  [`POST ${T}/members/:missing/reset`]: to(ADMINS, '404 MEMBER_MISSING', { body: {} }),
  [`GET ${T}/catalog`]: to(READERS, '200'),
  [`GET ${T}/plugins`]: to(READERS, '200'),
  [`POST ${T}/plugins`]: invalid(BUILDERS),
  [`POST ${T}/plugins/starters/:absent`]: to(BUILDERS, '404 PLUGIN_MISSING', { body: {} }),
  [`POST ${T}/plugins/allow`]: invalid(BUILDERS),
  [`GET ${T}/plugins/:absent/versions/:version`]: to(BUILDERS, '404 VERSION_MISSING'),
  [`PUT ${T}/plugins/:absent/version`]: invalid(BUILDERS),
  [`DELETE ${T}/plugins/:absent`]: to(BUILDERS, '404 PLUGIN_MISSING'),
  [`GET ${T}/tables`]: to(READERS, '200'),
  [`POST ${T}/tables`]: invalid(OWNERS),
  [`GET ${T}/tables/:table`]: to(READERS, '404 TABLE_MISSING'),
  [`PUT ${T}/tables/:table/rows`]: to(OWNERS, '404 TABLE_MISSING', { body: {} }),
  [`GET ${T}/tables/:table/rows.csv`]: to(READERS, '404 TABLE_MISSING'),
  [`POST ${T}/tables/:table/import`]: invalid(OWNERS),
  [`DELETE ${T}/tables/:table`]: to(OWNERS, '404 TABLE_MISSING'),
  [`GET ${T}/plugins/types`]: to(READERS, '200'),
  [`POST ${T}/plugins/try`]: invalid(BUILDERS),
  [`POST ${T}/plugins/try-step`]: invalid(BUILDERS),
  [`POST ${T}/plugins/examples`]: invalid(BUILDERS),
  [`GET ${T}/plugins/:absent/draft`]: to(BUILDERS, '404 PLUGIN_MISSING'),
  [`PUT ${T}/plugins/:absent/draft`]: invalid(BUILDERS),
  [`DELETE ${T}/plugins/:absent/draft`]: to(BUILDERS, '404 PLUGIN_MISSING'),
  [`POST ${T}/plugins/:absent/draft/publish`]: invalid(BUILDERS),
  [`PUT ${T}/visit`]: invalid(['looking', 'confirmed']),
  [`DELETE ${T}/visit`]: to(['looking', 'confirmed'], '204'),
  [`GET ${T}/flows`]: to(READERS, '200'),
  [`POST ${T}/flows`]: invalid(BUILDERS),
  [`GET ${T}/flows/:flow`]: one('FLOW_MISSING'),
  [`POST ${T}/flows/check`]: invalid(BUILDERS),
  [`GET ${T}/flows/:flow/export`]: to(BUILDERS, '200'),
  [`POST ${T}/flows/:flow/duplicate`]: invalid(BUILDERS, { name: '' }),
  [`DELETE ${T}/flows/:missing`]: to(BUILDERS, '404 FLOW_MISSING'),
  [`PUT ${T}/flows/:flow/draft`]: invalid(BUILDERS),
  [`POST ${T}/flows/:flow/publish`]: invalid(BUILDERS),
  [`POST ${T}/flows/:flow/rollback`]: invalid(BUILDERS),
  [`PUT ${T}/flows/:flow/state`]: invalid(['customer', ...OWNERS]),
  [`GET ${T}/flows/:flow/versions`]: one('FLOW_MISSING'),
  [`GET ${T}/flows/:flow/versions/:version`]: one('VERSION_MISSING'),
  [`GET ${T}/flows/:flow/hooks`]: to(BUILDERS, '200'),
  [`POST ${T}/flows/:flow/hooks/:absent/secret`]: to(BUILDERS, '404 HOOK_MISSING', { body: {} }),
  [`DELETE ${T}/flows/:flow/hooks/:absent/secret/earlier`]: to(BUILDERS, '404 HOOK_MISSING'),
  [`GET ${T}/templates`]: to(READERS, '200'),
  [`POST ${T}/templates/:template`]: invalid(OWNERS),
  [`GET ${T}/connections`]: to(READERS, '200'),
  [`POST ${T}/connections`]: invalid(OWNERS),
  [`POST ${T}/connections/try`]: invalid(OWNERS),
  [`PUT ${T}/connections/:connection`]: invalid(OWNERS),
  [`PUT ${T}/connections/:connection/secrets`]: invalid(OWNERS),
  [`POST ${T}/connections/:connection/webhook-secret`]: invalid(OWNERS),
  [`DELETE ${T}/connections/:missing/webhook-secret/earlier`]: to(OWNERS, '404 CONNECTION_MISSING'),
  [`PUT ${T}/connections/:connection/state`]: invalid(OWNERS),
  [`PUT ${T}/connections/:connection/allowance`]: invalid(ADMINS),
  [`DELETE ${T}/connections/:missing`]: to(OWNERS, '404 CONNECTION_MISSING'),
  [`POST ${T}/connections/:missing/test`]: to(['customer', 'support', ...OWNERS], '404 CONNECTION_MISSING', {
    body: {},
  }),
  [`GET ${T}/connections/:missing/sign-in`]: to(OWNERS, '404 CONNECTION_MISSING'),
  [`GET ${T}/runs`]: to(READERS, '200'),
  [`GET ${T}/runs/:run`]: one('RUN_MISSING'),
  [`GET ${T}/runs/:run/events/:seq`]: one('RUN_MISSING'),
  [`POST ${T}/runs/:run/decide`]: invalid(DECIDERS),
  [`POST ${T}/replay`]: invalid(DECIDERS),
  [`GET ${T}/findings`]: to(READERS, '200'),
  [`PUT ${T}/findings/:finding`]: invalid(DECIDERS),
  [`POST ${T}/reconcile`]: invalid(DECIDERS),
  [`DELETE ${T}/members/:missing/second-step`]: to(ADMINS, '404 MEMBER_MISSING'),
  [`GET ${T}/tokens`]: to(OWNERS, '200'),
  [`POST ${T}/tokens`]: invalid(OWNERS),
  [`DELETE ${T}/tokens/:missing`]: to(OWNERS, '404 TOKEN_MISSING'),
  [`GET ${T}/audit`]: to(AUDITORS, '200'),
  [`GET ${T}/audit.csv`]: to(AUDITORS, '200'),
  // last: nobody is signed in any more
  'DELETE /api/account/sessions': to(SIGNED_IN, '204'),
  'DELETE /api/session': to(EVERYBODY, '204'),
};

/** The table names what is not there `:missing`, so that whoever may is told so and nothing changes. */
const asDeclared = (route: string): string =>
  route
    .replace('/connections/:missing', '/connections/:connection')
    .replace('/tokens/:missing', '/tokens/:token')
    .replace('/sessions/:missing', '/sessions/:session')
    .replace('/:absent/versions/:version', '/:plugin/versions/:release')
    .replace('/hooks/:absent', '/hooks/:step')
    .replace(':absent', ':plugin')
    .replace('/flows/:missing', '/flows/:flow')
    .replace('/projects/:missing', '/projects/:project')
    .replace(/(\/projects\/:project\/members\/):missing/, '$1:user')
    .replace('/members/:missing', '/members/:member')
    .replace('/invitations/:missing', '/invitations/:invitation')
    .replace('/staff/:missing', '/staff/:user');

const filled = (path: string, { tenant, ids }: Furnished): string =>
  Object.entries({
    ...ids,
    tenant: String(tenant),
    version: '1',
    seq: '0',
    template: 'orders-to-erp',
    table: 'nowhere',
  })
    .reduce((text, [name, id]) => text.replace(new RegExp(`:${name}\\b`), id), path)
    .replace(':missing', randomUUID())
    .replace(':absent', 'not-installed');

const told = ({ status, body }: Answer): string => (status < 400 ? String(status) : `${status} ${body?.error?.code}`);

function expected(route: string, { who, answer, but }: Row, caller: Caller): string {
  const special = but?.[caller];
  if (special !== undefined) return special;
  if (who.includes(caller)) return answer;
  if (caller === 'anonymous') return '401 SIGN_IN_NEEDED';
  return caller === 'foreign' && route.includes(':tenant') ? '404 TENANT_MISSING' : '403 NOT_ALLOWED';
}

test('every route answers every kind of caller as the table says, and no route is missing from it', async () => {
  expect([...new Set(allRoutes(web.app))].sort()).toEqual(Object.keys(TABLE).map(asDeclared).sort());
  const wrong: string[] = [];
  for (const [route, row] of Object.entries(TABLE)) {
    const [method = '', path = ''] = route.split(' ');
    const reason = { reason: 'To prove a point' };
    await callers.confirmed.ask('PUT', `/api/tenants/${home.tenant}/visit`, reason);
    if (['DELETE /api/account/sessions', 'DELETE /api/session'].includes(route)) continue;
    await Promise.all(
      CALLERS.map(async (caller) => {
        const answer = await callers[caller].ask(method, filled(path, home), row.body);
        const [is, should] = [told(answer), expected(route, row, caller)];
        if (is !== should) wrong.push(`${caller}: ${route} answers ${is}, not ${should}`);
      }),
    );
  }
  expect(wrong).toEqual([]);
}, 120_000);

test('no answer to anybody at home holds anything of another tenant, even when asked by its ids, and the marks would be seen', async () => {
  const marks = [abroad.mark, abroad.mark.toLowerCase(), ...Object.values(abroad.ids)];
  const gets = Object.keys(TABLE).filter((route) => route.startsWith('GET /api'));
  const betrayals: string[] = [];
  const insiders = CALLERS.filter((caller) => !['foreign', 'admin', 'looking', 'confirmed'].includes(caller));
  const crawl = async (caller: Caller): Promise<void> => {
    for (const route of gets) {
      for (const ids of [home.ids, abroad.ids]) {
        const answer = await callers[caller].ask('GET', filled(route.split(' ')[1] ?? '', { ...home, ids }));
        const text = JSON.stringify(answer.body);
        const seen = marks.filter((mark) => text.includes(mark));
        if (seen.length > 0) betrayals.push(`${caller}: ${route} tells ${seen}`);
      }
    }
  };
  await Promise.all(insiders.map(crawl));
  expect(betrayals).toEqual([]);
  let all = '';
  for (const route of gets)
    all += JSON.stringify((await callers.foreign.ask('GET', filled(route.split(' ')[1] ?? '', abroad))).body);
  expect(marks.filter((mark) => !all.includes(mark))).toEqual([]);
}, 120_000);

/** Every event a page may send, with what each caller is answered. */
const EVENTS = ['watch', 'unwatch', 'attend', 'leave'];

test('every socket event answers every kind of caller as its route does', async () => {
  const source = readFileSync(new URL('../../server/live.ts', import.meta.url), 'utf8');
  const declared = [...source.matchAll(/socket\.on\(\s*'([a-z-]+)'/g)].map(([, name]) => name);
  expect(declared.filter((name) => name !== 'disconnect')).toEqual(EVENTS);
  const run = { what: 'run', tenant: home.tenant, run: home.ids.run, afterSeq: -1 };
  const runs = { what: 'runs', tenant: home.tenant };
  const borrowed = { what: 'run', tenant: home.tenant, run: abroad.ids.run, afterSeq: -1 };
  for (const caller of CALLERS) {
    const socket = io(web.url, {
      transports: ['websocket'],
      reconnection: false,
      forceNew: true,
      extraHeaders: { cookie: callers[caller].cookie },
    });
    const ask = async (event: string, wish: object): Promise<string> => {
      const answer = (await socket.timeout(10_000).emitWithAck(event, wish)) as { ok?: true; error?: { code: string } };
      return answer.ok ? 'ok' : (answer.error?.code ?? '');
    };
    try {
      if (caller === 'anonymous') {
        const refused = await new Promise((resolve) => socket.once('connect_error', (error) => resolve(error.message)));
        expect(refused).toBe('SIGN_IN_NEEDED');
        continue;
      }
      const answers = [await ask('watch', runs), await ask('watch', run), await ask('watch', borrowed)];
      const may = caller !== 'foreign';
      const theirs = caller === 'other-partner' ? 'RUN_MISSING' : 'ok';
      expect([caller, ...answers]).toEqual(
        may ? [caller, 'ok', theirs, 'RUN_MISSING'] : [caller, 'TENANT_MISSING', 'TENANT_MISSING', 'TENANT_MISSING'],
      );
      await callers.confirmed.ask('PUT', `/api/tenants/${home.tenant}/visit`, { reason: 'To prove a point' });
      const tab = { tenant: home.tenant, flow: home.ids.flow, tab: randomUUID() };
      const builds = (BUILDERS as readonly Caller[]).includes(caller);
      const drawing = caller === 'foreign' ? 'TENANT_MISSING' : builds ? 'ok' : 'NOT_ALLOWED';
      const elsewhere = builds ? 'FLOW_MISSING' : drawing;
      expect([
        caller,
        await ask('attend', { ...tab, wish: 'take' }),
        await ask('attend', { ...tab, flow: abroad.ids.flow, wish: 'read' }),
      ]).toEqual([caller, drawing, elsewhere]);
      // letting go of what one does not follow, or does not have open, is nothing
      expect([caller, await ask('leave', tab)]).toEqual([caller, 'ok']);
      expect([caller, await ask('unwatch', runs), await ask('unwatch', borrowed)]).toEqual([caller, 'ok', 'ok']);
    } finally {
      socket.close();
    }
  }
}, 60_000);

test('signing out is for everybody, and then the door is shut', async () => {
  for (const caller of CALLERS) {
    const { who, answer } = TABLE['DELETE /api/session'] as Row;
    expect(who).toContain(caller);
    expect([caller, told(await callers[caller].ask('DELETE', '/api/session'))]).toEqual([caller, answer]);
    expect((await callers[caller].ask('GET', `/api/tenants/${home.tenant}/flows`)).status).toBe(401);
  }
});
