import type { Pool, PoolClient } from 'pg';
import type { MemberRole, MemberSummary } from '#runtime/people.ts';
import { Role } from '#runtime/role.ts';
import { audit } from '../adapters/pg-audit.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { grantableRoles, type User } from './permission.ts';

/** Who belongs to a customer. */
export interface Members {
  list(tenant: number, by: User): Promise<MemberSummary[]>;
  /** Rejects with Refused when the caller may not give that role, or not touch this member. */
  setRole(tenant: number, by: User, member: string, role: MemberRole): Promise<void>;
  /** The person's sessions reach the customer no more; rejects as `setRole`. */
  remove(tenant: number, by: User, member: string): Promise<void>;
  /** Rejects with Refused when there is no such member. */
  emailOf(tenant: number, member: string): Promise<string>;
}

interface Row {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
  readonly seen_at: Date | null;
  readonly second_step: boolean;
}

/** A session is written down eight hours ahead each time it is used. */
const LIST = `
select u.id, u.email, u.name, case when u.role in ('admin', 'partner') then u.role else coalesce(m.role, u.role) end as role,
  greatest(u.seen_at, (select max(s.expire) - interval '8 hours' from user_session s where s.sess ->> 'user' = u.id::text)) as seen_at,
  exists (select from second_step t where t.user_id = u.id and t.confirmed_at is not null) as second_step
from membership m join app_user u on u.id = m.user_id
where m.tenant_id = current_tenant()`;

export const memberMissing = (): Refused =>
  new Refused(404, 'MEMBER_MISSING', 'there is no such member', { field: 'member' });

async function find(client: PoolClient, member: string): Promise<Row> {
  const { rows } = await client.query<Row>(`${LIST} and u.id = $1 for update of m`, [member]);
  const [row] = rows;
  if (!row) throw memberMissing();
  return row;
}

/** Whose role it is to give, and not the caller's own. */
const isYours = (by: User, grantable: readonly string[], { id, role }: Row): boolean =>
  id !== by.id && grantable.includes(role);

function requireYours(by: User, grantable: readonly string[], row: Row): void {
  if (row.id === by.id)
    throw new Refused(403, 'OWN_ROLE', 'nobody changes or removes themselves; ask another administrator');
  if (!isYours(by, grantable, row))
    throw new Refused(403, 'ROLE_ABOVE', 'this member has a role above those you may give and take');
}

/** What somebody has let others in for goes with the right to do so. */
const WITHDRAW = `delete from invitation where tenant_id = current_tenant() and invited_by = $1 and not (role = any($2::text[]))`;
const TELL = "select pg_notify('weft_account', $1::text)";

/** `pool` runs as weft_app. */
export function createMembers(pool: Pool): Members {
  return {
    list: (tenant, by) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<Row>(`${LIST} order by lower(u.name), u.email`);
        const grantable = grantableRoles(by, tenant);
        return rows.map((row) => ({
          id: row.id,
          email: row.email,
          name: row.name,
          role: Role.parse(row.role),
          lastSeenAt: row.seen_at?.getTime() ?? null,
          secondStep: row.second_step,
          yours: isYours(by, grantable, row),
        }));
      }),
    setRole: (tenant, by, member, role) =>
      withTenant(pool, tenant, async (client) => {
        const grantable = grantableRoles(by, tenant);
        const before = await find(client, member);
        requireYours(by, grantable, before);
        if (!grantable.includes(role))
          throw new Refused(403, 'ROLE_ABOVE', `you may not give the role ${role}`, { field: 'role' });
        if (before.role === role) return;
        await client.query('update membership set role = $2 where tenant_id = current_tenant() and user_id = $1', [
          member,
          role,
        ]);
        const still = grantableRoles(
          { id: member, email: before.email, name: before.name, role, tenants: new Set([tenant]) },
          tenant,
        );
        await client.query(WITHDRAW, [member, still]);
        await client.query(TELL, [member]);
        const on = { id: member, title: before.email };
        await audit(client, { action: 'member.role', on, before: { role: before.role }, after: { role } });
      }),
    remove: (tenant, by, member) =>
      withTenant(pool, tenant, async (client) => {
        const before = await find(client, member);
        requireYours(by, grantableRoles(by, tenant), before);
        await client.query('delete from membership where tenant_id = current_tenant() and user_id = $1', [member]);
        await client.query('delete from project_member where tenant_id = current_tenant() and user_id = $1', [member]);
        await client.query(WITHDRAW, [member, []]);
        await client.query(TELL, [member]);
        const on = { id: member, title: before.email };
        await audit(client, { action: 'member.remove', on, before: { role: before.role } });
      }),
    emailOf: (tenant, member) => withTenant(pool, tenant, async (client) => (await find(client, member)).email),
  };
}
