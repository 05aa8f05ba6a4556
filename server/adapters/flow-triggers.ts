import { createHash, randomBytes } from 'node:crypto';
import type pg from 'pg';
import type { AnyConnector } from '#runtime/connector.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Plan, PlanStep } from '#runtime/plan.ts';
import { Refused } from './refusal.ts';
import type { SealPlace } from './secret-box.ts';
import type { TenantKeys } from './vault.ts';

/** Where a webhook's token (so that it can be shown again) or secret belongs. */
export function hookPlace(
  flow: string,
  trigger: string,
  kind: 'hook-token' | 'hook-secret' | 'earlier-hook-secret',
): Omit<SealPlace, 'tenant'> {
  return { connection: `${flow}/${trigger}`, kind, version: 1 };
}

/** What publishing needs to know to open addresses. */
export interface TriggerContext {
  readonly tenant: number;
  readonly flow: string;
  readonly keys: TenantKeys;
  /** The connector of each connection, by connection id. */
  readonly connections: Pick<ReadonlyMap<string, AnyConnector>, 'get'>;
  /** Whether the publisher may open an address that takes unsigned calls. */
  readonly mayUnsigned: boolean;
}

type Signature = 'vendor' | 'hmac-sha256' | 'none';

interface WantedHook {
  readonly trigger: string;
  readonly connection: string | null;
  readonly signature: Signature;
}

interface HookRow {
  readonly trigger: string;
  readonly connection_id: string | null;
  readonly signature: Signature;
}

function starting(plan: Plan): PlanStep[] {
  return plan.steps.filter((step) => step.node.starts !== undefined && !step.document.disabled);
}

function wantedHook(step: PlanStep, plan: Plan, context: TriggerContext): WantedHook[] {
  const connection = step.document.connection ?? null;
  if (step.node.starts?.by === 'webhook') {
    const config = step.config({ input: {}, params: plan.params, step: () => undefined }) as { signature: Signature };
    return [{ trigger: step.id, connection: null, signature: config.signature }];
  }
  if (step.node.starts?.by !== 'change' || connection === null) return [];
  const { entity } = step.node.starts;
  const connector = context.connections.get(connection);
  const source = connector?.changes.find((change) => change.entity === entity);
  if (!connector?.webhook || !source?.webhookTopics?.length) return [];
  return [{ trigger: step.id, connection, signature: 'vendor' }];
}

