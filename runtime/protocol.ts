import { z } from 'zod';
import { ErrorCode, Failure, Sentence } from './error.ts';
import { RunEvent } from './event.ts';
import { FlowDocument } from './flow.ts';
import { Json, JsonObject } from './json.ts';
import { NodeManifest } from './node.ts';
import { Feature, Package } from './package.ts';
import { PluginId, PluginVersion, UnfinishedPlugin } from './plugin.ts';

/** What server and editor say to each other; both ends parse with these. Paths are under `/api`. */

/** A token of a customer's own system. `hint`: its first characters; the rest was shown once. */
export const ApiTokenSummary = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  hint: z.string(),
  /** Actions it may be used for, such as `run.read`. */
  scopes: z.array(z.string()),
  /** The maker's email; the token never allows more than its maker may do. */
  madeBy: z.string(),
  createdAt: z.number(),
  expiresAt: z.number(),
  /** To the minute. */
  lastUsedAt: z.number().nullable(),
  revokedAt: z.number().nullable(),
});
export type ApiTokenSummary = z.infer<typeof ApiTokenSummary>;

/** GET /tenants/:tenant/tokens; newest first. `grantable`: scopes the caller can give. DELETE …/tokens/:token revokes one at once. */
export const ApiTokenList = z.strictObject({ tokens: z.array(ApiTokenSummary), grantable: z.array(z.string()) });
export type ApiTokenList = z.infer<typeof ApiTokenList>;

/** POST /tenants/:tenant/tokens */
export const CreateApiToken = z.strictObject({
  name: z.string().trim().min(1).max(80),
  scopes: z.array(z.string().max(40)).min(1).max(100),
  /** How long it is good for. */
  days: z.int().min(1).max(365).default(90),
});
export type CreateApiToken = z.infer<typeof CreateApiToken>;

/** Its answer; `secret` is the token itself and is never told again. */
export const ApiTokenCreated = z.strictObject({ token: ApiTokenSummary, secret: z.string() });
export type ApiTokenCreated = z.infer<typeof ApiTokenCreated>;

/** GET /token, asked with a token: what it is. */
export const OwnToken = z.strictObject({
  tenant: z.int(),
  name: z.string(),
  scopes: z.array(z.string()),
  expiresAt: z.number(),
});
export type OwnToken = z.infer<typeof OwnToken>;

/** Every answer of 400 or more. */
export const ErrorAnswer = z.strictObject({
  error: z.strictObject({ code: z.string(), message: z.string(), field: z.string().optional() }),
});
export type ErrorAnswer = z.infer<typeof ErrorAnswer>;

export const ConnectorSummary = z.strictObject({
  id: z.string(),
  title: z.string(),
  summary: Sentence.optional(),
  kind: z.enum(['shop', 'erp', 'other']),
  feature: Feature,
  /** JSON Schemas of the two forms. */
  settings: JsonObject,
  secrets: JsonObject,
  oauth: z.boolean(),
  offers: z.array(z.string()),
  cannot: z.record(z.string(), Sentence),
  /** How it learns of changes, by kind of record. */
  changes: z.array(
    z.strictObject({
      entity: z.string(),
      webhook: z.boolean(),
      poll: z
        .strictObject({ everyMs: z.int(), overlapMs: z.int(), brings: z.enum(['changed', 'known-open', 'all']) })
        .nullable(),
    }),
  ),
});
export type ConnectorSummary = z.infer<typeof ConnectorSummary>;

/** GET /catalog */
export const CatalogAnswer = z.strictObject({
  nodes: z.array(NodeManifest),
  connectors: z.array(ConnectorSummary),
  errors: z.record(ErrorCode, z.strictObject({ what: Sentence, next: Sentence })),
  /** What values of the types that ports name are made of, by name: `Order`; each a `FieldShape`. */
  shapes: z.record(z.string(), JsonObject),
});
export type CatalogAnswer = z.infer<typeof CatalogAnswer>;

/** A problem of a flow, pointing at what to mend. */
export const Problem = z.strictObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  step: z.string().optional(),
  field: z.string().optional(),
  wire: z.int().optional(),
  message: Sentence,
});
export type Problem = z.infer<typeof Problem>;

