import { randomBytes } from 'node:crypto';
import type { PoolClient } from 'pg';
import type { AcceptInvitation, InvitationAnswer, Language } from '#runtime/people.ts';
import { audit, HOUSE } from '../adapters/pg-audit.ts';
import { enterTenant, type Pools, withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { INVITATION_COLUMNS, type InvitationRow, type InvitedRole } from './invitations.ts';
import { linkTokenHash } from './link-token.ts';
import { hashPassword } from './password.ts';
import type { User } from './permission.ts';

/** What whoever holds a mailed invitation can do with it. */
export interface Acceptance {
  /** Null for a link that was used, taken back, is over, or never was. */
  look(token: string): Promise<InvitationAnswer | null>;
  /** Uses up every open invitation to an address that the identity provider has verified; makes the account when there is none. */
  acceptVerified(person: { readonly email: string; readonly name: string }, ip: string | null): Promise<void>;
  /** `signedIn`: who accepts with an account there is. Rejects with Refused; answers the tenant and the person. */
  accept(wish: AcceptInvitation, signedIn: User | null, ip: string | null): Promise<Accepted>;
}

export interface Accepted {
  readonly tenant: number;
  readonly user: string;
}

export const invitationOver = (): Refused =>
  new Refused(404, 'INVITATION_OVER', 'the invitation has been used, taken back or is too old; ask for another', {
    field: 'token',
  });

const LOOK = `
select ${INVITATION_COLUMNS}, t.name as tenant, p.name as project,
  exists (select from app_user k where k.email = i.email) as known
from invitation i join tenant t on t.id = i.tenant_id left join project p on p.tenant_id = i.tenant_id and p.id = i.project_id left join app_user u on u.id = i.invited_by
where i.tenant_id = current_tenant() and i.token_hash = $1 and i.expires_at > now()`;

/** Used up in the transaction of what it is used for. */
const USE = `delete from invitation where tenant_id = current_tenant() and token_hash = $1 and expires_at > now() returning id, email, role, language, project_id, firm`;

/** A guest is one everywhere, so the membership says nothing of it. */
const JOIN = `insert into membership (tenant_id, user_id, role) values (current_tenant(), $1, nullif($2, 'partner'))
  on conflict (tenant_id, user_id) do nothing`;

/** Makes the account an invitation is for. */
async function makeAccount(
  client: PoolClient,
  email: string,
  role: InvitedRole,
  account: NonNullable<AcceptInvitation['account']>,
  hash: string,
): Promise<string> {
  const { rows } = await client.query<{ id: string }>(
    `insert into app_user (email, name, password_hash, role, language) values ($1, $2, $3, $4, $5)
      on conflict (email) do nothing returning id`,
    [email, account.name, hash, role, account.language],
  );
  const [row] = rows;
  if (!row) throw new Refused(409, 'SIGN_IN_TO_ACCEPT', 'the address has an account; sign in to accept');
  return row.id;
}

interface UsedRow {
  readonly id: string;
  readonly email: string;
  readonly role: InvitedRole;
  readonly language: Language;
  readonly project_id: string | null;
  readonly firm: string | null;
}

/** Whoever is invited as a guest comes as one: an account of another kind would bring its own rights along. */
async function isSameKind(client: PoolClient, user: string, { role }: UsedRow): Promise<boolean> {
  if (role !== 'partner') return true;
  const { rows } = await client.query<{ role: string }>('select role from app_user where id = $1', [user]);
  return rows[0]?.role === 'partner';
}

async function requireSameKind(client: PoolClient, user: string, row: UsedRow): Promise<void> {
  if (await isSameKind(client, user, row)) return;
  throw new Refused(409, 'NOT_A_GUEST', 'this account is not a guest’s; ask to be added to the project instead');
}

async function joinAs(client: PoolClient, user: string, { role, project_id: project, firm }: UsedRow): Promise<void> {
  await client.query(JOIN, [user, role]);
  if (project === null) return;
  await client.query(
    `insert into project_member (tenant_id, project_id, user_id, firm) values (current_tenant(), $1, $2, $3)
      on conflict (tenant_id, project_id, user_id) do update set firm = excluded.firm`,
    [project, user, firm],
  );
}

interface Joined {
  readonly user: string;
  readonly row: UsedRow;
  readonly tenant: number;
  /** Whether the account is new. */
  readonly made: boolean;
  readonly ip: string | null;
}

/** In the customer's log and, for a new account, in the house's. */
async function tellJoined(client: PoolClient, { user, row, tenant, made, ip }: Joined): Promise<void> {
  const { email, role, firm } = row;
  const on = { id: user, title: email };
  const by = { id: user, name: email, role, ip, guest: null };
  await audit(client, { action: 'member.add', on, after: { role, ...(firm === null ? {} : { firm }) } }, by);
  if (!made) return;
  await enterTenant(client, HOUSE);
  await audit(client, { action: 'user.create', on, after: { role, tenants: [tenant] } }, by);
}

export function createAcceptance({ app, engine }: Pick<Pools, 'app' | 'engine'>): Acceptance {
  /** Which tenant's it is only the token says, so the engine looks, as it does for webhooks. */
  const tenantOf = async (hash: Buffer): Promise<number | null> => {
    const { rows } = await engine.query<{ tenant: number }>(
      'select tenant_id as tenant from invitation where token_hash = $1 and expires_at > now()',
      [hash],
    );
    return rows[0]?.tenant ?? null;
  };

  return {
    look: async (token) => {
      const hash = linkTokenHash(token);
      const of = await tenantOf(hash);
      if (of === null) return null;
      const { rows } = await withTenant(app, of, (client) =>
        client.query<InvitationRow & { tenant: string; project: string | null; known: boolean }>(LOOK, [hash]),
      );
      const [row] = rows;
      if (!row) return null;
      const { email, tenant, role, project, invited_by: invitedBy, language, known } = row;
      return { email, tenant, role, project, invitedBy, language, known };
    },
    accept: async ({ token, account }, signedIn, ip) => {
      const hash = linkTokenHash(token);
      const tenant = await tenantOf(hash);
      if (tenant === null) throw invitationOver();
      if (!account && !signedIn) throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in to accept the invitation');
      const password = account ? await hashPassword(account.password) : '';
      return withTenant(app, tenant, async (client) => {
        const used = await client.query<UsedRow>(USE, [hash]);
        const [row] = used.rows;
        if (!row) throw invitationOver();
        if (!account && signedIn?.email !== row.email)
          throw new Refused(403, 'INVITATION_OTHERS', 'the invitation is for another address; sign in with that one');
        const user = account ? await makeAccount(client, row.email, row.role, account, password) : (signedIn?.id ?? '');
        await requireSameKind(client, user, row);
        await joinAs(client, user, row);
        await tellJoined(client, { user, row, tenant, made: account !== undefined, ip });
        return { tenant, user };
      });
    },
    acceptVerified: async ({ email, name }, ip) => {
      const { rows } = await engine.query<{ tenant: number; hash: Buffer }>(
        'select tenant_id as tenant, token_hash as hash from invitation where email = $1 and expires_at > now() order by 1',
        [email],
      );
      // nobody knows this password; the way in is the provider's, or a mailed link to another
      const password = rows.length === 0 ? '' : await hashPassword(randomBytes(32).toString('base64url'));
      for (const { tenant, hash } of rows)
        await withTenant(app, tenant, async (client) => {
          const [row] = (await client.query<UsedRow>(USE, [hash])).rows;
          if (!row) return;
          const known = await client.query<{ id: string }>('select id from app_user where email = $1', [email]);
          const made = known.rows.length === 0;
          const account = { name, language: row.language, password: '' };
          const user = known.rows[0]?.id ?? (await makeAccount(client, email, row.role, account, password));
          if (!(await isSameKind(client, user, row))) return;
          await joinAs(client, user, row);
          await tellJoined(client, { user, row, tenant, made, ip });
        });
    },
  };
}
