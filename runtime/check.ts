import type { z } from 'zod';
import { compileText } from './binding.ts';
import type { BindingPath } from './binding-form.ts';
import type { Catalog } from './catalog.ts';
import { bindingsOf, listFormsOf, readListForm } from './config-value.ts';
import { type AnyConnector, offerOf } from './connector.ts';
import { FlowError, fieldPath, type Sentence } from './error.ts';
import { expressionsOf, readExpression } from './expression.ts';
import { nearestName, shapeByType, strayOf } from './field-shape.ts';
import { endOf, type FlowDocument, type FlowNode } from './flow.ts';
import { graphOf } from './graph.ts';
import { issueWords } from './issue-words.ts';
import type { Json, JsonObject } from './json.ts';
import {
  type AnyNode,
  canFail,
  connectionOf,
  FAILED_PORT,
  type FieldLabel,
  featuresOf,
  isOptional,
  type Needs,
  openConfig,
  portsFit,
  portType,
} from './node.ts';
import { allows, type Feature, type Package, packageOf, packageTable } from './package.ts';
import type { Problem } from './protocol.ts';
import { isReadyFlow } from './ready-flow.ts';

/** What `check` is told of the tenant. */
export interface CheckContext {
  readonly catalog: Catalog;
  readonly package: Package;
  /** The connector of each of the tenant's connections as its settings make it, by connection id; null while editing a template. */
  readonly connections: Pick<ReadonlyMap<string, AnyConnector>, 'get'> | null;
  /** Answers to the flow's own questions, where they have been given. */
  readonly params?: JsonObject;
  /** The ready flows, which every package may publish; left out where nobody knows. */
  readonly ready?: readonly Pick<FlowDocument, 'nodes' | 'wires'>[];
  /** Whether an administrator lets the tenant’s flows take unsigned calls; left out where nobody knows. */
  readonly unsigned?: boolean;
}

type Add = (problem: Omit<Problem, 'severity'> & { severity?: Problem['severity'] }) => void;

const say = (en: string, sv: string): Sentence => ({ en, sv });

/** Everything wrong with a flow, as data the editor can point at; no error among it means it can be published. */
export function check(flow: FlowDocument, context: CheckContext): Problem[] {
  const problems: Problem[] = [];
  const add: Add = (problem) => problems.push({ severity: 'error', ...problem });
  checkNames(flow, add);
  const ends = endsOf(flow);
  for (const step of flow.nodes) {
    const node = context.catalog.node(step.type);
    if (!node) {
      add({
        code: 'NODE_UNKNOWN',
        step: step.id,
        message: say(`“${step.type}” is not a node here.`, `”${step.type}” är ingen nod här.`),
      });
      continue;
    }
    checkPackage(step, node, context, add);
    if (step.disabled) continue;
    checkConfig(flow, step, node, context, add);
    checkUnsigned(step, node, context, add);
    checkConnection(flow, step, node, context, add);
    checkInputs(step, node, ends, add);
    checkFailure(step, node, ends, add);
  }
  checkWires(flow, context.catalog, add);
  checkGraph(flow, context.catalog, add);
  checkDrawnFreely(flow, context, add);
  return problems;
}

function checkNames(flow: FlowDocument, add: Add): void {
  const seen = new Set<string>();
  for (const { id } of flow.nodes) {
    if (seen.has(id))
      add({ code: 'NAME_TWICE', step: id, message: say(`Two steps are called ${id}.`, `Två steg heter ${id}.`) });
    seen.add(id);
  }
}

