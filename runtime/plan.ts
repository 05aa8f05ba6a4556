import type { z } from 'zod';
import type { Scope } from './binding.ts';
import type { Catalog } from './catalog.ts';
import { compileConfig } from './config.ts';
import { TerminalError } from './error.ts';
import { guestExpressions } from './expression.ts';
import type { FlowDocument, FlowNode, TraceSetting } from './flow.ts';
import { graphOf } from './graph.ts';
import type { Json, JsonObject } from './json.ts';
import { type AnyNode, FAILED_PORT, isOptional, portsFit, portType } from './node.ts';

/** One input port of a step, ready to be filled. */
export interface PlanInput {
  readonly port: string;
  readonly required: boolean;
  readonly sources: readonly { readonly step: PlanStep; readonly port: string }[];
  /** Set where a value of unknown shape arrives at a port of known shape: only there is it parsed again. */
  readonly shape: z.ZodType | null;
}

/** A step of a compiled flow. */
export interface PlanStep {
  readonly id: string;
  readonly node: AnyNode;
  readonly document: FlowNode;
  /** The loops it is inside of, outermost first. */
  readonly loops: readonly string[];
  readonly inputs: PlanInput[];
  /** Steps inside this loop, in order, its collect left out; empty for other nodes. */
  readonly body: PlanStep[];
  readonly failedWired: boolean;
  /** Switched off: which input leaves through which output. */
  readonly passes: ReadonlyMap<string, PlanInput>;
  /** For a collect: whether the step it closes is this. */
  readonly closes: string | null;
  /** Of its config: what the sandbox must work out before that can be read. */
  readonly expressions: readonly string[];
  /** Throws TerminalError naming the field. */
  config(scope: Scope): unknown;
}

/** A published flow version, compiled once and kept. */
export interface Plan {
  readonly steps: readonly PlanStep[];
  readonly byId: ReadonlyMap<string, PlanStep>;
  readonly trace: TraceSetting;
  readonly params: JsonObject;
}

/** Whether a shape takes whatever comes, so that there is nothing to parse. */
function takesAll(shape: z.ZodType): boolean {
  const inner = isOptional(shape) ? ((shape as z.ZodOptional).unwrap() as z.ZodType) : shape;
  return ['any', 'unknown', 'custom', 'lazy'].includes(inner.def.type);
}

/** Whether what leaves a port has a shape already, so that nothing is parsed twice. */
function isSure(source: PlanStep, port: string, wanted: z.ZodType): boolean {
  if (source.document.disabled) return false;
  const name = portType(wanted);
  if (port === FAILED_PORT) return name === 'FailedStep';
  const shape: z.ZodType | undefined = source.node.outputs[port];
  return shape !== undefined && (shape === wanted || (name !== 'any' && portType(shape) === name));
}

/** Each input of a step that is switched off leaves through the first output it fits; a branch keeps to its first way. */
function passesOf(step: PlanStep, passes: Map<string, PlanInput>): void {
  for (const input of step.inputs) {
    const type = portType(step.node.inputs[input.port]);
    const fitting = Object.entries(step.node.outputs as Readonly<Record<string, z.ZodType>>).find(([, shape]) =>
      portsFit(type, portType(shape)),
    );
    if (fitting && !passes.has(fitting[0])) passes.set(fitting[0], input);
  }
}

function fillInputs(
  step: PlanStep,
  into: ReadonlyMap<string, readonly { step: string; port: string }[]>,
  byId: ReadonlyMap<string, PlanStep>,
): void {
  for (const [port, shape] of Object.entries(step.node.inputs as Readonly<Record<string, z.ZodType>>)) {
    const sources = (into.get(port) ?? []).flatMap((end) => {
      const source = byId.get(end.step);
      return source ? [{ step: source, port: end.port }] : [];
    });
    const trusted = takesAll(shape) || sources.every((source) => isSure(source.step, source.port, shape));
    step.inputs.push({ port, required: !isOptional(shape), sources, shape: trusted ? null : shape });
  }
}

/** A step that is switched off asks for no settings. */
function settingsOf(node: AnyNode, document: FlowNode): Pick<PlanStep, 'expressions' | 'config'> {
  if (document.disabled) return { expressions: [], config: () => ({}) };
  return { expressions: guestExpressions(document.config as Json), config: compileConfig(node, document) };
}

/**
 * Compiles a checked flow: bindings to closures, configs without bindings parsed once.
 * Throws TerminalError where `check` would have found an error.
 */
export function planOf(flow: FlowDocument, catalog: Catalog, params: JsonObject = {}): Plan {
  const graph = graphOf(flow, (type) => catalog.node(type));
  const problem = graph.problems[0];
  if (problem)
    throw new TerminalError('FLOW_INVALID', `step ${problem.step}: ${problem.kind}`, { field: problem.step });
  const documents = new Map(flow.nodes.map((node) => [node.id, node]));
  if (documents.size !== flow.nodes.length)
    throw new TerminalError('FLOW_INVALID', 'two steps share a name', { field: 'nodes' });
  const byId = new Map<string, PlanStep>();
  const steps: PlanStep[] = [];
  for (const id of graph.order) {
    const document = documents.get(id) as FlowNode;
    const node = catalog.node(document.type);
    if (!node)
      throw new TerminalError('NODE_UNKNOWN', `step ${id} uses ${document.type}, which is not here`, { field: id });
    const loops = graph.scopes.get(id) ?? [];
    const passes = new Map<string, PlanInput>();
    const step: PlanStep = {
      id,
      node,
      document,
      loops,
      inputs: [],
      body: [],
      passes,
      failedWired: flow.wires.some((wire) => wire.from === `${id}.${FAILED_PORT}`),
      closes: node.control === 'collect' ? (loops.at(-1) ?? null) : null,
      ...settingsOf(node, document),
    };
    byId.set(id, step);
    fillInputs(step, graph.into.get(id) ?? new Map(), byId);
    if (document.disabled) passesOf(step, passes);
    // a collect stands beside its loop, not in it
    const home = step.closes === null ? loops : loops.slice(0, -1);
    const owner = home.at(-1);
    if (owner === undefined) steps.push(step);
    else byId.get(owner)?.body.push(step);
  }
  return { steps, byId, trace: flow.trace, params };
}
