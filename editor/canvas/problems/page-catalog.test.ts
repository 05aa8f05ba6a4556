import { describe, expect, test } from 'vitest';
import { builtInConnectors, builtInNodes, builtInTemplates } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import { check } from '#runtime/check.ts';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import { manifestOf } from '#runtime/node.ts';
import { pageCatalog } from './page-catalog.ts';

const server = createCatalog(builtInNodes, builtInConnectors);
const page = pageCatalog(new Map(builtInNodes.map((node) => [node.type, manifestOf(node)])), server.shapes);
const asked = (flow: FlowDocument, catalog: typeof server) =>
  check(flow, { catalog, package: 'premium', connections: null }).map(({ severity, code, step, field, wire }) => ({
    severity,
    code,
    step,
    field,
    wire,
  }));

const alone = (node: Partial<FlowNode> & Pick<FlowNode, 'type' | 'config'>): FlowDocument => ({
  format: 1,
  name: 'One',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [{ id: 'one', version: 1, onError: 'stop', at: { x: 0, y: 0 }, ...node }],
  wires: [],
  groups: [],
  notes: [],
});

describe('what is wrong with a flow, as the page sees it', () => {
  test('is what the server sees, for every ready flow', () => {
    for (const { flow } of builtInTemplates) expect(asked(flow, page), flow.name).toEqual(asked(flow, server));
  });

  test('is never more than the server sees, for every example of every node', () => {
    for (const node of builtInNodes)
      for (const example of node.examples ?? []) {
        const flow = alone({ type: node.type, config: example.config });
        const known = asked(flow, server).map((problem) => JSON.stringify(problem));
        for (const problem of asked(flow, page)) expect(known, node.type).toContain(JSON.stringify(problem));
      }
  });

  test('names fields that are not there to be filled, and none that the server does not', () => {
    for (const node of builtInNodes) {
      const flow = alone({ type: node.type, config: { nonsense: 1 } });
      const fields = (catalog: typeof server) =>
        asked(flow, catalog)
          .filter(({ code }) => code === 'CONFIG_INVALID')
          .map(({ field }) => field);
      expect(fields(page), node.type).toContain('nonsense');
      for (const field of fields(page)) expect(fields(server), node.type).toContain(field);
    }
  });

  test('is told of wires between ports that do not fit, of circles and of unknown nodes', () => {
    const flow: FlowDocument = {
      ...alone({ type: 'core.webhook', config: {} }),
      nodes: [
        { id: 'order', type: 'orders.changed', version: 1, config: {}, onError: 'stop', at: { x: 0, y: 0 } },
        { id: 'stock', type: 'stock.write', version: 1, config: {}, onError: 'stop', at: { x: 0, y: 0 } },
        { id: 'what', type: 'no.such', version: 1, config: {}, onError: 'stop', at: { x: 0, y: 0 } },
      ],
      wires: [
        { from: 'order.order', to: 'stock.level' },
        { from: 'stock.nothing', to: 'order.order' },
      ],
    };
    expect(asked(flow, page)).toEqual(asked(flow, server));
    expect(asked(flow, page).map(({ code }) => code)).toContain('NODE_UNKNOWN');
  });
});
