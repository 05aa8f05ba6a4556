import { expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import type { StepLook } from '../ui/status.tsx';
import { folded, groupMark, type StepMark } from './folding.ts';

const flow = FlowDocument.parse({
  format: 1,
  name: 'Orders',
  nodes: ['start', 'match', 'ensure', 'write'].map((id, at) => ({
    id,
    type: 'x.y',
    version: 1,
    config: {},
    at: { x: at * 320, y: 0 },
  })),
  wires: [
    { from: 'start.order', to: 'match.order' },
    { from: 'match.missing', to: 'ensure.customer' },
    { from: 'match.found', to: 'write.customer' },
    { from: 'ensure.customer', to: 'write.customer' },
    { from: 'start.order', to: 'write.order' },
  ],
  groups: [{ id: 'customer', title: 'Customer', nodes: ['match', 'ensure'] }],
});
const [group] = flow.groups;
if (!group) throw new Error('there is a group');
const marked = (looks: Readonly<Record<string, StepLook>>, ports: Readonly<Record<string, readonly string[]>> = {}) =>
  groupMark(
    group,
    flow,
    new Map<string, StepMark>(
      Object.entries(looks).map(([id, look]) => [
        id,
        { look, failed: look === 'failed' ? 1 : 0, ports: new Set(ports[id] ?? []) },
      ]),
    ),
  );

test('a collapsed group is one step that its steps’ wires end at, once each way; an open one is its steps', () => {
  const { nodes, wires, groups } = folded(flow, new Set(['customer']));
  expect(nodes.map(({ id, at }) => [id, at.x])).toEqual([
    ['start', 0],
    ['write', 960],
    ['group:customer', 320],
  ]);
  expect(wires).toEqual([
    { from: 'start.order', to: 'group:customer.in' },
    { from: 'group:customer.out', to: 'write.customer' },
    { from: 'start.order', to: 'write.order' },
  ]);
  expect(groups.get('group:customer')?.title).toBe('Customer');
  expect(folded(flow, new Set())).toMatchObject({ nodes: flow.nodes, wires: flow.wires });
});

test('it shows what matters most of what is inside: failed before running before done, and how many are', () => {
  expect(marked({ match: 'succeeded', ensure: 'failed' })).toMatchObject({
    look: 'failed',
    failed: 1,
    done: 1,
    total: 2,
  });
  expect(marked({ match: 'succeeded', ensure: 'running' })).toMatchObject({ look: 'running', done: 1 });
  expect(marked({ match: 'succeeded', ensure: 'pending' })).toMatchObject({ look: 'pending', done: 1 });
  expect(marked({ match: 'succeeded', ensure: 'skipped' })).toMatchObject({ look: 'succeeded', done: 1 });
  expect(marked({ match: 'skipped', ensure: 'skipped' })).toMatchObject({ look: 'skipped', done: 0 });
  expect(marked({ write: 'failed' })).toBeUndefined();
});

test('the wire out of it is taken when one of its steps sent something out', () => {
  const done = { match: 'succeeded', ensure: 'skipped' } as const;
  expect(marked(done, { match: ['found'] })?.ports.has('out')).toBe(true);
  expect(marked(done, { match: ['missing'] })?.ports.has('out')).toBe(false);
});
