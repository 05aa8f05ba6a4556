import type { Pools } from '../adapters/pg-pool.ts';
import { hashPassword } from './password.ts';
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

interface AccountRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: string;
}

export function createAccounts({ app, engine }: Pick<Pools, 'app' | 'engine'>): Accounts {
  const endSessions = "with gone as (delete from user_session where sess->>'user' = $1) select";
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
      const { rows } = await app.query<{ id: string }>(
        'update app_user set password_hash = $2 where email = lower($1) returning id',
        [email, await hashPassword(password)],
      );
      const [row] = rows;
      if (row) await app.query(endSessions, [row.id]);
      return row !== undefined;
    },
    remove: async (email) => {
      const client = await app.connect();
      try {
        await client.query('begin');
        // locked in one order: two who remove each other must not both succeed
        const admins = await client.query<{ email: string }>(
          "select email from app_user where role = 'admin' order by id for update",
        );
        const wanted = email.toLowerCase();
        if (admins.rows.length === 1 && admins.rows[0]?.email === wanted) throw new LastAdministrator(wanted);
        const { rows } = await client.query<{ id: string }>('delete from app_user where email = $1 returning id', [
          wanted,
        ]);
        const [row] = rows;
        if (row) await client.query(endSessions, [row.id]);
        await client.query('commit');
        return row !== undefined;
      } catch (error) {
        await client.query('rollback');
        throw error;
      } finally {
        client.release();
      }
    },
  };
}
