import { isDeepStrictEqual } from 'node:util';
import type { z } from 'zod';
import { FlowError, fieldPath, TerminalError } from '#runtime/error.ts';
import { answerGuest } from '#runtime/guest.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { AnyNode, StepContext } from '#runtime/node.ts';
import { nodesOf, type PluginDocument, type PluginExample } from '#runtime/plugin.ts';
import type { GuestState, Sandbox } from '#runtime/sandbox.ts';
import type { SandboxPool } from './sandbox-pool.ts';

/** What is wrong with a plugin: one line each, the example or place first. */
export type Faults = readonly string[];

/** When and as whom examples run: the same every time. */
const NOW = Date.UTC(2026, 0, 15, 12);
const KEY = 'example0example0example0';

/** State that begins empty with each example. */
function freshState(): GuestState {
  const values = new Map<string, Json>();
  return {
    get: async (_tenant, _plugin, key) => values.get(key),
    set: async (_tenant, _plugin, key, value) => void values.set(key, value),
    delete: async (_tenant, _plugin, key) => void values.delete(key),
  };
}

type AnyContext = StepContext<z.ZodObject, Record<string, z.ZodType>, Record<never, never>>;

async function outputOf(node: AnyNode, example: PluginExample, tenant: number, sandbox: Sandbox): Promise<unknown> {
  const config = node.config.parse(example.config) as JsonObject;
  const guest = node.sandbox?.(config);
  if (!guest) throw new Error(`${node.type} has no code`);
  const { signal } = new AbortController();
  const http = (): never => {
    throw new TerminalError('CODE_FAILED', 'ctx.http: an example calls nobody');
  };
  const ask = answerGuest({
    ...{ tenant, guest, http },
    effect: node.effect,
    state: freshState(),
    // the plugin's own: what a customer has put in their place is nothing to test by
    tables: { find: async () => undefined },
    links: async () => [],
  });
  const door = { log: () => undefined, ask };
  const call = (input: Json): Promise<Json | undefined> =>
    sandbox.run(
      tenant,
      guest.program,
      { entry: node.type, input, facts: { now: NOW, idempotencyKey: KEY } },
      door,
      signal,
    );
  const input = Object.fromEntries(
    Object.entries(node.inputs as Readonly<Record<string, z.ZodType>>).flatMap(([port, shape]) => {
      const value = shape.parse(example.input[port]);
      return value === undefined ? [] : [[port, value]];
    }),
  );
  return node.run({ config, input, guest: call } as unknown as AnyContext);
}

function describe(error: unknown): string {
  if (error instanceof FlowError) return `${error.code}: ${error.message}`;
  if (typeof error === 'object' && error !== null && 'issues' in error) {
    const [issue] = (error as z.ZodError).issues;
    return `${fieldPath(issue?.path ?? [])}: ${issue?.message ?? 'has the wrong shape'}`;
  }
  return error instanceof Error ? error.message : 'failed';
}

async function faultOf(
  node: AnyNode,
  example: PluginExample,
  tenant: number,
  sandbox: Sandbox,
): Promise<string | null> {
  try {
    const output = await outputOf(node, example, tenant, sandbox);
    if (example.fails !== undefined) return `should fail, and answered ${JSON.stringify(output)}`;
    if (isDeepStrictEqual(JSON.parse(JSON.stringify(output)), example.output)) return null;
    return `answered ${JSON.stringify(output)} and not ${JSON.stringify(example.output)}`;
  } catch (error) {
    const said = describe(error);
    return example.fails !== undefined && said.includes(example.fails) ? null : said;
  }
}

/** Compiles a plugin and runs its examples, all in the sandbox; nothing wrong is an empty list. */
export async function tryPlugin(
  plugin: PluginDocument,
  shapes: ReadonlyMap<string, z.ZodType>,
  { tenant, pool, sandbox }: { readonly tenant: number; readonly pool: SandboxPool; readonly sandbox: Sandbox },
): Promise<Faults> {
  const compiled = await pool.check(tenant, plugin.code);
  if (compiled.end !== 'value') {
    const at = compiled.line === undefined ? '' : `line ${compiled.line}: `;
    return [`code: ${at}${compiled.end === 'stopped' ? 'took too long or too much to load' : compiled.text}`];
  }
  const offered = JSON.parse(compiled.text) as string[];
  const lacking = plugin.nodes.filter(({ type }) => !offered.includes(type) && !offered.includes(''));
  if (lacking.length > 0) return lacking.map(({ type }) => `code: offers nothing with a run function for ${type}`);
  let nodes: readonly AnyNode[];
  try {
    nodes = nodesOf(plugin, shapes);
  } catch (error) {
    return [`nodes: ${describe(error)}`];
  }
  const faults: string[] = [];
  for (const example of plugin.examples) {
    const node = nodes.find(({ type }) => type === example.node) as AnyNode;
    const fault = await faultOf(node, example, tenant, sandbox);
    if (fault !== null) faults.push(`example “${example.title}”: ${fault}`.slice(0, 1000));
  }
  return faults;
}
