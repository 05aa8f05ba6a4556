import { Cron } from 'croner';
import type pg from 'pg';
import type { Logger } from 'pino';
import type { Catalog } from '#runtime/catalog.ts';
import type { AnyConnector, ChangeSource, Session } from '#runtime/connector.ts';
import { HoldError } from '#runtime/error.ts';
import type { PlanStep } from '#runtime/plan.ts';
import type { Clock, Connections } from '#runtime/ports.ts';
import { failPoint } from './adapters/fail-point.ts';
import type { Plans } from './adapters/pg-flows.ts';
import { type LiveTrigger, onlyOf, respondsOf } from './adapters/pg-hooks.ts';
import type { Intake } from './intake.ts';
import { arrivalsOf, type Listed, listPage } from './listed-changes.ts';

export interface PollerDeps {
  /** As weft_engine. */
  readonly pool: pg.Pool;
  readonly plans: Plans;
  readonly catalog: Catalog;
  readonly connections: Connections;
  readonly intake: Intake;
  readonly clock: Clock;
  /** Makes sure the vendor's webhooks lead to the trigger's hook; called at times, since vendors switch failing ones off. */
  ensureWebhook(
    source: LiveTrigger,
    connector: AnyConnector,
    session: Session,
    topics: readonly string[],
  ): Promise<void>;
  /** `tenant id` of a connection that was changed, its webhook secret perhaps: answers how to hear no more of it. */
  onConnectionChange(listener: (notice: string) => void): () => void;
  readonly log: Logger;
  /** Milliseconds between two looks for due triggers. */
  readonly everyMs: number;
}

interface DueTrigger {
  readonly tenant_id: number;
  readonly flow_id: string;
  readonly trigger: string;
  readonly planned_ms: number;
  readonly watermark: string | null;
  readonly failures: number;
  readonly state: string;
  readonly live_version: number | null;
  readonly test_records: readonly string[];
}

/** A trigger is somebody's for this long; a poll that dies is taken over then. */
const LEASE_MS = 120_000;
const AT_ONCE = 4;
const ENSURE_EVERY_MS = 600_000;
const LONGEST_BACKOFF_MS = 900_000;

const claim = `
with c as (select tenant_id, flow_id, trigger, due_at from trigger_clock where due_at <= now() order by due_at limit $1::int4 for update skip locked)
update trigger_clock t set due_at = now() + $2::int4 * interval '1 ms' from c join flow f on f.tenant_id = c.tenant_id and f.id = c.flow_id
where t.flow_id = c.flow_id and t.trigger = c.trigger and t.tenant_id = c.tenant_id
returning t.tenant_id, t.flow_id, t.trigger, (extract(epoch from c.due_at) * 1000)::float8 as planned_ms, t.watermark, t.failures, f.state, f.live_version, f.test_records`;

const renew = `
update trigger_clock set due_at = now() + $4::int4 * interval '1 ms' where tenant_id = $1 and flow_id = $2 and trigger = $3 and due_at > now()`;

const settle = `
update trigger_clock set due_at = $4, watermark = coalesce($5, watermark), failures = $6, failure = $7, polled_at = coalesce($8, polled_at), started_at = case when $6 = 0 then coalesce(started_at, now()) else started_at end where tenant_id = $1 and flow_id = $2 and trigger = $3`;

/** Triggers whose webhooks were looked after lately, until when that is enough. */
type Ensured = Map<string, { readonly until: number; readonly connection: string }>;

export interface Poller {
  stop(): Promise<void>;
}

