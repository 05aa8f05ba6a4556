import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, FLOW_LIMITS, FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';
import { createSession } from '../session.ts';
import { fragmentOf, paste, readFragment } from './fragment.ts';
import { isTooMuch } from './limits.ts';

/** What a person has typed, and what a field may hold: bindings, texts, lists. */
const value: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 2 },
    fc.string({ maxLength: 12 }),
    fc.integer(),
    fc.constantFrom('{{ steps.a.value }}', '{{ steps.b.value.total }}', null, true),
    fc.array(tie('value') as fc.Arbitrary<Json>, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom('to', 'value', 'name'), tie('value') as fc.Arbitrary<Json>, { maxKeys: 2 }),
  ),
})).value;

const name = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const node = (id: string): fc.Arbitrary<FlowNode> =>
  fc.record(
    {
      id: fc.constant(id),
      type: fc.constantFrom('core.set', 'core.filter', 'orders.write'),
      version: fc.constant(1),
      title: fc.string({ maxLength: 20 }),
      connection: fc.uuid(),
      config: fc.dictionary(fc.constantFrom('fields', 'note'), value, { maxKeys: 2 }),
      onError: fc.constantFrom('stop' as const, 'skip' as const),
      at: fc.record({ x: fc.integer({ min: -1e6, max: 1e6 }), y: fc.integer({ min: -1e6, max: 1e6 }) }),
      disabled: fc.boolean(),
    },
    { requiredKeys: ['id', 'type', 'version', 'config', 'onError', 'at'] },
  ) as fc.Arbitrary<FlowNode>;

const flow: fc.Arbitrary<FlowDocument> = fc
  .uniqueArray(name, { minLength: 1 })
  .chain((ids) =>
    fc.tuple(
      fc.tuple(...ids.map(node)),
      fc.uniqueArray(fc.tuple(fc.constantFrom(...ids), fc.constantFrom(...ids)), { maxLength: 6, selector: String }),
      fc.subarray(ids),
      fc.array(fc.string({ maxLength: 20 }), { maxLength: 2 }),
    ),
  )
  .map(([nodes, ends, grouped, notes]) =>
    FlowDocument.parse({
      format: 1,
      name: 'Orders',
      nodes,
      wires: ends.map(([from, to]) => ({ from: `${from}.value`, to: `${to}.value` })),
      groups: grouped.length === 0 ? [] : [{ id: 'frame', title: 'Frame', nodes: grouped }],
      notes: notes.map((text, index) => ({ id: `note-${index + 1}`, text, at: { x: 0, y: 0 } })),
    }),
  );

const target = FlowDocument.parse({
  format: 1,
  name: 'Target',
  nodes: [{ id: 'a', type: 'core.set', version: 1, config: {} }],
  wires: [],
});
const before = canonicalText(target);

/** Every text and number in a value, keys included. */
function atoms(of: unknown): Set<string> {
  const found = new Set<string>();
  JSON.stringify(of, (key, inner: unknown) => {
    found.add(key);
    if (typeof inner !== 'object' || inner === null) found.add(String(inner));
    return inner;
  });
  return found;
}

/** A text that is nearly a fragment: one thing in it is something else. */
const hostile: fc.Arbitrary<string> = fc
  .tuple(flow, fc.nat(), fc.jsonValue({ maxDepth: 3 }))
  .map(([from, at, other]) => {
    const whole = fragmentOf(from, new Set(from.nodes.map(({ id }) => id)), new Set(['note-1']));
    const text = JSON.stringify(whole);
    const places = [...text.matchAll(/"(?:[^"\\]|\\.)*"|-?\d+|\[|\{/g)];
    const place = places[at % places.length];
    const from_ = place?.index ?? 0;
    const taken =
      place?.[0] === '[' || place?.[0] === '{' ? `${place[0]}${JSON.stringify(other)},` : JSON.stringify(other);
    return text.slice(0, from_) + taken + text.slice(from_ + (place?.[0].length ?? 0));
  });

const pasteInto = (text: string): FlowDocument | null => {
  const fragment = readFragment(text);
  return (
    fragment &&
    paste(target, fragment, { by: { x: 8, y: 8 }, name: 'paste', connections: new Set() }).edit.apply(target)
  );
};

