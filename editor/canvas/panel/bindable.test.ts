import { describe, expect, test } from 'vitest';
import { builtInConnectors, builtInNodes, builtInTemplates, fieldTitles } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import { check } from '#runtime/check.ts';
import { namedFieldShapes } from '#runtime/field-shape.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { manifestOf } from '#runtime/node.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { bindableFields } from './bindable.ts';

const catalog = createCatalog(builtInNodes, builtInConnectors);
const manifests = new Map(builtInNodes.map((node) => [node.type, manifestOf(node)]));
const words = (language: 'sv' | 'en'): StepWords => ({
  nodes: manifests,
  systems: undefined,
  language,
  shapes: namedFieldShapes(builtInNodes, (name) => fieldTitles[name]),
});
const flowWith = (message: string): FlowDocument =>
  FlowDocument.parse({
    format: 1,
    name: 'Orders',
    nodes: [
      { id: 'changed', type: 'orders.changed', version: 1, config: {}, connection: 'shop' },
      { id: 'note', type: 'core.log', version: 1, config: { message } },
    ],
    wires: [{ from: 'changed.order', to: 'note.value' }],
  });
const wrong = (message: string) =>
  check(flowWith(message), { catalog, package: 'premium', connections: null }).filter(({ step }) => step === 'note');

describe('what a field can be bound to', () => {
  const flow = flowWith('x');
  const [, note] = flow.nodes;
  const log = manifests.get('core.log');
  const fields = (language: 'sv' | 'en') =>
    note && log ? bindableFields(flow, note, log, words(language), 'Settings') : [];

  test('goes as deep as an order goes, with its type and its name in the reader’s language', () => {
    const email = (language: 'sv' | 'en') =>
      fields(language).find(({ path }) => path.join('.') === 'steps.changed.order.customer.email');
    expect(email('sv')).toMatchObject({ title: expect.stringMatching(/Kund › E-post$/), type: 'text' });
    expect(email('en')).toMatchObject({ title: expect.stringMatching(/Customer › E-mail$/), type: 'text' });
    const lines = fields('sv').find(({ path }) => path.join('.') === 'steps.changed.order.lines');
    expect(lines?.type).toBe('list');
    expect(lines?.item?.fields?.['sku']?.title?.sv).toBe('Artikelnummer (SKU)');
  });

  test('has a name in both languages wherever the model reaches', () => {
    const unnamed = (language: 'sv' | 'en') =>
      fields(language)
        .filter(({ path }) => path[1] === 'changed' && path.length > 3)
        .filter(({ path, title }) => title.endsWith(`› ${path.at(-1)}`))
        .map(({ path }) => path.join('.'));
    expect([unnamed('en'), unnamed('sv')]).toEqual([[], []]);
  });
});

describe('a binding to a field', () => {
  test('that is there is right, at any depth', () => {
    for (const path of ['customer.email', 'lines[0].sku', 'lines', 'totals'])
      expect(wrong(`{{ steps.changed.order.${path} }}`), path).toEqual([]);
  });

  test('that is not there is told, in both languages, with the field that was likely meant', () => {
    expect(wrong('{{ steps.changed.order.customer.emial }}')).toMatchObject([
      {
        code: 'FIELD_UNKNOWN',
        field: 'message',
        message: {
          en: '“steps.changed.order.customer” has no field “emial”. Did you mean “email”?',
          sv: '”steps.changed.order.customer” har inget fält ”emial”. Menade du ”email”?',
        },
      },
    ]);
    expect(wrong('{{ steps.changed.order.lines.sku }}')[0]?.message.sv).toMatch(/Det är en lista: ta en post/);
    expect(wrong('{{ steps.changed.order.frobnicate }}')[0]?.message.en).toBe(
      '“steps.changed.order” has no field “frobnicate”.',
    );
  });

  test('is right in every ready flow', () => {
    for (const { flow } of builtInTemplates)
      expect(
        check(flow, { catalog, package: 'premium', connections: null }).filter(({ code }) => code === 'FIELD_UNKNOWN'),
        flow.name,
      ).toEqual([]);
  });
});
