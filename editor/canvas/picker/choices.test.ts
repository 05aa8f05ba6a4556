import { describe, expect, test } from 'vitest';
import { builtInNodes } from '#nodes/index.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import { manifestOf, type NodeManifest } from '#runtime/node.ts';
import { choicesFor, openChoice } from './choices.ts';

const manifests = new Map(builtInNodes.map((node) => [node.type, manifestOf(node)]));
const step = (id: string, type: string): FlowDocument['nodes'][number] => ({
  id,
  type,
  version: 1,
  config: {},
  onError: 'stop',
  at: { x: 0, y: 0 },
});
const flow: FlowDocument = {
  format: 1,
  name: 'Orders',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [step('order', 'orders.changed'), step('write', 'orders.write'), step('match', 'products.match')],
  wires: [{ from: 'order.order', to: 'match.order' }],
  groups: [],
  notes: [],
};
const asked = {
  flow,
  manifests,
  adding: {},
  package: 'premium' as const,
  text: '',
  systemsOf: ({ needs }: NodeManifest) => (needs.length > 0 ? 'Fortnox' : ''),
  endName: ({ port }: { port: string }) => port,
  titleOf: ({ id }: { id: string }) => id,
};
const keys = (groups: ReturnType<typeof choicesFor>, name: string) =>
  groups.find((group) => group.name === name)?.choices.map(({ key }) => key) ?? [];

describe('what can be added', () => {
  test('is everything, by kind, triggers first', () => {
    const groups = choicesFor(asked);
    expect(groups[0]?.name).toBe('triggers');
    expect(groups.flatMap(({ choices }) => choices)).toHaveLength(manifests.size);
  });

  test('after an order is what takes an order, new or already there', () => {
    const end = { step: 'order', port: 'order', side: 'out' as const };
    const groups = choicesFor({ ...asked, adding: { ends: [end] } });
    expect(keys(groups, 'fits')).toContain('orders.write');
    expect(keys(groups, 'fits')).toContain('core.filter');
    expect(keys(groups, 'fits')).not.toContain('stock.write');
    expect(keys(groups, 'fits')).not.toContain('orders.changed');
    expect(keys(groups, 'steps')).toEqual(['order>write.order']);
  });

  test('into a wire is what takes what comes and gives what is wanted', () => {
    const into = keys(choicesFor({ ...asked, adding: { wire: 'order.order>match.order' } }), 'fits');
    expect(into).toContain('core.filter');
    expect(into).not.toContain('orders.changed');
    expect(into).not.toContain('core.stop');
  });

  test('into a wire goes a step that stands on its own and fits, too', () => {
    const loose = { ...flow, nodes: [...flow.nodes, step('keep', 'core.filter'), step('stop', 'core.stop')] };
    const into = { ...asked, flow: loose, adding: { wire: 'order.order>match.order' } };
    expect(keys(choicesFor(into), 'steps')).toEqual(['write', 'keep']);
    const wires = [...loose.wires, { from: 'order.order', to: 'keep.value' }];
    expect(keys(choicesFor({ ...into, flow: { ...loose, wires } }), 'steps')).toEqual(['write']);
  });

  test('where a wire could go instead is every port that fits but its own, and nothing new', () => {
    const wires = [...flow.wires, { from: 'order.order', to: 'write.order' }];
    const ends = [{ step: 'order', port: 'order', side: 'out' as const }];
    const moves = 'order.order>match.order';
    const two = { ...flow, wires, nodes: [...flow.nodes, step('keep', 'core.filter')] };
    const groups = choicesFor({ ...asked, flow: two, adding: { ends, moves } });
    expect(groups.map(({ name }) => name)).toEqual(['steps']);
    expect(keys(groups, 'steps')).toEqual(['order>keep.value']);
  });

  test('is found by words in either language, names before descriptions', () => {
    const swedish = keys(choicesFor({ ...asked, text: 'skriv order' }), 'fits');
    const english = keys(choicesFor({ ...asked, text: 'write order' }), 'fits');
    expect(swedish[0]).toBe('orders.write');
    expect(english).toContain('orders.write');
    expect(choicesFor({ ...asked, text: 'no such thing at all' })).toEqual([]);
  });

  test('offers instead of a locked node one that the package has, where it fits', () => {
    const small = { ...asked, package: '100' as const, text: 'price', adding: { group: 'match' } };
    expect(manifests.get('price-lists.match')?.instead).toBe('products.read');
    expect(openChoice(small, 'products.read')?.node.type).toBe('products.read');
    expect(openChoice(small, 'prices.read')).toBeUndefined();
  });

  test('is found by the system it works in', () => {
    const found = keys(choicesFor({ ...asked, text: 'fortnox write order' }), 'fits');
    expect(found).toContain('orders.write');
    expect(found).not.toContain('core.set');
  });

  test('is offered after each of several outputs once one writes what one looks for, and the output’s name finds it', () => {
    const ends = ['order', 'failed'].map((port) => ({ step: 'match', port, side: 'out' as const }));
    const open = { ...asked, adding: { ends } };
    expect(keys(choicesFor(open), 'fits').filter((key) => key.startsWith('core.filter'))).toEqual(['core.filter']);
    const written = choicesFor({ ...open, text: 'filter' }).flatMap(({ choices }) => choices);
    expect(written.map(({ end }) => end?.port)).toEqual(['order', 'failed']);
    const named = choicesFor({ ...open, text: 'filter failed' }).flatMap(({ choices }) => choices);
    expect(named.map(({ end }) => end?.port)).toEqual(['failed']);
  });

  test('says which package a locked node asks for, and lists it last', () => {
    const [group] = choicesFor({ ...asked, package: '100', text: 'order' });
    const locks = group?.choices.map((choice) => choice.kind === 'new' && choice.locked !== undefined) ?? [];
    expect(locks).toContain(true);
    expect(locks.lastIndexOf(false)).toBeLessThan(locks.indexOf(true));
  });
});
