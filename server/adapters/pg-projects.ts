import type pg from 'pg';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import type {
  AddProjectMember,
  ChangeProject,
  CreateProject,
  Project,
  ProjectList,
  ProjectMember,
} from '#runtime/project.ts';
import { join, personBy } from '../auth/memberships.ts';
import { audit, difference } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';

/** Projects of a tenant; a guest is told the guest's own, which the database sees to. Rejects with Refused. */
export interface Projects {
  list(tenant: number): Promise<ProjectList>;
  read(tenant: number, project: string): Promise<Project>;
  create(tenant: number, wish: CreateProject): Promise<Project>;
  change(tenant: number, project: string, wish: ChangeProject): Promise<Project>;
  /** Guests see nothing of it any more. */
  close(tenant: number, project: string): Promise<void>;
  addMember(tenant: number, project: string, wish: AddProjectMember): Promise<Project>;
  removeMember(tenant: number, project: string, user: string): Promise<Project>;
}

const missing = (): Refused => new Refused(404, 'PROJECT_MISSING', 'there is no such project', { field: 'project' });

interface ProjectRow extends Omit<Project, 'flows' | 'members' | 'invited'> {
  readonly flows: Project['flows'] | null;
  readonly members: ProjectMember[] | null;
  readonly invited: Project['invited'] | null;
}

/** Renewal is talked about this many days before the last day to give notice. */
const TALK_DAYS = 30;
const NOTICE_BY = '(p.ends_on - make_interval(months => p.notice_months))::date';
const TODAY = '(now() at time zone t.time_zone)::date';

const LIST = `
select p.id, p.name, p.notes, p.kam_id as kam, p.starts_on::text as "startsOn", p.ends_on::text as "endsOn",
  p.notice_months as "noticeMonths", ${NOTICE_BY}::text as "noticeBy",
  p.closed_at is null and ${TODAY} >= ${NOTICE_BY} - ${TALK_DAYS} as "renewalDue", p.closed_at is not null as closed,
  (select json_agg(json_build_object('id', f.id, 'name', f.name) order by f.name, f.id) from project_flow pf
    join flow f on f.tenant_id = pf.tenant_id and f.id = pf.flow_id where pf.tenant_id = p.tenant_id and pf.project_id = p.id) as flows,
  (select json_agg(json_build_object('id', u.id, 'email', u.email, 'name', u.name, 'role', u.role, 'firm', m.firm) order by u.role, u.email)
    from project_member m join app_user u on u.id = m.user_id where m.tenant_id = p.tenant_id and m.project_id = p.id) as members,
  (select json_agg(json_build_object('id', i.id, 'email', i.email, 'firm', i.firm, 'mailFailure', i.mail_failure,
      'expiresAt', (extract(epoch from i.expires_at) * 1000)::bigint) order by i.email)
    from invitation i where i.tenant_id = p.tenant_id and i.project_id = p.id and i.expires_at > now()) as invited
from project p join tenant t on t.id = p.tenant_id
where p.tenant_id = current_tenant() and ($1::uuid is null or p.id = $1)
order by p.closed_at is not null, lower(p.name), p.id limit 500`;

async function read(client: pg.PoolClient, project: string | null): Promise<Project[]> {
  const { rows } = await client.query<ProjectRow>(LIST, [project]);
  return rows.map((row) => ({
    ...row,
    flows: row.flows ?? [],
    members: row.members ?? [],
    invited: row.invited ?? [],
  }));
}

async function one(client: pg.PoolClient, project: string): Promise<Project> {
  const [found] = await read(client, project);
  if (!found) throw missing();
  return found;
}

async function packageNow(client: pg.PoolClient): Promise<Package> {
  const { rows } = await client.query<{ package: Package }>('select package from tenant where id = current_tenant()');
  const [row] = rows;
  if (!row) throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
  return row.package;
}

async function requirePackage(client: pg.PoolClient): Promise<void> {
  const owned = await packageNow(client);
  if (!allows(owned, 'projects'))
    throw new Refused(403, 'PACKAGE_NEEDED', `projects are part of package ${packageOf('projects')}; this is ${owned}`);
}

/** What the log tells of a project: names, never whole notes. */
const toldOf = ({ name, notes, kam, startsOn, endsOn, noticeMonths, flows }: Project) => ({
  name,
  notes: `${notes.length} characters`,
  kam,
  startsOn,
  endsOn,
  noticeMonths,
  flows: flows.map((flow) => flow.name),
});

