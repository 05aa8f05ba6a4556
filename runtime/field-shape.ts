import { z } from 'zod';
import { Sentence } from './error.ts';
import type { AnyNode, PortShapes } from './node.ts';

/** What a value is made of, as far as a binding can reach into it: what the catalog sends of every shape that has a name. */
export interface FieldShape {
  readonly kind: 'text' | 'number' | 'boolean' | 'object' | 'list' | 'any';
  readonly title?: Sentence | undefined;
  /** Of an object; absent where it may hold anything. */
  readonly fields?: Readonly<Record<string, FieldShape>> | undefined;
  /** Of a list. */
  readonly item?: FieldShape | undefined;
}
export const FieldShape: z.ZodType<FieldShape> = z.lazy(() =>
  z.strictObject({
    kind: z.enum(['text', 'number', 'boolean', 'object', 'list', 'any']),
    title: Sentence.optional(),
    fields: z.record(z.string(), FieldShape).optional(),
    item: FieldShape.optional(),
  }),
);

const ANY: FieldShape = { kind: 'any' };
/** Deeper than this a shape is taken to hold anything. */
const DEEPEST = 6;

function unwrapped(shape: z.ZodType): z.ZodType {
  if (shape instanceof z.ZodOptional || shape instanceof z.ZodNullable || shape instanceof z.ZodDefault)
    return unwrapped(shape.unwrap() as z.ZodType);
  if (shape instanceof z.ZodReadonly) return unwrapped(shape.unwrap() as z.ZodType);
  if (shape instanceof z.ZodPipe) return unwrapped(shape.out as z.ZodType);
  return shape;
}

/** The shape of values that have passed a schema; `titleOf` names the fields people read. */
export function fieldShapeOf(
  schema: z.ZodType,
  titleOf: (name: string) => Sentence | undefined = () => undefined,
  depth = 0,
): FieldShape {
  const shape = unwrapped(schema);
  if (depth > DEEPEST) return ANY;
  if (shape instanceof z.ZodObject) {
    const open = shape.def.catchall !== undefined && !(shape.def.catchall instanceof z.ZodNever);
    if (open) return { kind: 'object' };
    const fields = Object.entries(shape.shape as Readonly<Record<string, z.ZodType>>).map(([name, field]) => {
      const inner = fieldShapeOf(field, titleOf, depth + 1);
      const title = titleOf(name);
      return [name, title ? { ...inner, title } : inner] as const;
    });
    return { kind: 'object', fields: Object.fromEntries(fields) };
  }
  if (shape instanceof z.ZodArray)
    return { kind: 'list', item: fieldShapeOf(shape.element as z.ZodType, titleOf, depth + 1) };
  if (shape instanceof z.ZodString || shape instanceof z.ZodEnum || shape instanceof z.ZodStringFormat)
    return { kind: 'text' };
  if (shape instanceof z.ZodNumber) return { kind: 'number' };
  if (shape instanceof z.ZodBoolean) return { kind: 'boolean' };
  if (shape instanceof z.ZodRecord) return { kind: 'object' };
  return ANY;
}

/** Where a path leaves the shape; `owner` is what was to have the field. */
export interface Stray {
  readonly part: string;
  /** The part before it, for a sentence. */
  readonly within: string;
  readonly owner: FieldShape;
}

/** Undefined where the path stays within the shape, as far as anybody knows. */
export function strayOf(shape: FieldShape, path: readonly (string | number)[], from: number): Stray | undefined {
  let here = shape;
  for (let index = from; index < path.length; index++) {
    const part = path[index] as string | number;
    if (here.kind === 'any' || (here.kind === 'object' && here.fields === undefined)) return undefined;
    const next =
      typeof part === 'number' || here.kind === 'list'
        ? typeof part === 'number' && here.kind === 'list'
          ? here.item
          : undefined
        : Object.hasOwn(here.fields ?? {}, part)
          ? here.fields?.[part]
          : undefined;
    if (!next) return { part: String(part), within: path.slice(0, index).join('.'), owner: here };
    here = next;
  }
  return undefined;
}

/** Letters to change, at most two of them counted. */
function distance(one: string, other: string): number {
  const row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    let before = row[0] as number;
    row[0] = i;
    for (let j = 1; j <= other.length; j++) {
      const above = row[j] as number;
      row[j] = Math.min(above + 1, (row[j - 1] as number) + 1, before + (one[i - 1] === other[j - 1] ? 0 : 1));
      before = above;
    }
  }
  return row[other.length] as number;
}

/** The name that was most likely meant; undefined when none is near. */
export function nearestName(meant: string, names: readonly string[]): string | undefined {
  const lower = meant.toLowerCase();
  const [best] = names
    .map((name) => {
      const known = name.toLowerCase();
      const part = known.includes(lower) || lower.includes(known) ? 2 : Number.POSITIVE_INFINITY;
      return { name, far: Math.min(distance(lower, known), lower.length < 3 ? Number.POSITIVE_INFINITY : part) };
    })
    .filter(({ name, far }) => far <= Math.max(2, Math.floor(name.length / 4)))
    .sort((one, other) => one.far - other.far);
  return best?.name;
}

/** The shapes that the ports of nodes have names for, such as `Order`. */
export function namedFieldShapes(
  nodes: readonly AnyNode[],
  titleOf?: (name: string) => Sentence | undefined,
): ReadonlyMap<string, FieldShape> {
  const shapes = new Map<string, FieldShape>();
  const keep = (schema: z.ZodType): void => {
    const shape = unwrapped(schema);
    const name = shape.meta()?.id;
    if (shape instanceof z.ZodArray) keep(shape.element as z.ZodType);
    else if (typeof name === 'string' && !shapes.has(name)) shapes.set(name, fieldShapeOf(shape, titleOf));
  };
  for (const node of nodes)
    for (const ports of [node.inputs, node.outputs] as PortShapes[])
      for (const shape of Object.values(ports)) keep(shape);
  return shapes;
}

/** The shape of a port by the name of its type; undefined where nobody knows. */
export function shapeByType(
  shapes: Pick<ReadonlyMap<string, FieldShape>, 'get'>,
  type: string,
): FieldShape | undefined {
  if (!type.endsWith('[]')) return shapes.get(type);
  const item = shapes.get(type.slice(0, -2));
  return item && { kind: 'list', item };
}
