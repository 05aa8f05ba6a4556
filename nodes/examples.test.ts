import dynamicIconImports from 'lucide-react/dynamicIconImports.mjs';
import { afterAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { createCatalog } from '#runtime/catalog.ts';
import {
  type AnyNode,
  type ExampleSurroundings,
  FAILED_PORT,
  type FieldLabel,
  manifestOf,
  type Needs,
  NodeManifest,
} from '#runtime/node.ts';
import { Package, packageOf } from '#runtime/package.ts';
import { createHeadlessGuests } from '#server/cli/headless-guests.ts';
import { type Trial, tried } from '#test/support/step-context.ts';
import { builtInNodes } from './index.ts';

const guests = createHeadlessGuests();
afterAll(() => guests.stop());

const named = builtInNodes.map((node) => [node.type, node] as const);

const NOW = Date.parse('2026-11-23T09:15:00Z');
const facts = { now: 0, idempotencyKey: '' };
const { signal } = new AbortController();

test('no two nodes share a type', () => {
  expect(createCatalog(builtInNodes, []).manifests()).toHaveLength(builtInNodes.length);
});

/** What an example is set in, as a step reaches it. */
function around({ connection, answers = {}, http, links = [] }: ExampleSurroundings<Needs>): Trial {
  const use = Object.entries(answers).map(([name, answer]) => [name, async () => answer] as const);
  return {
    ...(connection === undefined ? {} : { connection }),
    use: Object.fromEntries(use),
    ...(http ? { http: async () => http } : {}),
    links,
  };
}

test.each(named)('%s has an example, and two where it needs nobody else', (_, node) => {
  expect(node.examples?.length ?? 0).toBeGreaterThanOrEqual(node.effect === 'none' ? 2 : 1);
});

test.each(named)('every example of %s gives what it says', async (_, node: AnyNode) => {
  for (const { title, ...example } of node.examples ?? []) {
    const own = node.sandbox?.(example.config);
    const { output } = await tried(node, {
      ...example,
      ...around(example.given ?? {}),
      now: NOW,
      ...(own
        ? { guest: (input) => guests.sandbox.run(1, own.program, { input, facts }, { log: () => undefined }, signal) }
        : {}),
    });
    // the engine parks the run until then, and passes on what came in
    if (node.control === 'wait') {
      expect(output['until'], title.en).toBeGreaterThan(NOW);
      expect(example.output, title.en).toEqual(example.input);
      continue;
    }
    expect(output, title.en).toEqual(example.output);
    for (const [port, shape] of Object.entries(node.outputs as Record<string, z.ZodType>))
      if (output[port] !== undefined) expect(shape.parse(output[port]), port).toEqual(output[port]);
  }
});

test.each(named)('%s can be sent to the page whole and says itself in both languages', (_, node) => {
  const manifest = NodeManifest.parse(JSON.parse(JSON.stringify(manifestOf(node))));
  for (const sentence of [manifest.title, manifest.summary, ...manifest.examples.map(({ title }) => title)]) {
    expect(sentence.en.length).toBeGreaterThan(2);
    expect(sentence.sv.length).toBeGreaterThan(2);
  }
  expect(manifest.summary.en).toMatch(/^[A-Z].*\.$/);
  expect(manifest.summary.sv).toMatch(/^[A-ZÅÄÖ].*\.$/);
  expect(Object.keys(node.outputs)).not.toContain(FAILED_PORT);
});

test('what stands in for a node of a larger package is a node, and of a smaller one', () => {
  const types = new Map<string, AnyNode>(named);
  const rank = (node: AnyNode) => Package.options.indexOf(packageOf(node.feature));
  const replaced = builtInNodes.filter(({ instead }) => instead !== undefined);
  expect(replaced.length).toBeGreaterThan(0);
  for (const node of replaced) {
    const other = types.get(node.instead ?? '');
    expect(other && rank(other), node.type).toBeLessThan(rank(node));
  }
});

test.each(named)('every port of %s has a title in both languages, and no title is left over', (_, node) => {
  const { inputs, outputs } = manifestOf(node);
  expect([...inputs, ...outputs].filter((port) => !port.title)).toEqual([]);
  const ports = [...inputs, ...outputs].map((port) => port.name);
  expect(ports).toEqual(expect.arrayContaining(Object.keys(node.portTitles ?? {})));
});

test.each(named)('every field of %s has a label and a word of help in both languages', (_, node) => {
  for (const [name, field] of Object.entries((node.config as z.ZodObject).shape)) {
    const { title, titleSv, help } = ((field as z.ZodType).meta() ?? {}) as Partial<FieldLabel>;
    expect(title, name).toBeTypeOf('string');
    expect(titleSv, name).toBeTypeOf('string');
    expect(help?.en, name).toMatch(/^\S.*[.:}\d]$/);
    expect(help?.sv, name).toMatch(/^\S.*[.:}\d]$/);
  }
});

test.each(named)('every example of %s is one its own schemas take, and names ports it has', (_, node) => {
  const { inputs, outputs, portsFrom } = manifestOf(node);
  const ports = (list: typeof inputs) => list.map(({ name }) => name);
  for (const { title, config, input, output } of node.examples ?? []) {
    expect((node.config as z.ZodObject).safeParse(config).error, title.en).toBeUndefined();
    expect(ports(inputs), title.en).toEqual(expect.arrayContaining(Object.keys(input)));
    if (!portsFrom && !node.control)
      expect(ports(outputs), title.en).toEqual(expect.arrayContaining(Object.keys(output)));
  }
});

test.each(named)('%s has an icon that exists', (_, node) => {
  expect(Object.keys(dynamicIconImports)).toContain(node.icon);
});
