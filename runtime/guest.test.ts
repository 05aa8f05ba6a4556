import { expect, test } from 'vitest';
import { answerGuest } from './guest.ts';
import type { Json } from './json.ts';
import type { Guest } from './sandbox.ts';

const plugin = { id: 'acme', hosts: [], tables: { shipped: { a: 1 } } };

/** The door of code of a plugin, or of a step's own, over a customer's tables. */
function doorOver(own: Readonly<Record<string, Readonly<Record<string, Json>>>>, of?: Guest['plugin']) {
  return answerGuest({
    tenant: 1,
    guest: { program: { name: 'acme', language: 'typescript', source: '' }, ...(of ? { plugin: of } : {}) },
    effect: 'none',
    state: { get: async () => undefined, set: async () => undefined, delete: async () => undefined },
    tables: { find: async (_tenant, table, key) => own[table] && (own[table][key] ?? null) },
    http: () => Promise.reject(new Error('nobody is called')),
    links: async () => [],
  });
}

type Own = Parameters<typeof doorOver>[0];
const lookup = (own: Own, table: string, key: string) => doorOver(own, plugin)('lookup', { table, key });

test('a plugin reads its own table until the customer has one in its place, which then is all there is', async () => {
  expect(await lookup({}, 'shipped', 'a')).toBe(1);
  expect(await lookup({}, 'shipped', 'b')).toBeNull();
  const instead = { 'acme.shipped': { b: 2 } };
  expect(await lookup(instead, 'shipped', 'a')).toBeNull();
  expect(await lookup(instead, 'shipped', 'b')).toBe(2);
});

test('a table of the customer’s that merely has the same name changes nothing for the plugin', async () => {
  expect(await lookup({ shipped: { a: 9 } }, 'shipped', 'a')).toBe(1);
});

test('tables without a plugin’s name are there for all code, code steps included', async () => {
  const colours = { colours: { red: 'röd' } };
  expect(await lookup(colours, 'colours', 'red')).toBe('röd');
  const step = doorOver(colours);
  expect(await step('lookup', { table: 'colours', key: 'red' })).toBe('röd');
  await expect(step('state.get', { key: 'a' })).rejects.toThrow(/for plugins only/);
});

test('a table that is nowhere fails the call by its name', async () => {
  await expect(lookup({}, 'colours', 'red')).rejects.toThrow(/no table “colours”/);
});
