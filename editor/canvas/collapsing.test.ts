import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import { chosenCollapsed, reveal, stepsWithin, toggleGroup } from './collapsing.ts';
import { chosenSteps, createSession } from './session.ts';
import { walk } from './walk.ts';

const step = (id: string, x: number) => ({ id, type: 'core.map', version: 1, config: {}, at: { x, y: 0 } });
const flow = FlowDocument.parse({
  format: 1,
  name: 'Grupper',
  nodes: ['a', 'b', 'c', 'd', 'e'].map((id, index) => step(id, index * 320)),
  wires: ['a>b', 'b>c', 'c>d', 'd>e'].map((pair) => {
    const [from, to] = pair.split('>');
    return { from: `${from}.value`, to: `${to}.value` };
  }),
  groups: [
    { id: 'one', title: 'Kund', nodes: ['b', 'c'] },
    { id: 'two', title: 'Order', nodes: ['d'] },
  ],
});
const begin = () => createSession(flow);

describe('a collapsed group', () => {
  test('stands for its steps: chosen, it is what they are', () => {
    const session = begin();
    session.select(['b', 'e']);
    toggleGroup(session, 'one');
    expect([...session.store.getState().selected]).toEqual(['e', 'group:one']);
    expect(chosenSteps(session.store.getState())).toEqual(['b', 'c', 'e']);
    session.select(['group:one']);
    expect(chosenCollapsed(session)).toBe('one');
    // opened, the keyboard stands where it stood inside
    session.set({ current: 'c' });
    toggleGroup(session, 'one');
    expect(chosenSteps(session.store.getState())).toEqual(['c']);
    expect(chosenCollapsed(session)).toBeUndefined();
    // an open frame is a frame, and no steps
    session.select(['group:two']);
    expect(chosenSteps(session.store.getState())).toEqual([]);
  });

  test('is a view of the flow and no part of it: nothing is there to undo', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('one', 'two', 'gone')), (toggles) => {
        const session = begin();
        for (const id of toggles) toggleGroup(session, id);
        expect(session.flow()).toBe(flow);
        expect(session.store.getState().history.past).toEqual([]);
        const odd = (id: string) => toggles.filter((each) => each === id).length % 2 === 1;
        expect([...session.store.getState().collapsed].sort()).toEqual(['one', 'two'].filter(odd));
      }),
    );
  });

  test('opens for whatever leads to a step inside, and only then', () => {
    const session = begin();
    toggleGroup(session, 'one');
    toggleGroup(session, 'two');
    reveal(session, 'e');
    expect([...session.store.getState().collapsed]).toEqual(['one', 'two']);
    reveal(session, 'c');
    expect([...session.store.getState().collapsed]).toEqual(['two']);
  });

  test('is one step for the arrows', () => {
    const within = stepsWithin(flow.groups, new Set(['one']));
    expect([...within]).toEqual([
      ['b', 'one'],
      ['c', 'one'],
    ]);
    expect(walk(flow, 'a', 'ArrowRight', within)).toBe('b');
    expect(walk(flow, 'b', 'ArrowRight', within)).toBe('d');
    expect(walk(flow, 'd', 'ArrowLeft', within)).toBe('c');
    expect(walk(flow, 'c', 'ArrowLeft', within)).toBe('a');
    // nothing lies beyond
    const last = stepsWithin(flow.groups, new Set(['one', 'two']));
    expect(
      walk({ ...flow, nodes: flow.nodes.slice(0, 3), wires: flow.wires.slice(0, 2) }, 'b', 'ArrowRight', last),
    ).toBe(undefined);
  });
});
