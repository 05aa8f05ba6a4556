import { z } from 'zod';
import type { AnyCapability, Capability, RecordIdentity } from './capability.ts';
import type { Http, HttpResponse } from './connector.ts';
import { type FlowError, Sentence } from './error.ts';
import { expressionsOf } from './expression.ts';
import { Json, JsonObject } from './json.ts';
import { Feature } from './package.ts';
import type { Guest } from './sandbox.ts';

/** Port name -> the shape that passes through it. `.meta({ id: 'Order' })` gives a shape the name ports are compared by. */
export type PortShapes = Readonly<Record<string, z.ZodType>>;
/** Local name -> capability the step's connection must offer. */
export type Needs = Readonly<Record<string, AnyCapability>>;
/** The connector's functions, typed by capability. */
export type Granted<N extends Needs> = {
  readonly [K in keyof N]: N[K] extends Capability<infer I, infer O> ? (input: I) => Promise<O> : never;
};
type Values<P extends PortShapes> = { readonly [K in keyof P]: z.output<P[K]> };
type MaybePromise<T> = T | Promise<T>;

/** What woke the run. `body` is the vendor's JSON for a webhook, the canonical record for a poll, what a person gave by hand. */
export const TriggerPayload = z
  .strictObject({
    via: z.enum(['webhook', 'poll', 'schedule', 'manual']),
    id: z.string(),
    topic: z.string(),
    body: Json,
  })
  .meta({ id: 'TriggerPayload' });
export type TriggerPayload = z.infer<typeof TriggerPayload>;

/** One known pair of ids: the record here and there. */
export interface CrossReference {
  readonly source: RecordIdentity;
  readonly target: { readonly connection: string; readonly id: string };
}

/** All that a running step may see or do. */
export interface StepContext<Config extends z.ZodObject, In extends PortShapes, N extends Needs> {
  readonly config: z.output<Config>;
  readonly input: Values<In>;
  readonly use: Granted<N>;
  readonly http: Http;
  /** Calls the code that `sandbox` names; undefined where it answers nothing. For nodes with `sandbox` only. */
  guest(input: Json): Promise<Json | undefined>;
  /** The same on every attempt of this step: pass it to systems that drop duplicates. */
  readonly idempotencyKey: string;
  /** The record this run carries. */
  readonly record: RecordIdentity;
  /** Id of the step's connection; empty for nodes without one. */
  readonly connection: string;
  /** Cross-references that name the record as source or as target. */
  links(record: {
    entity: RecordIdentity['entity'];
    connection: string;
    id: string;
  }): Promise<readonly CrossReference[]>;
  /** Milliseconds since 1970, of the database's clock, the same on every attempt of this step. */
  readonly now: number;
  readonly signal: AbortSignal;
  /** Writes a line into the run's log. */
  note(message: string, data?: JsonObject): void;
}

/** What stands outside a step in an example: for its test, and never sent. */
export interface ExampleSurroundings<N extends Needs> {
  readonly connection?: string;
  /** What the connected system answers, by the local names of `needs`. */
  readonly answers?: { readonly [K in keyof N]?: N[K] extends Capability<infer _, infer O> ? O : never };
  readonly http?: HttpResponse;
  readonly links?: readonly CrossReference[];
}

export interface Example<
  Config extends z.ZodObject,
  In extends PortShapes,
  Out extends PortShapes,
  N extends Needs = Needs,
> {
  readonly title: Sentence;
  readonly config: z.input<Config>;
  readonly input: { readonly [K in keyof In]?: z.input<In[K]> };
  /** Ports of `portsFrom`, and what a control node tells the engine, stand beside the declared ones. */
  readonly output: { readonly [K in keyof Out]?: z.output<Out[K]> } & Readonly<Record<string, unknown>>;
  readonly given?: ExampleSurroundings<N>;
}

