import { expect, test } from 'vitest';
import { z } from 'zod';
import { AnyValue } from '#nodes/core/value.ts';
import { createFakeErp, thingsFly, thingsRead } from '#test/support/fake-erp.ts';
import { testCatalogOf } from '#test/support/flow-arbitrary.ts';
import { createCatalog } from './catalog.ts';
import { check } from './check.ts';
import { FlowDocument } from './flow.ts';
import { defineNode, label } from './node.ts';
import type { Package } from './package.ts';

const base = testCatalogOf(createFakeErp());
const words = { en: 'Flyer', sv: 'Flygare' };
const flyer = defineNode({
  type: 'test.fly',
  version: 1,
  title: words,
  summary: words,
  group: 'action',
  icon: 'plane',
  feature: 'core',
  effect: 'read',
  config: z.strictObject({
    mode: z.enum(['walk', 'fly']).default('walk'),
    height: z.number().max(10).optional(),
    costCentre: z
      .string()
      .optional()
      .meta(label('Cost centre', 'Kostnadsställe', undefined, 'cost-centre')),
  }),
  inputs: { value: AnyValue, number: z.number().optional() },
  outputs: { value: AnyValue, text: z.string() },
  needs: { read: thingsRead, fly: thingsFly },
  spares: (config) => (config['mode'] === 'fly' ? [] : ['fly']),
  run: () => ({}),
});
const lander = { ...flyer, type: 'test.land', effect: 'write' as const };
const catalog = createCatalog([...base.nodes, flyer, lander], base.connectors);

interface Draft {
  readonly nodes?: readonly Record<string, unknown>[];
  readonly wires?: readonly [string, string][];
  readonly params?: Record<string, unknown>;
}

const start = { id: 'start', type: 'core.manual', version: 1, config: {} };
const fly = (rest: Record<string, unknown> = {}) => ({
  id: 'fly',
  type: 'test.fly',
  version: 1,
  config: {},
  connection: 'erp',
  ...rest,
});
const wired: [string, string] = ['start.body', 'fly.value'];

function problems({ nodes = [fly()], wires = [wired], params = {} }: Draft, owned: Package = 'premium') {
  const flow = FlowDocument.parse({
    format: 1,
    name: 'c',
    params,
    nodes: [start, ...nodes],
    wires: wires.map(([from, to]) => ({ from, to })),
  });
  return check(flow, {
    catalog,
    package: owned,
    connections: new Map(
      base.connectors.flatMap((each) => [
        ['erp', each],
        ['costly', { ...each, title: 'Generic HTTP', feature: 'generic-http' }],
      ]),
    ),
  });
}

test('a sound flow has no problem', () => {
  expect(problems({})).toEqual([]);
});