export const FlowSummary = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  /** Off: no new runs; live: published and on; test: on for test records only; draft: never published. */
  state: z.enum(['draft', 'live', 'test', 'off']),
  /** Of a flow that is on: whether its triggers have begun since it was published or switched on, and whether they still work. */
  health: z.enum(['starting', 'well', 'partly', 'failing']).nullable(),
  /** The records a flow on for test records only runs for, and how many others have come since; null for all other flows. */
  test: z.strictObject({ records: z.array(z.string()), passedBy: z.int() }).nullable(),
  liveVersion: z.int().nullable(),
  revision: z.int(),
  /** Who published the live version. */
  owner: z.string().nullable(),
  /** The smallest package that holds all its draft asks for. */
  package: Package,
  updatedAt: z.number(),
  lastRunAt: z.number().nullable(),
  /** Runs received in the last 24 hours, ignored ones left out; `active` and `held` count all that are unfinished, however old. */
  counts: z.strictObject({ active: z.int(), succeeded: z.int(), failed: z.int(), held: z.int() }),
});
export type FlowSummary = z.infer<typeof FlowSummary>;

/** GET /tenants/:tenant/flows */
export const FlowList = z.strictObject({ flows: z.array(FlowSummary) });
export type FlowList = z.infer<typeof FlowList>;

/** GET /tenants/:tenant/flows/:flow */
export const FlowAnswer = z.strictObject({
  flow: FlowSummary,
  draft: FlowDocument,
  live: FlowDocument.nullable(),
  problems: z.array(Problem),
  /** Triggers of the live version that do not work at this moment, with the system's own words. */
  failing: z.array(z.strictObject({ trigger: z.string(), failure: z.string() })),
});
export type FlowAnswer = z.infer<typeof FlowAnswer>;

/** POST /tenants/:tenant/flows: a new flow, as draft; answers its FlowSummary. */
export const CreateFlow = z.strictObject({ document: FlowDocument });

/**
 * A flow as a file: connections by names of the file's own, so that nothing in it leads to an account; answers to its questions
 * stand as their defaults. GET /tenants/:tenant/flows/:flow/export
 */
export const FlowFile = z.strictObject({
  kind: z.literal('weft-flow'),
  v: z.literal(1),
  flow: FlowDocument,
  connections: z.array(
    z.strictObject({ name: z.string().max(80), connector: z.string().max(80), title: z.string().max(120) }),
  ),
});
export type FlowFile = z.infer<typeof FlowFile>;

/** POST /tenants/:tenant/flows/check: all that is wrong with a document, were it this customer's; it is stored nowhere. */
export const CheckDocument = z.strictObject({ document: JsonObject });
/** `flow`: the document as it would be stored; null when it cannot be read. */
export const DocumentChecked = z.strictObject({ flow: FlowDocument.nullable(), problems: z.array(Problem) });
export type DocumentChecked = z.infer<typeof DocumentChecked>;

/** POST /tenants/:tenant/flows/:flow/duplicate: its draft and answers as a new flow; answers its FlowSummary. DELETE …/flows/:flow removes one that has never run. */
export const DuplicateFlow = z.strictObject({ name: z.string().trim().min(1).max(120) });

/** PUT /tenants/:tenant/flows/:flow/draft; 409 when `basedOn` is not the stored revision, or when another than `tab` edits the flow. */
export const SaveDraft = z.strictObject({ basedOn: z.int(), document: FlowDocument, tab: z.uuid().optional() });
export type SaveDraft = z.infer<typeof SaveDraft>;

/** Ids of records, as the source names them. */
const TestRecords = z.array(z.string().trim().min(1).max(200)).min(1).max(100);

/** POST /tenants/:tenant/flows/:flow/publish; `testRecords`: on for these alone. */
export const Publish = z.strictObject({
  revision: z.int(),
  note: z.string().max(500).default(''),
  on: z.boolean().default(true),
  testRecords: TestRecords.optional(),
});
export type Publish = z.infer<typeof Publish>;

