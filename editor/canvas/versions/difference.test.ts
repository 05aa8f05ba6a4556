import { describe, expect, test } from 'vitest';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import { countsOf, differenceOf, marksOf, overlay } from './difference.ts';

const step = (id: string, more: Partial<FlowNode> = {}): FlowNode => ({
  id,
  type: 'core.set',
  version: 1,
  config: { lines: [{ sku: 'a' }, { sku: 'b' }] },
  onError: 'stop',
  at: { x: 0, y: 0 },
  ...more,
});

const base: FlowDocument = {
  format: 1,
  name: 'Orders',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [step('a'), step('b'), step('c')],
  wires: [{ from: 'a.value', to: 'b.value' }],
  groups: [],
  notes: [],
};

describe('the difference between two versions', () => {
  const head: FlowDocument = {
    ...base,
    nodes: [
      step('a', { at: { x: 8, y: 0 } }),
      step('b', { config: { lines: [{ sku: 'a' }, { sku: 'B' }] } }),
      step('d'),
    ],
    wires: [{ from: 'a.value', to: 'd.value' }],
  };
  const difference = differenceOf(base, head);

  test('names what came, went, changed and was only moved, with the fields that are not the same', () => {
    expect(difference.steps.map(({ id, mark, fields }) => [id, mark, fields])).toEqual([
      ['a', 'moved', []],
      ['b', 'changed', [{ path: 'config.lines[1].sku', before: 'b', after: 'B' }]],
      ['d', 'added', []],
      ['c', 'removed', []],
    ]);
    expect(difference.wires).toEqual({ added: ['a.value>d.value'], removed: ['a.value>b.value'] });
    expect(countsOf(difference)).toEqual({ added: 1, changed: 1, removed: 1, moved: 1 });
    expect(difference.layoutOnly).toBe(false);
  });

  test('can be drawn in one picture, what is gone where it was', () => {
    const picture = overlay(base, head, difference);
    expect(picture.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'd', 'c']);
    expect(picture.wires).toHaveLength(2);
    expect(marksOf(difference).get('c')).toBe('removed');
    expect(marksOf(difference).get('a.value>b.value')).toBe('removed');
  });

  test('is nothing between a flow and itself, and layout alone when steps, groups or notes only moved', () => {
    expect(differenceOf(base, base)).toMatchObject({ same: true, layoutOnly: true });
    const moved = { ...base, nodes: base.nodes.map((node) => ({ ...node, at: { x: 99, y: 1 } })) };
    expect(differenceOf(base, moved)).toMatchObject({ same: false, layoutOnly: true });
    const noted = { ...base, notes: [{ id: 'note', text: 'x', at: { x: 0, y: 0 } }] };
    expect(differenceOf(base, noted)).toMatchObject({ same: false, layoutOnly: true });
  });

  test('is everything where nothing was live before', () => {
    expect(countsOf(differenceOf(null, base))).toEqual({ added: 3, changed: 0, removed: 0, moved: 0 });
  });
});
