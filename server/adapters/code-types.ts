import { z } from 'zod';

/** The part of JSON Schema that zod writes. */
interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
}

/** What `ctx` is to the code, as `runtime/guest.ts` answers it. */
const CONTEXT = `/** What a call may ask of Weft, beside its input. */
interface WeftContext {
  /** A line in the run's log; 200 a call. */
  log(...values: unknown[]): void;
  /** Milliseconds since 1970, the same on every attempt of the step: use it and not the clock. */
  readonly now: number;
  /** The same on every attempt of the step. */
  readonly idempotencyKey: string;
  /** A value of the plugin's tables; null where there is none. */
  lookup(table: string, key: string | number): Promise<any>;
  /** Public addresses of the plugin's hosts, by https; 20 requests a call, 10 s and 500 KB each. */
  http(request: {
    method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'HEAD';
    url: string;
    query?: Record<string, string | number | boolean>;
    headers?: Record<string, string>;
    body?: unknown;
  }): Promise<{ status: number; headers: Record<string, string>; body: any }>;
  /** What a record is known as in other systems. */
  links(record: {
    entity: 'order' | 'customer' | 'product' | 'stock' | 'price' | 'invoice' | 'shipment' | 'status' | 'note' | 'record';
    connection: string;
    id: string;
  }): Promise<{ source: { entity: string; connection: string; id: string }; target: { connection: string; id: string } }[]>;
  /** Kept for this customer and plugin between calls: 1,000 values, 1 MB. */
  readonly state: {
    /** null where there is none. */
    get(key: string): Promise<any>;
    set(key: string, value: unknown): Promise<null>;
    delete(key: string): Promise<null>;
  };
}
`;

const nameOf = (ref: string): string => ref.split('/').at(-1) ?? '';
/** Unnamed shapes that name themselves are values of any kind. */
const isNamed = (name: string): boolean => /^[A-Z]\w*$/.test(name);

function union(schemas: readonly Schema[], mark: ' | ' | ' & ', depth: number): string {
  const types = new Set(schemas.map((each) => typeOf(each, depth)));
  return types.size === 1 ? [...types].join() : `(${[...types].join(mark)})`;
}

function objectType({ properties = {}, required = [], additionalProperties }: Schema, depth: number): string {
  const fields = Object.entries(properties);
  const pad = '  '.repeat(depth + 1);
  if (fields.length === 0)
    return `Record<string, ${typeof additionalProperties === 'object' ? typeOf(additionalProperties, depth) : 'any'}>`;
  const lines = fields.map(([name, field]) => {
    const about = field.description ? `${pad}/** ${field.description.replaceAll('*/', '* /')} */\n` : '';
    const key = /^[a-zA-Z_]\w*$/.test(name) ? name : JSON.stringify(name);
    return `${about}${pad}${key}${required.includes(name) ? '' : '?'}: ${typeOf(field, depth + 1)};`;
  });
  return `{\n${lines.join('\n')}\n${'  '.repeat(depth)}}`;
}

/** A schema as TypeScript writes it; what TypeScript cannot say (lengths, patterns) is left out. */
function typeOf(schema: Schema, depth = 0): string {
  if (schema.$ref !== undefined) return isNamed(nameOf(schema.$ref)) ? nameOf(schema.$ref) : 'any';
  if ('const' in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices) return union(choices, ' | ', depth);
  if (schema.allOf) return union(schema.allOf, ' & ', depth);
  if (Array.isArray(schema.type))
    return union(
      schema.type.map((type: string) => ({ ...schema, type })),
      ' | ',
      depth,
    );
  switch (schema.type) {
    case 'string':
      return 'string';
    case 'number':
    case 'integer':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'null':
      return 'null';
    case 'array':
      return schema.prefixItems
        ? `[${schema.prefixItems.map((item) => typeOf(item, depth)).join(', ')}]`
        : `Array<${schema.items ? typeOf(schema.items, depth) : 'any'}>`;
    case 'object':
      return objectType(schema, depth);
    default:
      return 'any';
  }
}

function declaration(name: string, schema: Schema): string {
  const about = schema.description ? `/** ${schema.description.replaceAll('*/', '* /')} */\n` : '';
  const type = typeOf(schema);
  return `${about}${type.startsWith('{') ? `interface ${name} ${type}` : `type ${name} = ${type};`}\n`;
}

/** TypeScript declarations of the shapes that ports have a name for, with all they are made of, and of `ctx`. */
export function declarationsOf(shapes: ReadonlyMap<string, z.ZodType>): string {
  const found = new Map<string, Schema>();
  for (const [name, shape] of shapes) {
    if (!isNamed(name)) continue;
    const { $defs = {}, ...root } = z.toJSONSchema(shape, { unrepresentable: 'any' }) as Schema;
    for (const [inner, schema] of Object.entries({ ...$defs, ...(root.$ref === undefined ? { [name]: root } : {}) }))
      if (isNamed(inner) && !found.has(inner)) found.set(inner, schema);
  }
  return [...[...found].map(([name, schema]) => declaration(name, schema)), CONTEXT].join('\n');
}