/** PUT /tenants/:tenant/flows/:flow/state; `testRecords`: on for these alone. `carry`: what was passed by meanwhile is run now. */
export const SetFlowState = z.strictObject({
  on: z.boolean(),
  testRecords: TestRecords.optional(),
  carry: z.boolean().optional(),
});
export type SetFlowState = z.infer<typeof SetFlowState>;

/** POST /tenants/:tenant/flows/:flow/rollback: an older version's document becomes a new version; the draft stays. */
export const Rollback = z.strictObject({ version: z.int().positive(), note: z.string().max(500).default('') });

export const VersionSummary = z.strictObject({
  version: z.int(),
  note: z.string(),
  author: z.string(),
  publishedAt: z.number(),
});
export type VersionSummary = z.infer<typeof VersionSummary>;
/** GET /tenants/:tenant/flows/:flow/versions; newest first. GET …/versions/:version answers that version's FlowDocument. */
export const VersionList = z.strictObject({ versions: z.array(VersionSummary) });

/** Where a live flow is called. */
export const HookSummary = z.strictObject({
  trigger: z.string(),
  signature: z.enum(['vendor', 'hmac-sha256', 'none']),
  url: z.string(),
  /** Whether there is a secret that signs the calls: without one none is taken. Null where it is not the address's own. */
  hasSecret: z.boolean().nullable(),
  /** While the secret is rotated: until when the one before is taken too. */
  earlierUntil: z.number().nullable(),
});
export type HookSummary = z.infer<typeof HookSummary>;
/** GET /tenants/:tenant/flows/:flow/hooks */
export const HookList = z.strictObject({ hooks: z.array(HookSummary) });

/**
 * POST /tenants/:tenant/flows/:flow/hooks/:step/secret and /tenants/:tenant/connections/:connection/webhook-secret. `secret`: one
 * that the other system has given, else one is made. The secret before is taken for `keepHours` more; DELETE …/earlier ends it.
 */
export const RenewSecret = z.strictObject({
  secret: z
    .string()
    .regex(/^[\x21-\x7e]{16,200}$/, 'must be 16 to 200 characters without spaces')
    .optional(),
  keepHours: z.int().min(0).max(720).default(24),
});
export type RenewSecret = z.infer<typeof RenewSecret>;
export const HookSecretMade = z.strictObject({
  hook: HookSummary,
  /** Told this once. */
  secret: z.string(),
});
export type HookSecretMade = z.infer<typeof HookSecretMade>;

export const TemplateSummary = z.strictObject({
  id: z.string(),
  title: Sentence,
  summary: Sentence,
  feature: Feature,
  /** False: the tenant's package lacks the feature. */
  allowed: z.boolean(),
  flow: FlowDocument,
});
export type TemplateSummary = z.infer<typeof TemplateSummary>;
/** GET /tenants/:tenant/templates */
export const TemplateList = z.strictObject({ templates: z.array(TemplateSummary) });
export type TemplateList = z.infer<typeof TemplateList>;

/** POST /tenants/:tenant/templates/:template: a flow of its own from a template; answers its FlowSummary. */
export const Instantiate = z.strictObject({
  name: z.string().trim().min(1).max(120).optional(),
  answers: z.record(z.string().max(40), z.union([z.string().max(2000), z.number(), z.boolean()])),
});

export const RunStatus = z.enum([
  'queued',
  'running',
  'waiting',
  'held',
  'succeeded',
  'ignored',
  'failed',
  'cancelled',
]);
export type RunStatus = z.infer<typeof RunStatus>;

export const RunSummary = z.strictObject({
  id: z.uuid(),
  flow: z.uuid(),
  flowName: z.string(),
  version: z.int(),
  status: RunStatus,
  entity: z.string(),
  /** The record's id in the source system: order 1042. */
  record: z.string(),
  via: z.string(),
  receivedAt: z.number(),
  endedAt: z.number().nullable(),
  attempt: z.int(),
  /** When a waiting run goes on. */
  dueAt: z.number().nullable(),
  hold: z.enum(['sign-in', 'quota', 'review', 'poison']).nullable(),
  failure: Failure.nullable(),
});
export type RunSummary = z.infer<typeof RunSummary>;