const cases: readonly (readonly [code: string, draft: Draft, where: Record<string, unknown>, owned?: Package])[] = [
  ['NAME_TWICE', { nodes: [fly(), fly()] }, { step: 'fly' }],
  ['NODE_UNKNOWN', { nodes: [fly({ type: 'acme.lost' })] }, { step: 'fly' }],
  ['PACKAGE_NEEDED', { nodes: [fly({ config: { costCentre: '100' } })] }, { step: 'fly' }, '200'],
  ['PACKAGE_NEEDED', { nodes: [fly({ connection: 'costly' })] }, { step: 'fly', field: 'connection' }, '800'],
  ['CONFIG_INVALID', { nodes: [fly({ config: { height: 11 } })] }, { step: 'fly', field: 'height' }],
  ['CONFIG_INVALID', { nodes: [fly({ config: { wings: 2 } })] }, { step: 'fly', field: 'wings' }],
  ['BINDING_INVALID', { nodes: [fly({ config: { costCentre: '{{ value | soar }}' } })] }, { field: 'costCentre' }],
  ['BINDING_UNKNOWN', { nodes: [fly({ config: { costCentre: '{{ params.lost }}' } })] }, { field: 'costCentre' }],
  ['BINDING_UNKNOWN', { nodes: [fly({ config: { costCentre: '{{ steps.lost.value }}' } })] }, { field: 'costCentre' }],
  ['BINDING_UNKNOWN', { nodes: [fly({ config: { costCentre: '{{ steps.start.lost }}' } })] }, { field: 'costCentre' }],
  ['BINDING_UNKNOWN', { nodes: [fly({ config: { costCentre: '{{ lost }}' } })] }, { field: 'costCentre' }],
  ['CONNECTION_MISSING', { nodes: [fly({ connection: undefined })] }, { field: 'connection' }],
  ['CONNECTION_MISSING', { nodes: [fly({ connection: 'gone' })] }, { field: 'connection' }],
  ['CONNECTION_MISSING', { nodes: [fly({ connection: '{{ params.erp }}' })] }, { field: 'connection' }],
  ['UNSUPPORTED', { nodes: [fly({ config: { mode: 'fly' } })] }, { step: 'fly', field: 'connection' }],
  ['INPUT_MISSING', { wires: [] }, { step: 'fly', field: 'value' }],
  ['NEVER_RUNS', { wires: [] }, { step: 'fly', severity: 'warning' }],
  [
    'FAILURE_NOT_CAUGHT',
    {
      nodes: [fly(), fly({ id: 'two', type: 'test.land' })],
      wires: [wired, ['fly.failed', 'two.value']],
    },
    { step: 'two', severity: 'warning' },
  ],
  ['WIRE_TWICE', { wires: [wired, wired] }, { wire: 1 }],
  ['WIRE_LOOSE', { wires: [wired, ['start.body', 'lost.value']] }, { wire: 1 }],
  ['PORT_UNKNOWN', { wires: [wired, ['start.lost', 'fly.value']] }, { wire: 1, step: 'start' }],
  ['PORT_UNKNOWN', { wires: [wired, ['start.body', 'fly.lost']] }, { wire: 1, step: 'fly' }],
  [
    'PORT_MISMATCH',
    { nodes: [fly(), fly({ id: 'two' })], wires: [wired, ['fly.text', 'two.number'], ['fly.value', 'two.value']] },
    { wire: 1, step: 'two' },
  ],
  [
    'CYCLE',
    {
      nodes: [fly(), fly({ id: 'two' })],
      wires: [
        ['fly.value', 'two.value'],
        ['two.value', 'fly.value'],
      ],
    },
    { step: 'fly' },
  ],
  [
    'SCOPE_MIX',
    {
      nodes: [
        fly(),
        { id: 'a', type: 'core.each', version: 1, config: {} },
        { id: 'b', type: 'core.each', version: 1, config: {} },
      ],
      wires: [
        ['start.body', 'a.list'],
        ['start.body', 'b.list'],
        ['a.item', 'fly.value'],
        ['b.item', 'fly.value'],
      ],
    },
    { step: 'fly' },
  ],
  [
    'COLLECT_OUTSIDE',
    { nodes: [{ id: 'all', type: 'core.collect', version: 1, config: {} }], wires: [['start.body', 'all.item']] },
    { step: 'all' },
  ],
];

test.each(cases.map(([code, draft, where, owned]) => ({ code, draft, where, owned })))(
  '$code is said in both languages, at its place',
  ({ code, draft, where, owned }) => {
    const found = problems(draft, owned).filter((problem) => problem.code === code);
    expect(found[0]).toMatchObject({ severity: 'error', ...where });
    expect(found[0]?.message.en).not.toBe('');
    expect(found[0]?.message.sv).not.toBe(found[0]?.message.en);
  },
);

test('a write whose failures stop the run is no news where no failure is caught, or where it goes on without the step', () => {
  const lands = fly({ id: 'two', type: 'test.land' });
  const after: [string, string] = ['fly.value', 'two.value'];
  expect(problems({ nodes: [fly(), lands], wires: [wired, after] })).toEqual([]);
  const skips = { ...lands, onError: 'skip' };
  expect(problems({ nodes: [fly(), skips], wires: [wired, ['fly.failed', 'two.value']] })).toEqual([]);
});

test('a flow without a trigger is never started', () => {
  const flow = FlowDocument.parse({ format: 1, name: 'c', nodes: [], wires: [] });
  expect(check(flow, { catalog, package: '100', connections: null })).toMatchObject([{ code: 'TRIGGER_MISSING' }]);
});

test('a capability that the settings do not use is not demanded of the connection', () => {
  expect(problems({ nodes: [fly({ config: { mode: 'walk' } })] })).toEqual([]);
});

test('an empty field asks for no package, a bound one does', () => {
  expect(problems({ nodes: [fly({ config: { costCentre: '' } })] }, '100')).toEqual([]);
  const bound = problems({ nodes: [fly({ config: { costCentre: '{{ value.centre }}' } })] }, '100');
  expect(bound).toMatchObject([{ code: 'PACKAGE_NEEDED' }]);
  expect(bound[0]?.message.en).toContain('400');
});

test('a bound field is not parsed before the flow runs', () => {
  expect(problems({ nodes: [fly({ config: { height: '{{ value.height }}' } })] })).toEqual([]);
});

test('a connection may be an open question of a template', () => {
  const erp = { kind: 'connection', title: { en: 'ERP', sv: 'ERP' } };
  expect(problems({ nodes: [fly({ connection: '{{ params.erp }}' })], params: { erp } })).toEqual([]);
});

test('a step that is switched off is not checked, but still needs its package', () => {
  expect(problems({ nodes: [fly({ disabled: true, connection: undefined, config: { height: 99 } })] })).toEqual([]);
});
