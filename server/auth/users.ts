import { randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { z } from 'zod';
import { Email, type Language, Password, PersonName, type TenantSummary } from '#runtime/people.ts';
import { audit, HOUSE } from '../adapters/pg-audit.ts';
import { enterTenant, withTenant, withUser } from '../adapters/pg-pool.ts';
import { join, personBy } from './memberships.ts';
import { hashPassword, verifyPassword } from './password.ts';
import { Role, type User } from './permission.ts';
import type { SignedIn } from './session.ts';

export const NewUser = z.strictObject({
  email: Email,
  name: PersonName,
  password: Password,
  role: Role,
  tenants: z.array(z.int().positive()).max(10_000).default([]),
});
export type NewUser = z.input<typeof NewUser>;

/** The email already has an account. */
export class EmailTaken extends Error {
  constructor(email: string) {
    super(`${email} has an account already`);
    this.name = 'EmailTaken';
  }
}

/** People and what they belong to; `pool` runs as weft_app. */
export interface Users {
  /** Answers the new id; rejects with ZodError, or EmailTaken. */
  create(user: NewUser): Promise<string>;
  /** Whose email and password these are, or null; takes as long for an unknown email. */
  verify(email: string, password: string): Promise<SignedIn | null>;
  /** The person as of now; null when there is no such account any more. */
  find(id: string): Promise<Person | null>;
  findByEmail(email: string): Promise<Person | null>;
  /** Whose session it is, as of now; null also when the sessions of that time have been ended. */
  signedIn(who: SignedIn): Promise<Person | null>;
  /** The account's count of ended sessions, for a session that begins now. */
  epochOf(id: string): Promise<number>;
  change(
    id: string,
    wish: { readonly name?: string | undefined; readonly language?: Language | undefined },
  ): Promise<void>;
  /** Whether the person has a role that must sign in in two steps here. */
  mustHaveSecondStep(id: string): Promise<boolean>;
  /** Notes that the person is here. */
  seen(id: string): Promise<void>;
  tenants(id: string): Promise<TenantSummary[]>;
  /** Makes the first administrator; null when there is one. The password is the given one or a new one, told this once. */
  ensureAdmin(wish: {
    readonly email: string;
    readonly password?: string;
  }): Promise<{ readonly email: string; readonly password: string } | null>;
  /** Makes the first administrator a member of the tenant. */
  joinFirstAdmin(tenant: number): Promise<void>;
}

/** A signed-in person, with what the person chose. */
export interface Person extends User {
  readonly language: Language | null;
  /** Nothing but setting up two-step sign-in is open to the person yet. */
  readonly mustSetUpSecondStep: boolean;
}

interface UserRow {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly language: Language | null;
  readonly tenants: number[] | null;
  /** As `tenants`; null where the account's own counts. */
  readonly roles: (string | null)[] | null;
  readonly second_step: boolean;
}

/** Several processes start at once on an empty database: one makes the administrator. */
const FIRST_ADMIN_LOCK = 7_310_245;

const FIND = `
select u.id, u.email, u.name, u.role, u.language,
  (select array_agg(m.tenant_id order by m.tenant_id) from membership m where m.user_id = u.id) as tenants,
  (select array_agg(m.role order by m.tenant_id) from membership m where m.user_id = u.id) as roles,
  exists (select from second_step s where s.user_id = u.id and s.confirmed_at is not null) as second_step
from app_user u where u.id = $1 and u.epoch = coalesce($2, u.epoch)`;

function rolesOf(tenants: readonly number[] | null, roles: readonly (string | null)[] | null): Map<number, Role> {
  const pairs = (tenants ?? []).map((tenant, at) => [tenant, roles?.[at] ?? null] as const);
  return new Map(pairs.flatMap(([tenant, role]) => (role === null ? [] : [[tenant, Role.parse(role)]])));
}

/** Roles from which much can be reached. */
const STRONG: readonly Role[] = ['kam', 'admin'];

/** `secondStep`: whether people with strong roles must sign in in two steps. */
export function createUsers(pool: Pool, { secondStep = false } = {}): Users {
  let decoy: Promise<string> | undefined;

  const create = async (input: NewUser): Promise<string> => {
    const user = NewUser.parse(input);
    const hash = await hashPassword(user.password);
    return withTenant(pool, HOUSE, async (client) => {
      const { rows } = await client.query<{ id: string }>(
        'insert into app_user (email, name, password_hash, role) values ($1, $2, $3, $4) on conflict (email) do nothing returning id',
        [user.email, user.name, hash, user.role],
      );
      const id = rows[0]?.id;
      if (id === undefined) throw new EmailTaken(user.email);
      const on = { id, title: user.email };
      // in one order for all, the house last: two who write in several logs must not wait for each other in a circle
      for (const tenant of [...new Set(user.tenants)].sort((a, b) => a - b)) {
        await enterTenant(client, tenant);
        await client.query('insert into membership (tenant_id, user_id) values ($1, $2)', [tenant, id]);
        await audit(client, { action: 'member.add', on, after: { role: user.role } });
      }
      await enterTenant(client, HOUSE);
      await audit(client, { action: 'user.create', on, after: { role: user.role, tenants: user.tenants } });
      return id;
    });
  };

  const ensureAdmin: Users['ensureAdmin'] = async ({ email, password }) => {
    const client = await pool.connect();
    try {
      await client.query('select pg_advisory_lock($1)', [FIRST_ADMIN_LOCK]);
      const { rows } = await client.query("select from app_user where role = 'admin' limit 1");
      if (rows.length > 0) return null;
      const chosen = password ?? randomBytes(12).toString('base64url');
      await create({ email, name: 'Administrator', password: chosen, role: 'admin' });
      return { email: email.trim().toLowerCase(), password: chosen };
    } finally {
      await client.query('select pg_advisory_unlock($1)', [FIRST_ADMIN_LOCK]).catch(() => undefined);
      client.release();
    }
  };

  const find = async (id: string, epoch: number | null): Promise<Person | null> => {
    const { rows } = await withUser(pool, id, (client) => client.query<UserRow>(FIND, [id, epoch]));
    const [row] = rows;
    if (!row) return null;
    const { tenants, roles: own, second_step, ...rest } = row;
    const [role, roles] = [Role.parse(row.role), rolesOf(tenants, own)];
    const strong = [role, ...roles.values()].some((each) => STRONG.includes(each));
    return {
      ...rest,
      role,
      roles,
      tenants: new Set(tenants ?? []),
      mustSetUpSecondStep: secondStep && strong && !second_step,
    };
  };

  return {
    create,
    ensureAdmin,
    joinFirstAdmin: (tenant) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ email: string }>(
          "select email from app_user where role = 'admin' order by created_at, id limit 1",
        );
        if (rows[0]) await join(client, tenant, await personBy(client, rows[0].email));
      }),
    verify: async (email, password) => {
      const { rows } = await pool.query<{ id: string; epoch: number; password_hash: string }>(
        'select id, epoch, password_hash from app_user where email = $1',
        [email],
      );
      const [row] = rows;
      decoy ??= hashPassword(randomBytes(16).toString('hex'));
      const right = await verifyPassword(password, row?.password_hash ?? (await decoy));
      return row && right ? { user: row.id, epoch: row.epoch } : null;
    },
    find: (id) => find(id, null),
    findByEmail: async (email) => {
      const { rows } = await pool.query<{ id: string }>('select id from app_user where email = $1', [email]);
      return rows[0] ? find(rows[0].id, null) : null;
    },
    signedIn: ({ user, epoch }) => find(user, epoch),
    mustHaveSecondStep: async (id) => {
      const person = await find(id, null);
      return (
        secondStep &&
        person !== null &&
        [person.role, ...(person.roles?.values() ?? [])].some((each) => STRONG.includes(each))
      );
    },
    epochOf: async (id) => {
      const { rows } = await pool.query<{ epoch: number }>('select epoch from app_user where id = $1', [id]);
      return rows[0]?.epoch ?? -1;
    },
    change: async (id, { name, language }) => {
      await pool.query(
        'update app_user set name = coalesce($2, name), language = coalesce($3, language) where id = $1',
        [id, name ?? null, language ?? null],
      );
    },
    seen: async (id) => {
      await pool.query('update app_user set seen_at = now() where id = $1', [id]);
    },
    tenants: async (id) => {
      const { rows } = await withUser(pool, id, (client) =>
        client.query<TenantSummary>('select id, name, package, time_zone as "timeZone" from tenant order by id'),
      );
      return rows;
    },
  };
}
