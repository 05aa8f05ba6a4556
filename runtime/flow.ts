import { z } from 'zod';
import { JsonObject } from './json.ts';

/** The document's own version; a node's config has another, in the node. */
export const FLOW_FORMAT = 1;

/** Short, stable name of a step, used in wires and bindings. */
export const StepName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,39}$/, 'must start with a letter and hold only a-z, 0-9 and -, at most 40')
  .refine((name) => name !== 'constructor', 'is a reserved word');

const END = /^[a-z][a-z0-9-]{0,39}\.[a-zA-Z][a-zA-Z0-9_-]{0,39}$/;
/** How much a flow may hold. */
export const FLOW_LIMITS = { nodes: 1000, wires: 3000, groups: 200, notes: 200, grouped: 500 } as const;

const At = z.strictObject({ x: z.number().min(-1e6).max(1e6), y: z.number().min(-1e6).max(1e6) });

export const FlowNode = z.strictObject({
  id: StepName,
  type: z.string().min(1).max(80),
  /** Of the node's config, not of the document. */
  version: z.int().positive(),
  title: z.string().max(120).optional(),
  /** A connection's id, or `{{ params.name }}` in a template. */
  connection: z.string().max(80).optional(),
  /** Values, or bindings such as `{{ order.number }}`. */
  config: JsonObject,
  /** After the retries, when no failed port is wired: stop the run, or go on as if nothing came out. */
  onError: z.enum(['stop', 'skip']).default('stop'),
  at: At.default({ x: 0, y: 0 }),
  disabled: z.boolean().optional(),
});
export type FlowNode = z.infer<typeof FlowNode>;

/** An output and the input it feeds, each `step.port`. */
export const Wire = z.strictObject({
  from: z.string().regex(END, 'must be step.port'),
  to: z.string().regex(END, 'must be step.port'),
});
export type Wire = z.infer<typeof Wire>;

/** An open question of a template. */
export const Param = z.strictObject({
  kind: z.enum(['connection', 'text', 'number', 'choice', 'boolean']),
  title: z.strictObject({ en: z.string(), sv: z.string() }),
  /** For a connection: the capabilities it must offer. */
  needs: z.array(z.string()).optional(),
  options: z
    .array(z.strictObject({ value: z.string(), title: z.strictObject({ en: z.string(), sv: z.string() }) }))
    .optional(),
  default: z.union([z.string(), z.number(), z.boolean()]).optional(),
});
export type Param = z.infer<typeof Param>;

const Group = z.strictObject({
  id: StepName,
  title: z.string().max(120),
  colour: z.string().max(20).optional(),
  nodes: z.array(StepName).max(FLOW_LIMITS.grouped),
});
const Note = z.strictObject({
  id: StepName,
  text: z.string().max(4000),
  at: At,
  width: z.number().optional(),
  height: z.number().optional(),
});

/** How much of a run's trace is kept. */
export const TraceSetting = z.enum(['all', 'failed', 'sampled']);
export type TraceSetting = z.infer<typeof TraceSetting>;

/** A saved graph. Strict: an unknown key is an error now, not a surprise later. */
export const FlowDocument = z.strictObject({
  format: z.literal(FLOW_FORMAT),
  name: z.string().trim().min(1).max(120),
  summary: z.string().max(1000).default(''),
  trace: TraceSetting.default('all'),
  params: z.record(StepName, Param).default({}),
  nodes: z.array(FlowNode).max(FLOW_LIMITS.nodes),
  wires: z.array(Wire).max(FLOW_LIMITS.wires),
  groups: z.array(Group).max(FLOW_LIMITS.groups).default([]),
  notes: z.array(Note).max(FLOW_LIMITS.notes).default([]),
});
export type FlowDocument = z.infer<typeof FlowDocument>;

/** `read.order` -> `['read', 'order']`. */
export function endOf(end: string): readonly [step: string, port: string] {
  const dot = end.indexOf('.');
  return [end.slice(0, dot), end.slice(dot + 1)];
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  document: ['format', 'name', 'summary', 'trace', 'params', 'nodes', 'wires', 'groups', 'notes'],
  node: ['id', 'type', 'version', 'title', 'connection', 'config', 'onError', 'disabled', 'at'],
};

function ordered(value: Readonly<Record<string, unknown>>, keys: readonly string[]): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const key of keys) if (value[key] !== undefined) out[key] = value[key];
  return out;
}

/** The same value with the keys of every object in one order, whatever order a form or a database gave them. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** The document as text with one fixed key order and line a value, so that two versions diff well. */
export function canonicalText(flow: FlowDocument): string {
  const document = ordered(
    {
      ...flow,
      params: sorted(flow.params),
      nodes: flow.nodes.map((node) => ordered({ ...node, config: sorted(node.config) }, KEYS['node'] ?? [])),
    },
    KEYS['document'] ?? [],
  );
  return `${JSON.stringify(document, null, 2)}\n`;
}