describe('what is copied', () => {
  test('holds nothing that does not stand in the flow, and is read back as it was', () => {
    fc.assert(
      fc.property(flow, fc.func(fc.boolean()), (from, chosen) => {
        const steps = new Set(from.nodes.map(({ id }) => id).filter((id) => chosen(id)));
        const fragment = fragmentOf(from, steps, new Set(['note-1']));
        const known = atoms({ ...from, kind: 'flow-fragment', v: 1 });
        for (const each of atoms(fragment)) expect(known).toContain(each);
        expect(readFragment(JSON.stringify(fragment))).toEqual(fragment);
      }),
    );
  });

  test('leaves the connections of one customer behind at another', () => {
    fc.assert(
      fc.property(flow, (from) => {
        const text = JSON.stringify(fragmentOf(from, new Set(from.nodes.map(({ id }) => id)), new Set()));
        const pasted = JSON.stringify(pasteInto(text));
        for (const { connection } of from.nodes) if (connection !== undefined) expect(pasted).not.toContain(connection);
      }),
    );
  });
});

describe('what is pasted', () => {
  test('becomes a flow that the server takes, without a name twice or a loose wire', () => {
    fc.assert(
      fc.property(flow, (from) => {
        const result = pasteInto(JSON.stringify(from));
        expect(FlowDocument.safeParse(result).error).toBeUndefined();
        const ids = result?.nodes.map(({ id }) => id) ?? [];
        expect(new Set(ids).size).toBe(ids.length);
        for (const { from, to } of result?.wires ?? [])
          for (const end of [from, to]) expect(ids).toContain(end.split('.')[0]);
      }),
    );
  });

  test('is refused, or is a flow the server takes, whatever somebody put on the clipboard; what was there stays as it is', () => {
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(hostile, fc.json(), fc.string()), (text) => {
        const result = pasteInto(text);
        if (result === null) refused++;
        else {
          expect(FlowDocument.safeParse(result).error).toBeUndefined();
          expect(new Set(result.nodes.map(({ id }) => id)).size).toBe(result.nodes.length);
          expect(result.nodes[0]).toBe(target.nodes[0]);
        }
        expect(canonicalText(target)).toBe(before);
        expect(Object.getPrototypeOf({})).toBe(Object.prototype);
        expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
      }),
      { numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  test('is refused when two steps of it bear one name', () => {
    const twice = {
      kind: 'flow-fragment',
      v: 1,
      nodes: [target.nodes[0], target.nodes[0]],
      wires: [],
      groups: [],
      notes: [],
    };
    expect(readFragment(JSON.stringify(twice))).toBeNull();
  });
});

describe('a flow that is full', () => {
  const steps = (count: number): FlowNode[] =>
    Array.from({ length: count }, (_, index) => ({ ...(target.nodes[0] as FlowNode), id: `s${index}` }));

  test('takes no more, says so, and has nothing to undo', () => {
    let told = 0;
    const session = createSession({ ...target, nodes: steps(FLOW_LIMITS.nodes - 1) }, () => told++);
    const more = (count: number) =>
      session.perform(
        paste(session.flow(), fragmentOf({ ...target, nodes: steps(count) }, new Set(['s0', 's1']), new Set()), {
          by: { x: 0, y: 0 },
          name: 'paste',
          connections: new Set(),
        }).edit,
      );
    more(2);
    expect([told, session.flow().nodes.length]).toEqual([1, FLOW_LIMITS.nodes - 1]);
    expect(session.store.getState().history.past).toEqual([]);
    more(1);
    expect([told, session.flow().nodes.length]).toEqual([1, FLOW_LIMITS.nodes]);
  });

  test('is told by its steps, wires, notes, groups and what one group holds', () => {
    expect(isTooMuch({ ...target, nodes: steps(FLOW_LIMITS.nodes) })).toBe(false);
    const names = steps(FLOW_LIMITS.grouped + 1).map(({ id }) => id);
    expect(isTooMuch({ ...target, groups: [{ id: 'g', title: '', nodes: names }] })).toBe(true);
    expect(isTooMuch({ ...target, wires: Array.from({ length: 3001 }, () => ({ from: 'a.b', to: 'a.c' })) })).toBe(
      true,
    );
  });
});