/** Fires schedules and reads changes, each trigger by one process at a time; what it finds becomes runs like any webhook's. */
export function createPoller(deps: PollerDeps): Poller {
  const stopping = new AbortController();
  const ensured: Ensured = new Map();
  const deaf = deps.onConnectionChange((notice) => {
    for (const [key, { connection }] of ensured) if (connection === notice) ensured.delete(key);
  });
  const underWay = new Set<Promise<void>>();
  let looking = false;

  const look = async (): Promise<void> => {
    const free = AT_ONCE - underWay.size;
    if (looking || free <= 0 || stopping.signal.aborted) return;
    looking = true;
    try {
      const { rows } = await deps.pool.query<DueTrigger>({
        name: 'claim_trigger',
        text: claim,
        values: [free, LEASE_MS],
      });
      if (rows.length > 0) failPoint('poll.claimed');
      for (const row of rows) {
        const work = fire(deps, row, ensured, stopping.signal).finally(() => underWay.delete(work));
        underWay.add(work);
      }
    } catch (error) {
      deps.log.warn({ err: error }, 'looking for due triggers failed');
    } finally {
      looking = false;
    }
  };

  const timer = setInterval(() => void look(), deps.everyMs);
  return {
    stop: async () => {
      clearInterval(timer);
      deaf();
      stopping.abort();
      await Promise.allSettled(underWay);
    },
  };
}

interface Settled {
  /** Milliseconds since 1970; null: until the flow is published or switched on again. */
  readonly dueAt: number | null;
  readonly watermark?: string;
  readonly failures?: number;
  readonly failure?: string;
  /** When the poll that came to its end began. */
  readonly polledAt?: number;
}

async function fire(deps: PollerDeps, row: DueTrigger, ensured: Ensured, signal: AbortSignal): Promise<void> {
  let settled: Settled;
  try {
    settled = await fired(deps, row, ensured, signal);
  } catch (error) {
    settled = failed(deps, row, error);
  }
  const due = settled.dueAt === null ? 'infinity' : new Date(settled.dueAt).toISOString();
  const values = [
    row.tenant_id,
    row.flow_id,
    row.trigger,
    due,
    settled.watermark ?? null,
    settled.failures ?? 0,
    settled.failure ?? null,
    settled.polledAt === undefined ? null : new Date(settled.polledAt).toISOString(),
  ];
  await deps.pool.query(settle, values).catch((error: unknown) => {
    deps.log.warn({ err: error, flow: row.flow_id }, 'the trigger is read again when its lease is over');
  });
}

function failed(deps: PollerDeps, row: DueTrigger, error: unknown): Settled {
  const failures = row.failures + 1;
  const failure = error instanceof Error ? error.message.slice(0, 500) : 'failed';
  // signing in again makes it due; looking more often would only lock an account
  const backoff =
    error instanceof HoldError ? LONGEST_BACKOFF_MS : Math.min(LONGEST_BACKOFF_MS, 5000 * 2 ** Math.min(failures, 8));
  deps.log.warn({ err: error, flow: row.flow_id, trigger: row.trigger }, 'a trigger failed and is tried again');
  return { dueAt: deps.clock.now() + backoff, failures, failure };
}

async function fired(deps: PollerDeps, row: DueTrigger, ensured: Ensured, signal: AbortSignal): Promise<Settled> {
  if ((row.state !== 'live' && row.state !== 'test') || row.live_version === null) return { dueAt: null };
  const plan = await deps.plans.load(row.tenant_id, row.flow_id, row.live_version);
  const step = plan.byId.get(row.trigger);
  if (!step?.node.starts) return { dueAt: null };
  const source: LiveTrigger = {
    tenant: row.tenant_id,
    flow: row.flow_id,
    version: row.live_version,
    trigger: row.trigger,
    connection: step.document.connection ?? '',
    plan,
    only: onlyOf(row),
    responds: respondsOf(plan),
  };
  if (step.node.starts.by === 'schedule') return fireSchedule(deps, source, step, row);
  if (step.node.starts.by === 'change') return readChanges(deps, source, step.node.starts.entity, row, ensured, signal);
  return { dueAt: null };
}

interface ScheduleConfig {
  readonly cron: string;
  readonly timeZone: string;
}

/** The first time of a schedule after an instant, both milliseconds since 1970; null when there is none. */
export function nextTime({ cron, timeZone }: ScheduleConfig, after: number): number | null {
  return (
    new Cron(cron, { mode: '5-part', timezone: timeZone, paused: true }).nextRun(new Date(after))?.getTime() ?? null
  );
}

