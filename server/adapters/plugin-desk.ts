import type { z } from 'zod';
import type { Catalog } from '#runtime/catalog.ts';
import { FlowError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { AnyNode } from '#runtime/node.ts';
import type { Feature } from '#runtime/package.ts';
import { namedShapes, nodesOf, type UnfinishedPlugin } from '#runtime/plugin.ts';
import type { Connections } from '#runtime/ports.ts';
import type { CodeTrial, ExampleResults, TryPlugin, TryStep } from '#runtime/protocol.ts';
import type { GuestUsage, Sandbox } from '#runtime/sandbox.ts';
import { declarationsOf } from './code-types.ts';
import { callNode, runExamples, type TrialDoor } from './plugin-trial.ts';
import { Refused } from './refusal.ts';
import { SandboxFault, type SandboxPool } from './sandbox-pool.ts';

interface PluginDeskDeps {
  readonly catalog: Catalog;
  readonly guests: { readonly pool: SandboxPool; readonly sandbox: Sandbox };
  /** The door to the network: a trial may read from the plugin's hosts. */
  readonly connections: Pick<Connections, 'plain'>;
  /** Rejects with Refused unless the customer's package holds it. */
  requirePackage(tenant: number, feature: Feature): Promise<void>;
}

/** Where code is tried while it is written: in the sandbox, with its limits, and without effect on anything outside. */
export interface PluginDesk {
  /** TypeScript declarations of the commerce model and of `ctx`. */
  readonly types: string;
  tryPlugin(tenant: number, trial: z.output<typeof TryPlugin>): Promise<CodeTrial>;
  tryStep(tenant: number, trial: TryStep): Promise<CodeTrial>;
  examples(tenant: number, plugin: UnfinishedPlugin): Promise<ExampleResults>;
}

/** Reads are let through; nothing is changed anywhere by trying code. */
function readingOnly({ plain }: Pick<Connections, 'plain'>, tenant: number): TrialDoor['http'] {
  const send = plain(tenant, { signal: new AbortController().signal, note: () => undefined });
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new TerminalError('CODE_FAILED', `ctx.http: a trial only reads, so ${request.method} was not sent`);
    return send(request);
  };
}

const isPlace = (value: unknown): value is number => Number.isInteger(value) && Number(value) > 0;

function failureOf(error: FlowError): NonNullable<CodeTrial['failure']> {
  const { line, column } = error.details ?? {};
  const message = isPlace(line) ? error.message.replace(/ \(line \d+(, column \d+)?\)$/, '') : error.message;
  return {
    code: error.code,
    message,
    ...(isPlace(line) ? { line } : {}),
    ...(isPlace(column) ? { column } : {}),
  };
}

/** A sandbox that cannot be had is nobody's code's fault. */
function unavailable(error: unknown): Refused | undefined {
  const isDown =
    (error instanceof RetryableError && error.code === 'SANDBOX_DOWN') ||
    (error instanceof SandboxFault && error.kind !== 'guilty');
  return isDown
    ? new Refused(503, 'SANDBOX_DOWN', (error as Error).message, { retryAfter: 5, cause: error })
    : undefined;
}

export function createPluginDesk({ catalog, guests, connections, requirePackage }: PluginDeskDeps): PluginDesk {
  const shapes = namedShapes(catalog.nodes);

  const trial = async (
    tenant: number,
    node: AnyNode,
    given: Parameters<typeof callNode>[1],
    name: string,
  ): Promise<CodeTrial> => {
    const log: string[] = [];
    let used: GuestUsage | null = null;
    const door: TrialDoor = {
      name,
      http: readingOnly(connections, tenant),
      log: (line) => log.push(line),
      used: (usage) => {
        used = usage;
      },
      now: Date.now(),
    };
    const from = performance.now();
    const ended = (): Pick<CodeTrial, 'log' | 'ms' | 'used'> => ({ log, ms: performance.now() - from, used });
    try {
      const output = await callNode(node, given, { tenant, sandbox: guests.sandbox }, door);
      return { output: JSON.parse(JSON.stringify(output)) as Json, ...ended() };
    } catch (error) {
      const down = unavailable(error);
      if (down) throw down;
      if (!(error instanceof FlowError)) throw error;
      return { failure: failureOf(error), ...ended() };
    }
  };

  return {
    types: declarationsOf(shapes),
    tryPlugin: async (tenant, { plugin, node: type, config, input }) => {
      await requirePackage(tenant, 'plugins');
      const node = nodesOf(plugin, shapes).find((each) => each.type === type);
      if (!node) throw new Refused(400, 'INPUT_INVALID', `the plugin has no node “${type}”`, { field: 'node' });
      return trial(tenant, node, { config, input }, `draft of ${plugin.id}`);
    },
    tryStep: async (tenant, { type, config, input }) => {
      const node = catalog.node(type);
      if (!node?.sandbox)
        throw new Refused(400, 'INPUT_INVALID', `there is no step “${type}” with code of its own`, { field: 'type' });
      await requirePackage(tenant, node.feature);
      return trial(tenant, node, { config, input }, `draft of ${type}`);
    },
    examples: async (tenant, plugin) => {
      await requirePackage(tenant, 'plugins');
      try {
        return await runExamples(plugin, shapes, { tenant, ...guests });
      } catch (error) {
        const down = unavailable(error);
        if (down) throw down;
        if (error instanceof SandboxFault) return { faults: ['code: its process had to be stopped'], examples: [] };
        throw error;
      }
    },
  };
}
