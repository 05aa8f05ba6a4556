import { describe, expect, test } from 'vitest';
import { layoutOf } from './layout.ts';
import { stepOrder } from './order.ts';

const node = (id: string) => ({
  id,
  type: 'x.y',
  version: 1,
  config: {},
  onError: 'stop' as const,
  at: { x: 0, y: 0 },
});
const flow = {
  nodes: ['end', 'b', 'a', 'caught', 'start'].map(node),
  wires: [
    { from: 'start.order', to: 'a.order' },
    { from: 'a.found', to: 'b.in' },
    { from: 'a.missing', to: 'end.in' },
    { from: 'b.out', to: 'end.in' },
    { from: 'b.failed', to: 'caught.in' },
  ],
};

describe('the picture of a flow', () => {
  test('steps come in the order a run takes them', () => {
    const order = stepOrder(flow).map((step) => step.id);
    expect(order[0]).toBe('start');
    expect(order.indexOf('a')).toBeLessThan(order.indexOf('b'));
    expect(order.indexOf('b')).toBeLessThan(order.indexOf('end'));
  });

  test('success goes right, failure drops down', () => {
    const { nodes, wires } = layoutOf(flow, new Map(), 4);
    const at = new Map(nodes.map((placed) => [placed.id, placed]));
    expect(at.get('a')!.x).toBeGreaterThan(at.get('start')!.x);
    expect(at.get('caught')!.y).toBeGreaterThan(at.get('b')!.y);
    expect(at.get('caught')!.x - at.get('b')!.x).toBe(48);
    expect(wires.filter((wire) => wire.failure)).toHaveLength(1);
  });

  test('no two steps lie on each other, however narrow the page', () => {
    for (const columns of [1, 2, 3, 4]) {
      const { nodes } = layoutOf(flow, new Map(), columns);
      for (const one of nodes)
        for (const other of nodes) {
          if (one === other) continue;
          const apart =
            Math.abs(one.x - other.x) >= 256 || one.y >= other.y + other.height || other.y >= one.y + one.height;
          expect(apart, `${one.id} and ${other.id} in ${columns} columns`).toBe(true);
        }
    }
  });

  test('a flow that goes in a circle is still drawn', () => {
    const circle = {
      nodes: ['a', 'b'].map(node),
      wires: [
        { from: 'a.x', to: 'b.x' },
        { from: 'b.x', to: 'a.x' },
      ],
    };
    expect(layoutOf(circle, new Map(), 4).nodes).toHaveLength(2);
  });
});
