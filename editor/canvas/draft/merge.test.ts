import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import { merged, type Side, unitsBetween } from './merge.ts';

const node = (id: string, config: Record<string, string> = {}, more: object = {}) => ({
  id,
  type: 'core.log',
  version: 1,
  config,
  ...more,
});
const flow = (part: object): FlowDocument =>
  FlowDocument.parse({ format: 1, name: 'Orders', nodes: [], wires: [], ...part });

/** What a merge answers when every suggestion is taken and the rest goes to one side. */
const together = (base: FlowDocument | null, mine: FlowDocument, theirs: FlowDocument, otherwise: Side = 'theirs') => {
  const units = unitsBetween(base, mine, theirs);
  return merged(mine, theirs, units, (unit) => unit.suggested ?? otherwise);
};

describe('two drafts that began from the same', () => {
  const base = flow({ nodes: [node('a', { message: 'hi', level: 'info' }), node('b')] });

  test('are put together by themselves where each changed something else', () => {
    const mine = flow({ nodes: [node('a', { message: 'hello', level: 'info' }), node('b')], name: 'Mine' });
    const theirs = flow({
      nodes: [node('a', { message: 'hi', level: 'warn' }), node('b', {}, { title: 'Last' }), node('c')],
      wires: [{ from: 'a.value', to: 'c.value' }],
    });
    expect(unitsBetween(base, mine, theirs).every(({ suggested }) => suggested !== null)).toBe(true);
    expect(together(base, mine, theirs)).toEqual(
      flow({
        name: 'Mine',
        nodes: [node('a', { message: 'hello', level: 'warn' }), node('b', {}, { title: 'Last' }), node('c')],
        wires: [{ from: 'a.value', to: 'c.value' }],
      }),
    );
  });

  test('ask a person where both changed the same setting, and nowhere else', () => {
    const mine = flow({ nodes: [node('a', { message: 'mine', level: 'info' }), node('b')] });
    const theirs = flow({ nodes: [node('a', { message: 'theirs', level: 'warn' }), node('b')] });
    const asked = unitsBetween(base, mine, theirs).filter(({ suggested }) => suggested === null);
    expect(asked.map(({ id, path, mine: ours, theirs: others }) => [id, path, ours, others])).toEqual([
      ['a', 'config.message', 'mine', 'theirs'],
    ]);
  });

  test('ask when one took away what the other changed, and drop wires to a step that went', () => {
    const wired = flow({ ...base, wires: [{ from: 'a.value', to: 'b.value' }] });
    const mine = flow({ nodes: [node('a', { message: 'hi', level: 'info' })] });
    const theirs = flow({ ...wired, nodes: [base.nodes[0], node('b', { message: 'new' })] });
    const units = unitsBetween(wired, mine, theirs);
    expect(units.find(({ kind }) => kind === 'step')).toMatchObject({ id: 'b', mine: undefined, suggested: null });
    expect(together(wired, mine, theirs, 'mine')).toEqual(mine);
    expect(merged(mine, theirs, units, () => 'theirs')).toEqual(theirs);
  });

  test('whose beginning nobody knows ask about everything', () => {
    const mine = flow({ nodes: [node('a', { message: 'mine' })] });
    const theirs = flow({ nodes: [node('a'), node('b')] });
    expect(unitsBetween(null, mine, theirs).map(({ suggested }) => suggested)).toEqual([null, null]);
  });
});

const id = fc.constantFrom('a', 'b', 'c', 'd');
const drawn: fc.Arbitrary<FlowDocument> = fc
  .record({
    name: fc.constantFrom('One', 'Two'),
    nodes: fc.uniqueArray(
      fc.record({
        id,
        config: fc.dictionary(fc.constantFrom('x', 'y.z'), fc.constantFrom<string>('1', '2')),
        at: fc.record({ x: fc.constantFrom(0, 8), y: fc.constant(0) }),
        title: fc.option(fc.constantFrom('T', 'U'), { nil: undefined }),
      }),
      { selector: (each) => each.id },
    ),
    wires: fc.uniqueArray(fc.tuple(id, id), { selector: (pair) => pair.join() }),
    notes: fc.uniqueArray(fc.record({ id, text: fc.constantFrom('n', 'm') }), { selector: (each) => each.id }),
  })
  .map(({ name, nodes, wires, notes }) => {
    const there = new Set(nodes.map((each) => each.id));
    return flow({
      name,
      nodes: nodes.map((each) => node(each.id, each.config, { at: each.at, ...(each.title && { title: each.title }) })),
      wires: wires
        .filter(([from, to]) => there.has(from) && there.has(to))
        .map(([from, to]) => ({ from: `${from}.value`, to: `${to}.value` })),
      groups: nodes[0] ? [{ id: 'g', title: 'G', nodes: [nodes[0].id] }] : [],
      notes: notes.map((note) => ({ ...note, at: { x: 0, y: 0 } })),
    });
  });

const sorted = (document: FlowDocument) => ({
  ...document,
  nodes: document.nodes.toSorted((one, other) => one.id.localeCompare(other.id)),
  wires: document.wires.map(({ from, to }) => `${from} ${to}`).sort(),
  groups: document.groups.toSorted((one, other) => one.id.localeCompare(other.id)),
  notes: document.notes.toSorted((one, other) => one.id.localeCompare(other.id)),
});

describe('whatever two people drew', () => {
  test('everything of one side chosen is that side, and nothing is asked where they agree', () => {
    fc.assert(
      fc.property(fc.option(drawn), drawn, drawn, (base, mine, theirs) => {
        const units = unitsBetween(base, mine, theirs);
        expect(merged(mine, theirs, units, () => 'theirs')).toEqual(theirs);
        expect(sorted(merged(mine, theirs, units, () => 'mine'))).toEqual(sorted(mine));
        expect(unitsBetween(base, mine, mine)).toEqual([]);
      }),
    );
  });

  test('what only one of them touched is taken from that one, and a merge can be stored', () => {
    fc.assert(
      fc.property(drawn, drawn, (base, mine) => {
        expect(sorted(together(base, mine, base))).toEqual(sorted(mine));
        expect(together(base, base, mine)).toEqual(mine);
      }),
    );
    fc.assert(
      fc.property(drawn, drawn, drawn, fc.infiniteStream(fc.boolean()), (base, mine, theirs, coins) => {
        const units = unitsBetween(base, mine, theirs);
        const sides = new Map(units.map(({ key }) => [key, coins.next().value ? 'mine' : 'theirs'] as const));
        const whole = merged(mine, theirs, units, ({ key }) => sides.get(key) ?? 'theirs');
        expect(FlowDocument.parse(whole)).toEqual(whole);
      }),
    );
  });
});