/** Not wrong, but nobody should overlook it. */
function checkUnsigned(step: FlowNode, { unsigned }: AnyNode, context: CheckContext, add: Add): void {
  if (!unsigned || step.config[unsigned.field] !== unsigned.value) return;
  add({
    severity: 'warning',
    code: 'UNSIGNED_CALLS',
    step: step.id,
    field: unsigned.field,
    message: context.unsigned
      ? say(
          'Calls are not signed, which an administrator has allowed here: whoever knows the address can start runs.',
          'Anropen signeras inte, vilket en administratör har tillåtit här: den som känner till adressen kan starta körningar.',
        )
      : say(
          'Calls are not signed: whoever knows the address can start runs. Only an administrator may publish this, or allow it for the customer.',
          'Anropen signeras inte: den som känner till adressen kan starta körningar. Bara en administratör kan publicera det här, eller tillåta det för kunden.',
        ),
  });
}

function checkPackage(step: FlowNode, node: AnyNode, context: CheckContext, add: Add): void {
  const lacking = featuresOf(node, step.config).find((feature) => !allows(context.package, feature));
  if (lacking === undefined) return;
  const message = packageSentence({ title: node.title, feature: lacking }, context);
  add({ code: 'PACKAGE_NEEDED', step: step.id, message });
}

function packageSentence(
  { title, feature }: { readonly title: Sentence | string; readonly feature: Feature },
  context: CheckContext,
): Sentence {
  const { en, sv } = typeof title === 'string' ? say(title, title) : title;
  const [needed, owned] = [packageTable[packageOf(feature)].called, packageTable[context.package].called];
  return say(
    `${en} is part of ${needed.en}; this customer has ${owned.en}.`,
    `${sv} ingår i ${needed.sv}; den här kunden har ${owned.sv}.`,
  );
}

/** A package without free flows has the ready ones; another may be drawn and not published. */
function checkDrawnFreely(flow: FlowDocument, { catalog, package: owned, ready }: CheckContext, add: Add): void {
  if (!ready || flow.nodes.length === 0 || allows(owned, 'free-flows')) return;
  if (isReadyFlow(flow, ready, (type) => catalog.node(type)?.feature)) return;
  const [needed, has] = [packageTable[packageOf('free-flows')].called, packageTable[owned].called];
  const message = say(
    `A flow drawn freely is part of ${needed.en}; this customer has ${has.en}. It can be kept as a draft; the flows under Templates can be published.`,
    `Ett fritt ritat flöde ingår i ${needed.sv}; den här kunden har ${has.sv}. Det kan sparas som utkast; flödena under Mallar går att publicera.`,
  );
  add({ code: 'PACKAGE_NEEDED', message });
}

function checkConfig(flow: FlowDocument, step: FlowNode, node: AnyNode, context: CheckContext, add: Add): void {
  const open = openConfig(node, step.config) as Json;
  const bindings = bindingsOf(open);
  const unreadable = (field: string, error: unknown): void => {
    const message = error instanceof FlowError ? error.message : 'cannot be read';
    add({
      code: 'BINDING_INVALID',
      step: step.id,
      field,
      message: say(`${field}: ${message}`, `${field}: bindningen går inte att läsa (${message})`),
    });
  };
  for (const { at, text, locals } of bindings) {
    const field = fieldPath(at);
    try {
      const paths = compileText(text).paths.filter(([head]) => !locals.includes(String(head)));
      for (const path of paths) checkPath(flow, step, node, path, field, context, add);
    } catch (error) {
      unreadable(field, error);
    }
  }
  for (const { at, form } of listFormsOf(open)) {
    try {
      readListForm(form);
    } catch (error) {
      unreadable(fieldPath(at), error);
    }
  }
  const expressions = expressionsOf(open);
  for (const { at, form } of expressions) {
    try {
      readExpression(form);
    } catch (error) {
      unreadable(fieldPath(at), error);
    }
    if (!node.starts) continue;
    const field = fieldPath(at);
    const message = say(
      `${field}: a trigger has nothing to work an expression out from.`,
      `${field}: en utlösare har inget att räkna ut ett uttryck av.`,
    );
    add({ code: 'BINDING_INVALID', step: step.id, field, message });
  }
  checkValues(step, node, new Set([...bindings, ...expressions].map(({ at }) => fieldPath(at))), add);
}