async function setFlows(client: pg.PoolClient, project: string, flows: readonly string[]): Promise<void> {
  await client.query('delete from project_flow where project_id = $1 and tenant_id = current_tenant()', [project]);
  const { rowCount } = await client.query(
    `insert into project_flow (tenant_id, project_id, flow_id)
      select f.tenant_id, $1, f.id from flow f where f.tenant_id = current_tenant() and f.id = any($2::uuid[])`,
    [project, flows],
  );
  if (rowCount !== new Set(flows.map((flow) => flow.toLowerCase())).size)
    throw new Refused(422, 'FLOW_MISSING', 'one of the flows is not there', { field: 'flows' });
}

async function requireKam(client: pg.PoolClient, kam: string): Promise<void> {
  const { rows } = await client.query(
    `select from membership m join app_user u on u.id = m.user_id
      where m.tenant_id = current_tenant() and u.id = $1 and u.role in ('kam', 'admin')`,
    [kam],
  );
  if (rows.length === 0)
    throw new Refused(422, 'NOT_A_KAM', 'the key account manager must be a KAM who is assigned here', { field: 'kam' });
}

async function change(client: pg.PoolClient, project: string, wish: ChangeProject): Promise<Project> {
  await requirePackage(client);
  await client.query('select from project where id = $1 and tenant_id = current_tenant() for update', [project]);
  const before = await one(client, project);
  if (before.closed) throw new Refused(409, 'PROJECT_CLOSED', 'the project is closed');
  const next = { ...before, ...Object.fromEntries(Object.entries(wish).filter(([, value]) => value !== undefined)) };
  if (next.endsOn < next.startsOn)
    throw new Refused(422, 'CONTRACT_INVALID', 'the contract cannot end before it starts', { field: 'endsOn' });
  if (wish.kam) await requireKam(client, wish.kam);
  await client.query(
    `update project set name = $2, notes = $3, kam_id = $4, starts_on = $5, ends_on = $6, notice_months = $7, updated_at = now()
      where id = $1 and tenant_id = current_tenant()`,
    [project, next.name, next.notes, next.kam, next.startsOn, next.endsOn, next.noticeMonths],
  );
  if (wish.flows) await setFlows(client, project, wish.flows);
  const after = await one(client, project);
  const told = difference(toldOf(before), toldOf(after));
  if (Object.keys(told.after).length > 0)
    await audit(client, { action: 'project.change', on: { id: project, title: after.name }, ...told });
  return after;
}

async function addMember(client: pg.PoolClient, tenant: number, project: string, wish: AddProjectMember) {
  await requirePackage(client);
  const { name, closed } = await one(client, project);
  if (closed) throw new Refused(409, 'PROJECT_CLOSED', 'the project is closed');
  const person = await personBy(client, wish.email);
  const { rows } = await client.query('select from membership where user_id = $1 and tenant_id = current_tenant()', [
    person.id,
  ]);
  const guest = person.role === 'partner';
  if (!guest && rows.length === 0)
    throw new Refused(409, 'NOT_A_MEMBER', `${person.email} does not belong to this customer`, { field: 'email' });
  if (guest && wish.firm === undefined)
    throw new Refused(422, 'FIRM_NEEDED', 'tell which firm the guest is from', { field: 'firm' });
  if (guest) await join(client, tenant, person);
  const firm = guest ? wish.firm : null;
  const { rowCount } = await client.query(
    `insert into project_member (tenant_id, project_id, user_id, firm) values ($1, $2, $3, $4)
      on conflict (tenant_id, project_id, user_id) do update set firm = excluded.firm where project_member.firm is distinct from excluded.firm`,
    [tenant, project, person.id, firm],
  );
  if (rowCount === 1)
    await audit(client, {
      action: 'project.join',
      on: { id: person.id, title: person.email },
      after: { project: name, role: person.role, ...(firm == null ? {} : { firm }) },
    });
}

/** A guest whom no open project holds any more does not belong to the tenant any more. */
async function letGuestGo(client: pg.PoolClient, user: string): Promise<void> {
  const { rows } = await client.query<{ email: string; role: string }>(
    `delete from membership m using app_user u
      where m.user_id = $1 and u.id = m.user_id and u.role = 'partner' and m.tenant_id = current_tenant()
        and not exists (select from project_member pm join project p on p.tenant_id = pm.tenant_id and p.id = pm.project_id
          where pm.user_id = $1 and pm.tenant_id = current_tenant() and p.closed_at is null)
      returning u.email, u.role`,
    [user],
  );
  const [row] = rows;
  if (row)
    await audit(client, { action: 'member.remove', on: { id: user, title: row.email }, before: { role: row.role } });
}

