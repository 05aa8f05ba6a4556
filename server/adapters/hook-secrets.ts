import type pg from 'pg';
import type { Clock } from '#runtime/ports.ts';
import type { HookSummary, RenewSecret } from '#runtime/protocol.ts';
import { hookPlace } from './flow-triggers.ts';
import type { KnownSecrets } from './known-secrets.ts';
import { audit } from './pg-audit.ts';
import type { Hook } from './pg-hooks.ts';
import { Refused } from './refusal.ts';
import type { TenantKeys, Vault } from './vault.ts';
import { earlierOf, newWebhookSecret, toldRotation } from './webhook-secret.ts';

interface HookSecretsOptions {
  readonly vault: Vault;
  readonly known: KnownSecrets;
  readonly clock: Clock;
}

interface Opened {
  readonly now: string;
  readonly before: string | null;
}

/**
 * The secrets of flows' own addresses, opened once for as long as the hook is remembered: a delivery costs no decryption.
 * Both values of a rotation are known to the redactor from then on.
 */
export function createHookSecrets({ vault, known, clock }: HookSecretsOptions) {
  const opened = new WeakMap<Hook, Opened>();
  const open = async (hook: Hook, sealed: Buffer): Promise<Opened> => {
    const { tenant, flow, trigger, earlier } = hook;
    const keys = await vault.keysOf(tenant);
    const both = {
      now: keys.open(hookPlace(flow, trigger, 'hook-secret'), sealed),
      before: earlier && keys.open(hookPlace(flow, trigger, 'earlier-hook-secret'), earlier.sealed),
    };
    known.add(tenant, flow, both.before === null ? [both.now] : [both.now, both.before]);
    opened.set(hook, both);
    return both;
  };
  return async (hook: Hook): Promise<readonly string[]> => {
    if (hook.secretSealed === null) return [];
    const { now, before } = opened.get(hook) ?? (await open(hook, hook.secretSealed));
    return before !== null && clock.now() < (hook.earlier?.until ?? 0) ? [now, before] : [now];
  };
}

interface HookRow {
  readonly trigger: string;
  readonly signature: HookSummary['signature'];
  readonly token_sealed: Buffer;
  readonly secret_sealed: Buffer | null;
  readonly earlier_until: Date | null;
  readonly name: string;
}

const READ = `
select h.trigger, h.signature, h.token_sealed, h.secret_sealed, f.name,
  case when h.earlier_until > now() then h.earlier_until end as earlier_until
from hook h join flow f on f.tenant_id = h.tenant_id and f.id = h.flow_id
where h.flow_id = $1 and h.tenant_id = current_tenant()`;

/** A flow's addresses, their secrets told by nothing but whether there is one; `client` shows one tenant. */
export interface HookDesk {
  readonly client: pg.PoolClient;
  readonly keys: TenantKeys;
  hookUrl(token: string): string;
}

const summaryOf = (row: HookRow, flow: string, { keys, hookUrl }: HookDesk): HookSummary => ({
  trigger: row.trigger,
  signature: row.signature,
  url: hookUrl(keys.open(hookPlace(flow, row.trigger, 'hook-token'), row.token_sealed)),
  hasSecret: row.signature === 'hmac-sha256' ? row.secret_sealed !== null : null,
  earlierUntil: row.earlier_until?.getTime() ?? null,
});

export async function readHooks(desk: HookDesk, flow: string): Promise<HookSummary[]> {
  const { rows } = await desk.client.query<HookRow>(`${READ} order by h.trigger`, [flow]);
  return rows.map((row) => summaryOf(row, flow, desk));
}

/** The address that has a secret of its own, under lock; others have none to renew. */
async function ownHook({ client }: HookDesk, flow: string, trigger: string): Promise<HookRow> {
  const { rows } = await client.query<HookRow>(`${READ} and h.trigger = $2 for update of h`, [flow, trigger]);
  const [row] = rows;
  if (!row) throw new Refused(404, 'HOOK_MISSING', 'the flow has no such address', { field: 'trigger' });
  if (row.signature === 'hmac-sha256') return row;
  const why = row.signature === 'vendor' ? 'its secret is the connection’s' : 'it takes unsigned calls';
  throw new Refused(409, 'HOOK_WITHOUT_SECRET', `the address has no secret of its own: ${why}`, { field: 'trigger' });
}

const WRITE = `
update hook set secret_sealed = $3, earlier_secret = $4, earlier_until = now() + make_interval(hours => $5::int)
where flow_id = $1 and trigger = $2 and tenant_id = current_tenant()`;

/** Makes or takes a new secret; the one before is taken for a while yet. Answers the new one, this once. */
export async function renewHookSecret(
  desk: HookDesk,
  flow: string,
  trigger: string,
  wish: RenewSecret,
): Promise<{ readonly hook: HookSummary; readonly secret: string }> {
  const { client, keys } = desk;
  const row = await ownHook(desk, flow, trigger);
  const secret = wish.secret ?? newWebhookSecret();
  const before = row.secret_sealed && keys.open(hookPlace(flow, trigger, 'hook-secret'), row.secret_sealed);
  const earlier = earlierOf(before, secret, wish.keepHours, (text) =>
    keys.seal(hookPlace(flow, trigger, 'earlier-hook-secret'), text),
  );
  await client.query(WRITE, [
    flow,
    trigger,
    keys.seal(hookPlace(flow, trigger, 'hook-secret'), secret),
    earlier?.sealed ?? null,
    earlier?.hours ?? null,
  ]);
  await client.query("select pg_notify('weft_flow', $1)", [flow]);
  await audit(client, {
    action: 'flow.webhook-secret',
    on: { id: flow, title: row.name },
    after: { step: trigger, ...toldRotation(wish, earlier !== null) },
  });
  return { hook: summaryOf(await ownHook(desk, flow, trigger), flow, desk), secret };
}

/** From now on the new secret alone is taken. */
export async function endEarlierHookSecret(desk: HookDesk, flow: string, trigger: string): Promise<HookSummary> {
  const { client } = desk;
  const row = await ownHook(desk, flow, trigger);
  await client.query(
    `update hook set earlier_secret = null, earlier_until = null
      where flow_id = $1 and trigger = $2 and tenant_id = current_tenant()`,
    [flow, trigger],
  );
  if (row.earlier_until !== null) {
    await client.query("select pg_notify('weft_flow', $1)", [flow]);
    await audit(client, {
      action: 'flow.webhook-secret-end',
      on: { id: flow, title: row.name },
      after: { step: trigger },
    });
  }
  return summaryOf({ ...row, earlier_until: null }, flow, desk);
}
