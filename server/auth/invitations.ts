import type { Pool, PoolClient } from 'pg';
import type { InvitationSummary, Invite, Language, MemberRole, SentLink } from '#runtime/people.ts';
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
}

export interface InvitationsDeps {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly mailer: Mailer | null;
  /** The address people use; links are made of it and of nothing a request says. */
  readonly publicUrl: string;
}

export interface InvitationRow {
  readonly id: string;
  readonly email: string;
  readonly role: MemberRole;
  readonly language: Language;
  readonly invited_by: string;
  readonly invited_at: Date;
  readonly expires_at: Date;
  readonly mail_failure: string | null;
}

export const INVITATION_COLUMNS = `i.id, i.email, i.role, i.language, coalesce(u.name, 'Weft') as invited_by, i.invited_at, i.expires_at, i.mail_failure`;
const LIST = `select ${INVITATION_COLUMNS} from invitation i left join app_user u on u.id = i.invited_by where i.tenant_id = current_tenant()`;
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
  mail_failure = null
returning id`;

export function createInvitations({ pool, mailer, publicUrl }: InvitationsDeps): Invitations {
  const send = async (tenant: number, by: User, id: string, token: string): Promise<SentLink> => {
    const link = `${publicUrl}/invite#${token}`;
    const { row, name } = await withTenant(pool, tenant, async (client) => {
      const found = await client.query<InvitationRow>(`${LIST} and i.id = $1`, [id]);
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
        const { rows } = await client.query<InvitationRow>(`${LIST} order by i.email`);
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
        const open = await client.query<{ role: MemberRole }>(
          'select role from invitation where tenant_id = current_tenant() and email = $1 for update',
          [email],
        );
        if (open.rows[0]) requireGrantable(by, tenant, open.rows[0].role);
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
            where tenant_id = current_tenant() and id = $1 returning email, role`,
          [id, hash, by.id],
        );
        const [row] = rows;
        if (!row) throw missing();
        requireGrantable(by, tenant, row.role);
        await audit(client, { action: 'member.invite', on: { id, title: row.email }, after: { role: row.role } });
      });
      return send(tenant, by, id, token);
    },
    revoke: (tenant, by, id) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ email: string; role: MemberRole }>(
          'delete from invitation where tenant_id = current_tenant() and id = $1 returning email, role',
          [id],
        );
        const [row] = rows;
        if (!row) throw missing();
        requireGrantable(by, tenant, row.role);
        await audit(client, { action: 'member.uninvite', on: { id, title: row.email }, before: { role: row.role } });
      }),
  };
}