/** How a trigger starts runs: a change in a connected system, a call, a clock, a hand. */
export type Starts =
  | { readonly by: 'change'; readonly entity: RecordIdentity['entity'] }
  | { readonly by: 'webhook' }
  | { readonly by: 'schedule' }
  | { readonly by: 'manual' };

/** Steps the engine itself carries out, because they shape the run and not a value. */
export type ControlKind = 'each' | 'collect' | 'wait' | 'respond' | 'stop';

/** The one declaration of a node: palette, form, checks, package gate, docs and run all read it. */
export interface NodeDefinition<
  Config extends z.ZodObject = z.ZodObject,
  In extends PortShapes = PortShapes,
  Out extends PortShapes = PortShapes,
  N extends Needs = Needs,
> {
  /** `orders.read`: dotted, lower case, saved in documents, never renamed. */
  readonly type: string;
  readonly version: number;
  readonly title: Sentence;
  readonly summary: Sentence;
  readonly group: 'triggers' | 'logic' | 'transform' | 'match' | 'action' | 'plugin';
  /** A lucide icon name. */
  readonly icon: string;
  readonly feature: Feature;
  /** What it does to the world outside. A test run never executes a `write`; it shows what would be sent. */
  readonly effect: 'none' | 'read' | 'write';
  readonly starts?: Starts;
  readonly control?: ControlKind;
  /** Of a trigger with an address of its own: the setting that opens it to calls nobody has signed. An administrator’s grant is needed, and `check` warns. */
  readonly unsigned?: { readonly field: string; readonly value: string } | undefined;
  readonly config: Config;
  readonly inputs: In;
  readonly outputs: Out;
  /** Type of a node of a smaller package that does part of its work: offered where the customer’s package lacks this one. */
  readonly instead?: string | undefined;
  /** What its ports are called where people read; a port without one goes by its name. */
  readonly portTitles?: Readonly<Partial<Record<Extract<keyof In | keyof Out, string>, Sentence>>>;
  /** Name of a config list whose items' `name` are further output ports (switch). */
  readonly portsFrom?: string;
  readonly needs?: N;
  /** Local names of `needs` that the step can do without when its config, as saved, is this one: the connection may lack them. */
  spares?(config: JsonObject): readonly (keyof N & string)[];
  /** What the step asks of a capability beyond its name, by its config: `orders.set-status:completed`. A connector says in `cannot` what it has not. */
  asks?(config: JsonObject): readonly string[];
  /** True for nodes whose connection is asked for though they need no capability (generic HTTP). */
  readonly connection?: 'optional' | 'required';
  /** For nodes that write through `http`: what the target does with a request that comes twice, by config. */
  httpWrites?(config: z.output<Config>): 'A' | 'C';
  /** For nodes that write through `http`: what an answer means where no connector says it, so that a refused request does not count as sent. */
  httpFault?(response: HttpResponse, now: number): FlowError | undefined;
  /** Names of config fields whose text is taken as it is, though it may look like a binding. */
  readonly literal?: readonly string[];
  /** Code of the customer's own that the step calls, by its config as saved: it runs in the sandbox, never here. */
  sandbox?(config: JsonObject): Guest;
  /** Milliseconds one attempt may take; 60,000 unless told. */
  readonly timeoutMs?: number;
  readonly examples?: readonly Example<Config, In, Out, NoInfer<N>>[];
  /** `upgrade[n]` turns a version `n` config into a version `n + 1` config. */
  readonly upgrade?: Readonly<Record<number, (config: JsonObject) => JsonObject>>;
  /** An output left out is a wire not taken. */
  run(step: StepContext<Config, In, N>): MaybePromise<Partial<Values<Out>> & Readonly<Record<string, unknown>>>;
}

// biome-ignore lint/suspicious/noExplicitAny: a catalog of nodes of different shapes has no narrower common type
export type AnyNode = NodeDefinition<any, any, any, any>;

/** The port every node that can fail has; wired, it takes over when retries are used up. It carries `{ code, message, field?, input }`. */
export const FAILED_PORT = 'failed';
const FAILED_TITLE: Sentence = { en: 'Failed', sv: 'Fel' };