/** What a list of runs can be narrowed to; `active` is queued, running or waiting, as in `FlowSummary.counts`. */
export const RunFilter = z.enum([...RunStatus.options, 'active']);
export type RunFilter = z.infer<typeof RunFilter>;

/** GET /tenants/:tenant/runs?flow&status&ignored&record&since&before&limit; newest first, `before` is the last id of the page before. */
export const RunQuery = z.strictObject({
  flow: z.uuid().optional(),
  status: RunFilter.optional(),
  /** Without a status: runs whose trigger let nothing through too, which are left out unless asked for. */
  ignored: z.stringbool().optional(),
  /** Received at or after, in milliseconds since 1970. */
  since: z.coerce.number().int().nonnegative().optional(),
  record: z.string().max(200).optional(),
  before: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export const RunList = z.strictObject({ runs: z.array(RunSummary), more: z.boolean() });
export type RunList = z.infer<typeof RunList>;

/** GET /tenants/:tenant/runs/:run; a value over 64 KB is cut as on the live line. */
export const RunAnswer = z.strictObject({
  run: RunSummary,
  flow: FlowDocument,
  events: z.array(RunEvent),
  links: z.array(
    z.strictObject({ entity: z.string(), connection: z.string(), reference: z.string(), target: z.string() }),
  ),
});
export type RunAnswer = z.infer<typeof RunAnswer>;

/** GET /tenants/:tenant/runs/:run/events/:seq: one event whole, where the live line or the run's answer held a part. */
export const EventAnswer = z.strictObject({ event: RunEvent });
export type EventAnswer = z.infer<typeof EventAnswer>;

/** POST /tenants/:tenant/runs/:run/decide: what a person says about a held run. */
export const Decide = z.discriminatedUnion('decision', [
  z.strictObject({ decision: z.literal('retry') }),
  z.strictObject({ decision: z.literal('resend') }),
  z.strictObject({ decision: z.literal('sent'), target: z.string().min(1).max(200) }),
  z.strictObject({ decision: z.literal('cancel') }),
]);
export type Decide = z.infer<typeof Decide>;

/** POST /tenants/:tenant/replay: ended or dead runs, by id; each runs again under its own id and references. */
export const Replay = z.strictObject({ runs: z.array(z.uuid()).min(1).max(1000) });
export const ReplayAnswer = z.strictObject({ replayed: z.int(), skipped: z.int() });

export const ConnectionSummary = z.strictObject({
  id: z.uuid(),
  connector: z.string(),
  title: z.string(),
  settings: JsonObject,
  /** Names of the secrets it has; what they are is never told. */
  secrets: z.array(z.string()),
  /** `host:port`s on private networks that it may reach. */
  grants: z.array(z.string()),
  state: z.enum(['ready', 'sign-in-needed', 'disabled']),
  reason: z.string().nullable(),
  /** When the system last answered well, to the minute. */
  answeredAt: z.number().nullable(),
  /** How its webhooks stand; null where the system signs none. */
  webhook: z
    .strictObject({
      hasSecret: z.boolean(),
      /** Weft puts webhooks and secret in place there by itself. */
      placed: z.boolean(),
      /** While the secret is rotated: until when the one before is taken too. */
      earlierUntil: z.number().nullable(),
    })
    .nullable(),
  /** Flows whose draft or live version works through it; such a connection cannot be removed. */
  usedBy: z.array(z.strictObject({ id: z.uuid(), name: z.string() })),
  updatedAt: z.number(),
});
export type ConnectionSummary = z.infer<typeof ConnectionSummary>;
export const ConnectionList = z.strictObject({ connections: z.array(ConnectionSummary) });
export type ConnectionList = z.infer<typeof ConnectionList>;

const Secrets = z.record(z.string().max(80), z.string().max(10_000));
const Grants = z.array(z.string().max(300)).max(50);
const Rate = z.strictObject({ requests: z.int().positive(), perMs: z.int().positive() });

/** POST /tenants/:tenant/connections; `grants` and `rate` are for administrators. Answers a ConnectionSummary, as all below do. */
export const CreateConnection = z.strictObject({
  connector: z.string().max(80),
  title: z.string().max(120),
  settings: JsonObject,
  secrets: Secrets.optional(),
  grants: Grants.optional(),
  rate: Rate.optional(),
});
/** POST /tenants/:tenant/connections/try: asks the system whose account it would be, and keeps nothing; answers a ConnectionTest. */
export const TryConnection = z.strictObject({
  connector: z.string().max(80),
  settings: JsonObject,
  secrets: Secrets.optional(),
  grants: Grants.optional(),
});
const SecretsBeside = z.record(z.string().max(80), z.string().max(10_000).nullable());
/**
 * PUT /tenants/:tenant/connections/:connection; settings that lead elsewhere ask for all `secrets` again; `beside` puts some beside
 * those that are there, null takes one away. New ones are tried first, unless `unproven` says so. DELETE removes it.
 */
export const ChangeConnection = z.strictObject({
  title: z.string().max(120).optional(),
  settings: JsonObject.optional(),
  secrets: Secrets.optional(),
  beside: SecretsBeside.optional(),
  unproven: z.boolean().default(false),
});
/** PUT /tenants/:tenant/connections/:connection/secrets; null takes one away. New ones are tried first, unless `unproven` says so. */
export const SetSecrets = z.strictObject({ secrets: SecretsBeside, unproven: z.boolean().default(false) });
/** Answers POST /tenants/:tenant/connections/:connection/webhook-secret, which takes a RenewSecret. */
export const WebhookSecretMade = z.strictObject({
  connection: ConnectionSummary,
  /** Told this once; null where Weft puts it in place by itself. */
  secret: z.string().nullable(),
});
export type WebhookSecretMade = z.infer<typeof WebhookSecretMade>;
/** PUT /tenants/:tenant/connections/:connection/state */
export const SetConnectionState = z.strictObject({ on: z.boolean() });
/** PUT /tenants/:tenant/connections/:connection/allowance, for administrators: private `host:port`s it may reach, and a limit in place of the vendor's. */
export const AllowConnection = z.strictObject({ grants: Grants.optional(), rate: Rate.nullable().optional() });

export const FindingKind = z.enum([
  'missed-change',
  'double-document',
  'missing-document',
  'unlinked-document',
  'unknown-document',
  'lost-reference',
  'different-document',
  'suspected-document',
]);
export type FindingKind = z.infer<typeof FindingKind>;

/** Repaired by the machine; open: needs a person; resolved: a later pass found it in order; dismissed: a person lets it be. */
export const FindingState = z.enum(['repaired', 'open', 'resolved', 'dismissed']);
export type FindingState = z.infer<typeof FindingState>;

/** Something the reconciliation found that was not as it should be. */
export const Finding = z.strictObject({
  id: z.uuid(),
  flow: z.uuid(),
  flowName: z.string(),
  kind: FindingKind,
  state: FindingState,
  entity: z.string(),
  /** The record's id in the source; null when a document is of no record known. */
  record: z.string().nullable(),
  /** Ids of the connections. */
  source: z.string(),
  target: z.string().nullable(),
  /** Ids of the documents in the target. */
  documents: z.array(z.string()),
  reference: z.string().nullable(),
  run: z.uuid().nullable(),
  /** What exactly, such as `total: 337.50 SEK, not 338.00 SEK`. */
  detail: z.string(),
  foundAt: z.number(),
  settledAt: z.number().nullable(),
  settledBy: z.string().nullable(),
});
export type Finding = z.infer<typeof Finding>;

/** How the changes of one trigger are gone through. */
export const Reconciliation = z.strictObject({
  flow: z.uuid(),
  flowName: z.string(),
  trigger: z.string(),
  /** A pass is under way. */
  running: z.boolean(),
  dueAt: z.number().nullable(),
  /** Of the last whole pass. */
  endedAt: z.number().nullable(),
  records: z.int(),
  documents: z.int(),
  failure: z.string().nullable(),
});
export type Reconciliation = z.infer<typeof Reconciliation>;

/** GET /tenants/:tenant/findings?state&flow&limit; newest first. */
export const FindingQuery = z.strictObject({
  state: FindingState.optional(),
  flow: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(500).default(200),
});
export const FindingList = z.strictObject({
  findings: z.array(Finding),
  /** How many are open in all. */
  open: z.int(),
  passes: z.array(Reconciliation),
});
export type FindingList = z.infer<typeof FindingList>;

/** POST /tenants/:tenant/reconcile: passes begin now, of one flow or of all; `hours`: how far to look back this once. */
export const StartReconciliation = z.strictObject({
  flow: z.uuid().optional(),
  hours: z.int().min(1).max(8760).optional(),
});
export const ReconciliationStarted = z.strictObject({ started: z.int() });

/** PUT /tenants/:tenant/findings/:finding: a person has seen an open one and lets it be. */
export const SettleFinding = z.strictObject({ state: z.literal('dismissed') });

/** POST /tenants/:tenant/connections/:connection/test; an `ErrorAnswer` when the system says no. */
export const ConnectionTest = z.strictObject({
  ok: z.literal(true),
  /** Whose account it is: name and organisation number where the system tells them. */
  label: z.string(),
  /** Orders that can be seen with the credentials; null where the system does not count them. */
  orders: z.int().nullable(),
});
export type ConnectionTest = z.infer<typeof ConnectionTest>;

/**
 * How a sign-in at a vendor ended, as the page is told in its address: `denied` by the person or the vendor's page, `refused` what
 * the vendor gave, `unanswered` by the vendor just now, `unknown` here (not begun by this person, used, or too old).
 */
export const SignInEnd = z.enum(['done', 'denied', 'refused', 'unanswered', 'unknown']);
export type SignInEnd = z.infer<typeof SignInEnd>;

/** GET /practice: addresses of the practice systems' pages; null where there are none. */
export const PracticeAnswer = z
  .strictObject({
    shop: z.string(),
    erp: z.string(),
    /** Where mails land that no mail server takes; null when one is set. */
    mail: z.string().nullable(),
  })
  .nullable();
export type PracticeAnswer = z.infer<typeof PracticeAnswer>;

/** Socket, client to server: follow a run's events, or the runs of a flow (all flows of the tenant without one). */
export const Watch = z.discriminatedUnion('what', [
  z.strictObject({ what: z.literal('run'), tenant: z.int(), run: z.uuid(), afterSeq: z.int().min(-1) }),
  z.strictObject({ what: z.literal('runs'), tenant: z.int(), flow: z.uuid().optional() }),
]);
export type Watch = z.infer<typeof Watch>;

/** Acknowledgement of `watch` and `unwatch`. */
export const WatchAnswer = z.union([z.strictObject({ ok: z.literal(true) }), ErrorAnswer]);

/** What stands on the live line in place of a value over 4 KB, and in a run's answer over 64 KB; the whole is at `…/runs/:run/events/:seq`. */
export const CutValue = z.strictObject({
  $cut: z.strictObject({
    /** Characters of the value as JSON. */
    size: z.int(),
    /** The first of them. */
    preview: z.string(),
  }),
});
export type CutValue = z.infer<typeof CutValue>;

/** Socket, server to client, event `events`: the next events of a watched run, in order, no gap, no repeat. */
export const EventsMessage = z.strictObject({ run: z.uuid(), events: z.array(RunEvent) });
export type EventsMessage = z.infer<typeof EventsMessage>;

/** Socket, server to client, event `runs`: runs that began, moved on or ended. */
export const RunsMessage = z.strictObject({ runs: z.array(RunSummary) });
export type RunsMessage = z.infer<typeof RunsMessage>;

export const StarterPlugin = z.strictObject({
  id: PluginId,
  version: PluginVersion,
  title: Sentence,
  summary: Sentence,
});
export type StarterPlugin = z.infer<typeof StarterPlugin>;

/** A plugin of a tenant; `version` is the active one, newest installed first in `versions`. */
export const PluginSummary = z.strictObject({
  ...StarterPlugin.shape,
  hosts: z.array(z.string()),
  /** Types of its nodes. */
  nodes: z.array(z.string()),
  versions: z.array(z.strictObject({ version: PluginVersion, installedAt: z.number(), installedBy: z.string() })),
  usedBy: z.array(z.strictObject({ id: z.string(), name: z.string() })),
});
export type PluginSummary = z.infer<typeof PluginSummary>;

/** A plugin somebody is writing; `installed` where a version of it is there already. */
export const PluginDraftSummary = z.strictObject({
  id: PluginId,
  title: Sentence,
  revision: z.int().positive(),
  changedAt: z.number(),
  changedBy: z.string(),
});
export type PluginDraftSummary = z.infer<typeof PluginDraftSummary>;

/** GET /tenants/:tenant/plugins. `stopped`: code that is switched off since it had to be stopped three times in ten minutes. */
export const PluginList = z.strictObject({
  plugins: z.array(PluginSummary),
  starters: z.array(StarterPlugin),
  /** What is being written and not published yet. */
  drafts: z.array(PluginDraftSummary),
  stopped: z.array(z.strictObject({ program: z.string(), why: z.string(), offAt: z.number() })),
});
export type PluginList = z.infer<typeof PluginList>;

/** PUT /tenants/:tenant/plugins/:plugin/version: makes an installed version the active one. */
export const SetPluginVersion = z.strictObject({ version: PluginVersion });

/** POST /tenants/:tenant/plugins/allow: gives code that is switched off another chance. */
export const AllowProgram = z.strictObject({ program: z.string().min(1).max(400) });

/** GET /tenants/:tenant/plugins/:plugin/draft: what is being written; where nothing is, the active version, `changedAt` null. */
export const PluginDraft = z.strictObject({
  id: PluginId,
  revision: z.int().nonnegative(),
  /** As its author left it, which may be no plugin yet. */
  document: JsonObject,
  changedAt: z.number().nullable(),
  changedBy: z.string().nullable(),
});
export type PluginDraft = z.infer<typeof PluginDraft>;

/** PUT /tenants/:tenant/plugins/:plugin/draft; `basedOn` 0 where there was none. */
export const SavePluginDraft = z.strictObject({ basedOn: z.int().nonnegative(), document: JsonObject });
export type SavePluginDraft = z.infer<typeof SavePluginDraft>;

/** POST /tenants/:tenant/plugins/:plugin/draft/publish: installs the draft as a new version. */
export const PublishPluginDraft = z.strictObject({ revision: z.int().positive() });

/** POST /tenants/:tenant/plugins/try: one call of one node. */
export const TryPlugin = z.strictObject({
  plugin: UnfinishedPlugin,
  node: z.string().max(80),
  config: JsonObject.default({}),
  input: JsonObject,
});
export type TryPlugin = z.input<typeof TryPlugin>;

/** POST /tenants/:tenant/plugins/try-step: one call of a step that holds code of its own. */
export const TryStep = z.strictObject({ type: z.string().max(80), config: JsonObject, input: JsonObject });
export type TryStep = z.infer<typeof TryStep>;

/** What one call came to: the ports it gave, or why not, with the place in the author's text from 1. */
export const CodeTrial = z.strictObject({
  output: Json.optional(),
  failure: z
    .strictObject({
      code: z.string(),
      message: z.string(),
      line: z.int().positive().optional(),
      column: z.int().positive().optional(),
    })
    .optional(),
  /** What `ctx.log` was told. */
  log: z.array(z.string()),
  /** Milliseconds until the answer was here. */
  ms: z.number(),
  /** Milliseconds it computed and bytes it held in the end; null where the process did not live to tell. */
  used: z.strictObject({ cpuMs: z.number(), bytes: z.number() }).nullable(),
});
export type CodeTrial = z.infer<typeof CodeTrial>;

/** POST /tenants/:tenant/plugins/examples: runs them all, each as the plugin has it. */
export const TestPlugin = z.strictObject({ plugin: UnfinishedPlugin });

export const ExampleResults = z.strictObject({
  /** What keeps all of them from running: the code cannot be read, or a port has no such type. */
  faults: z.array(z.string()),
  /** In the order of the plugin; `fault` null: it holds. */
  examples: z.array(
    z.strictObject({ title: z.string(), node: z.string(), fault: z.string().nullable(), output: Json.optional() }),
  ),
});
export type ExampleResults = z.infer<typeof ExampleResults>;

/** GET /tenants/:tenant/plugins/types: TypeScript declarations of the commerce model and of `ctx`. */
export const CodeTypes = z.strictObject({ text: z.string() });
