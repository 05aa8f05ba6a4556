import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import type { Http } from '#runtime/connector.ts';
import { FlowError, fieldPath, TerminalError } from '#runtime/error.ts';
import { answerGuest } from '#runtime/guest.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { AnyNode, StepContext } from '#runtime/node.ts';
import { nodesOf, type PluginExample, type UnfinishedPlugin } from '#runtime/plugin.ts';
import type { ExampleResults } from '#runtime/protocol.ts';
import type { GuestDoor, GuestState, Sandbox } from '#runtime/sandbox.ts';
import type { SandboxPool } from './sandbox-pool.ts';

/** What is wrong with a plugin: one line each, the example or place first. */
export type Faults = readonly string[];

/** When and as whom examples run: the same every time. */
const NOW = Date.UTC(2026, 0, 15, 12);
const KEY = 'example0example0example0';

/** State that begins empty with each call. */
function freshState(): GuestState {
  const values = new Map<string, Json>();
  return {
    get: async (_tenant, _plugin, key) => values.get(key),
    set: async (_tenant, _plugin, key, value) => void values.set(key, value),
    delete: async (_tenant, _plugin, key) => void values.delete(key),
  };
}

type AnyContext = StepContext<z.ZodObject, Record<string, z.ZodType>, Record<never, never>>;

/** Whose code it is, and where it runs. */
export interface TrialPlace {
  readonly tenant: number;
  readonly sandbox: Sandbox;
}

/** What a call may do beside computing, and who listens. */
export interface TrialDoor extends Pick<GuestDoor, 'used'> {
  readonly http: Http;
  log(line: string): void;
  /** What strikes are counted by, where it is not the program's own name. */
  readonly name?: string;
  readonly now?: number;
}

const alone: TrialDoor = {
  http: () => {
    throw new TerminalError('CODE_FAILED', 'ctx.http: an example calls nobody');
  },
  log: () => undefined,
};

function parsed(schema: z.ZodType, value: unknown, name: string): unknown {
  const read = schema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = fieldPath([name, ...(issue?.path ?? [])]);
  throw new TerminalError('INPUT_INVALID', `${field}: ${issue?.message ?? 'has the wrong shape'}`, { field });
}

/** One call of a node with code of a customer's own, outside any run. Rejects as the sandbox does, and with TerminalError INPUT_INVALID. */
export async function callNode(
  node: AnyNode,
  { config: given, input: values }: { readonly config: JsonObject; readonly input: JsonObject },
  { tenant, sandbox }: TrialPlace,
  { http, log, used, name, now = NOW }: TrialDoor = alone,
): Promise<Record<string, unknown>> {
  const config = parsed(node.config, given, 'config') as JsonObject;
  const guest = node.sandbox?.(config);
  if (!guest) throw new Error(`${node.type} has no code`);
  const { signal } = new AbortController();
  const ask = answerGuest({
    ...{ tenant, guest, http },
    effect: node.effect,
    state: freshState(),
    // the plugin's own: what a customer has put in their place is nothing to test by
    tables: { find: async () => undefined },
    links: async () => [],
  });
  const program = name === undefined ? guest.program : { ...guest.program, name };
  const call = (input: Json): Promise<Json | undefined> =>
    sandbox.run(
      tenant,
      program,
      { ...(guest.entry === undefined ? {} : { entry: guest.entry }), input, facts: { now, idempotencyKey: KEY } },
      { log, ask, ...(used ? { used } : {}) },
      signal,
    );
  const input = Object.fromEntries(
    Object.entries(node.inputs as Readonly<Record<string, z.ZodType>>).flatMap(([port, shape]) => {
      const value = parsed(shape, values[port], port) as Json | undefined;
      return value === undefined ? [] : [[port, value]];
    }),
  );
  return (await node.run({ config, input, guest: call } as unknown as AnyContext)) as Record<string, unknown>;
}

function describe(error: unknown): string {
  if (error instanceof FlowError) return `${error.code}: ${error.message}`;
  return error instanceof Error ? error.message : 'failed';
}

type Result = ExampleResults['examples'][number];

async function resultOf(node: AnyNode, example: PluginExample, place: TrialPlace): Promise<Result> {
  const about = { title: example.title, node: example.node };
  try {
    const output = JSON.parse(JSON.stringify(await callNode(node, example, place))) as Json;
    if (example.fails !== undefined)
      return { ...about, fault: `should fail, and answered ${JSON.stringify(output)}`, output };
    if (isDeepStrictEqual(output, example.output)) return { ...about, fault: null, output };
    const fault = `answered ${JSON.stringify(output)} and not ${JSON.stringify(example.output)}`;
    return { ...about, fault, output };
  } catch (error) {
    const said = describe(error);
    return { ...about, fault: example.fails !== undefined && said.includes(example.fails) ? null : said };
  }
}

/** The nodes of a plugin whose code compiles and offers them all; otherwise what is wrong. */
async function compiled(
  plugin: UnfinishedPlugin,
  shapes: ReadonlyMap<string, z.ZodType>,
  pool: SandboxPool,
  tenant: number,
): Promise<readonly AnyNode[] | { readonly faults: Faults }> {
  const answer = await pool.check(tenant, plugin.code);
  if (answer.end !== 'value') {
    const at = answer.line === undefined ? '' : `line ${answer.line}: `;
    return { faults: [`code: ${at}${answer.end === 'stopped' ? 'took too long or too much to load' : answer.text}`] };
  }
  const offered = JSON.parse(answer.text) as string[];
  const lacking = plugin.nodes.filter(({ type }) => !offered.includes(type) && !offered.includes(''));
  if (lacking.length > 0)
    return { faults: lacking.map(({ type }) => `code: offers nothing with a run function for ${type}`) };
  try {
    return nodesOf(plugin, shapes);
  } catch (error) {
    return { faults: [`nodes: ${describe(error)}`] };
  }
}

/** Compiles a plugin and runs its examples, all in the sandbox. */
export async function runExamples(
  plugin: UnfinishedPlugin,
  shapes: ReadonlyMap<string, z.ZodType>,
  { tenant, pool, sandbox }: TrialPlace & { readonly pool: SandboxPool },
): Promise<ExampleResults> {
  const nodes = await compiled(plugin, shapes, pool, tenant);
  if ('faults' in nodes) return { faults: [...nodes.faults], examples: [] };
  const examples: Result[] = [];
  for (const example of plugin.examples) {
    const node = nodes.find(({ type }) => type === example.node);
    examples.push(
      node
        ? await resultOf(node, example, { tenant, sandbox })
        : { title: example.title, node: example.node, fault: 'is of no node of the plugin' },
    );
  }
  return { faults: [], examples };
}

/** The same, as a list of what is wrong; nothing wrong is an empty list. */
export async function tryPlugin(
  plugin: UnfinishedPlugin,
  shapes: ReadonlyMap<string, z.ZodType>,
  place: TrialPlace & { readonly pool: SandboxPool },
): Promise<Faults> {
  const { faults, examples } = await runExamples(plugin, shapes, place);
  const failed = examples.flatMap(({ title, fault }) =>
    fault === null ? [] : [`example “${title}”: ${fault}`.slice(0, 1000)],
  );
  return [...faults, ...failed];
}
