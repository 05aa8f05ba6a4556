import type pg from 'pg';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { GuestState } from '#runtime/sandbox.ts';
import { withTenant } from './pg-pool.ts';

/** What one plugin may keep for one tenant. */
const MOST_KEYS = 1000;
const MOST_CHARACTERS = 1_000_000;
const MOST_VALUE = 64_000;

const room = `
select count(*)::int as keys, coalesce(sum(length(value)), 0)::int as characters from plugin_value
where plugin_id = $1 and key <> $2 and tenant_id = current_tenant()`;

/** What plugins keep between their calls, over `weft_app`: a tenant's by itself. */
export function createGuestState(pool: pg.Pool): GuestState {
  return {
    get: (tenant, plugin, key) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ value: string }>(
          'select value from plugin_value where plugin_id = $1 and key = $2 and tenant_id = current_tenant()',
          [plugin, key],
        );
        return rows[0] && (JSON.parse(rows[0].value) as Json);
      }),
    set: (tenant, plugin, key, value) =>
      withTenant(pool, tenant, async (client) => {
        const text = JSON.stringify(value);
        if (text.length > MOST_VALUE)
          throw new TerminalError('TOO_LARGE', `ctx.state.set: a value has at most ${MOST_VALUE} letters`);
        const { rows } = await client.query<{ keys: number; characters: number }>(room, [plugin, key]);
        if ((rows[0]?.keys ?? 0) >= MOST_KEYS || (rows[0]?.characters ?? 0) + text.length > MOST_CHARACTERS)
          throw new TerminalError(
            'TOO_LARGE',
            `ctx.state.set: a plugin keeps ${MOST_KEYS} values of 1 MB in all at most`,
          );
        await client.query(
          `insert into plugin_value (tenant_id, plugin_id, key, value) values (current_tenant(), $1, $2, $3)
            on conflict (tenant_id, plugin_id, key) do update set value = excluded.value, updated_at = now()`,
          [plugin, key, text],
        );
      }),
    delete: (tenant, plugin, key) =>
      withTenant(pool, tenant, async (client) => {
        await client.query(
          'delete from plugin_value where plugin_id = $1 and key = $2 and tenant_id = current_tenant()',
          [plugin, key],
        );
      }),
  };
}
