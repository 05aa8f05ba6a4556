import { z } from 'zod';
import { Sentence } from './error.ts';
import { Json } from './json.ts';
import { label } from './node.ts';

const common = {
  title: z.string().min(1).max(80),
  titleSv: z.string().min(1).max(80),
  help: Sentence.optional(),
};

/** A field of a plugin node's form: the part of JSON Schema that a form can show and that costs nothing to check. */
const PluginField = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('string'),
    ...common,
    enum: z.array(z.string().max(80)).min(1).max(50).optional(),
    maxLength: z.int().min(1).max(10_000).default(1000),
    default: z.string().max(1000).optional(),
  }),
  z.strictObject({
    type: z.literal('number'),
    ...common,
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    default: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal('integer'),
    ...common,
    minimum: z.int().optional(),
    maximum: z.int().optional(),
    default: z.int().optional(),
  }),
  z.strictObject({ type: z.literal('boolean'), ...common, default: z.boolean().optional() }),
  /** Anything a binding may bring. */
  z.strictObject({ type: z.literal('any'), ...common, default: Json.optional() }),
]);
type PluginField = z.infer<typeof PluginField>;

/** The form of a plugin node, as JSON Schema says it. */
export const PluginConfig = z.strictObject({
  type: z.literal('object').default('object'),
  properties: z
    .record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]{0,39}$/, 'must be letters and digits'), PluginField)
    .default({}),
  required: z.array(z.string()).default([]),
});
export type PluginConfig = z.infer<typeof PluginConfig>;

function numberSchema(number: z.ZodNumber | z.ZodInt, minimum?: number, maximum?: number): z.ZodNumber | z.ZodInt {
  const least = minimum === undefined ? number : number.min(minimum);
  return maximum === undefined ? least : least.max(maximum);
}

function fieldSchema(field: PluginField): z.ZodType {
  switch (field.type) {
    case 'string':
      return field.enum ? z.enum(field.enum as [string, ...string[]]) : z.string().max(field.maxLength);
    case 'number':
      return numberSchema(z.number(), field.minimum, field.maximum);
    case 'integer':
      return numberSchema(z.int(), field.minimum, field.maximum);
    case 'boolean':
      return z.boolean();
    case 'any':
      return z.custom<Json>((value) => value !== undefined, 'is missing');
  }
}

/** The schema of the form, as a built-in node would declare it. */
export function configSchema({ properties, required }: PluginConfig): z.ZodObject {
  const shape = Object.entries(properties).map(([name, field]) => {
    const schema = fieldSchema(field);
    const filled =
      field.default === undefined
        ? required.includes(name)
          ? schema
          : schema.optional()
        : schema.default(field.default);
    return [name, filled.meta({ ...label(field.title, field.titleSv, field.help) })];
  });
  return z.strictObject(Object.fromEntries(shape) as Record<string, z.ZodType>);
}