/** One run for the planned time, however many servers look and however late; times missed while nothing ran are not made up. */
async function fireSchedule(deps: PollerDeps, source: LiveTrigger, step: PlanStep, row: DueTrigger): Promise<Settled> {
  const config = step.config({ input: {}, params: source.plan.params, step: () => undefined }) as ScheduleConfig;
  const now = deps.clock.now();
  const planned = row.watermark === null ? null : Number(row.watermark);
  const next = nextTime(config, Math.max(now, planned ?? 0));
  const following = { dueAt: next, ...(next === null ? {} : { watermark: String(next) }) };
  // published just now: nothing was planned yet
  if (planned === null) return following;
  const at = new Date(planned).toISOString();
  await deps.intake.accept(source, {
    entity: 'record',
    record: at,
    via: 'schedule',
    topic: 'schedule',
    key: at,
    raw: Buffer.from('null'),
    body: null,
  });
  return following;
}

const MOST_PAGES = 10_000;

/** Everything changed since the watermark less the overlap, page by page to the end; known states of a record make no run. */
async function readChanges(
  deps: PollerDeps,
  source: LiveTrigger,
  entity: ChangeSource['entity'],
  row: DueTrigger,
  ensured: Ensured,
  signal: AbortSignal,
): Promise<Settled> {
  const note = (message: string): void => deps.log.debug({ flow: source.flow, trigger: source.trigger }, message);
  const call = { signal, note, ahead: true };
  const { connector, session } = await deps.connections.open(source.tenant, source.connection, call);
  const changes = connector.changes.find((change) => change.entity === entity);
  await ensureNow(deps, source, connector, session, changes?.webhookTopics ?? [], ensured);
  if (!changes?.poll) return { dueAt: deps.clock.now() + ENSURE_EVERY_MS };
  const began = deps.clock.now();
  const mark = row.watermark === null ? began : Number(row.watermark);
  let newest: number | null = null;
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES && !signal.aborted; page++) {
    const query = { since: mark - changes.poll.overlapMs, cursor };
    const listed = await listPage({ connector, session }, changes.poll.capability, query);
    failPoint('poll.listed');
    await Promise.all(arrivalsOf(entity, listed).map((arrival) => deps.intake.accept(source, arrival)));
    failPoint('poll.stored');
    newest = newestOf(listed, newest);
    // a long list is read in peace: nobody takes it over while it goes on
    await deps.pool.query(renew, [row.tenant_id, row.flow_id, row.trigger, LEASE_MS]);
    cursor = listed.cursor;
    if (cursor !== undefined) continue;
    // a source that does not say when things changed is read from when we last looked; one whose clock is ahead not from then
    const watermark = Math.max(mark, Math.min(newest ?? began, began));
    return { dueAt: deps.clock.now() + changes.poll.everyMs, watermark: String(watermark), polledAt: began };
  }
  // stopped, or endless: the watermark stays, so nothing is missed
  return { dueAt: deps.clock.now() };
}

/** The latest change told of, milliseconds since 1970; null when none has been. */
function newestOf(listed: Listed, sofar: number | null): number | null {
  let newest = sofar;
  for (const { changedAt } of listed.items) {
    const changed = changedAt === undefined ? Number.NaN : Date.parse(changedAt);
    if (!Number.isNaN(changed)) newest = Math.max(newest ?? 0, changed);
  }
  return newest;
}

async function ensureNow(
  deps: PollerDeps,
  source: LiveTrigger,
  connector: AnyConnector,
  session: Session,
  topics: readonly string[],
  ensured: Ensured,
): Promise<void> {
  const key = `${source.flow}/${source.trigger}/${source.version}`;
  if (!connector.webhook?.ensure || topics.length === 0 || (ensured.get(key)?.until ?? 0) > performance.now()) return;
  const connection = `${source.tenant} ${source.connection.toLowerCase()}`;
  // noted before: a change that comes meanwhile takes the note away again
  ensured.set(key, { until: performance.now() + ENSURE_EVERY_MS, connection });
  try {
    await deps.ensureWebhook(source, connector, session, topics);
  } catch (error) {
    ensured.delete(key);
    throw error;
  }
}
