import dynamicIconImports from 'lucide-react/dynamicIconImports.mjs';
import { afterAll, expect, test } from 'vitest';
import type { z } from 'zod';
import { createCatalog } from '#runtime/catalog.ts';
import { type AnyNode, FAILED_PORT, manifestOf, NodeManifest } from '#runtime/node.ts';
import { Package, packageOf } from '#runtime/package.ts';
import { createHeadlessGuests } from '#server/cli/headless-guests.ts';
import { tried } from '#test/support/step-context.ts';
import { builtInNodes } from './index.ts';

const guests = createHeadlessGuests();
afterAll(() => guests.stop());

const named = builtInNodes.map((node) => [node.type, node] as const);
const pure = named.filter(([, node]) => node.effect === 'none');

const NOW = Date.parse('2026-11-23T09:15:00Z');
const facts = { now: 0, idempotencyKey: '' };
const { signal } = new AbortController();

test('no two nodes share a type', () => {
  expect(createCatalog(builtInNodes, []).manifests()).toHaveLength(builtInNodes.length);
});

test.each(pure)('%s has at least two examples', (_, node) => {
  expect(node.examples?.length ?? 0).toBeGreaterThanOrEqual(2);
});

test.each(pure)('every example of %s gives what it says', async (_, node: AnyNode) => {
  for (const example of node.examples ?? []) {
    const own = node.sandbox?.(example.config);
    const { output } = await tried(node, {
      ...example,
      now: NOW,
      ...(own
        ? { guest: (input) => guests.sandbox.run(1, own.program, { input, facts }, { log: () => undefined }, signal) }
        : {}),
    });
    // the engine parks the run until then, and passes on what came in
    if (node.control === 'wait') {
      expect(output['until'], example.title).toBeGreaterThan(NOW);
      expect(example.output, example.title).toEqual(example.input);
      continue;
    }
    expect(output, example.title).toEqual(example.output);
    for (const [port, shape] of Object.entries(node.outputs as Record<string, z.ZodType>))
      if (output[port] !== undefined) expect(shape.parse(output[port]), port).toEqual(output[port]);
  }
});

test.each(named)('%s can be sent to the page whole and says itself in both languages', (_, node) => {
  const manifest = NodeManifest.parse(JSON.parse(JSON.stringify(manifestOf(node))));
  for (const sentence of [manifest.title, manifest.summary]) {
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

test.each(named)('every field of %s has a label in both languages', (_, node) => {
  for (const [name, field] of Object.entries((node.config as z.ZodObject).shape)) {
    const meta = (field as z.ZodType).meta();
    expect(meta?.title, name).toBeTypeOf('string');
    expect(meta?.['titleSv'], name).toBeTypeOf('string');
  }
});

test.each(named)('%s has an icon that exists', (_, node) => {
  expect(Object.keys(dynamicIconImports)).toContain(node.icon);
});