/** The values against the node's own schema, but for those `bound` names. */
function checkValues(step: FlowNode, node: AnyNode, bound: ReadonlySet<string>, add: Add): void {
  const parsed = (node.config as z.ZodObject).safeParse(step.config);
  if (parsed.success) return;
  for (const issue of parsed.error.issues) {
    const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
    const field = fieldPath([...issue.path, ...unknown]);
    // a bound field has its value only when the flow runs
    if ([...bound].some((path) => path === field || path.startsWith(`${field}.`) || path.startsWith(`${field}[`)))
      continue;
    const message = isAbsent(step.config, issue)
      ? unfilled(node, field, issue.path)
      : inField(field, issueWords(issue));
    add({ code: 'CONFIG_INVALID', step: step.id, field, message });
  }
}

const inField = (field: string, { en, sv }: Sentence): Sentence => say(`${field}: ${en}`, `${field}: ${sv}`);

/** Whether what is wrong with a value is that there is none. */
function isAbsent(config: JsonObject, issue: z.core.$ZodIssue): boolean {
  if (issue.code !== 'invalid_type' && issue.code !== 'invalid_value') return false;
  let value: unknown = config;
  for (const key of issue.path) value = (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key];
  return value === undefined;
}

/** That a field must be filled in, by the name people know it by. */
function unfilled(node: AnyNode, field: string, path: readonly PropertyKey[]): Sentence {
  const [first] = path;
  const shape = (node.config as z.ZodObject).shape[String(first)] as z.ZodType | undefined;
  const { title = field, titleSv = title } = (path.length === 1 ? (shape?.meta() ?? {}) : {}) as Partial<FieldLabel>;
  return say(`Fill in “${title}”.`, `Fyll i ”${titleSv}”.`);
}

function checkPath(
  flow: FlowDocument,
  step: FlowNode,
  node: AnyNode,
  path: BindingPath,
  field: string,
  context: CheckContext,
  add: Add,
): void {
  const [head, second] = path.map(String) as [string, string?];
  if (head === 'params') {
    if (!Object.hasOwn(flow.params, String(second))) {
      add({
        code: 'BINDING_UNKNOWN',
        step: step.id,
        field,
        message: say(`There is no setting “${second}”.`, `Det finns ingen inställning ”${second}”.`),
      });
    }
  } else if (head === 'steps') {
    checkStepPath(flow, { step, path, field }, context, add);
  } else if (!Object.hasOwn(node.inputs, head) && !(node.starts && head === 'payload')) {
    add({
      code: 'BINDING_UNKNOWN',
      step: step.id,
      field,
      message: say(`“${head}” is no input of this step.`, `”${head}” är ingen ingång på det här steget.`),
    });
  } else {
    const shape = (node.inputs as Readonly<Record<string, z.ZodType>>)[head];
    if (shape) checkFields({ step, path, from: 1, type: portType(shape), field }, context, add);
  }
}

function checkStepPath(
  flow: FlowDocument,
  { step, path, field }: Pick<Reach, 'step' | 'path' | 'field'>,
  context: CheckContext,
  add: Add,
): void {
  const [, second, third] = path.map(String) as [string, string?, string?];
  const other = flow.nodes.find(({ id }) => id === second);
  const producer = other && context.catalog.node(other.type);
  if (producer && outputType(other, producer, third ?? '') === undefined) {
    add({
      code: 'BINDING_UNKNOWN',
      step: step.id,
      field,
      message: say(`${other.id} has no output “${third ?? ''}”.`, `${other.id} har ingen utgång ”${third ?? ''}”.`),
    });
  }
  if (!other) {
    add({
      code: 'BINDING_UNKNOWN',
      step: step.id,
      field,
      message: say(`There is no step “${second}”.`, `Det finns inget steg ”${second}”.`),
    });
  }
  const type = producer && outputType(other, producer, third ?? '');
  if (type !== undefined) checkFields({ step, path, from: 3, type, field }, context, add);
}

