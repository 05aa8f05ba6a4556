import { transforms } from '#runtime/transform.ts';
import type { en } from '../locales/en/index.ts';

export type TransformName = keyof typeof en.form.transforms;
type ArgumentName = keyof typeof en.form.args;

interface Words {
  readonly group: keyof typeof en.form.transformGroups;
  /** What each argument is called; the last one stands for all that follow. */
  readonly args: readonly ArgumentName[];
}

const group = (of: Words['group'], entries: Readonly<Record<string, readonly ArgumentName[]>>) =>
  Object.entries(entries).map(([name, args]) => [name as TransformName, { group: of, args }] as const);

const words: ReadonlyMap<TransformName, Words> = new Map([
  ...group('text', {
    trim: [],
    upper: [],
    lower: [],
    capitalise: [],
    slice: ['from', 'to'],
    truncate: ['length'],
    replace: ['find', 'by'],
    prefix: ['before'],
    suffix: ['after'],
    digits: [],
    'pad-start': ['length', 'fill'],
    split: ['separator'],
    text: [],
  }),
  ...group('numbers', {
    number: [],
    round: ['decimals'],
    floor: [],
    ceil: [],
    abs: [],
    add: ['number'],
    subtract: ['number'],
    multiply: ['number'],
    divide: ['number'],
    vat: ['rate'],
    'add-vat': ['rate'],
    'without-vat': ['rate'],
    decimal: ['decimals'],
  }),
  ...group('dates', { date: ['format', 'zone'] }),
  ...group('lists', {
    first: [],
    last: [],
    at: ['place'],
    count: [],
    join: ['separator'],
    pick: ['field'],
    sum: ['field'],
    unique: [],
    where: ['field', 'value'],
  }),
  ...group('choices', {
    default: ['value'],
    required: ['name'],
    lookup: ['pair'],
    equals: ['value'],
    choose: ['yes', 'no'],
    json: [],
  }),
]);

/** Every transform that can be offered, in groups, in the order of the library. */
export const transformGroups = ['text', 'numbers', 'dates', 'lists', 'choices'] as const;

export function transformsIn(of: Words['group']): readonly TransformName[] {
  return [...words].filter(([, each]) => each.group === of).map(([name]) => name);
}

export function isKnown(name: string): name is TransformName {
  return words.has(name as TransformName);
}

/** What the argument at a place is called. */
export function argumentName(name: TransformName, index: number): ArgumentName {
  const { args } = words.get(name) ?? { args: [] };
  return args[index] ?? args.at(-1) ?? 'value';
}

/** How many arguments a transform must have and may have. */
export function argumentCount(name: string): readonly [least: number, most: number] {
  return transforms[name]?.args ?? [0, 0];
}
