import { z } from 'zod';
import * as audit from '#runtime/audit.ts';
import { ErrorCode, Failure, Sentence } from '#runtime/error.ts';
import { RunEvent } from '#runtime/event.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { Json, JsonObject } from '#runtime/json.ts';
import * as lookupTable from '#runtime/lookup-table.ts';
import { NodeManifest } from '#runtime/node.ts';
import * as people from '#runtime/people.ts';
import * as plugin from '#runtime/plugin.ts';
import * as project from '#runtime/project.ts';
import * as protocol from '#runtime/protocol.ts';
import * as tenant from '#runtime/tenant.ts';
import * as visit from '#runtime/visit.ts';
import * as ownPeople from './people-operations.ts';
import * as server from './server-operations.ts';

/** A JSON Schema, as OpenAPI 3.1 takes it. */
export type Schema = { readonly [key: string]: unknown };

const LANGUAGE = { ErrorCode, Failure, Sentence, RunEvent, FlowDocument, Json, JsonObject, NodeManifest };
const BASE = '#/components/schemas/';

const isSchema = (value: unknown): value is z.ZodType => value instanceof z.ZodType;

const registry = z.registry<{ id: string; examples?: unknown[] }>();
for (const [id, value] of Object.entries({
  ...LANGUAGE,
  ...protocol,
  ...plugin,
  ...lookupTable,
  ...audit,
  ...people,
  ...visit,
  ...tenant,
  ...project,
  ...ownPeople,
  ...server,
}))
  if (isSchema(value) && !registry.has(value)) {
    const examples = value.meta()?.examples as unknown[] | undefined;
    registry.add(value, examples ? { id, examples } : { id });
  }

function made(io: 'input' | 'output'): Map<string, Schema> {
  const { schemas } = z.toJSONSchema(registry, { io, uri: (id) => `${BASE}${id}` });
  return new Map(Object.entries(schemas).map(([name, schema]) => [name, plain(schema) as Schema]));
}

/** Bounds that every number has, and patterns that a format says already, tell the reader nothing. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const schema = value as Schema;
  const kept = Object.entries(schema).filter(([key, inner]) => {
    if (key === '$schema' || key === '$id') return false;
    if (key === 'minimum') return inner !== Number.MIN_SAFE_INTEGER;
    if (key === 'maximum') return inner !== Number.MAX_SAFE_INTEGER;
    if (key === 'pattern') return schema['format'] === undefined;
    return !(key === 'propertyNames' && JSON.stringify(inner) === '{"type":"string"}');
  });
  return Object.fromEntries(kept.map(([key, inner]) => [key, plain(inner)]));
}

function refsOf(schema: Schema): string[] {
  return [...JSON.stringify(schema).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
    (found) => found[1] ?? '',
  );
}

function reached(from: Iterable<string>, schemas: ReadonlyMap<string, Schema>): Set<string> {
  const seen = new Set<string>();
  const open = [...from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    open.push(...refsOf(schemas.get(name) ?? {}));
  }
  return seen;
}

/** Names whose shape is one and the same going in and coming out: no default is filled in anywhere below them. */
function alike(names: ReadonlySet<string>, input: ReadonlyMap<string, Schema>, output: ReadonlyMap<string, Schema>) {
  const same = new Set(
    [...names].filter((name) => JSON.stringify(input.get(name)) === JSON.stringify(output.get(name))),
  );
  for (let before = -1; before !== same.size; ) {
    before = same.size;
    for (const name of same)
      if (refsOf(input.get(name) ?? {}).some((each) => names.has(each) && !same.has(each))) same.delete(name);
  }
  return same;
}

/** The components of the document, and how its operations name them. */
export interface Schemas {
  readonly components: Readonly<Record<string, Schema>>;
  /** A reference to what a request brings; throws for a schema without a name. */
  bodyRef(schema: z.ZodType): Schema;
  /** A reference to what an answer holds. */
  answerRef(schema: z.ZodType): Schema;
}

function nameOf(schema: z.ZodType): string {
  const name = registry.get(schema)?.id;
  if (name === undefined) throw new Error('an operation has a schema without a name: export it from its file');
  return name;
}

/** Schemas of requests are those before defaults are filled in; where that makes a difference they are named apart. */
export function collectSchemas(bodies: readonly z.ZodType[], answers: readonly z.ZodType[]): Schemas {
  const [input, output] = [made('input'), made('output')];
  const coming = reached(bodies.map(nameOf), input);
  const going = reached(answers.map(nameOf), output);
  const shared = alike(new Set([...coming].filter((name) => going.has(name))), input, output);
  const keyOf = (name: string): string => (going.has(name) && !shared.has(name) ? `${name}Input` : name);
  const components = new Map<string, Schema>();
  for (const name of going) components.set(name, output.get(name) ?? {});
  for (const name of coming) {
    const text = JSON.stringify(input.get(name) ?? {}).replace(
      /("\$ref":"#\/components\/schemas\/)([^"]+)"/g,
      (_, head: string, target: string) => `${head}${keyOf(target)}"`,
    );
    components.set(keyOf(name), JSON.parse(text) as Schema);
  }
  const sorted = [...components].sort(([one], [other]) => one.localeCompare(other, 'en'));
  return {
    components: Object.fromEntries(sorted),
    bodyRef: (schema) => ({ $ref: `${BASE}${keyOf(nameOf(schema))}` }),
    answerRef: (schema) => ({ $ref: `${BASE}${nameOf(schema)}` }),
  };
}

/** A query's own fields, each as text in the address stands for it. */
export function fieldsOf(query: z.ZodObject): { name: string; required: boolean; schema: Schema }[] {
  return Object.entries(query.shape).map(([name, field]) => ({
    name,
    required: !(field as z.ZodType).safeParse(undefined).success,
    schema: plain(z.toJSONSchema(field as z.ZodType, { io: 'output' })) as Schema,
  }));
}
