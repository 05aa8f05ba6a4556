import type { z } from 'zod';
import type { Http } from '#runtime/connector.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { AnyNode, CrossReference } from '#runtime/node.ts';

export interface Trial {
  readonly config?: unknown;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly use?: Readonly<Record<string, (input: never) => Promise<unknown>>>;
  readonly http?: Http;
  readonly connection?: string;
  readonly links?: readonly CrossReference[];
  readonly guest?: (input: Json) => Promise<Json | undefined>;
  readonly now?: number;
}

export interface Tried {
  readonly output: Readonly<Record<string, unknown>>;
  readonly notes: readonly { message: string; data?: JsonObject | undefined }[];
}

/** Runs a node as the engine would: config and inputs parsed by its own schemas, what it may use given by hand. */
export async function tried(node: AnyNode, trial: Trial): Promise<Tried> {
  const config = (node.config as z.ZodObject).parse(trial.config ?? {});
  const input = Object.fromEntries(
    Object.entries(node.inputs as Readonly<Record<string, z.ZodType>>).flatMap(([port, shape]) => {
      const value = shape.parse(trial.input?.[port]);
      return value === undefined ? [] : [[port, value]];
    }),
  );
  const notes: { message: string; data?: JsonObject | undefined }[] = [];
  const output = await node.run({
    config,
    input,
    use: (trial.use ?? {}) as never,
    http:
      trial.http ??
      (() => {
        throw new Error('this trial has no network');
      }),
    guest:
      trial.guest ??
      (() => {
        throw new Error('this trial has no sandbox');
      }),
    idempotencyKey: 'abcdefghijklmnopqrstuvwx',
    record: { entity: 'order', connection: 'shop', id: '1' },
    connection: trial.connection ?? '',
    links: async () => trial.links ?? [],
    now: trial.now ?? Date.parse('2026-11-23T09:15:00Z'),
    signal: new AbortController().signal,
    note: (message: string, data?: JsonObject) => {
      notes.push({ message, data });
    },
  });
  return { output: output as Tried['output'], notes };
}
