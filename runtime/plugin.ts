import { z } from 'zod';
import type { AnyConnector } from './connector.ts';
import { Sentence, TerminalError } from './error.ts';
import { firstIssue } from './issue-words.ts';
import { Json, JsonObject } from './json.ts';
import { type AnyNode, NodeManifest, type PortShapes, portType } from './node.ts';
import { configSchema, PluginConfig } from './plugin-config.ts';

export const PluginId = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, 'must be lower case letters and digits with hyphens between');
export const PluginVersion = z
  .string()
  .max(30)
  .regex(/^\d{1,6}\.\d{1,6}\.\d{1,6}$/, 'must be like 1.2.3');
const Host = z
  .string()
  .max(253)
  .regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}(:\d{1,5})?$/, 'must be a host name such as api.example.com');
const PortName = z
  .string()
  .regex(/^[a-zA-Z][a-zA-Z0-9_-]{0,39}$/, 'must start with a letter and hold only letters, digits, _ and -')
  .refine((name) => !['constructor', 'config', 'failed'].includes(name), 'is a reserved name');

/** `Order`, `Order[]`, `text`, `number`, `boolean` or `any`: what wires are compared by. */
const PluginPort = z.strictObject({
  name: PortName,
  title: Sentence,
  type: z.string().max(60),
  required: z.boolean().default(true),
});

/** The plain-data half of a node that a plugin brings. */
export const PluginNode = z.strictObject({
  ...NodeManifest.pick({ type: true, version: true, title: true, summary: true, icon: true, effect: true }).shape,
  type: z
    .string()
    .max(80)
    .regex(/^[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)+$/, 'must be dotted lower case'),
  icon: z
    .string()
    .max(60)
    .regex(/^[a-z0-9-]+$/, 'must be the name of a lucide icon')
    .default('puzzle'),
  config: PluginConfig,
  inputs: z.array(PluginPort).min(1).max(20),
  outputs: z.array(PluginPort).min(1).max(20),
});
export type PluginNode = z.infer<typeof PluginNode>;

/** A test that must pass before the plugin is taken, and its documentation: output, or the code of the error. */
export const PluginExample = z.strictObject({
  node: z.string(),
  title: z.string().min(1).max(200),
  config: JsonObject.default({}),
  input: JsonObject,
  output: JsonObject.optional(),
  fails: z.string().max(200).optional(),
});
export type PluginExample = z.infer<typeof PluginExample>;

const About = z.strictObject({ title: z.string().min(1).max(80), summary: z.string().min(1).max(400) });

const word = (text: string) => ({ name: 'text', title: { en: text, sv: text }, type: 'text' });

const without = <Name extends string>(value: object, name: Name): object =>
  Object.fromEntries(Object.entries(value).filter(([key]) => key !== name));

/** The least that is a plugin; the API's description shows it. */
const SMALLEST = {
  id: 'acme',
  version: '1.0.0',
  nodes: [
    {
      type: 'acme.capitals',
      version: 1,
      title: { en: 'Capitals', sv: 'Versaler' },
      summary: { en: 'Writes a text in capitals.', sv: 'Skriver en text med versaler.' },
      effect: 'none',
      config: { properties: {} },
      inputs: [word('Text')],
      outputs: [word('Text')],
    },
  ],
  code: "export default { 'acme.capitals': { run: ({ text }) => ({ text: text.toUpperCase() }) } };",
  locales: {
    en: { title: 'Capitals', summary: 'Writes texts in capitals.' },
    sv: { title: 'Versaler', summary: 'Skriver texter med versaler.' },
  },
  examples: [
    { node: 'acme.capitals', title: 'A word', input: { text: 'weft' }, output: { text: 'WEFT' } },
    { node: 'acme.capitals', title: 'Swedish letters', input: { text: 'åäö' }, output: { text: 'ÅÄÖ' } },
  ],
};

/** What of a plugin runs; enough to try one that is still being written. */
const working = {
  id: PluginId,
  version: PluginVersion,
  nodes: z.array(PluginNode).min(1).max(20),
  /** Hosts `ctx.http` may reach, by https. */
  hosts: z.array(Host).max(20).default([]),
  /** Tables `ctx.lookup` reads. */
  tables: z.record(z.string().regex(/^[a-z][a-z0-9-]{0,39}$/), z.record(z.string().max(200), Json)).default({}),
  code: z.string().min(1).max(200_000),
};

/** A plugin without what people read of it, and with as few examples as there are yet. */
export const UnfinishedPlugin = z
  .strictObject({ ...working, examples: z.array(PluginExample).max(200).default([]) })
  .meta({ examples: [without(SMALLEST, 'locales')] });
export type UnfinishedPlugin = z.infer<typeof UnfinishedPlugin>;

