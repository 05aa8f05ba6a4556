import type { Pool } from 'pg';
import { Email } from '#runtime/people.ts';
import { audit, HOUSE } from '../adapters/pg-audit.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import type { Limits } from './limits.ts';

/** Why somebody did not come in. */
export type RefusedWhy = 'password' | 'code' | 'unknown-at-provider' | 'too-many-tries';

/** Sign-ins that failed, as the house's log is told of them. */
export interface Refusals {
  /**
   * Written once for each address, network and reason in a quarter of an hour, and for no more than 240 of them an hour in all:
   * the line after that says that the rest of the hour is left out, so that no attack can fill the log.
   */
  tell(refusal: { readonly email: string; readonly ip: string; readonly why: RefusedWhy }): Promise<void>;
}

/** `pool` runs as weft_app. */
export function createRefusals(pool: Pool, limits: Pick<Limits, 'refusal'>): Refusals {
  return {
    tell: async ({ email, ip, why }) => {
      const told = await limits.refusal(why, email, ip);
      if (told === 'known') return;
      await withTenant(pool, HOUSE, async (client) => {
        const { rows } = await client.query<{ id: string; role: string }>(
          'select id, role from app_user where email = $1',
          [email],
        );
        const [person] = rows;
        // what is no address may be a password that was typed into the wrong field
        const title = person || Email.safeParse(email).success ? email : '';
        const by = { id: person?.id ?? null, name: title || 'nobody', role: person?.role ?? null, ip, guest: null };
        const on = { id: person?.id ?? '', title };
        const after = { why, account: person ? 'known' : 'unknown' };
        if (told === 'new')
          await audit(
            client,
            { action: why === 'too-many-tries' ? 'session.locked' : 'session.refused', on, after },
            by,
          );
        else
          await audit(
            client,
            { action: 'session.flood', on: { id: '', title: '' } },
            { ...by, id: null, name: 'Weft' },
          );
      });
    },
  };
}
