import { expect, test } from 'vitest';
import { createFaultBox, parseFaults } from './fault.ts';

const resources = ['orders', 'customers'];

test('the same seed gives the same faults again', () => {
  const box = createFaultBox();
  const chances = { tooMany: 0.2, errorAfterCommit: 0.2, lateCommit: 0.2 };
  const draw = () => {
    box.set(parseFaults({ seed: 7, operations: { 'orders.create': chances } }, resources));
    return Array.from({ length: 50 }, () => box.draw('orders', 'create'));
  };
  const first = draw();
  expect(draw()).toEqual(first);
  expect(new Set(first)).toEqual(new Set([null, 'tooMany', 'errorAfterCommit', 'lateCommit']));
});

test('the most exact operation counts and others are left alone', () => {
  const box = createFaultBox();
  const operations = { 'orders.create': { unavailable: 1 }, 'orders.*': {}, '*.list': { tooMany: 1 } };
  box.set(parseFaults({ operations }, resources));
  expect(box.draw('orders', 'create')).toBe('unavailable');
  expect(box.draw('orders', 'list')).toBeNull();
  expect(box.draw('customers', 'list')).toBe('tooMany');
  expect(box.draw('customers', 'create')).toBeNull();
});

test('faults that cannot be meant are refused by the name of the field', () => {
  const refused = (value: unknown) => () => parseFaults(value, resources);
  expect(refused({ operations: { 'ordres.create': {} } })).toThrow(/ordres\.create/);
  expect(refused({ operations: { '*': { tooMany: 0.7, unavailable: 0.7 } } })).toThrow(/more than 1/);
  expect(refused({ lookupLag: 5 })).toThrow(/lookupLag/);
});