/** A plugin as it is packed, installed and kept. */
export const PluginDocument = z
  .strictObject({
    ...working,
    /** What it is called where people read. */
    locales: z.strictObject({ en: About, sv: About }),
    examples: z.array(PluginExample).max(200),
  })
  .superRefine(({ id, nodes, examples }, context) => {
    const types = new Set<string>();
    for (const [index, { type, inputs, outputs }] of nodes.entries()) {
      const complain = (message: string): void =>
        context.addIssue({ code: 'custom', path: ['nodes', index, 'type'], message });
      if (!type.startsWith(`${id}.`)) complain(`must start with “${id}.”`);
      if (types.has(type)) complain('is there twice');
      types.add(type);
      if (examples.filter((example) => example.node === type).length < 2)
        complain('needs two examples at least: they are its tests');
      for (const ports of [inputs, outputs])
        if (new Set(ports.map(({ name }) => name)).size !== ports.length) complain('has two ports of one name');
    }
    for (const [index, { node, output, fails }] of examples.entries()) {
      if (!types.has(node))
        context.addIssue({
          code: 'custom',
          path: ['examples', index, 'node'],
          message: 'is none of the plugin’s nodes',
        });
      if ((output === undefined) === (fails === undefined))
        context.addIssue({ code: 'custom', path: ['examples', index], message: 'says either output or fails' });
    }
  })
  .meta({ examples: [SMALLEST] });
export type PluginDocument = z.infer<typeof PluginDocument>;

/** Shapes that ports of the built-in nodes have a name for: `Order` and the like. */
export function namedShapes(nodes: readonly AnyNode[]): ReadonlyMap<string, z.ZodType> {
  const shapes = new Map<string, z.ZodType>([
    ['text', z.string()],
    ['number', z.number()],
    ['boolean', z.boolean()],
    ['any', AnyValue],
  ]);
  const keep = (shape: z.ZodType): void => {
    const inner =
      shape instanceof z.ZodOptional || shape instanceof z.ZodDefault ? (shape.unwrap() as z.ZodType) : shape;
    if (inner instanceof z.ZodArray) keep(inner.element as z.ZodType);
    else if (inner.meta()?.id !== undefined) shapes.set(portType(inner), inner);
  };
  for (const node of nodes)
    for (const ports of [node.inputs, node.outputs] as PortShapes[])
      for (const shape of Object.values(ports)) keep(shape);
  return shapes;
}

const AnyValue = z.custom<Json>((value) => value !== undefined, 'is missing');

function shapeOf(type: string, shapes: ReadonlyMap<string, z.ZodType>): z.ZodType {
  const isList = type.endsWith('[]');
  const shape = shapes.get(isList ? type.slice(0, -2) : type);
  if (!shape) throw new TerminalError('CONFIG_INVALID', `there is no type “${type}” a port could have`);
  return isList ? z.array(shape) : shape;
}

function portsOf(ports: PluginNode['inputs'], shapes: ReadonlyMap<string, z.ZodType>): PortShapes {
  return Object.fromEntries(
    ports.map(({ name, type, required }) => {
      const shape = shapeOf(type, shapes);
      return [name, required ? shape : shape.optional()];
    }),
  );
}

/** The nodes of a plugin as the engine, check and catalog know them. Throws TerminalError where a port has an unknown type. */
export function nodesOf(plugin: UnfinishedPlugin, shapes: ReadonlyMap<string, z.ZodType>): readonly AnyNode[] {
  return plugin.nodes.map((manifest): AnyNode => {
    const outputs = portsOf(
      manifest.outputs.map((port) => ({ ...port, required: true })),
      shapes,
    );
    const titles = [...manifest.inputs, ...manifest.outputs].map(({ name, title }) => [name, title]);
    return {
      type: manifest.type,
      version: manifest.version,
      title: manifest.title,
      summary: manifest.summary,
      group: 'plugin',
      icon: manifest.icon,
      feature: 'plugins',
      effect: manifest.effect,
      config: configSchema(manifest.config),
      inputs: portsOf(manifest.inputs, shapes),
      outputs,
      portTitles: Object.fromEntries(titles) as Record<string, Sentence>,
      examples: plugin.examples.flatMap(({ node, title, config, input, output }) =>
        node === manifest.type && output ? [{ title: { en: title, sv: title }, config, input, output }] : [],
      ),
      sandbox: () => ({
        program: { name: `${plugin.id} ${plugin.version}`, language: 'typescript', source: plugin.code },
        entry: manifest.type,
        plugin: { id: plugin.id, hosts: plugin.hosts, tables: plugin.tables },
      }),
      run: async ({ config, input, guest }) => answered(await guest({ ...input, config }), outputs),
    };
  });
}

/** What the code answers is held to the ports it declares before anything else sees it. */
function answered(answer: Json | undefined, outputs: PortShapes): Record<string, unknown> {
  if (answer === undefined || answer === null) return {};
  const refuse = (message: string, field: string): TerminalError =>
    new TerminalError('OUTPUT_INVALID', `${field}: ${message}`, { field });
  if (typeof answer !== 'object' || Array.isArray(answer)) throw refuse('must be an object of ports', 'answer');
  const out: Record<string, unknown> = {};
  for (const [port, value] of Object.entries(answer)) {
    const shape = Object.hasOwn(outputs, port) ? outputs[port] : undefined;
    if (!shape) throw refuse('is no output of the node', port);
    const parsed = shape.safeParse(value);
    if (parsed.success) out[port] = parsed.data;
    else {
      const [issue] = parsed.error.issues;
      throw refuse(firstIssue(parsed.error), [port, ...(issue?.path ?? [])].map(String).join('.'));
    }
  }
  return out;
}

/** The node types a plugin may not take, since they are the product's. */
export function takenPrefixes(nodes: readonly AnyNode[], connectors: readonly AnyConnector[]): ReadonlySet<string> {
  return new Set([...nodes.map(({ type }) => type.split('.')[0] ?? ''), ...connectors.map(({ id }) => id)]);
}
