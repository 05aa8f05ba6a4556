import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import type { Catalog } from '#runtime/catalog.ts';
import { type CheckContext, check } from '#runtime/check.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { JsonObject } from '#runtime/json.ts';
import { Package } from '#runtime/package.ts';
import { planOf } from '#runtime/plan.ts';
import type { Clock } from '#runtime/ports.ts';
import type {
  DocumentChecked,
  FlowAnswer,
  FlowFile,
  FlowSummary,
  HookSecretMade,
  HookSummary,
  Problem,
  Publish,
  RenewSecret,
  SaveDraft,
  SetFlowState,
  VersionSummary,
} from '#runtime/protocol.ts';
import { readFlow } from '#runtime/upgrade.ts';
import { actorNow } from './acting.ts';
import { connectorsOfStored } from './connection-form.ts';
import { checkDocument, type FileConnection, fileOf } from './flow-file.ts';
import { createFlowPackages, type FlowPackages } from './flow-packages.ts';
import { reconcileFromNow, settleTriggers, wakeClocks } from './flow-triggers.ts';
import { endEarlierHookSecret, type HookDesk, readHooks, renewHookSecret } from './hook-secrets.ts';
import { editedElsewhere, tellAttendants } from './pg-attendance.ts';
import { audit, justDone } from './pg-audit.ts';
import { countFlows, createSparing, type FlowCounts, flowSummaries, PASSED_BY } from './pg-flow-list.ts';
import { type PluginCatalog, type PluginVersions, pluginsUsed } from './pg-plugin-catalog.ts';
import { withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';
import type { Vault } from './vault.ts';

export interface FlowStoreDeps {
  /** Runs as weft_app. */
  readonly pool: pg.Pool;
  readonly catalog: Catalog;
  readonly plugins: PluginCatalog;
  /** The flows of the gallery, which every package may publish. */
  readonly ready: readonly FlowDocument[];
  /** What is wrong with the code and expressions of a flow, which only the sandbox can tell. */
  codeProblems(tenant: number, document: FlowDocument, catalog: Catalog): Promise<readonly Problem[]>;
  readonly vault: Vault;
  readonly clock: Clock;
  /** The address a webhook token stands in. */
  hookUrl(token: string): string;
}

/** Who publishes, and how far that person may go. */
export interface Publisher {
  /** As it stands beside the version. */
  readonly author: string;
  readonly mayUnsigned: boolean;
}

/** Flows, their drafts and their published versions. Rejects with Refused, or with TerminalError for a document that cannot be read. */
export interface FlowStore {
  /** The catalog as the tenant has it, plugins included. */
  catalog(tenant: number): Promise<Catalog>;
  list(tenant: number): Promise<FlowSummary[]>;
  read(tenant: number, flow: string): Promise<FlowAnswer>;
  create(
    tenant: number,
    document: FlowDocument,
    options?: { readonly id?: string; readonly params?: JsonObject },
  ): Promise<FlowSummary>;
  /** The draft and the answers of another, as a new flow. */
  duplicate(tenant: number, flow: string, name: string): Promise<FlowSummary>;
  /** Removes a flow that is not live and has never run; what has run keeps its history. */
  remove(tenant: number, flow: string): Promise<void>;
  /** The draft as a file, with nothing in it that leads to an account. */
  export(tenant: number, flow: string): Promise<FlowFile>;
  /** All that is wrong with a document from elsewhere. */
  check(tenant: number, document: JsonObject): Promise<DocumentChecked>;
  /** Rejects with 409 when `basedOn` is not the stored revision. */
  saveDraft(tenant: number, flow: string, save: SaveDraft): Promise<FlowSummary>;
  publish(tenant: number, flow: string, wish: Publish, by: Publisher): Promise<FlowSummary>;
  /** Publishes an older version's document again; the draft stays. */
  rollback(
    tenant: number,
    flow: string,
    wish: { readonly version: number; readonly note: string },
    by: Publisher,
  ): Promise<FlowSummary>;
  switch(tenant: number, flow: string, wish: Omit<SetFlowState, 'carry'>): Promise<FlowSummary>;
  /** Runs that were passed by while the flow was tried on test records, the last time it was. */
  passedBy(tenant: number, flow: string): Promise<string[]>;
  versions(tenant: number, flow: string): Promise<VersionSummary[]>;
  version(tenant: number, flow: string, version: number): Promise<FlowDocument>;
  hooks(tenant: number, flow: string): Promise<HookSummary[]>;
  /** Another secret for an address of the flow's own, told this once; the one before is taken for a while yet. */
  renewHookSecret(tenant: number, flow: string, trigger: string, wish: RenewSecret): Promise<HookSecretMade>;
  /** The secret before is taken no more. */
  endEarlierHookSecret(tenant: number, flow: string, trigger: string): Promise<HookSummary>;
}

const MOST_FLOWS = 2000;

const missing = (): Refused => new Refused(404, 'FLOW_MISSING', 'there is no such flow');

interface FlowRow {
  readonly name: string;
  readonly state: FlowSummary['state'];
  readonly draft: string;
  readonly params: string;
  readonly revision: number;
  readonly live_version: number | null;
  readonly test_records: readonly string[];
}

async function flowRow(client: pg.PoolClient, flow: string, lock: '' | 'for update' = ''): Promise<FlowRow> {
  const { rows } = await client.query<FlowRow>(
    `select name, state, draft, params, revision, live_version, test_records from flow where id = $1 and tenant_id = current_tenant() ${lock}`,
    [flow],
  );
  const [row] = rows;
  if (!row) throw missing();
  return row;
}

interface VersionRow {
  readonly document: string;
  readonly params: string;
  readonly plugins: PluginVersions;
}

async function versionRow(client: pg.PoolClient, flow: string, version: number): Promise<VersionRow> {
  const { rows } = await client.query<VersionRow>(
    'select document, params, plugins from flow_version where flow_id = $1 and version = $2 and tenant_id = current_tenant()',
    [flow, version],
  );
  const [row] = rows;
  if (!row) throw new Refused(404, 'VERSION_MISSING', `the flow has no version ${version}`, { field: 'version' });
  return row;
}

async function summaryOf(client: pg.PoolClient, flow: string, { clock, packages }: Summing): Promise<FlowSummary> {
  const counts = await countFlows(client, clock.now(), flow);
  const [summary] = await flowSummaries(client, packages, counts, flow);
  if (!summary) throw missing();
  return summary;
}

/** What flows are summed up with. */
interface Summing {
  readonly clock: Clock;
  readonly packages: FlowPackages;
}

/** The tenant as `check` must know it. */
async function checkContext(
  client: pg.PoolClient,
  catalog: Catalog,
): Promise<
  Pick<CheckContext, 'package'> & { unsigned: boolean; connections: NonNullable<CheckContext['connections']> }
> {
  const { rows: tenants } = await client.query<{ package: string; unsigned: boolean }>(
    'select package, unsigned_hooks as unsigned from tenant where id = current_tenant()',
  );
  const { rows } = await client.query<{ id: string; connector: string; settings: JsonObject }>(
    'select id, connector, settings from connection where tenant_id = current_tenant()',
  );
  return {
    package: Package.parse(tenants[0]?.package),
    unsigned: tenants[0]?.unsigned === true,
    connections: connectorsOfStored(catalog, rows),
  };
}

/** Whether a flow runs, and for what. */
interface Running {
  readonly state: 'live' | 'test' | 'off';
  readonly testRecords: readonly string[];
}

function runningAs({ on, testRecords = [] }: Pick<SetFlowState, 'on' | 'testRecords'>): Running {
  const only = on ? [...new Set(testRecords)] : [];
  return { state: on ? (only.length > 0 ? 'test' : 'live') : 'off', testRecords: only };
}

/** As the flow is now; one that never ran is on. */
const asBefore = ({ state, test_records }: FlowRow): Running => ({
  state: state === 'draft' ? 'live' : state,
  testRecords: state === 'test' ? test_records : [],
});

async function setRunning(client: pg.PoolClient, flow: string, { state, testRecords }: Running): Promise<void> {
  // tried again later, what was passed by the time before is no longer asked about
  await client.query(
    `update flow set test_since = case when $2 <> 'test' or state = 'test' then test_since else now() end, state = $2,
      test_records = case when $2 = 'test' then $3::text[] else test_records end, updated_at = now()
      where id = $1 and tenant_id = current_tenant()`,
    [flow, state, testRecords],
  );
}

interface Publication extends Omit<VersionRow, 'plugins'> {
  /** Those an older version had; otherwise the active ones. */
  readonly plugins?: PluginVersions;
  readonly flow: string;
  readonly tenant: number;
  readonly row: FlowRow;
  readonly note: string;
  readonly run: Running;
  readonly by: Publisher;
  readonly action: 'flow.publish' | 'flow.rollback';
  /** What the new version was made of. */
  readonly from: { readonly revision: number } | { readonly rolledBackTo: number };
}

type Prepared = Pick<Publication, 'document' | 'params' | 'plugins' | 'note' | 'run' | 'action' | 'from'>;

/** A person who draws saves many times; within these minutes once is enough to tell. */
const ONE_EDIT_MINUTES = 10;

function firstError(problems: readonly Problem[]): Problem | undefined {
  return problems.find((problem) => problem.severity === 'error');
}

function fieldOf(problem: Problem): string | undefined {
  if (problem.step === undefined) return problem.wire === undefined ? problem.field : `wires[${problem.wire}]`;
  return problem.field === undefined ? problem.step : `${problem.step}.${problem.field}`;
}

/** The tenant's own catalog: an older version comes back with the plugins it had. */
async function catalogFor(
  client: pg.PoolClient,
  { tenant, plugins }: Publication,
  deps: FlowStoreDeps,
): Promise<{ readonly catalog: Catalog; readonly versions: PluginVersions }> {
  if (!plugins) return deps.plugins.active(client);
  return { catalog: await deps.plugins.pinned(client, tenant, plugins), versions: plugins };
}

/** As the audit log says it. */
const told = ({ state, testRecords }: Running) => ({
  state,
  ...(testRecords.length > 0 ? { testRecords: testRecords.join(', ') } : {}),
});

/** Makes a document live: the version, its addresses, its clocks and the flow's state, in the caller's transaction. */
async function makeLive(client: pg.PoolClient, publication: Publication, deps: FlowStoreDeps): Promise<void> {
  const { flow, tenant, row, by } = publication;
  const { catalog, versions } = await catalogFor(client, publication, deps);
  const document = readFlow(JSON.parse(publication.document), catalog);
  const context = await checkContext(client, catalog);
  const params = JSON.parse(publication.params) as JsonObject;
  const error =
    firstError(check(document, { catalog, ready: deps.ready, ...context, params })) ??
    firstError(await deps.codeProblems(tenant, document, catalog));
  if (error) {
    const field = fieldOf(error);
    throw new Refused(422, error.code, error.message.en, field === undefined ? {} : { field });
  }
  const plan = planOf(document, catalog, params);
  const before =
    row.live_version === null
      ? null
      : readFlow(JSON.parse((await versionRow(client, flow, row.live_version)).document), catalog);
  const { rows } = await client.query<{ version: number }>(
    `insert into flow_version (tenant_id, flow_id, version, document, params, note, author, plugins)
      select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7 from flow_version where flow_id = $2 and tenant_id = $1
      returning version`,
    [
      tenant,
      flow,
      JSON.stringify(document),
      publication.params,
      publication.note,
      by.author,
      pluginsUsed(document, versions),
    ],
  );
  const unsigned = await settleTriggers(
    client,
    plan,
    { before, after: document },
    {
      tenant,
      flow,
      keys: await deps.vault.keysOf(tenant),
      connections: context.connections,
      mayUnsigned: by.mayUnsigned || context.unsigned,
    },
  );
  await client.query('update flow set live_version = $2 where id = $1 and tenant_id = current_tenant()', [
    flow,
    rows[0]?.version,
  ]);
  await setRunning(client, flow, publication.run);
  if (row.state === 'test' && publication.run.state === 'live') await reconcileFromNow(client, flow);
  // sent with the commit: whoever keeps the flow in memory reads it anew
  await client.query("select pg_notify('weft_flow', $1)", [flow]);
  await audit(client, {
    action: publication.action,
    on: { id: flow, title: row.name },
    before: { version: row.live_version, state: row.state },
    after: {
      version: rows[0]?.version ?? null,
      ...told(publication.run),
      ...publication.from,
      ...(unsigned.length === 0 ? {} : { 'takes unsigned calls': unsigned }),
    },
    ...(publication.note === '' ? {} : { note: publication.note }),
  });
}

export function createFlowStore(deps: FlowStoreDeps): FlowStore {
  const { pool, catalog, vault, clock } = deps;
  const summing: Summing = {
    clock,
    packages: createFlowPackages(async (client) => (await deps.plugins.active(client)).catalog, deps.ready),
  };
  const sparing = createSparing<FlowCounts>();

  const publishUnderLock = (
    tenant: number,
    flow: string,
    prepare: (client: pg.PoolClient, row: FlowRow) => Promise<Prepared>,
    by: Publisher,
  ): Promise<FlowSummary> =>
    // the keys are read before the transaction, which must not wait for a second connection of the same pool
    vault.keysOf(tenant).then(() =>
      withTenant(pool, tenant, async (client) => {
        const row = await flowRow(client, flow, 'for update');
        await makeLive(client, { tenant, flow, row, by, ...(await prepare(client, row)) }, deps);
        return summaryOf(client, flow, summing);
      }),
    );

  return {
    catalog: (tenant) => withTenant(pool, tenant, async (client) => (await deps.plugins.active(client)).catalog),
    // counts may be some moments old, the flows themselves never: whoever changed one reads what was changed. A guest's list is another than the tenant's
    list: async (tenant) => {
      const counts = await sparing(`${tenant} ${actorNow().guest ?? ''}`, () =>
        withTenant(pool, tenant, (client) => countFlows(client, clock.now())),
      );
      return withTenant(pool, tenant, (client) => flowSummaries(client, summing.packages, counts));
    },
    read: (tenant, flow) => withTenant(pool, tenant, (client) => readAnswer(client, tenant, flow, deps, summing)),
    create: (tenant, document, { id = randomUUID(), params = {} } = {}) =>
      withTenant(pool, tenant, async (client) => {
        await insertFlow(client, tenant, { id, document, params });
        return summaryOf(client, id, summing);
      }),
    duplicate: (tenant, flow, name) =>
      withTenant(pool, tenant, async (client) => {
        const row = await flowRow(client, flow);
        const id = randomUUID();
        const document = { ...readFlow(JSON.parse(row.draft), catalog), name };
        await insertFlow(client, tenant, { id, document, params: JSON.parse(row.params) as JsonObject });
        return summaryOf(client, id, summing);
      }),
    remove: (tenant, flow) => withTenant(pool, tenant, (client) => removeFlow(client, flow)),
    export: (tenant, flow) => withTenant(pool, tenant, (client) => flowFile(client, flow, catalog)),
    check: (tenant, document) =>
      withTenant(pool, tenant, async (client) => {
        const own = (await deps.plugins.active(client)).catalog;
        return checkDocument(document, { catalog: own, ready: deps.ready, ...(await checkContext(client, own)) });
      }),
    saveDraft: (tenant, flow, save) =>
      withTenant(pool, tenant, async (client) => {
        await storeDraft(client, tenant, flow, save);
        return summaryOf(client, flow, summing);
      }),
    publish: (tenant, flow, { revision, note, ...run }, by) =>
      publishUnderLock(
        tenant,
        flow,
        async (_client, row) => {
          if (row.revision !== revision) throw stale(row.revision, 'revision');
          const { draft: document, params } = row;
          return { document, params, note, run: runningAs(run), action: 'flow.publish', from: { revision } };
        },
        by,
      ),
    rollback: (tenant, flow, { version, note }, by) =>
      publishUnderLock(
        tenant,
        flow,
        async (client, row) => ({
          ...(await versionRow(client, flow, version)),
          note,
          run: asBefore(row),
          action: 'flow.rollback',
          from: { rolledBackTo: version },
        }),
        by,
      ),
    switch: (tenant, flow, wish) =>
      withTenant(pool, tenant, async (client) => {
        await switchFlow(client, flow, wish, catalog);
        return summaryOf(client, flow, summing);
      }),
    passedBy: (tenant, flow) => withTenant(pool, tenant, (client) => readPassedBy(client, flow)),
    versions: (tenant, flow) => withTenant(pool, tenant, (client) => readVersions(client, flow)),
    version: (tenant, flow, version) =>
      withTenant(pool, tenant, async (client) =>
        readFlow(JSON.parse((await versionRow(client, flow, version)).document), catalog),
      ),
    ...hookDesk(deps),
  };
}

type HookPart = Pick<FlowStore, 'hooks' | 'renewHookSecret' | 'endEarlierHookSecret'>;

/** What is told and done about a flow's addresses. */
function hookDesk({ pool, vault, hookUrl }: FlowStoreDeps): HookPart {
  const atHooks = async <T>(tenant: number, flow: string, work: (desk: HookDesk) => Promise<T>): Promise<T> => {
    const keys = await vault.keysOf(tenant);
    return withTenant(pool, tenant, async (client) => {
      await flowRow(client, flow);
      return work({ client, keys, hookUrl });
    });
  };
  return {
    hooks: (tenant, flow) => atHooks(tenant, flow, (desk) => readHooks(desk, flow)),
    renewHookSecret: (tenant, flow, trigger, wish) =>
      atHooks(tenant, flow, (desk) => renewHookSecret(desk, flow, trigger, wish)),
    endEarlierHookSecret: (tenant, flow, trigger) =>
      atHooks(tenant, flow, (desk) => endEarlierHookSecret(desk, flow, trigger)),
  };
}

async function switchFlow(
  client: pg.PoolClient,
  flow: string,
  wish: Omit<SetFlowState, 'carry'>,
  catalog: Catalog,
): Promise<void> {
  const row = await flowRow(client, flow, 'for update');
  if (row.live_version === null) throw new Refused(409, 'FLOW_UNPUBLISHED', 'the flow has never been published');
  const [before, after] = [asBefore(row), runningAs(wish)];
  if (JSON.stringify(before) === JSON.stringify(after)) return;
  await setRunning(client, flow, after);
  if (before.state === 'test' && after.state === 'live') await reconcileFromNow(client, flow);
  if (before.state === 'off')
    await wakeClocks(client, flow, await schedulesOf(client, flow, row.live_version, catalog));
  await client.query("select pg_notify('weft_flow', $1)", [flow]);
  await audit(client, {
    action: wish.on ? 'flow.on' : 'flow.off',
    on: { id: flow, title: row.name },
    before: told(before),
    after: told(after),
  });
}

async function readPassedBy(client: pg.PoolClient, flow: string): Promise<string[]> {
  const { rows } = await client.query<{ id: string }>(
    `select p.id from flow f cross join lateral (${PASSED_BY}) p where f.id = $1 and f.tenant_id = current_tenant()`,
    [flow],
  );
  return rows.map(({ id }) => id);
}

async function insertFlow(
  client: pg.PoolClient,
  tenant: number,
  { id, document, params }: { readonly id: string; readonly document: FlowDocument; readonly params: JsonObject },
): Promise<void> {
  const { rows } = await client.query<{ count: number }>(
    'select count(*)::int as count from flow where tenant_id = current_tenant()',
  );
  if ((rows[0]?.count ?? 0) >= MOST_FLOWS)
    throw new Refused(409, 'TOO_MANY_FLOWS', `a customer can have ${MOST_FLOWS} flows at most`);
  await client.query('insert into flow (tenant_id, id, name, draft, params) values ($1, $2, $3, $4, $5)', [
    tenant,
    id,
    document.name,
    JSON.stringify(document),
    JSON.stringify(params),
  ]);
  const after = { steps: document.nodes.length };
  await audit(client, { action: 'flow.create', on: { id, title: document.name }, after });
}

async function removeFlow(client: pg.PoolClient, flow: string): Promise<void> {
  const { name, state } = await flowRow(client, flow, 'for update');
  if (state === 'live' || state === 'test') throw new Refused(409, 'FLOW_LIVE', 'switch the flow off first');
  const { rows } = await client.query('select from run where flow_id = $1 limit 1', [flow]);
  if (rows.length > 0)
    throw new Refused(409, 'FLOW_HAS_RUNS', 'the flow has run, and what it did is kept; it can be switched off');
  await client.query('delete from flow where id = $1 and tenant_id = current_tenant()', [flow]);
  await audit(client, { action: 'flow.delete', on: { id: flow, title: name }, before: { state } });
}

async function flowFile(client: pg.PoolClient, flow: string, catalog: Catalog): Promise<FlowFile> {
  const row = await flowRow(client, flow);
  const { rows } = await client.query<FileConnection & { id: string }>(
    'select id, connector, title from connection where tenant_id = current_tenant()',
  );
  return fileOf(readFlow(JSON.parse(row.draft), catalog), JSON.parse(row.params) as JsonObject, rows);
}

async function storeDraft(
  client: pg.PoolClient,
  tenant: number,
  flow: string,
  { basedOn, document, tab }: SaveDraft,
): Promise<void> {
  if (tab !== undefined && (await editedElsewhere(client, flow, tab)))
    throw new Refused(409, 'EDITED_ELSEWHERE', 'somebody else edits the flow', { field: 'tab' });
  const { rowCount } = await client.query(
    `update flow set draft = $3, name = $4, revision = revision + 1, updated_at = now()
      where id = $1 and revision = $2 and tenant_id = current_tenant()`,
    [flow, basedOn, JSON.stringify(document), document.name],
  );
  if (rowCount === 0) throw stale((await flowRow(client, flow)).revision, 'basedOn');
  await tellAttendants(client, tenant, flow);
  if (await justDone(client, 'flow.edit', flow, ONE_EDIT_MINUTES)) return;
  await audit(client, {
    action: 'flow.edit',
    on: { id: flow, title: document.name },
    before: { revision: basedOn },
    after: { revision: basedOn + 1, steps: document.nodes.length },
  });
}

function stale(revision: number, field: string): Refused {
  return new Refused(409, 'STALE', `somebody else saved the flow: it is at revision ${revision}`, { field });
}

async function schedulesOf(
  client: pg.PoolClient,
  flow: string,
  version: number,
  catalog: Catalog,
): Promise<readonly string[]> {
  const document = readFlow(JSON.parse((await versionRow(client, flow, version)).document), catalog);
  return document.nodes.filter((node) => catalog.node(node.type)?.starts?.by === 'schedule').map((node) => node.id);
}

async function readAnswer(
  client: pg.PoolClient,
  tenant: number,
  flow: string,
  deps: FlowStoreDeps,
  summing: Summing,
): Promise<FlowAnswer> {
  const row = await flowRow(client, flow);
  const { catalog } = await deps.plugins.active(client);
  const draft = readFlow(JSON.parse(row.draft), catalog);
  const live = row.live_version === null ? null : await versionRow(client, flow, row.live_version);
  return {
    flow: await summaryOf(client, flow, summing),
    draft,
    // right after it was published it is the draft, and a large one takes long to read
    live: live && (live.document === row.draft ? draft : readFlow(JSON.parse(live.document), deps.catalog)),
    problems: [
      ...check(draft, {
        catalog,
        ready: deps.ready,
        ...(await checkContext(client, catalog)),
        params: JSON.parse(row.params) as JsonObject,
      }),
      ...(await deps.codeProblems(tenant, draft, catalog)),
    ],
    failing: await failingTriggers(client, flow, row.state),
  };
}

async function failingTriggers(
  client: pg.PoolClient,
  flow: string,
  state: FlowSummary['state'],
): Promise<FlowAnswer['failing']> {
  if (state !== 'live' && state !== 'test') return [];
  const { rows } = await client.query<{ trigger: string; failure: string | null }>(
    'select trigger, failure from trigger_clock where flow_id = $1 and tenant_id = current_tenant() and failures > 0 order by trigger',
    [flow],
  );
  return rows.map(({ trigger, failure }) => ({ trigger, failure: failure ?? '' }));
}

const MOST_VERSIONS = 500;

async function readVersions(client: pg.PoolClient, flow: string): Promise<VersionSummary[]> {
  await flowRow(client, flow);
  const { rows } = await client.query<{ version: number; note: string; author: string; published_ms: number }>(
    `select version, note, author, (extract(epoch from published_at) * 1000)::float8 as published_ms from flow_version
      where flow_id = $1 and tenant_id = current_tenant() order by version desc limit ${MOST_VERSIONS}`,
    [flow],
  );
  return rows.map(({ version, note, author, published_ms }) => ({ version, note, author, publishedAt: published_ms }));
}
