import type { Pool, PoolClient } from 'pg';
import { audit, HOUSE } from '../adapters/pg-audit.ts';
import { enterTenant, type Pools, withTenant } from '../adapters/pg-pool.ts';
import { hashPassword } from './password.ts';
import { END_SESSIONS } from './passwords.ts';
import { Role } from './permission.ts';

export interface Account {
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  /** Ids of the customers the person belongs to; an administrator needs none. */
  readonly tenants: readonly number[];
}

/** Accounts as whoever runs the server looks after them, at the command line. */
export interface Accounts {
  list(): Promise<readonly Account[]>;
  /** Those of the ids that are no customer's. */
  unknownTenants(ids: readonly number[]): Promise<readonly number[]>;
  /** Ends the person's sessions too; false when there is no such account. */
  setPassword(email: string, password: string): Promise<boolean>;
  /** For who has lost the authenticator; false when there is no such account, or two-step sign-in is not on. */
  secondStepOff(email: string): Promise<boolean>;
  /** Ends the person's sessions too; rejects with LastAdministrator, false when there is no such account. */
  remove(email: string): Promise<boolean>;
}

/** Without an administrator nobody could let anybody in again. */
export class LastAdministrator extends Error {
  constructor(email: string) {
    super(`${email} is the only administrator; make another one first`);
    this.name = 'LastAdministrator';
  }
}

/** As the engine, which sees every customer's members. */
async function tenantsOf(engine: Pool, user: string | undefined): Promise<number[]> {
  if (user === undefined) return [];
  const { rows } = await engine.query<{ id: number }>(
    'select tenant_id as id from membership where user_id = $1 order by 1',
    [user],
  );
  return rows.map((row) => row.id);
}

/** In the log of every customer the person belonged to, and in the house's. */
async function tellRemoved(
  client: PoolClient,
  on: { readonly id: string; readonly title: string },
  role: string,
  tenants: readonly number[],
): Promise<void> {
  for (const tenant of tenants) {
    await enterTenant(client, tenant);
    await audit(client, { action: 'member.remove', on, before: { role } });
  }
  await enterTenant(client, HOUSE);
  await audit(client, { action: 'user.remove', on, before: { role } });
}

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
}

export function createAccounts({ app, engine }: Pick<Pools, 'app' | 'engine'>): Accounts {
  return {
    list: async () => {
      const users = await app.query<AccountRow>('select id, email, name, role from app_user order by email');
      // as the engine, which sees every customer's members
      const members = await engine.query<{ user_id: string; tenants: number[] }>(
        'select user_id, array_agg(tenant_id order by tenant_id) as tenants from membership group by user_id',
      );
      const tenants = new Map(members.rows.map((row) => [row.user_id, row.tenants]));
      return users.rows.map(({ id, email, name, role }) => ({
        email,
        name,
        role: Role.parse(role),
        tenants: tenants.get(id) ?? [],
      }));
    },
    unknownTenants: async (ids) => {
      const { rows } = await engine.query<{ id: number }>('select id from tenant where id = any($1::int[])', [ids]);
      const known = new Set(rows.map((row) => row.id));
      return ids.filter((id) => !known.has(id));
    },
    setPassword: async (email, password) => {
      const hash = await hashPassword(password);
      return withTenant(app, HOUSE, async (client) => {
        const { rows } = await client.query<{ id: string }>(
          'update app_user set password_hash = $2 where email = lower($1) returning id',
          [email, hash],
        );
        const [row] = rows;
        if (!row) return false;
        await client.query(END_SESSIONS, [row.id]);
        await audit(client, { action: 'user.password', on: { id: row.id, title: email.toLowerCase() } });
        return true;
      });
    },
    secondStepOff: (email) =>
      withTenant(app, HOUSE, async (client) => {
        const { rows } = await client.query<{ id: string }>(
          'delete from second_step s using app_user u where u.id = s.user_id and u.email = lower($1) returning u.id',
          [email],
        );
        const [row] = rows;
        if (!row) return false;
        await audit(client, { action: 'user.second-step-off', on: { id: row.id, title: email.toLowerCase() } });
        return true;
      }),
    remove: async (email) => {
      const wanted = email.toLowerCase();
      const found = await app.query<{ id: string }>('select id from app_user where email = $1', [wanted]);
      const tenants = await tenantsOf(engine, found.rows[0]?.id);
      return withTenant(app, HOUSE, async (client) => {
        // locked in one order: two who remove each other must not both succeed
        const admins = await client.query<{ email: string }>(
          "select email from app_user where role = 'admin' order by id for update",
        );
        if (admins.rows.length === 1 && admins.rows[0]?.email === wanted) throw new LastAdministrator(wanted);
        const { rows } = await client.query<{ id: string; role: string }>(
          'delete from app_user where email = $1 returning id, role',
          [wanted],
        );
        const [row] = rows;
        if (!row) return false;
        await client.query(END_SESSIONS, [row.id]);
        await tellRemoved(client, { id: row.id, title: wanted }, row.role, tenants);
        return true;
      });
    },
  };
}