async function removeMember(client: pg.PoolClient, project: string, user: string): Promise<void> {
  const { name, members } = await one(client, project);
  const member = members.find((each) => each.id === user);
  if (!member) throw new Refused(404, 'USER_MISSING', 'the person is not in the project', { field: 'user' });
  await client.query(
    'delete from project_member where project_id = $1 and user_id = $2 and tenant_id = current_tenant()',
    [project, user],
  );
  await audit(client, { action: 'project.leave', on: { id: user, title: member.email }, before: { project: name } });
  await letGuestGo(client, user);
}

async function close(client: pg.PoolClient, project: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    'update project set closed_at = now(), updated_at = now() where id = $1 and tenant_id = current_tenant() and closed_at is null returning name',
    [project],
  );
  const [row] = rows;
  if (!row) throw missing();
  await client.query('delete from invitation where project_id = $1 and tenant_id = current_tenant()', [project]);
  await audit(client, { action: 'project.close', on: { id: project, title: row.name } });
  const { members } = await one(client, project);
  for (const { id, role } of members) if (role === 'partner') await letGuestGo(client, id);
}

/** `pool` runs as weft_app. */
export function createProjects(pool: pg.Pool): Projects {
  return {
    list: (tenant) =>
      withTenant(pool, tenant, async (client) => ({
        projects: await read(client, null),
        allowed: allows(await packageNow(client), 'projects'),
      })),
    read: (tenant, project) => withTenant(pool, tenant, (client) => one(client, project)),
    create: (tenant, { name, startsOn, endsOn }) =>
      withTenant(pool, tenant, async (client) => {
        await requirePackage(client);
        if (endsOn !== undefined && endsOn < startsOn)
          throw new Refused(422, 'CONTRACT_INVALID', 'the contract cannot end before it starts', { field: 'endsOn' });
        const { rows } = await client.query<{ id: string }>(
          `insert into project (tenant_id, name, starts_on, ends_on)
            values ($1, $2, $3::date, coalesce($4::date, ($3::date + interval '12 months')::date)) returning id`,
          [tenant, name, startsOn, endsOn ?? null],
        );
        const made = await one(client, rows[0]?.id ?? '');
        const after = { startsOn: made.startsOn, endsOn: made.endsOn };
        await audit(client, { action: 'project.create', on: { id: made.id, title: name }, after });
        return made;
      }),
    change: (tenant, project, wish) => withTenant(pool, tenant, (client) => change(client, project, wish)),
    close: (tenant, project) => withTenant(pool, tenant, (client) => close(client, project)),
    addMember: (tenant, project, wish) =>
      withTenant(pool, tenant, async (client) => {
        await addMember(client, tenant, project, wish);
        return one(client, project);
      }),
    removeMember: (tenant, project, user) =>
      withTenant(pool, tenant, async (client) => {
        await removeMember(client, project, user);
        return one(client, project);
      }),
  };
}

interface DueRow {
  readonly tenant_id: number;
  readonly id: string;
}

/** Tells each log once a contract that its renewal is due; `engine` finds them over all tenants. Answers how many were told. */
export async function remindOfRenewals({
  app,
  engine,
}: {
  readonly app: pg.Pool;
  readonly engine: pg.Pool;
}): Promise<number> {
  const { rows } = await engine.query<DueRow>(
    `select p.tenant_id, p.id from project p join tenant t on t.id = p.tenant_id
      where p.closed_at is null and p.reminded_for is distinct from p.ends_on and ${TODAY} >= ${NOTICE_BY} - ${TALK_DAYS}`,
  );
  let told = 0;
  for (const { tenant_id: tenant, id } of rows)
    await withTenant(app, tenant, async (client) => {
      // another process may have told meanwhile
      const due = await client.query<{ name: string; ends_on: string; notice_by: string }>(
        `update project p set reminded_for = ends_on where id = $1 and tenant_id = current_tenant() and closed_at is null
          and reminded_for is distinct from ends_on returning name, ends_on::text, ${NOTICE_BY}::text as notice_by`,
        [id],
      );
      const [row] = due.rows;
      if (!row) return;
      told++;
      await audit(client, {
        action: 'project.remind',
        on: { id, title: row.name },
        after: { endsOn: row.ends_on, noticeBy: row.notice_by },
      });
    });
  return told;
}
