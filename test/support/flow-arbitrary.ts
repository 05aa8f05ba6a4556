import fc from 'fast-check';
import { z } from 'zod';
import { coreNodes } from '#nodes/core/core-nodes.ts';
import { AnyValue } from '#nodes/core/value.ts';
import { type Catalog, createCatalog } from '#runtime/catalog.ts';
import { TerminalError } from '#runtime/error.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { defineNode } from '#runtime/node.ts';
import { type FakeErp, thingsCreate, thingsFly } from './fake-erp.ts';
import { erpConnector } from './memory-ports.ts';

const sentence = { en: 'test', sv: 'test' };
const shared = { version: 1, title: sentence, summary: sentence, icon: 'box', feature: 'core' } as const;

/** FNV-1a, so that a thing's id is short and follows from the value alone. */
export function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return (hash >>> 0).toString(36);
}

const Thing = z.strictObject({ class: z.enum(['A', 'B', 'C']), name: z.string() });

/** Writes its things one after the other or all at once; each thing's id follows from its name and the value. */
const writeThings = defineNode({
  ...shared,
  type: 'test.write',
  group: 'action',
  effect: 'write',
  config: z.strictObject({ things: z.array(Thing), atOnce: z.boolean() }),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  needs: { A: thingsCreate.A, B: thingsCreate.B, C: thingsCreate.C, fly: thingsFly },
  spares: () => ['fly'],
  run: async ({ config, input, use }) => {
    const ids: string[] = [];
    const key = shortHash(JSON.stringify(input.value));
    const make = (thing: z.infer<typeof Thing>) => use[thing.class]({ id: `${thing.name}-${key}` });
    if (config.atOnce) ids.push(...(await Promise.all(config.things.map(make))).map(({ id }) => id));
    else for (const thing of config.things) ids.push((await make(thing)).id);
    return { value: { was: input.value, ids } };
  },
});

const failing = defineNode({
  ...shared,
  type: 'test.fail',
  group: 'action',
  effect: 'none',
  config: z.strictObject({}),
  inputs: { value: AnyValue },
  outputs: { value: AnyValue },
  run: () => {
    throw new TerminalError('INPUT_INVALID', 'it never works');
  },
});

const list = defineNode({
  ...shared,
  type: 'test.list',
  group: 'transform',
  effect: 'none',
  config: z.strictObject({ count: z.int() }),
  inputs: { value: AnyValue },
  outputs: { list: z.array(AnyValue) },
  run: ({ config, input }) => ({
    list: Array.from({ length: config.count }, (_, index) => ({ of: shortHash(JSON.stringify(input.value)), index })),
  }),
});

export function testCatalogOf(erp: FakeErp): Catalog {
  return createCatalog([...coreNodes, writeThings, failing, list], [erpConnector(erp)]);
}

/** A part of a flow: takes a value in, gives one out (or not). */
export type Part =
  | { readonly kind: 'set' | 'filter-out' | 'respond' }
  | { readonly kind: 'wait'; readonly minutes: number }
  | { readonly kind: 'write'; readonly things: readonly ('A' | 'B' | 'C')[]; readonly atOnce: boolean }
  | { readonly kind: 'fail'; readonly to: 'skip' | 'stop' | readonly Part[] }
  | { readonly kind: 'branch'; readonly taken: boolean; readonly yes: readonly Part[]; readonly no: readonly Part[] }
  | { readonly kind: 'switch'; readonly at: number; readonly ways: readonly (readonly Part[])[] }
  | { readonly kind: 'loop'; readonly count: number; readonly body: readonly Part[] }
  | { readonly kind: 'stop'; readonly outcome: 'succeeded' | 'failed' };

const leaf = (classes: readonly ('A' | 'B' | 'C')[]): fc.Arbitrary<Part> =>
  fc.oneof(
    { weight: 2, arbitrary: fc.constantFrom<Part>({ kind: 'set' }, { kind: 'respond' }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('wait' as const), minutes: fc.integer({ min: 0, max: 90 }) }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('write' as const),
        things: fc.array(fc.constantFrom(...classes), { minLength: 1, maxLength: 3 }),
        atOnce: fc.boolean(),
      }),
    },
  );