interface Reach {
  readonly step: FlowNode;
  readonly path: BindingPath;
  /** Where in the path the value of this type is entered. */
  readonly from: number;
  readonly type: string;
  readonly field: string;
}

/** Whether what a binding reaches for is there, as far as the shape of what it reaches into is known. */
function checkFields({ step, path, from, type, field }: Reach, { catalog }: CheckContext, add: Add): void {
  const shape = shapeByType(catalog.shapes, type);
  const stray = shape && strayOf(shape, path, from);
  if (!stray) return;
  const { part, within, owner } = stray;
  const names = Object.keys((owner.kind === 'list' ? owner.item?.fields : owner.fields) ?? {});
  const meant = owner.kind === 'list' ? undefined : nearestName(part, names);
  const [en, sv] =
    owner.kind === 'list'
      ? [
          ' It is a list: take one entry, as in [0], or make a list of it.',
          ' Det är en lista: ta en post, som [0], eller gör en lista av den.',
        ]
      : meant === undefined
        ? ['', '']
        : [` Did you mean “${meant}”?`, ` Menade du ”${meant}”?`];
  const message = say(`“${within}” has no field “${part}”.${en}`, `”${within}” har inget fält ”${part}”.${sv}`);
  add({ code: 'FIELD_UNKNOWN', step: step.id, field, message });
}

function checkConnection(flow: FlowDocument, step: FlowNode, node: AnyNode, context: CheckContext, add: Add): void {
  const wanted = connectionOf(node);
  if (wanted === 'none') return;
  if (step.connection === undefined || step.connection === '') {
    if (wanted === 'required')
      add({
        code: 'CONNECTION_MISSING',
        step: step.id,
        field: 'connection',
        message: say('Choose a connection.', 'Välj en anslutning.'),
      });
    return;
  }
  if (step.connection.startsWith('{{')) {
    const name = /params\.([a-z0-9-]+)/.exec(step.connection)?.[1] ?? '';
    if (flow.params[name]?.kind !== 'connection')
      add({
        code: 'CONNECTION_MISSING',
        step: step.id,
        field: 'connection',
        message: say('The connection is no setting of this flow.', 'Anslutningen är ingen inställning i flödet.'),
      });
    return;
  }
  if (!context.connections) return;
  const connector = context.connections.get(step.connection);
  if (!connector) {
    add({
      code: 'CONNECTION_MISSING',
      step: step.id,
      field: 'connection',
      message: say('The connection does not exist any more.', 'Anslutningen finns inte längre.'),
    });
    return;
  }
  if (!allows(context.package, connector.feature)) {
    add({ code: 'PACKAGE_NEEDED', step: step.id, field: 'connection', message: packageSentence(connector, context) });
  }
  checkOffers(step, node, connector, context, add);
  checkChanges(step, node, connector, add);
}

/** What the system cannot do is said before it is asked. */
function checkOffers(step: FlowNode, node: AnyNode, connector: AnyConnector, context: CheckContext, add: Add): void {
  const spared: readonly string[] = node.spares?.(step.config) ?? [];
  for (const [local, { name }] of Object.entries((node.needs ?? {}) as Needs)) {
    if (spared.includes(local) || offerOf(connector, name)) continue;
    const why =
      connector.cannot?.[name] ??
      say(`${connector.title} does not offer ${name}.`, `${connector.title} erbjuder inte ${name}.`);
    add({ code: 'UNSUPPORTED', step: step.id, field: 'connection', message: why });
  }
  for (const asked of node.asks?.(answered(step.config, context.params)) ?? []) {
    const why = connector.cannot?.[asked];
    if (why) add({ code: 'UNSUPPORTED', step: step.id, field: 'config', message: why });
  }
}

const PARAM = /^\{\{\s*params\.([a-z][a-z0-9-]*)\s*\}\}$/;

