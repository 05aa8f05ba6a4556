import type { Pool } from 'pg';
import { type Actor, actingAs } from './acting.ts';
import { audit, justDone } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';

/** An administrator's steps into tenants of others, as their logs tell them. */
export interface Visits {
  /** The administrator looks in; rejects with Refused when there is no such tenant. `place`: what is told but once, such as a session. */
  look(tenant: number, by: Actor, place: string): Promise<void>;
  /** From now on the administrator may change things there. */
  confirmed(tenant: number, by: Actor, reason: string, until: number): Promise<void>;
  withdrawn(tenant: number, by: Actor): Promise<void>;
}

/** A visit that lasts longer is told again. */
const ONE_LOOK_MINUTES = 12 * 60;
const MOST_KNOWN = 10_000;

/** `pool` runs as weft_app. */
export function createVisits(pool: Pool): Visits {
  const known = new Map<string, number>();
  const on = (by: Actor) => ({ id: by.id ?? '', title: by.name });
  return {
    look: async (tenant, by, place) => {
      const key = `${place} ${tenant}`;
      const now = Date.now();
      if ((known.get(key) ?? 0) > now) return;
      await actingAs(by, () =>
        withTenant(pool, tenant, async (client) => {
          const { rows } = await client.query('select from tenant where id = current_tenant()');
          if (rows.length === 0)
            throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
          if (!(await justDone(client, 'visit.look', by.id ?? '', ONE_LOOK_MINUTES)))
            await audit(client, { action: 'visit.look', on: on(by) });
        }),
      );
      if (known.size >= MOST_KNOWN) known.clear();
      known.set(key, now + ONE_LOOK_MINUTES * 60_000);
    },
    confirmed: (tenant, by, reason, until) =>
      withTenant(pool, tenant, (client) =>
        audit(
          client,
          { action: 'visit.confirm', on: on(by), after: { until: new Date(until).toISOString() }, note: reason },
          by,
        ),
      ),
    withdrawn: (tenant, by) =>
      withTenant(pool, tenant, (client) => audit(client, { action: 'visit.withdraw', on: on(by) }, by)),
  };
}