/** What `.meta(…)` tells a form about a config field. */
export type FieldLabel = {
  title: string;
  titleSv: string;
  help?: Sentence;
  /** A row of the package table the field asks for, over the node's own. */
  feature?: Feature;
  /** Written in several lines. */
  multiline?: true;
  /** Heading a long form puts the field under. */
  section?: Sentence;
  /** What the values of a choice are called. */
  options?: Readonly<Record<string, Sentence>>;
};

/** Bilingual label and help of a config field, for `.meta(…)`. */
export function label(en: string, sv: string, help?: Sentence, feature?: Feature): FieldLabel {
  return { title: en, titleSv: sv, ...(help ? { help } : {}), ...(feature ? { feature } : {}) };
}

/** The heading a long form puts a field under, for `.meta({ ...label(…), ...section(…) })`. */
export function section(en: string, sv: string): Required<Pick<FieldLabel, 'section'>> {
  return { section: { en, sv } };
}

/** What the values of a choice are called, for `.meta({ ...label(…), ...options(…) })`. */
export function options<Value extends string>(
  names: Readonly<Record<Value, readonly [en: string, sv: string]>>,
): Required<Pick<FieldLabel, 'options'>> {
  const entries = Object.entries<readonly [string, string]>(names);
  return { options: Object.fromEntries(entries.map(([value, [en, sv]]) => [value, { en, sv }])) };
}

const TYPE = /^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/;

/** Declares a node; throws on a bad type name, a missing upgrade, or a write without a way to write. */
export function defineNode<
  Config extends z.ZodObject,
  In extends PortShapes,
  Out extends PortShapes,
  N extends Needs = Record<never, never>,
>(node: NodeDefinition<Config, In, Out, N>): NodeDefinition<Config, In, Out, N> {
  if (!TYPE.test(node.type)) throw new Error(`node type ${node.type} must be dotted lower case`);
  for (let version = 1; version < node.version; version++) {
    if (!node.upgrade?.[version]) throw new Error(`node ${node.type} has no upgrade from version ${version}`);
  }
  return node;
}

const Port = z.strictObject({
  name: z.string(),
  title: Sentence.optional(),
  /** `Order`, `Order[]`, `text`, `number`, `boolean`, or `any`. */
  type: z.string(),
  required: z.boolean(),
});
export type Port = z.infer<typeof Port>;

/** The plain-data half of a node: what the catalog sends and what a plugin ships. */
export const NodeManifest = z.strictObject({
  type: z.string(),
  version: z.int().positive(),
  title: Sentence,
  summary: Sentence,
  group: z.enum(['triggers', 'logic', 'transform', 'match', 'action', 'plugin']),
  icon: z.string(),
  feature: Feature,
  effect: z.enum(['none', 'read', 'write']),
  starts: z.enum(['change', 'webhook', 'schedule', 'manual']).optional(),
  control: z.enum(['each', 'collect', 'wait', 'respond', 'stop']).optional(),
  unsigned: z.strictObject({ field: z.string(), value: z.string() }).optional(),
  /** JSON Schema of the config, titles in both languages. */
  config: JsonObject,
  inputs: z.array(Port),
  outputs: z.array(Port),
  portsFrom: z.string().optional(),
  instead: z.string().optional(),
  needs: z.array(z.string()),
  connection: z.enum(['none', 'optional', 'required']),
  examples: z.array(z.strictObject({ title: Sentence, config: JsonObject, input: JsonObject, output: JsonObject })),
});
export type NodeManifest = z.infer<typeof NodeManifest>;

/** The name two ports are compared by. */
export function portType(shape: z.ZodType): string {
  const inner = shape instanceof z.ZodOptional || shape instanceof z.ZodDefault ? (shape.unwrap() as z.ZodType) : shape;
  const id = inner.meta()?.id;
  if (typeof id === 'string') return id;
  if (inner instanceof z.ZodArray) return `${portType(inner.element as z.ZodType)}[]`;
  if (inner instanceof z.ZodString) return 'text';
  if (inner instanceof z.ZodNumber) return 'number';
  if (inner instanceof z.ZodBoolean) return 'boolean';
  return 'any';
}