/** The config with the answers that stand alone in a field put in; other bindings have their values only when the flow runs. */
function answered(config: JsonObject, params: JsonObject | undefined): JsonObject {
  if (!params) return config;
  const put = (value: Json): Json => {
    const name = typeof value === 'string' ? PARAM.exec(value)?.[1] : undefined;
    return name !== undefined && Object.hasOwn(params, name) ? (params[name] as Json) : value;
  };
  return Object.fromEntries(
    Object.entries(config).map(([field, value]) => [field, Array.isArray(value) ? value.map(put) : put(value)]),
  );
}

/** A trigger that would wait for ever is refused. */
function checkChanges(step: FlowNode, node: AnyNode, connector: AnyConnector, add: Add): void {
  if (node.starts?.by !== 'change') return;
  const { entity } = node.starts;
  const source = connector.changes.find((change) => change.entity === entity);
  if (source?.poll || (source?.webhookTopics?.length && connector.webhook)) return;
  const message =
    connector.cannot?.[`changes:${entity}`] ??
    say(
      `${connector.title} does not tell of changes of this kind (${entity}).`,
      `${connector.title} berättar inte om ändringar av det här slaget (${entity}).`,
    );
  add({ code: 'UNSUPPORTED', step: step.id, field: 'connection', message });
}

/** What a port is called where people read. */
function titleOf(node: AnyNode, port: string): Sentence {
  const titles = node.portTitles as Readonly<Record<string, Sentence | undefined>> | undefined;
  return titles?.[port] ?? say(port, port);
}

/** Where wires end, found once for all steps. */
interface Ends {
  /** Input ports that something leads to, by step. */
  readonly wired: ReadonlyMap<string, ReadonlySet<string>>;
  /** Steps whose failures lead somewhere. */
  readonly caught: ReadonlySet<string>;
}

function endsOf({ wires }: FlowDocument): Ends {
  const wired = new Map<string, Set<string>>();
  const caught = new Set<string>();
  for (const { from, to } of wires) {
    const [step, input] = endOf(to);
    const known = wired.get(step);
    if (known) known.add(input);
    else wired.set(step, new Set([input]));
    const [source, output] = endOf(from);
    if (output === FAILED_PORT) caught.add(source);
  }
  return { wired, caught };
}

const NO_PORTS: ReadonlySet<string> = new Set();

function checkInputs(step: FlowNode, node: AnyNode, ends: Ends, add: Add): void {
  if (node.starts) return;
  const wired = ends.wired.get(step.id) ?? NO_PORTS;
  for (const [port, shape] of Object.entries(node.inputs as Readonly<Record<string, z.ZodType>>)) {
    if (wired.has(port) || isOptional(shape)) continue;
    add({
      code: 'INPUT_MISSING',
      step: step.id,
      field: port,
      message: say(
        `Nothing is wired to “${titleOf(node, port).en}”.`,
        `Inget är kopplat till ”${titleOf(node, port).sv}”.`,
      ),
    });
  }
  if (wired.size === 0) {
    add({
      severity: 'warning',
      code: 'NEVER_RUNS',
      step: step.id,
      message: say('Nothing leads to this step, so it never runs.', 'Inget leder till steget, så det körs aldrig.'),
    });
  }
}

/** Whoever catches failures somewhere in a flow wants to know of a write whose failures nothing catches. */
function checkFailure(step: FlowNode, { effect }: AnyNode, { caught }: Ends, add: Add): void {
  if (effect !== 'write' || step.onError !== 'stop') return;
  if (caught.size === 0 || caught.has(step.id)) return;
  add({
    severity: 'warning',
    code: 'FAILURE_NOT_CAUGHT',
    step: step.id,
    message: say(
      'Other failures are caught in this flow, but not those of this step: when it fails, the run stops and stands under To fix.',
      'Andra fel tas om hand i flödet, men inte det här stegets: när det misslyckas stoppas körningen och står under Att åtgärda.',
    ),
  });
}

