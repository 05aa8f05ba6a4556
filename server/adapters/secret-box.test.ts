import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { masterKeyOf } from './master-key.ts';
import {
  dataKeyIdOf,
  makeDataKey,
  masterKeyIdOf,
  openDataKey,
  SealBroken,
  type SealPlace,
  seal,
  unseal,
} from './secret-box.ts';

const master = masterKeyOf(randomBytes(32));
const place: SealPlace = { tenant: 7, connection: 'erp', kind: 'secrets', version: 3 };
const plain = Buffer.from('{"consumerSecret":"cs_canary_å"}');

test('what was sealed opens again at its place, through the wrapped key', () => {
  const { key, wrapped } = makeDataKey(master, 7, 1);
  const sealed = seal(key, place, plain);
  expect(sealed.includes('canary')).toBe(false);
  expect(dataKeyIdOf(sealed)).toBe(1);
  expect(masterKeyIdOf(wrapped)).toBe(master.id);
  expect(unseal(openDataKey(master, 7, 1, wrapped), place, sealed)).toEqual(plain);
  expect(unseal(key, place, seal(key, place, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
});

test('a sealed value moved to another tenant, connection, kind or version does not open', () => {
  const { key } = makeDataKey(master, 7, 1);
  const sealed = seal(key, place, plain);
  for (const other of [{ tenant: 8 }, { connection: 'shop' }, { kind: 'token' }, { version: 4 }]) {
    expect(() => unseal(key, { ...place, ...other }, sealed)).toThrow(SealBroken);
  }
});

test('no single changed byte goes unnoticed, nor does a cut', () => {
  const { key } = makeDataKey(master, 7, 1);
  const sealed = seal(key, place, plain);
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(() => unseal(key, place, changed), `byte ${at}`).toThrow(SealBroken);
  }
  for (const length of [0, 5, 32, sealed.length - 1]) {
    expect(() => unseal(key, place, sealed.subarray(0, length))).toThrow(SealBroken);
  }
});

test('a data key opens under its own master key, for its own tenant and number only', () => {
  const { wrapped } = makeDataKey(master, 7, 1);
  expect(() => openDataKey(masterKeyOf(randomBytes(32)), 7, 1, wrapped)).toThrow(SealBroken);
  expect(() => openDataKey(master, 8, 1, wrapped)).toThrow(SealBroken);
  expect(() => openDataKey(master, 7, 2, wrapped)).toThrow(SealBroken);
});

test('the same value sealed twice gives different bytes', () => {
  const { key } = makeDataKey(master, 7, 1);
  expect(seal(key, place, plain)).not.toEqual(seal(key, place, plain));
});
