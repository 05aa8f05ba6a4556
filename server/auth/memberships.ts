import type { Pool, PoolClient } from 'pg';
import type { Member } from '#runtime/tenant.ts';
import { audit } from '../adapters/pg-audit.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { Role } from './permission.ts';

/** Who belongs to a tenant: its own people, those who look after it, and guests of its projects. */
export interface Memberships {
  list(tenant: number): Promise<Member[]>;
  /** Rejects with Refused when there is no such person or tenant; nothing happens when the person belongs already. */
  add(tenant: number, email: string): Promise<Member>;
  /** Rejects with Refused when the person does not belong. */
  remove(tenant: number, user: string): Promise<void>;
  /** As `add`, for KAMs and support only: whoever looks after tenants cannot let administrators or guests in. */
  addStaff(tenant: number, email: string): Promise<Member>;
  /** As `remove`, for KAMs and support only. */
  removeStaff(tenant: number, user: string): Promise<void>;
}

interface MemberRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
}

const memberOf = ({ id, email, name, role }: MemberRow): Member => ({ id, email, name, role: Role.parse(role) });

/** In the caller's transaction; answers whether the person did not belong before. */
export async function join(client: PoolClient, tenant: number, { id, email, role }: Member): Promise<boolean> {
  const { rowCount } = await client.query(
    'insert into membership (tenant_id, user_id) values ($1, $2) on conflict do nothing',
    [tenant, id],
  );
  if (rowCount === 0) return false;
  await audit(client, { action: 'member.add', on: { id, title: email }, after: { role } });
  return true;
}

/** The person of that email, who need not belong to any tenant; rejects with Refused when there is none. */
export async function personBy(client: PoolClient, email: string): Promise<Member> {
  const { rows } = await client.query<MemberRow>('select id, email, name, role from app_user where email = lower($1)', [
    email,
  ]);
  const [row] = rows;
  if (!row) throw new Refused(404, 'USER_MISSING', `nobody has an account as ${email}`, { field: 'email' });
  return memberOf(row);
}

const STAFF: readonly Role[] = ['kam', 'support'];

async function add(pool: Pool, tenant: number, email: string, only: readonly Role[]): Promise<Member> {
  return withTenant(pool, tenant, async (client) => {
    const tenants = await client.query('select from tenant where id = current_tenant()');
    if (tenants.rows.length === 0)
      throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
    const person = await personBy(client, email);
    if (!only.includes(person.role))
      throw new Refused(409, 'NOT_STAFF', `${person.email} is neither KAM nor support`, { field: 'email' });
    await join(client, tenant, person);
    return person;
  });
}

async function remove(pool: Pool, tenant: number, user: string, only: readonly Role[]): Promise<void> {
  await withTenant(pool, tenant, async (client) => {
    const { rows } = await client.query<MemberRow>(
      `delete from membership m using app_user u
        where m.user_id = $1 and u.id = m.user_id and u.role = any($2::text[]) and m.tenant_id = current_tenant()
        returning u.id, u.email, u.name, u.role`,
      [user, only],
    );
    const [row] = rows;
    if (!row) throw new Refused(404, 'USER_MISSING', 'the person does not belong here', { field: 'user' });
    await client.query('delete from project_member where user_id = $1 and tenant_id = current_tenant()', [user]);
    await audit(client, { action: 'member.remove', on: { id: row.id, title: row.email }, before: { role: row.role } });
  });
}

/** `pool` runs as weft_app. */
export function createMemberships(pool: Pool): Memberships {
  return {
    addStaff: (tenant, email) => add(pool, tenant, email, STAFF),
    removeStaff: (tenant, user) => remove(pool, tenant, user, STAFF),
    list: (tenant) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<MemberRow>(
          `select u.id, u.email, u.name, u.role from membership m join app_user u on u.id = m.user_id
            where m.tenant_id = current_tenant() order by u.role, u.email limit 1000`,
        );
        return rows.map(memberOf);
      }),
    add: (tenant, email) => add(pool, tenant, email, Role.options),
    remove: (tenant, user) => remove(pool, tenant, user, Role.options),
  };
}
