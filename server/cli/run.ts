import { randomBytes } from 'node:crypto';
import type { RecordIdentity } from '#runtime/capability.ts';
import type { Catalog } from '#runtime/catalog.ts';
import { check } from '#runtime/check.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { type AnyNode, TriggerPayload } from '#runtime/node.ts';
import { planOf } from '#runtime/plan.ts';
import type { Outcome, References } from '#runtime/ports.ts';
import type { GuestTables } from '#runtime/sandbox.ts';
import { type Answers, instantiate } from '#runtime/template.ts';
import { readFlow } from '#runtime/upgrade.ts';
import { masterKeyOf } from '../adapters/master-key.ts';
import { createReferences } from '../adapters/references.ts';
import { catalog as builtIn } from './catalog.ts';
import { problemLines } from './check.ts';
import { type Command, CommandError, type Terminal, type Typed } from './command.ts';
import { createDryRun, type DryRun, type UnsentWrite } from './dry-run.ts';
import { eventText, unsentText } from './event-text.ts';
import { NOBODY, type OpenedConnections, openGiven } from './given-connections.ts';
import { about, readGivenJson, shaped } from './given-file.ts';
import { withGivenPlugins } from './given-plugins.ts';
import { createHeadlessGuests } from './headless-guests.ts';
import { createLinkBook, type LinkBook, runHeadless } from './headless-run.ts';

export const run: Command = {
  usage: 'FLOW.json [--input FILE] [--connections FILE | --tenant N] [--live | --pretend] [--pretty] …',
  summary: 'Runs a flow once, here and in memory, and prints its events as they happen.',
  help: `
  FLOW.json            a flow as the editor exports it
  --input FILE         what wakes the flow, as JSON; - reads standard input. For a trigger on orders: the order as Weft has
                       it, or {"id": "1042"} to read it from the shop; with --via webhook, the shop's own webhook body
  --connections FILE   { "shop": { "connector": "woocommerce", "settings": {…}, "secrets": {…} } }, by the names the flow
                       uses; "accessToken" for systems with OAuth, "grants" for hosts on private networks
  --tenant N           the customer's stored connections instead, and its installed plugins
  --plugin PLACE       a plugin's folder or packed file, whose nodes the flow may use; repeat it
  --param NAME=VALUE   answers a question of a template; repeat it. A stored connection may be named by its title
  --pretty             lines for people instead of one JSON object a line

  Nothing is written anywhere unless --live is given: reads leave, and a write is shown as it would be sent.
  --pretend            goes on after each write that was not sent, with an invented answer, to see the rest
  --live               writes leave. Only for flows that may: a crash in the middle is not repaired as the server does it

  --trigger STEP       which trigger, where the flow has several
  --via HOW            manual, webhook, poll or schedule; as fits the trigger unless told
  --topic TOPIC        topic of a webhook, such as order.created
  --record ID          the record's id, where the input does not say
  --grant HOST:PORT    lets steps without a connection reach a host on a private network; repeat it
  --patience SECONDS   how long waits and retries are sat out; 60 unless told

Exit code 0 when the run succeeded or a dry run came to its write, 1 when it failed, waits or is held.`,
  options: {
    input: { type: 'string' },
    connections: { type: 'string' },
    tenant: { type: 'string' },
    plugin: { type: 'string', multiple: true },
    param: { type: 'string', multiple: true },
    pretty: { type: 'boolean' },
    live: { type: 'boolean' },
    pretend: { type: 'boolean' },
    trigger: { type: 'string' },
    via: { type: 'string' },
    topic: { type: 'string' },
    record: { type: 'string' },
    grant: { type: 'string', multiple: true },
    patience: { type: 'string' },
  },
  words: [1, 1],
  run: async (typed, terminal) => {
    if (typed.has('live') && typed.has('pretend')) throw new CommandError('--live and --pretend exclude each other');
    if (typed.has('connections') && typed.has('tenant'))
      throw new CommandError('--connections and --tenant exclude each other');
    const file = typed.words[0] ?? '-';
    const json = await readGivenJson(file);
    const input = typed.has('input') ? await readGivenJson(typed.text('input') ?? '-') : null;
    const ground = await groundOf(typed, terminal);
    try {
      const catalog = await withGivenPlugins(ground.catalog, typed.all('plugin'));
      const document = about(file, () => readFlow(json, catalog));
      return await perform(typed, terminal, { file, document, input, ground, catalog });
    } finally {
      await ground.close();
    }
  },
};

