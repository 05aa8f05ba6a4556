import { expect, test } from 'vitest';
import { type Action, may, permissions, Role, type User } from './permission.ts';

const person = (role: Role): User => ({ id: 'u', email: 'e', name: 'n', role, tenants: new Set([1]) });

test('nobody but an administrator may do anything in a tenant they do not belong to, and an administrator only look', () => {
  for (const role of Role.options) {
    for (const action of permissions[role]) {
      const looks = role === 'admin' && /\.read$/.test(action);
      expect([role, action, may(person(role), action, 2)]).toEqual([role, action, looks]);
    }
  }
});

test('an administrator who has said why may do everything there, and nowhere else', () => {
  const admin = { ...person('admin'), confirmed: new Set([2]) };
  for (const action of permissions.admin) {
    expect(may(admin, action, 2)).toBe(true);
    expect(may(admin, action, 3)).toBe(/\.read$/.test(action));
  }
  expect(may({ ...person('kam'), confirmed: new Set([2]) }, 'flow.read', 2)).toBe(false);
});

test('what the table does not grant is refused, also what it has never heard of', () => {
  expect(may(person('customer'), 'flow.edit', 1)).toBe(false);
  expect(may(person('support'), 'connection.edit', 1)).toBe(false);
  expect(may(person('kam'), 'hook.unsigned', 1)).toBe(false);
  expect(may(person('admin'), 'constructor' as Action, 1)).toBe(false);
});

test('every role may see the flows and runs of its own tenant', () => {
  for (const role of Role.options) {
    expect(may(person(role), 'flow.read', 1)).toBe(true);
    expect(may(person(role), 'run.read', 1)).toBe(true);
  }
});
