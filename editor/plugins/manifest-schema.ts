import { z } from 'zod';
import type { JsonObject } from '#runtime/json.ts';
import { options } from '#runtime/node.ts';
import { PluginDocument } from '#runtime/plugin.ts';

/** Names of the plugin's parts as people read them, by the path they stand at. */
type Words = Readonly<
  Record<
    string,
    readonly [
      en: string,
      sv: string,
      help?: readonly [en: string, sv: string],
      options?: Readonly<Record<string, readonly [en: string, sv: string]>>,
    ]
  >
>;

const WORDS: Words = {
  version: ['Version', 'Version'],
  locales: ['Names', 'Namn'],
  'locales.en': ['English', 'Engelska'],
  'locales.sv': ['Swedish', 'Svenska'],
  hosts: [
    'Hosts it may reach',
    'Servrar det får nå',
    ['ctx.http reaches these alone, by https: api.example.com', 'ctx.http når bara dessa, med https: api.example.com'],
  ],
  tables: [
    'Lookup tables',
    'Uppslagstabeller',
    [
      'For ctx.lookup: a name, and in it keys with a value each.',
      'För ctx.lookup: ett namn, och i det nycklar med var sitt värde.',
    ],
  ],
  nodes: ['Steps', 'Steg'],
  type: ['Type', 'Typ'],
  'nodes.type': [
    'Id of the step',
    'Stegets id',
    ['Begins with the plugin’s id and a dot.', 'Börjar med tilläggets id och en punkt.'],
  ],
  title: ['Title', 'Rubrik'],
  titleSv: ['Title in Swedish', 'Rubrik på svenska'],
  summary: ['Summary', 'Sammanfattning'],
  en: ['English', 'Engelska'],
  sv: ['Swedish', 'Svenska'],
  icon: [
    'Icon',
    'Ikon',
    ['The name of a Lucide icon, such as truck.', 'Namnet på en Lucide-ikon, till exempel truck.'],
  ],
  effect: [
    'Effect outside',
    'Verkan utanför',
    [
      'With none it calls nobody. Reading may fetch. Writing may send, and a lost answer waits for a person.',
      'Utan verkan anropas ingen. Läsning får hämta. Skrivning får skicka, och ett svar som kommit bort väntar på en människa.',
    ],
    { none: ['None', 'Ingen'], read: ['Reads', 'Läser'], write: ['Writes', 'Skriver'] },
  ],
  config: ['Settings', 'Inställningar'],
  properties: ['Fields', 'Fält'],
  required: ['Required', 'Obligatoriska'],
  inputs: ['Inputs', 'Ingångar'],
  outputs: ['Outputs', 'Utgångar'],
  name: ['Name', 'Namn'],
  help: ['Help', 'Hjälptext'],
  default: ['Default', 'Förval'],
  enum: ['Choices', 'Val'],
  minimum: ['At least', 'Minst'],
  maximum: ['At most', 'Högst'],
  maxLength: ['Longest text', 'Längsta text'],
  'ports.type': [
    'Type',
    'Typ',
    [
      'text, number, boolean, any, Order, Product … or a list such as Order[].',
      'text, number, boolean, any, Order, Product … eller en lista som Order[].',
    ],
  ],
  'ports.required': ['Required', 'Obligatorisk'],
};

type Schema = Record<string, unknown>;
const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function worded(schema: Schema, path: string, name: string): Schema {
  const words = WORDS[path === '' ? name : `${path}.${name}`] ?? WORDS[name];
  if (!words) return schema;
  const [title, titleSv, help, named] = words;
  return {
    ...schema,
    title,
    titleSv,
    ...(help ? { help: { en: help[0], sv: help[1] } } : {}),
    ...(named ? options(named) : {}),
  };
}

/** The schema with what people read at every field. */
function named(schema: unknown, path: string): unknown {
  if (!isSchema(schema)) return schema;
  const copy: Schema = { ...schema };
  for (const list of ['anyOf', 'oneOf'])
    if (Array.isArray(copy[list])) copy[list] = copy[list].map((each) => named(each, path));
  for (const one of ['items', 'additionalProperties']) if (isSchema(copy[one])) copy[one] = named(copy[one], path);
  if (isSchema(copy['properties'])) {
    const here = (name: string) => (path === '' ? name : `${path}.${name}`);
    copy['properties'] = Object.fromEntries(
      Object.entries(copy['properties']).map(([name, field]) => {
        const deeper = name === 'inputs' || name === 'outputs' ? 'ports' : here(name);
        return [name, worded(named(field, deeper) as Schema, path, name)];
      }),
    );
  }
  return copy;
}

function made(): JsonObject {
  const schema = z.toJSONSchema(PluginDocument, { io: 'input', unrepresentable: 'any' }) as Schema;
  const { id: _, code: __, examples: ___, ...properties } = schema['properties'] as Schema;
  const order = ['version', 'locales', 'nodes', 'hosts', 'tables'];
  const ordered = Object.fromEntries(order.map((name) => [name, properties[name]]));
  const required = (schema['required'] as string[]).filter((name) => order.includes(name));
  const { examples: ____, ...rest } = schema;
  return named({ ...rest, properties: ordered, required }, '') as JsonObject;
}

/** The form of what a plugin says of itself, made from the schema that checks it. */
export const manifestSchema: JsonObject = made();
