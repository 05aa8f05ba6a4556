import { randomUUID } from 'node:crypto';
import type { Role } from '#server/auth/permission.ts';
import { type Client, clientOf } from './client.ts';
import { openEngine, started } from './run-rows.ts';
import { type TestWeb, webhookFlow } from './web.ts';

/** Everybody who may come to a tenant's door. */
export const CALLERS = [
  'anonymous',
  'customer',
  'customer-admin',
  'kam',
  'partner',
  // a guest of another project of the same tenant
  'other-partner',
  'support',
  'admin',
  // an administrator who is no member, before and after saying why
  'looking',
  'confirmed',
  // a KAM of another tenant
  'foreign',
] as const;
export type Caller = (typeof CALLERS)[number];

/** A tenant with one of everything, each of which carries the tenant's mark. */
export interface Furnished {
  readonly tenant: number;
  readonly mark: string;
  readonly ids: Readonly<Record<'flow' | 'run' | 'connection' | 'finding' | 'token' | 'project', string>>;
}

async function projectOf(web: TestWeb, tenant: number, name: string, flow: string): Promise<string> {
  const { rows } = await web.owner.query<{ id: string }>(
    `insert into project (tenant_id, name, notes, starts_on, ends_on)
      values ($1, $2, $2, current_date, current_date + interval '12 months') returning id`,
    [tenant, name],
  );
  const id = rows[0]?.id ?? '';
  await web.owner.query('insert into project_flow (tenant_id, project_id, flow_id) values ($1, $2, $3)', [
    tenant,
    id,
    flow,
  ]);
  return id;
}

async function liveFlow(web: TestWeb, tenant: number, name: string, connection: string): Promise<string> {
  const { id } = await web.flows.create(tenant, webhookFlow(name), { params: { shop: connection } });
  await web.flows.publish(tenant, id, { revision: 1, note: name, on: true }, { author: name, mayUnsigned: false });
  return id;
}

export async function furnish(web: TestWeb, mark: string): Promise<Furnished> {
  const tenant = await web.tenant(`${mark} AB`);
  const { id: connection } = await web.connections.admin.create(tenant, {
    connector: 'woocommerce',
    title: `${mark} shop`,
    settings: { url: `https://${mark.toLowerCase()}.example` },
    secrets: { consumerKey: `ck_${mark}`, consumerSecret: `cs_${mark}` },
  });
  const flow = await liveFlow(web, tenant, `${mark} flow`, connection);
  const engine = openEngine(web.database.url, web.watches.committed);
  const { id: run, journal } = await engine.begin({ tenant, flow, record: `${mark}-1042` });
  const failure = { code: 'INPUT_INVALID', message: `${mark} has no sku` } as const;
  const failed = [started(0), { type: 'run.failed', seq: 1, at: 1, step: 'note', failure } as const];
  await journal.release({ state: 'failed', failure }, { events: failed, links: [] });
  await engine.end();
  const finding = randomUUID();
  await web.owner.query(
    `insert into finding (tenant_id, id, flow_id, kind, fingerprint, entity, record, source_connection, detail, state)
      values ($1, $2, $3, 'missed-change', $4, 'order', $4, '', $4, 'open')`,
    [tenant, finding, flow, `${mark}-1043`],
  );
  const maker = await web.users.create({
    email: `${mark}@example.com`,
    name: `${mark} owner`,
    password: `${mark} long enough`,
    role: 'customer-admin',
    tenants: [tenant],
  });
  const { rows } = await web.owner.query<{ id: string }>(
    `insert into api_token (tenant_id, token_hash, name, hint, scopes, made_by, expires_at)
      values ($1, sha256($2::bytea), $2, 'weft_abcd', array['run.read'], $3, now() + interval '30 days') returning id`,
    [tenant, `${mark} token`, maker],
  );
  const project = await projectOf(web, tenant, `${mark} project`, flow);
  return { tenant, mark, ids: { flow, run, connection, finding, token: rows[0]?.id ?? '', project } };
}

/** One of everybody, signed in, at the door of `home`; the foreigner is of `abroad`. */
export async function callersAt(
  web: TestWeb,
  home: Furnished,
  abroad: Furnished,
): Promise<Readonly<Record<Caller, Client>>> {
  const member = (role: Role) => web.person(role, [home.tenant]);
  const other = await liveFlow(web, home.tenant, 'Another project’s flow', randomUUID());
  const elsewhere = await projectOf(web, home.tenant, 'Another project', other);
  const guestOf = async (project: string): Promise<Client> => {
    const guest = await member('partner');
    await web.owner.query(
      'insert into project_member (tenant_id, project_id, user_id, firm) select $1, $2, id, $4 from app_user where email = $3',
      [home.tenant, project, guest.email, 'Another firm'],
    );
    return guest;
  };
  return {
    anonymous: clientOf(web.url, '', ''),
    customer: await member('customer'),
    'customer-admin': await member('customer-admin'),
    kam: await member('kam'),
    partner: await guestOf(home.ids.project),
    'other-partner': await guestOf(elsewhere),
    support: await member('support'),
    admin: await member('admin'),
    looking: await web.person('admin'),
    confirmed: await web.person('admin'),
    foreign: await web.person('kam', [abroad.tenant]),
  };
}