/** What a run stands on: the customer's own, or what a file gives. */
export interface RunGround extends OpenedConnections {
  readonly tenant: number;
  /** With the nodes of the customer's own plugins. */
  readonly catalog: Catalog;
  /** The customer's, where there is one. */
  readonly tables?: GuestTables;
  readonly references: References;
  readonly links: LinkBook;
  /** Connection ids by what a person may call them. */
  readonly titles: ReadonlyMap<string, string>;
}

async function groundOf(typed: Typed, terminal: Terminal): Promise<RunGround> {
  const tenant = typed.number('tenant', 1);
  if (tenant !== undefined) {
    const { openStored } = await import('./stored-connections.ts');
    return openStored(terminal, tenant, { live: typed.has('live'), grants: typed.all('grant') });
  }
  const file = typed.text('connections');
  const opened = openGiven(file ?? '--connections', file ? await readGivenJson(file) : {}, typed.all('grant'));
  return {
    ...opened,
    tenant: NOBODY,
    catalog: builtIn,
    // of no customer, so they must not be anybody's
    references: createReferences(masterKeyOf(randomBytes(32))),
    links: createLinkBook(),
    titles: new Map(),
  };
}

interface Asked {
  readonly file: string;
  readonly document: FlowDocument;
  readonly input: Json;
  readonly ground: RunGround;
  readonly catalog: Catalog;
}

async function perform(typed: Typed, terminal: Terminal, asked: Asked): Promise<0 | 1> {
  const { file, document, input, ground, catalog } = asked;
  const { flow, params } = about(file, () => instantiate(document, answersOf(typed, document, ground)));
  const problems = check(flow, { catalog, package: 'premium', connections: ground.connectors });
  const errors = problems.filter((problem) => problem.severity === 'error');
  if (errors.length > 0) throw new CommandError(`${file}:\n${problemLines(errors, 'en').join('\n')}`, 1);
  const trigger = triggerOf(flow, catalog, typed.text('trigger'));
  const payload = payloadOf(typed, trigger.node, input);
  const pretty = typed.has('pretty');
  const say = (line: object, text: () => string): void =>
    terminal.out(ground.redact(pretty ? text() : JSON.stringify(line)));
  const dry = typed.has('live')
    ? undefined
    : createDryRun(ground.connections, {
        pretend: typed.has('pretend'),
        tell: (write) => say({ type: 'write.unsent', ...write }, () => unsentText(write as UnsentWrite)),
      });
  const stopping = new AbortController();
  const guests = createHeadlessGuests(ground.tables);
  const stop = (): void => stopping.abort();
  process.once('SIGINT', stop);
  try {
    const outcome = await runHeadless({
      tenant: ground.tenant,
      plan: planOf(flow, catalog, params),
      trigger: trigger.step.id,
      record: recordOf(typed, trigger, payload),
      payload,
      connections: dry?.connections ?? ground.connections,
      references: ground.references,
      links: ground.links,
      guests,
      patienceMs: (typed.number('patience', 0) ?? 60) * 1000,
      signal: stopping.signal,
      tell: (event) => {
        if (!dry || isTrue(event)) say(event, () => eventText(event));
      },
      writing: (write) => dry?.writing(write),
    });
    return ended(outcome, dry, terminal, { pretend: typed.has('pretend') });
  } finally {
    process.off('SIGINT', stop);
    await guests.stop();
  }
}

/** In a dry run no write is under way, refused or held, whatever the engine was made to believe. */
function isTrue(event: RunEvent): boolean {
  if (event.type === 'step.writing' || event.type === 'step.refused') return false;
  return !(event.type === 'run.held' && event.failure.code === 'STOPPED');
}

