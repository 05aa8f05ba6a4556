import { expect, test } from 'vitest';
import { FlowDocument } from './flow.ts';
import type { Feature } from './package.ts';
import { isReadyFlow } from './ready-flow.ts';

const features: Readonly<Record<string, Feature>> = {
  change: 'orders',
  match: 'orders',
  write: 'orders',
  log: 'core',
  code: 'code',
  mine: 'plugins',
};
const step = (id: string, type = id, rest: object = {}) => ({ id, type, version: 1, config: {}, ...rest });
const flow = (nodes: readonly object[], wires: readonly [string, string][], rest: object = {}) =>
  FlowDocument.parse({ format: 1, name: 'F', nodes, wires: wires.map(([from, to]) => ({ from, to })), ...rest });

const steps = [step('change'), step('match'), step('write')];
const wires: [string, string][] = [
  ['change.order', 'match.order'],
  ['change.order', 'write.order'],
  ['match.found', 'write.customer'],
];
const ready = flow(steps, wires);
const isReady = (drawn: FlowDocument) => isReadyFlow(drawn, [flow([step('log')], []), ready], (type) => features[type]);

test('a flow is a ready one whatever it is called, however it is set, and wherever its steps stand', () => {
  const own = [
    step('change', 'change', { connection: 'shop', at: { x: 8, y: 8 } }),
    step('match', 'match', { config: { keys: ['email'] }, title: 'Our customer', disabled: true }),
    step('write', 'write', { onError: 'skip' }),
  ];
  const notes = [{ id: 'note', text: 'mind the freight', at: { x: 0, y: 0 } }];
  const groups = [{ id: 'group', title: 'Ours', nodes: ['match'] }];
  expect(isReady(flow(own, [...wires].reverse(), { name: 'Ours', notes, groups }))).toBe(true);
});

test('it is drawn freely with a step more, a step less, another step in its place, or joined another way', () => {
  expect(isReady(flow([...steps, step('log')], wires))).toBe(false);
  expect(isReady(flow(steps.slice(1), wires.slice(2)))).toBe(false);
  expect(isReady(flow([step('change'), step('match', 'log'), step('write')], wires))).toBe(false);
  expect(isReady(flow(steps, wires.slice(1)))).toBe(false);
  expect(isReady(flow(steps, [...wires, ['match.missing', 'write.customer']]))).toBe(false);
  expect(isReady(flow([step('unknown')], []))).toBe(false);
});

test('code of the customer’s own may stand in its wires, and leads nowhere that the ready flow does not', () => {
  const within: [string, string][] = [
    ['change.order', 'match.order'],
    ['change.order', 'mine.order'],
    ['mine.order', 'code.value'],
    ['code.value', 'write.order'],
    ['match.found', 'write.customer'],
  ];
  expect(isReady(flow([...steps, step('mine'), step('code')], within))).toBe(true);
  expect(isReady(flow([...steps, step('code')], [...wires, ['match.missing', 'code.value']]))).toBe(true);
  expect(isReady(flow([...steps, step('code')], [...wires, ['code.value', 'write.note']]))).toBe(false);
  // what the code was put into the way of still has to arrive
  expect(isReady(flow([...steps, step('code')], [...wires.slice(1), ['change.order', 'code.value']]))).toBe(false);
});
