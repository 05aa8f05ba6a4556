import { expect, test } from 'vitest';
import { createCatalog } from '#runtime/catalog.ts';
import { check } from '#runtime/check.ts';
import { canonicalText, FlowDocument } from '#runtime/flow.ts';
import { featuresOf } from '#runtime/node.ts';
import { allows, packageOf } from '#runtime/package.ts';
import { planOf } from '#runtime/plan.ts';
import { instantiate } from '#runtime/template.ts';
import { builtInNodes, builtInTemplates, readyFlows } from '../index.ts';
import type { FlowTemplate } from './template.ts';

const catalog = createCatalog(builtInNodes, []);
const named = builtInTemplates.map((template) => [template.id, template] as const);

/** Answers that a customer who changes nothing gives. */
function answers(template: FlowTemplate): Record<string, string> {
  return Object.fromEntries(
    Object.entries(template.flow.params).flatMap(([name, param]) => {
      if (param.kind === 'connection') return [[name, `c-${name}`]];
      return param.default === undefined ? [[name, 'B2B']] : [];
    }),
  );
}

test.each(named)('the template %s is a document that survives being saved', (_, { flow }) => {
  expect(FlowDocument.parse(JSON.parse(canonicalText(flow)))).toEqual(flow);
});

test.each(named)('the template %s can be published by those whose package has it', (_, { feature, flow }) => {
  expect(check(flow, { catalog, package: packageOf(feature), connections: null, ready: readyFlows })).toEqual([]);
});

test.each(named)('the template %s asks for no smaller package than its steps', (_, { feature, flow }) => {
  for (const step of flow.nodes) {
    const node = catalog.node(step.type);
    expect(node, step.type).toBeDefined();
    for (const asked of node ? featuresOf(node, step.config) : [])
      expect(allows(packageOf(feature), asked), `${step.id}: ${asked}`).toBe(true);
  }
});

test.each(named)('the template %s compiles once its questions are answered', (_, template) => {
  const { flow, params } = instantiate(template.flow, answers(template));
  const plan = planOf(flow, catalog, params);
  expect(plan.steps).toHaveLength(flow.nodes.length);
  for (const step of plan.steps) expect(step.document.connection ?? '').not.toContain('{{');
  for (const step of plan.steps) {
    const config = step.config({ input: { value: { name: 'B2B' } }, params, step: () => undefined });
    expect(config, step.id).toBeTypeOf('object');
  }
});

test.each(named)(
  'a connection chosen for the template %s is asked for all that its steps need of it',
  (_, { flow }) => {
    for (const step of flow.nodes) {
      const node = catalog.node(step.type);
      const name = /params\.([a-z-]+)/.exec(step.connection ?? '')?.[1];
      const param = name === undefined ? undefined : flow.params[name];
      if (!node || !param) continue;
      const spared: readonly string[] = node.spares?.(step.config) ?? [];
      for (const [local, capability] of Object.entries(node.needs ?? {})) {
        const bound = JSON.stringify(step.config).includes('{{ params.mode }}') && local === 'update';
        if (spared.includes(local) || bound) continue;
        expect(param.needs, `${step.id}: ${local}`).toContain((capability as { name: string }).name);
      }
    }
  },
);
