import type pg from 'pg';
import { actingAsMachine } from './acting.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { Strikes } from './sandbox.ts';

/** A program of a customer's that is switched off. */
export interface StoppedProgram {
  readonly program: string;
  readonly why: string;
  /** Milliseconds since 1970. */
  readonly offAt: number;
}

export interface StrikeBook extends Strikes {
  list(tenant: number): Promise<StoppedProgram[]>;
  /** Gives it another chance; false when it was not off. */
  forgive(tenant: number, program: string): Promise<boolean>;
}

/** Milliseconds for which what other processes have switched off may go unseen. */
const FRESH_MS = 5000;

const strike = `
insert into sandbox_program as s (tenant_id, program, struck_at, why) values (current_tenant(), $1, array[now()], $2)
on conflict (tenant_id, program) do update set
  struck_at = (select coalesce(array_agg(at), '{}') from unnest(s.struck_at) at where at > now() - interval '10 minutes') || now(),
  why = excluded.why
returning cardinality(struck_at) >= 3 as enough, off_at is not null as off`;

/** What had to be stopped, kept for all processes; `switchedOff` hears of each program once, when that is stored. */
export function createStrikeBook(pool: pg.Pool, switchedOff: (tenant: number, program: string) => void): StrikeBook {
  const known = new Map<number, { readonly off: Set<string>; readonly until: number }>();

  const read = async (tenant: number): Promise<Set<string>> => {
    const { rows } = await withTenant(pool, tenant, (client) =>
      client.query<{ program: string }>(
        'select program from sandbox_program where off_at is not null and tenant_id = current_tenant()',
      ),
    );
    const off = new Set(rows.map(({ program }) => program));
    known.set(tenant, { off, until: performance.now() + FRESH_MS });
    return off;
  };

  return {
    isOff: async (tenant, program) => {
      const here = known.get(tenant);
      const off = here && here.until > performance.now() ? here.off : await read(tenant);
      return off.has(program);
    },
    strike: async (tenant, program, why) => {
      const [off, first] = await withTenant(pool, tenant, async (client): Promise<[off: boolean, first: boolean]> => {
        const { rows } = await client.query<{ enough: boolean; off: boolean }>(strike, [program, why]);
        if (rows[0]?.off) return [true, false];
        if (!rows[0]?.enough) return [false, false];
        await client.query(
          'update sandbox_program set off_at = now() where program = $1 and tenant_id = current_tenant()',
          [program],
        );
        await actingAsMachine(() =>
          audit(client, { action: 'plugin.off', on: { id: program, title: program }, after: { why } }),
        );
        return [true, true];
      });
      if (off) known.delete(tenant);
      if (first) switchedOff(tenant, program);
      return off;
    },
    list: (tenant) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ program: string; why: string; off_ms: number }>(
          `select program, why, (extract(epoch from off_at) * 1000)::float8 as off_ms from sandbox_program
            where off_at is not null and tenant_id = current_tenant() order by off_at desc`,
        );
        return rows.map(({ program, why, off_ms }) => ({ program, why, offAt: off_ms }));
      }),
    forgive: (tenant, program) =>
      withTenant(pool, tenant, async (client) => {
        const { rowCount } = await client.query(
          'delete from sandbox_program where program = $1 and off_at is not null and tenant_id = current_tenant()',
          [program],
        );
        known.delete(tenant);
        return rowCount === 1;
      }),
  };
}
