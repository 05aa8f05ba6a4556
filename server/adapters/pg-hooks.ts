import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Plan } from '#runtime/plan.ts';
import type { Plans } from './pg-flows.ts';
import type { Notifications } from './pg-notify.ts';

/** A trigger of a live flow, ready to make runs. */
export interface LiveTrigger {
  readonly tenant: number;
  readonly flow: string;
  readonly version: number;
  readonly trigger: string;
  /** Empty for triggers without a connection. */
  readonly connection: string;
  readonly plan: Plan;
  /** On for test records only: these. What comes of others is stored and passed by. */
  readonly only: ReadonlySet<string> | null;
  /** The flow has a respond step, so callers wait for it. */
  readonly responds: boolean;
}

/** Where a webhook token leads. */
export interface Hook extends LiveTrigger {
  readonly signature: 'vendor' | 'hmac-sha256' | 'none';
  readonly secretSealed: Buffer | null;
  /** The secret before, while it is rotated, taken until then (milliseconds since 1970). */
  readonly earlier: { readonly sealed: Buffer; readonly until: number } | null;
  readonly on: boolean;
}

export interface Hooks {
  /** Undefined when no hook has the token. */
  find(token: string): Hook | undefined | Promise<Hook | undefined>;
  /** As it is now, whatever is remembered. */
  read(token: string): Promise<Hook | undefined>;
}

interface HookRow {
  readonly tenant_id: number;
  readonly flow_id: string;
  readonly trigger: string;
  readonly connection_id: string | null;
  readonly signature: Hook['signature'];
  readonly secret_sealed: Buffer | null;
  readonly earlier_secret: Buffer | null;
  readonly earlier_until: Date | null;
  readonly state: string;
  readonly live_version: number | null;
  readonly test_records: readonly string[];
}

const FRESH_MS = 30_000;
const MOST = 10_000;

export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

export function respondsOf(plan: Plan): boolean {
  return plan.steps.some(
    (step) => step.node.control === 'respond' || step.body.some((inner) => inner.node.control === 'respond'),
  );
}

/** The records a flow that is being tried runs for; null when it runs for all. */
export function onlyOf(flow: { readonly state: string; readonly test_records: readonly string[] }): Set<string> | null {
  return flow.state === 'test' ? new Set(flow.test_records) : null;
}

/** Looks tokens up by their hash; a short memory spares the hot path the statement and is wiped when a flow changes, or may have. */
export function createHooks(pool: pg.Pool, plans: Plans, notifications: Notifications): Hooks {
  const known = new Map<string, { hook: Hook; until: number }>();
  let changes = 0;
  notifications.on('weft_flow', (flow) => {
    changes++;
    for (const [token, { hook }] of known) if (hook.flow === flow) known.delete(token);
  });
  notifications.onGap(() => {
    changes++;
    known.clear();
  });

  const read = async (token: string): Promise<Hook | undefined> => {
    const before = changes;
    const { rows } = await pool.query<HookRow>(
      `select h.tenant_id, h.flow_id, h.trigger, h.connection_id, h.signature, h.secret_sealed, h.earlier_secret, h.earlier_until, f.state, f.live_version, f.test_records
       from hook h join flow f on f.tenant_id = h.tenant_id and f.id = h.flow_id where h.token_hash = $1`,
      [hashToken(token)],
    );
    const row = rows[0];
    if (!row || row.live_version === null) return undefined;
    const plan = await plans.load(row.tenant_id, row.flow_id, row.live_version);
    const hook: Hook = {
      tenant: row.tenant_id,
      flow: row.flow_id,
      version: row.live_version,
      trigger: row.trigger,
      connection: row.connection_id ?? '',
      plan,
      only: onlyOf(row),
      responds: respondsOf(plan),
      signature: row.signature,
      secretSealed: row.secret_sealed,
      earlier: row.earlier_secret &&
        row.earlier_until && { sealed: row.earlier_secret, until: row.earlier_until.getTime() },
      on: row.state === 'live' || row.state === 'test',
    };
    // told of a change meanwhile, it may be that of before
    if (changes !== before) return hook;
    if (known.size >= MOST) known.delete(known.keys().next().value as string);
    known.set(token, { hook, until: performance.now() + FRESH_MS });
    return hook;
  };

  return {
    read,
    find: (token) => {
      const entry = known.get(token);
      return entry && entry.until > performance.now() ? entry.hook : read(token);
    },
  };
}
