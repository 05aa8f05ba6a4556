import type { Pool, PoolClient } from 'pg';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import type { InvitationSummary, Invite, Language, MemberRole, SentLink } from '#runtime/people.ts';
import type { InviteGuest } from '#runtime/project.ts';
import { audit } from '../adapters/pg-audit.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { invitationLetter } from '../mail/letter.ts';
import { type Mailer, MailFailed } from '../mail/mailer.ts';
import { newLinkToken } from './link-token.ts';
import { grantableRoles, type User } from './permission.ts';

/** Ways into a customer for people who are not in it yet. */
export interface Invitations {
  list(tenant: number, by: User): Promise<InvitationSummary[]>;
  /** Stores it, then mails it; a mail that is not taken is told, and can be sent again. Rejects with Refused. */
  invite(tenant: number, by: User, wish: Invite): Promise<SentLink>;
  /** Another link, for another week; the one before is over. */
  resend(tenant: number, by: User, id: string): Promise<SentLink>;
  revoke(tenant: number, by: User, id: string): Promise<void>;
  /** A guest from another firm, into one project; whoever has an account is added there instead. Rejects with Refused. */
  inviteGuest(tenant: number, by: User, project: string, wish: InviteGuest): Promise<SentLink>;
  revokeGuest(tenant: number, project: string, id: string): Promise<void>;
}

export interface InvitationsDeps {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly mailer: Mailer | null;
  /** The address people use; links are made of it and of nothing a request says. */
  readonly publicUrl: string;
}

/** A member’s role, or that of a guest of a project. */
export type InvitedRole = MemberRole | 'partner';

export interface InvitationRow {
  readonly id: string;
  readonly email: string;
  readonly role: InvitedRole;
  readonly language: Language;
  readonly invited_by: string;
  readonly invited_at: Date;
  readonly expires_at: Date;
  readonly mail_failure: string | null;
}

export const INVITATION_COLUMNS = `i.id, i.email, i.role, i.language, coalesce(u.name, 'Weft') as invited_by, i.invited_at, i.expires_at, i.mail_failure`;
const FIND = `select ${INVITATION_COLUMNS} from invitation i left join app_user u on u.id = i.invited_by where i.tenant_id = current_tenant()`;
/** Guests stand with their projects. */
const LIST = `${FIND} and i.project_id is null`;
const WEEK = `now() + interval '7 days'`;
const MOST_OPEN = 200;

const missing = (): Refused =>
  new Refused(404, 'INVITATION_MISSING', 'there is no such invitation', { field: 'invitation' });

function requireGrantable(by: User, tenant: number, role: MemberRole): void {
  if (!grantableRoles(by, tenant).includes(role))
    throw new Refused(403, 'ROLE_ABOVE', `you may not give the role ${role}`, { field: 'role' });
}

async function requireRoom(client: PoolClient, email: string): Promise<void> {
  const member = await client.query(
    'select from membership m join app_user u on u.id = m.user_id where m.tenant_id = current_tenant() and u.email = $1',
    [email],
  );
  if (member.rows.length > 0)
    throw new Refused(409, 'MEMBER_ALREADY', `${email} belongs to this customer already`, { field: 'email' });
  const open = await client.query('select from invitation where tenant_id = current_tenant()');
  if (open.rows.length >= MOST_OPEN)
    throw new Refused(409, 'TOO_MANY_INVITATIONS', `${MOST_OPEN} invitations are open; take some back first`);
}

/** One for each address: inviting somebody again gives another link and another role. */
const ADD = `
insert into invitation (tenant_id, email, role, language, token_hash, invited_by, expires_at)
values (current_tenant(), $1, $2, $3, $4, $5, ${WEEK})
on conflict (tenant_id, email) do update set role = excluded.role, language = excluded.language,
  token_hash = excluded.token_hash, invited_by = excluded.invited_by, invited_at = now(), expires_at = excluded.expires_at,
  mail_failure = null, project_id = null, firm = null
returning id`;

interface OpenRow {
  readonly role: InvitedRole;
  readonly project_id: string | null;
}

async function openTo(client: PoolClient, email: string): Promise<OpenRow | undefined> {
  const { rows } = await client.query<OpenRow>(
    'select role, project_id from invitation where tenant_id = current_tenant() and email = $1 and expires_at > now() for update',
    [email],
  );
  return rows[0];
}

const invitedElsewhere = (): Refused =>
  new Refused(409, 'INVITED_ELSEWHERE', 'the address has another open invitation here; take that one back first', {
    field: 'email',
  });

/** One of those that are open, with its project; the name is for the log. */
async function requireOpenProject(client: PoolClient, project: string): Promise<string> {
  const { rows } = await client.query<{ name: string; closed: boolean; package: Package }>(
    `select p.name, p.closed_at is not null as closed, t.package from project p join tenant t on t.id = p.tenant_id
      where p.id = $1 and p.tenant_id = current_tenant()`,
    [project],
  );
  const [row] = rows;
  if (!row) throw new Refused(404, 'PROJECT_MISSING', 'there is no such project', { field: 'project' });
  if (row.closed) throw new Refused(409, 'PROJECT_CLOSED', 'the project is closed');
  if (!allows(row.package, 'projects'))
    throw new Refused(403, 'PACKAGE_NEEDED', `projects are part of package ${packageOf('projects')}`);
  return row.name;
}

const ADD_GUEST = `
insert into invitation (tenant_id, email, role, language, token_hash, invited_by, expires_at, project_id, firm)
values (current_tenant(), $1, 'partner', $2, $3, $4, ${WEEK}, $5, $6)
on conflict (tenant_id, email) do update set role = excluded.role, language = excluded.language,
  token_hash = excluded.token_hash, invited_by = excluded.invited_by, invited_at = now(), expires_at = excluded.expires_at,
  mail_failure = null, project_id = excluded.project_id, firm = excluded.firm
returning id`;

