import type pg from 'pg';
import type { Logger } from 'pino';
import { withTenant } from './adapters/pg-pool.ts';
import { codeOffLetter, type Language } from './mail/letter.ts';
import type { Mailer } from './mail/mailer.ts';

interface NoticeDeps {
  /** Runs as weft_app. */
  readonly pool: pg.Pool;
  /** Null where mails cannot be sent. */
  readonly mailer: Mailer | null;
  readonly publicUrl: string;
  readonly log: Pick<Logger, 'warn'>;
}

const ADMINISTRATORS = `
select u.email, coalesce(u.language, 'en') as language, (select name from tenant where id = current_tenant()) as tenant
from membership m join app_user u on u.id = m.user_id
where m.tenant_id = current_tenant() and coalesce(m.role, u.role) = 'customer-admin' and u.role not in ('admin', 'partner')`;

/** Tells a customer's administrators by mail that code of theirs was switched off; in the page it stands among what is to be fixed. */
export function createStoppedCodeMails({
  pool,
  mailer,
  publicUrl,
  log,
}: NoticeDeps): (tenant: number, program: string) => Promise<void> {
  return async (tenant, program) => {
    if (!mailer) return;
    const { rows } = await withTenant(pool, tenant, (client) =>
      client.query<{ email: string; language: Language; tenant: string }>(ADMINISTRATORS),
    );
    const link = `${publicUrl}/a/${tenant}`;
    for (const { email, language, tenant: name } of rows) {
      try {
        await mailer.send(codeOffLetter({ to: email, language, link, program, tenant: name }));
      } catch (error) {
        log.warn({ err: error, tenant }, 'a customer could not be told by mail that code was switched off');
      }
    }
  };
}