function ended(
  outcome: Outcome,
  dry: DryRun | undefined,
  terminal: Terminal,
  { pretend }: { pretend: boolean },
): 0 | 1 {
  if (dry?.stopped) {
    terminal.note(
      pretend
        ? 'Dry run: nothing was sent. It stopped at a write whose answer cannot be invented.'
        : 'Dry run: nothing was sent. --pretend goes on with invented answers, --live sends.',
    );
    return 0;
  }
  switch (outcome.state) {
    case 'succeeded':
      if (dry) terminal.note('Dry run: nothing was sent.');
      return 0;
    case 'ignored':
      terminal.note('The trigger lets nothing through: this is not a record for the flow.');
      return 0;
    case 'failed':
      terminal.note(`The run failed: ${outcome.failure.code} ${outcome.failure.message}`);
      return 1;
    case 'held':
      terminal.note(`The run is held for a person (${outcome.hold}): ${outcome.failure.message}`);
      return 1;
    case 'waiting':
      terminal.note(`The run waits another ${Math.ceil(outcome.afterMs / 1000)} s; --patience sits out more.`);
      return 1;
    case 'cancelled':
      terminal.note('The run was cancelled.');
      return 1;
  }
}

interface Trigger {
  readonly step: FlowNode;
  readonly node: AnyNode;
}

function triggerOf(flow: FlowDocument, catalog: Catalog, wanted: string | undefined): Trigger {
  const triggers = flow.nodes.flatMap((step): Trigger[] => {
    const node = catalog.node(step.type);
    return node?.starts && !step.disabled ? [{ step, node }] : [];
  });
  const names = triggers.map(({ step }) => step.id).join(', ');
  const found = wanted === undefined ? triggers : triggers.filter(({ step }) => step.id === wanted);
  const [trigger] = found;
  if (!trigger) throw new CommandError(`--trigger: there is no trigger "${wanted}"; there are ${names}`);
  if (found.length > 1) throw new CommandError(`the flow has several triggers: choose one of ${names} with --trigger`);
  return trigger;
}

/** How each kind of trigger is woken when nobody says. */
const VIA = { change: 'manual', webhook: 'webhook', schedule: 'schedule', manual: 'manual' } as const;

function payloadOf(typed: Typed, node: AnyNode, body: Json): TriggerPayload {
  const starts = node.starts?.by ?? 'manual';
  const via = shaped('--via', TriggerPayload.shape.via, typed.text('via') ?? VIA[starts]);
  const id = typed.text('record') ?? idOf(body) ?? (via === 'schedule' ? new Date().toISOString() : '1');
  return { via, id, topic: typed.text('topic') ?? (via === 'webhook' ? 'call' : via), body };
}

const field = (value: Json | undefined, name: string): Json | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;

/** The record's id as canonical records, vendors' bodies and people give it. */
function idOf(body: Json): string | undefined {
  const id = field(field(body, 'source'), 'id') ?? field(body, 'id') ?? body;
  return typeof id === 'string' || typeof id === 'number' ? String(id) : undefined;
}

function recordOf(typed: Typed, { step, node }: Trigger, payload: TriggerPayload): RecordIdentity {
  const { starts } = node;
  const entity = starts?.by === 'change' ? starts.entity : 'record';
  return { entity, connection: step.connection ?? '', id: typed.text('record') ?? payload.id };
}

function answersOf(typed: Typed, document: FlowDocument, ground: RunGround): Answers {
  return Object.fromEntries(
    typed.all('param').map((given) => {
      const at = given.indexOf('=');
      if (at < 1) throw new CommandError(`--param must be NAME=VALUE, not "${given}"`);
      const name = given.slice(0, at);
      const value = given.slice(at + 1);
      const kind = document.params[name]?.kind;
      if (kind === 'connection') return [name, ground.titles.get(value) ?? value];
      if (kind === 'number' && value.trim() !== '' && Number.isFinite(Number(value))) return [name, Number(value)];
      if (kind === 'boolean' && (value === 'true' || value === 'false')) return [name, value === 'true'];
      return [name, value];
    }),
  );
}