/** Random flows as parts in a row. */
export function partsArbitrary(classes: readonly ('A' | 'B' | 'C')[] = ['A', 'B', 'C']): fc.Arbitrary<readonly Part[]> {
  return fc.letrec<{ parts: readonly Part[]; part: Part }>((tie) => ({
    parts: fc.array(tie('part'), { minLength: 1, maxLength: 4, size: 'small', depthIdentifier: 'flow' }),
    part: fc.oneof(
      { maxDepth: 3, depthIdentifier: 'flow', withCrossShrink: true },
      { weight: 6, arbitrary: leaf(classes) },
      { weight: 1, arbitrary: fc.constant<Part>({ kind: 'filter-out' }) },
      {
        weight: 1,
        arbitrary: fc.constantFrom<Part>({ kind: 'stop', outcome: 'succeeded' }, { kind: 'stop', outcome: 'failed' }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('fail' as const),
          to: fc.oneof(fc.constantFrom('skip' as const, 'stop' as const), tie('parts')),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.record({
          kind: fc.constant('branch' as const),
          taken: fc.boolean(),
          yes: tie('parts'),
          no: tie('parts'),
        }),
      },
      {
        weight: 1,
        arbitrary: fc.record({
          kind: fc.constant('switch' as const),
          at: fc.integer({ min: 0, max: 2 }),
          ways: fc.array(tie('parts'), { minLength: 1, maxLength: 2 }),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('loop' as const),
          count: fc.integer({ min: 0, max: 3 }),
          body: tie('parts'),
        }),
      },
    ),
  })).parts;
}

interface Drawing {
  readonly nodes: unknown[];
  readonly wires: { from: string; to: string }[];
}

type Ends = readonly string[];

/** Draws the parts as a flow document that starts by hand. */
export function flowOf(parts: readonly Part[], trace: FlowDocument['trace'] = 'all'): FlowDocument {
  const drawing: Drawing = { nodes: [], wires: [] };
  const start = step(drawing, 'core.manual', {}, []);
  row(drawing, parts, [`${start}.body`]);
  return FlowDocument.parse({ format: 1, name: 'random', trace, nodes: drawing.nodes, wires: drawing.wires });
}

function step(drawing: Drawing, type: string, config: unknown, from: Ends, port = 'value', rest: object = {}): string {
  const id = `s${drawing.nodes.length}`;
  const connection = type === 'test.write' ? { connection: 'erp' } : {};
  drawing.nodes.push({ id, type, version: 1, config, ...connection, ...rest });
  for (const end of from) drawing.wires.push({ from: end, to: `${id}.${port}` });
  return id;
}

function row(drawing: Drawing, parts: readonly Part[], from: Ends): Ends {
  let ends = from;
  for (const part of parts) {
    ends = partOf(drawing, part, ends);
    if (ends.length === 0) break;
  }
  return ends;
}

const always = (yes: boolean) => [{ left: yes ? 1 : 2, operator: 'equals', right: 1 }];

function partOf(drawing: Drawing, part: Part, from: Ends): Ends {
  switch (part.kind) {
    case 'set':
      return [`${step(drawing, 'core.map', { fields: [{ to: 'was', value: '{{ value }}' }] }, from)}.record`];
    case 'respond':
      return [`${step(drawing, 'core.respond', {}, from)}.value`];
    case 'filter-out':
      return [`${step(drawing, 'core.filter', { conditions: always(false) }, from)}.value`];
    case 'wait':
      return [`${step(drawing, 'core.wait', { amount: part.minutes }, from)}.value`];
    case 'write': {
      const name = `${part.atOnce ? 'together' : 'alone'}${drawing.nodes.length}`;
      const things = part.things.map((kind, index) => ({ class: kind, name: `${name}.${index}` }));
      return [`${step(drawing, 'test.write', { things, atOnce: part.atOnce }, from)}.value`];
    }
    case 'stop':
      step(drawing, 'core.stop', { outcome: part.outcome, message: 'enough' }, from);
      return [];
    case 'fail':
      return drawFail(drawing, part.to, from);
    case 'branch': {
      const id = step(drawing, 'core.branch', { conditions: always(part.taken) }, from);
      return [...row(drawing, part.yes, [`${id}.true`]), ...row(drawing, part.no, [`${id}.false`])];
    }
    case 'switch': {
      const cases = part.ways.map((_, index) => ({
        name: `way${index}`,
        left: part.at,
        operator: 'equals',
        right: index,
      }));
      const id = step(drawing, 'core.switch', { cases }, from);
      return [...part.ways.flatMap((way, index) => row(drawing, way, [`${id}.way${index}`])), `${id}.otherwise`];
    }
    case 'loop': {
      const source = step(drawing, 'test.list', { count: part.count }, from);
      const loop = step(drawing, 'core.each', {}, [`${source}.list`], 'list');
      const ends = row(drawing, part.body, [`${loop}.item`]);
      if (ends.length === 0) return [];
      return [`${step(drawing, 'core.collect', {}, ends, 'item')}.list`];
    }
  }
}

function drawFail(drawing: Drawing, to: 'skip' | 'stop' | readonly Part[], from: Ends): Ends {
  const id = step(drawing, 'test.fail', {}, from, 'value', to === 'skip' ? { onError: 'skip' } : {});
  if (typeof to !== 'string') return row(drawing, to, [`${id}.failed`]);
  return [`${id}.value`];
}