/** The type of an output port; undefined when there is none of that name. */
export function outputType(step: FlowNode, node: AnyNode, port: string): string | undefined {
  if (port === FAILED_PORT && canFail(node)) return 'FailedStep';
  const shape = (node.outputs as Readonly<Record<string, z.ZodType>>)[port];
  if (shape) return portType(shape);
  const list = node.portsFrom === undefined ? undefined : step.config[node.portsFrom];
  const named =
    Array.isArray(list) &&
    list.some(
      (item: Json) =>
        typeof item === 'object' && item !== null && !Array.isArray(item) && (item as { name?: Json }).name === port,
    );
  return named ? 'any' : undefined;
}

function checkWires(flow: FlowDocument, catalog: Catalog, add: Add): void {
  const steps = new Map(flow.nodes.map((step) => [step.id, step]));
  const seen = new Set<string>();
  for (const [index, wire] of flow.wires.entries()) {
    const key = `${wire.from}>${wire.to}`;
    if (seen.has(key))
      add({
        code: 'WIRE_TWICE',
        wire: index,
        message: say(
          `${wire.from} is wired to ${wire.to} twice.`,
          `${wire.from} är kopplad till ${wire.to} två gånger.`,
        ),
      });
    seen.add(key);
    const [fromId, output] = endOf(wire.from);
    const [toId, input] = endOf(wire.to);
    const from = steps.get(fromId);
    const to = steps.get(toId);
    const fromNode = from && catalog.node(from.type);
    const toNode = to && catalog.node(to.type);
    if (!from || !to) {
      add({
        code: 'WIRE_LOOSE',
        wire: index,
        message: say(
          `The wire ${wire.from} to ${wire.to} has a loose end.`,
          `Kopplingen ${wire.from} till ${wire.to} har en lös ände.`,
        ),
      });
      continue;
    }
    if (!fromNode || !toNode) continue;
    const produced = outputType(from, fromNode, output);
    const shape = (toNode.inputs as Readonly<Record<string, z.ZodType>>)[input];
    if (produced === undefined)
      add({
        code: 'PORT_UNKNOWN',
        wire: index,
        step: fromId,
        message: say(`${fromId} has no output “${output}”.`, `${fromId} har ingen utgång ”${output}”.`),
      });
    else if (!shape)
      add({
        code: 'PORT_UNKNOWN',
        wire: index,
        step: toId,
        message: say(`${toId} has no input “${input}”.`, `${toId} har ingen ingång ”${input}”.`),
      });
    else if (!portsFit(produced, portType(shape))) {
      const taken = portType(shape);
      add({
        code: 'PORT_MISMATCH',
        wire: index,
        step: toId,
        message: say(
          `“${titleOf(fromNode, output).en}” gives ${produced}, but “${titleOf(toNode, input).en}” takes ${taken}.`,
          `”${titleOf(fromNode, output).sv}” ger ${produced}, men ”${titleOf(toNode, input).sv}” tar ${taken}.`,
        ),
      });
    }
  }
}

const GRAPH: Readonly<Record<string, Sentence>> = {
  cycle: say('The wires go round in a circle here.', 'Kopplingarna går runt i en cirkel här.'),
  'scope-mix': say(
    'This step takes values from two different loops; collect one of them first.',
    'Steget tar värden från två olika slingor; samla ihop den ena först.',
  ),
  'collect-outside': say(
    'A collect must stand inside the loop it closes.',
    'En samling måste stå i den slinga den avslutar.',
  ),
};

function checkGraph(flow: FlowDocument, catalog: Catalog, add: Add): void {
  for (const problem of graphOf(flow, (type) => catalog.node(type)).problems) {
    add({
      code: problem.kind.toUpperCase().replace('-', '_'),
      step: problem.step,
      message: GRAPH[problem.kind] ?? say('', ''),
    });
  }
  const starts = flow.nodes.some((step) => catalog.node(step.type)?.starts && !step.disabled);
  if (!starts)
    add({
      code: 'TRIGGER_MISSING',
      message: say(
        'The flow has no trigger, so nothing starts it.',
        'Flödet har ingen utlösare, så inget startar det.',
      ),
    });
}