async function addGuest(
  client: PoolClient,
  { by, project, hash }: { readonly by: User; readonly project: string; readonly hash: Buffer },
  { email, firm, language }: InviteGuest,
): Promise<string> {
  const name = await requireOpenProject(client, project);
  const known = await client.query('select from app_user where email = $1', [email]);
  if (known.rows.length > 0)
    throw new Refused(409, 'ACCOUNT_KNOWN', `${email} has an account already; add it to the project`, {
      field: 'email',
    });
  await requireRoom(client, email);
  const open = await openTo(client, email);
  if (open && open.project_id !== project) throw invitedElsewhere();
  const { rows } = await client.query<{ id: string }>(ADD_GUEST, [email, language, hash, by.id, project, firm]);
  const made = rows[0]?.id ?? '';
  await audit(client, { action: 'project.invite', on: { id: made, title: email }, after: { project: name, firm } });
  return made;
}

async function removeGuest(client: PoolClient, project: string, id: string): Promise<void> {
  const { rows } = await client.query<{ email: string; firm: string }>(
    'delete from invitation where tenant_id = current_tenant() and id = $1 and project_id = $2 returning email, firm',
    [id, project],
  );
  const [row] = rows;
  if (!row) throw missing();
  await audit(client, { action: 'project.uninvite', on: { id, title: row.email }, before: { firm: row.firm } });
}

export function createInvitations({ pool, mailer, publicUrl }: InvitationsDeps): Invitations {
  const send = async (tenant: number, by: User, id: string, token: string): Promise<SentLink> => {
    const link = `${publicUrl}/invite#${token}`;
    const { row, name } = await withTenant(pool, tenant, async (client) => {
      const found = await client.query<InvitationRow>(`${FIND} and i.id = $1`, [id]);
      const of = await client.query<{ name: string }>('select name from tenant where id = $1', [tenant]);
      return { row: found.rows[0], name: of.rows[0]?.name ?? '' };
    });
    if (!row) throw missing();
    let mailFailure: string | null = mailer ? null : 'mails cannot be sent from here';
    try {
      const { email: to, language } = row;
      await mailer?.send(invitationLetter({ to, language, link, inviter: by.name, tenant: name }));
    } catch (error) {
      if (!(error instanceof MailFailed)) throw error;
      mailFailure = error.message.slice(0, 300);
    }
    await withTenant(pool, tenant, (client) =>
      client.query('update invitation set mail_failure = $2 where tenant_id = current_tenant() and id = $1', [
        id,
        mailFailure,
      ]),
    );
    return { mailFailure, link: mailFailure !== null && by.role === 'admin' ? link : null };
  };

  /** Without mails only an administrator, who hands links over, can let people in. */
  const requireWay = (by: User): void => {
    if (!mailer && by.role !== 'admin')
      throw new Refused(503, 'MAIL_OFF', 'mails cannot be sent from here; ask an administrator to invite');
  };

  return {
    list: (tenant, by) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<InvitationRow & { role: MemberRole }>(`${LIST} order by i.email`);
        const grantable = grantableRoles(by, tenant);
        return rows.map((row) => ({
          id: row.id,
          email: row.email,
          role: row.role,
          invitedBy: row.invited_by,
          invitedAt: row.invited_at.getTime(),
          expiresAt: row.expires_at.getTime(),
          mailFailure: row.mail_failure,
          yours: grantable.includes(row.role),
        }));
      }),
    invite: async (tenant, by, { email, role, language }) => {
      requireGrantable(by, tenant, role);
      requireWay(by);
      const { token, hash } = newLinkToken();
      const id = await withTenant(pool, tenant, async (client) => {
        await requireRoom(client, email);
        const open = await openTo(client, email);
        if (open?.role === 'partner') throw invitedElsewhere();
        if (open) requireGrantable(by, tenant, open.role);
        const { rows } = await client.query<{ id: string }>(ADD, [email, role, language, hash, by.id]);
        const made = rows[0]?.id ?? '';
        await audit(client, { action: 'member.invite', on: { id: made, title: email }, after: { role } });
        return made;
      });
      return send(tenant, by, id, token);
    },
    resend: async (tenant, by, id) => {
      requireWay(by);
      const { token, hash } = newLinkToken();
      await withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ email: string; role: MemberRole }>(
          `update invitation set token_hash = $2, expires_at = ${WEEK}, invited_by = $3
            where tenant_id = current_tenant() and id = $1 and project_id is null returning email, role`,
          [id, hash, by.id],
        );
        const [row] = rows;
        if (!row) throw missing();
        requireGrantable(by, tenant, row.role);
        await audit(client, { action: 'member.invite', on: { id, title: row.email }, after: { role: row.role } });
      });
      return send(tenant, by, id, token);
    },
    inviteGuest: async (tenant, by, project, wish) => {
      requireWay(by);
      const { token, hash } = newLinkToken();
      const id = await withTenant(pool, tenant, (client) => addGuest(client, { by, project, hash }, wish));
      return send(tenant, by, id, token);
    },
    revokeGuest: (tenant, project, id) => withTenant(pool, tenant, (client) => removeGuest(client, project, id)),
    revoke: (tenant, by, id) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ email: string; role: MemberRole }>(
          'delete from invitation where tenant_id = current_tenant() and id = $1 and project_id is null returning email, role',
          [id],
        );
        const [row] = rows;
        if (!row) throw missing();
        requireGrantable(by, tenant, row.role);
        await audit(client, { action: 'member.uninvite', on: { id, title: row.email }, before: { role: row.role } });
      }),
  };
}