/** Whether a wire from a port of one type to a port of the other can carry something. */
export function portsFit(from: string, to: string): boolean {
  return (
    from === to ||
    from === 'any' ||
    to === 'any' ||
    (from === 'any[]' && to.endsWith('[]')) ||
    (to === 'any[]' && from.endsWith('[]'))
  );
}

/** Whether a port may stay empty: said so by its shape. One that takes anything asks for something, `z.unknown()` included. */
export function isOptional(shape: z.ZodType): boolean {
  return shape instanceof z.ZodOptional || shape instanceof z.ZodDefault;
}

function portsOf(shapes: PortShapes, titles: Readonly<Partial<Record<string, Sentence>>> = {}): Port[] {
  return Object.entries(shapes).map(([name, shape]) => ({
    name,
    ...(titles[name] ? { title: titles[name] } : {}),
    type: portType(shape),
    required: !isOptional(shape),
  }));
}

/** Whether a node can fail: all but those that only shape the run. */
export function canFail(node: AnyNode): boolean {
  return node.control === undefined && node.starts === undefined;
}

/** The rows of the package table a step asks for: its node's, and those of the fields its config, as saved, has filled. */
export function featuresOf(node: AnyNode, config: JsonObject): readonly Feature[] {
  const features = new Set<Feature>([node.feature]);
  if (expressionsOf(config).length > 0) features.add('expressions');
  for (const [name, field] of Object.entries((node.config as z.ZodObject).shape)) {
    const value = config[name];
    const { feature } = (field as z.ZodType).meta() ?? {};
    if (value !== undefined && value !== null && value !== '' && feature) features.add(feature as Feature);
  }
  return [...features];
}

/** The config without the fields whose text is taken as it is: all that can hold bindings. */
export function openConfig(node: AnyNode | undefined, config: JsonObject): JsonObject {
  const literal: readonly string[] = node?.literal ?? [];
  if (literal.length === 0) return config;
  return Object.fromEntries(Object.entries(config).filter(([name]) => !literal.includes(name)));
}

/** Whether the node works through a connection. */
export function connectionOf(node: AnyNode): 'none' | 'optional' | 'required' {
  if (node.connection) return node.connection;
  return node.needs && Object.keys(node.needs).length > 0 ? 'required' : 'none';
}

export function manifestOf(node: AnyNode): NodeManifest {
  const outputs = portsOf(node.outputs, node.portTitles);
  if (canFail(node)) outputs.push({ name: FAILED_PORT, title: FAILED_TITLE, type: 'FailedStep', required: false });
  return {
    type: node.type,
    version: node.version,
    title: node.title,
    summary: node.summary,
    group: node.group,
    icon: node.icon,
    feature: node.feature,
    effect: node.effect,
    ...(node.starts ? { starts: node.starts.by } : {}),
    ...(node.control ? { control: node.control } : {}),
    ...(node.unsigned ? { unsigned: node.unsigned } : {}),
    config: z.toJSONSchema(node.config, { io: 'input', unrepresentable: 'any' }) as JsonObject,
    inputs: portsOf(node.inputs, node.portTitles),
    outputs,
    ...(node.portsFrom ? { portsFrom: node.portsFrom } : {}),
    ...(node.instead ? { instead: node.instead } : {}),
    needs: Object.values((node.needs ?? {}) as Needs).map((capability) => capability.name),
    connection: connectionOf(node),
    examples: (node.examples ?? []).map((example: Example<z.ZodObject, PortShapes, PortShapes>) => ({
      title: example.title,
      config: example.config as JsonObject,
      input: example.input as JsonObject,
      output: example.output as JsonObject,
    })),
  };
}