async function openHook(client: pg.PoolClient, wanted: WantedHook, context: TriggerContext): Promise<void> {
  const { tenant, flow, keys } = context;
  const token = randomBytes(16).toString('base64url');
  // no secret yet: it is shown to whoever asks for it, once, and until then no call is taken
  await client.query(
    `insert into hook (tenant_id, token_hash, flow_id, trigger, connection_id, signature, token_sealed)
      values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tenant,
      createHash('sha256').update(token).digest(),
      flow,
      wanted.trigger,
      wanted.connection,
      wanted.signature,
      keys.seal(hookPlace(flow, wanted.trigger, 'hook-token'), token),
    ],
  );
}

/** Opens an address for each trigger that is called, keeps those that stay what they were, closes the rest. Answers those that take unsigned calls. */
async function settleHooks(client: pg.PoolClient, plan: Plan, context: TriggerContext): Promise<string[]> {
  const { flow } = context;
  const wanted = starting(plan).flatMap((step) => wantedHook(step, plan, context));
  const { rows } = await client.query<HookRow>(
    'select trigger, connection_id, signature from hook where flow_id = $1 and tenant_id = current_tenant() for update',
    [flow],
  );
  const known = new Map(rows.map((row) => [row.trigger, row]));
  for (const hook of wanted) {
    const row = known.get(hook.trigger);
    if (hook.signature === 'none' && row?.signature !== 'none' && !context.mayUnsigned)
      throw new Refused(403, 'GRANT_NEEDED', 'only an administrator may open an address that takes unsigned calls', {
        field: `${hook.trigger}.config.signature`,
      });
    // another system's deliveries must not reach the new one's flow by the old address
    const stays = row !== undefined && row.connection_id === hook.connection;
    if (row && !stays) await client.query('delete from hook where flow_id = $1 and trigger = $2', [flow, hook.trigger]);
    if (!stays) await openHook(client, hook, context);
    else if (row.signature !== hook.signature)
      await client.query('update hook set signature = $3 where flow_id = $1 and trigger = $2', [
        flow,
        hook.trigger,
        hook.signature,
      ]);
  }
  await client.query('delete from hook where flow_id = $1 and not trigger = any($2::text[])', [
    flow,
    wanted.map((hook) => hook.trigger),
  ]);
  return wanted.filter((hook) => hook.signature === 'none').map((hook) => hook.trigger);
}

/** What a clock depends on: when this changes, what was read or planned so far says nothing about the new source. */
function sourceOf(document: FlowDocument | null, step: string): string {
  const node = document?.nodes.find((each) => each.id === step);
  if (!node) return '';
  return JSON.stringify([node.type, node.connection ?? null]);
}

async function settleClocks(
  client: pg.PoolClient,
  plan: Plan,
  before: FlowDocument | null,
  after: FlowDocument,
  context: TriggerContext,
): Promise<void> {
  const { tenant, flow } = context;
  const steps = starting(plan).filter(
    (step) => step.node.starts?.by === 'change' || step.node.starts?.by === 'schedule',
  );
  for (const step of steps) {
    // a schedule is planned anew from now; what has been read of an unchanged source stays read
    const keeps = step.node.starts?.by === 'change' && sourceOf(before, step.id) === sourceOf(after, step.id);
    await client.query(
      `insert into trigger_clock (tenant_id, flow_id, trigger, due_at) values ($1, $2, $3, now())
        on conflict (flow_id, trigger, tenant_id) do update set due_at = now(), failures = 0, failure = null, started_at = null,
          watermark = case when $4 then trigger_clock.watermark end, polled_at = case when $4 then trigger_clock.polled_at end`,
      [tenant, flow, step.id, keeps],
    );
    if (step.node.starts?.by === 'change')
      await settleReconciliation(client, { tenant, flow, trigger: step.id, keeps });
  }
  const names = steps.map((step) => step.id);
  for (const table of ['trigger_clock', ...RECONCILING])
    await client.query(`delete from ${table} where flow_id = $1 and not trigger = any($2::text[])`, [flow, names]);
}

const RECONCILING = ['reconciliation', 'reconciled_record', 'reconciled_document'] as const;

/** A changed source is gone through from now on; a pass that was under way through the old one is dropped. */
async function settleReconciliation(
  client: pg.PoolClient,
  { tenant, flow, trigger, keeps }: { tenant: number; flow: string; trigger: string; keeps: boolean },
): Promise<void> {
  await client.query(
    `insert into reconciliation (tenant_id, flow_id, trigger, due_at) values ($1, $2, $3, now() + interval '1 hour')
      on conflict (flow_id, trigger, tenant_id) do update set due_at = least(reconciliation.due_at, excluded.due_at)`,
    [tenant, flow, trigger],
  );
  if (keeps) return;
  await client.query(
    `update reconciliation set reads_from = now(), began_at = null, since = null, progress = null, failures = 0, failure = null
      where flow_id = $1 and trigger = $2`,
    [flow, trigger],
  );
  for (const table of ['reconciled_record', 'reconciled_document'])
    await client.query(`delete from ${table} where flow_id = $1 and trigger = $2`, [flow, trigger]);
}

/** Makes a flow's addresses and clocks those of the version about to be live, in the publishing transaction; answers as `settleHooks`. */
export async function settleTriggers(
  client: pg.PoolClient,
  plan: Plan,
  documents: { readonly before: FlowDocument | null; readonly after: FlowDocument },
  context: TriggerContext,
): Promise<readonly string[]> {
  const unsigned = await settleHooks(client, plan, context);
  await settleClocks(client, plan, documents.before, documents.after, context);
  return unsigned;
}

/** On for everything after having been tried: what was passed by until now is nothing that reconciliation should miss. */
export async function reconcileFromNow(client: pg.PoolClient, flow: string): Promise<void> {
  await client.query(
    `update reconciliation set due_at = least(due_at, now() + interval '1 hour'), reads_from = now()
      where flow_id = $1 and tenant_id = current_tenant()`,
    [flow],
  );
}

/** Switched on again: changes are looked for at once from where they were read to, schedules are planned from now. */
export async function wakeClocks(client: pg.PoolClient, flow: string, schedules: readonly string[]): Promise<void> {
  await client.query(
    `update trigger_clock set due_at = now(), failures = 0, failure = null, started_at = null, watermark = case when trigger = any($2::text[]) then null else watermark end
      where flow_id = $1 and tenant_id = current_tenant()`,
    [flow, schedules],
  );
  await client.query(
    `update reconciliation set due_at = least(due_at, now() + interval '1 hour') where flow_id = $1 and tenant_id = current_tenant()`,
    [flow],
  );
}
