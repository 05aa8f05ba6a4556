import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readMasterKey } from './master-key.ts';

let dataDir: string;
beforeEach(() => {
  dataDir = realpathSync(mkdtempSync(path.join(tmpdir(), 'weft-key-')));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

test('the first start makes a key file that only its owner can read, and later starts use it', () => {
  const first = readMasterKey({ setting: undefined, dataDir });
  expect(statSync(path.join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
  expect(readdirSync(dataDir)).toEqual(['master.key']);
  chmodSync(path.join(dataDir, 'master.key'), 0o644);
  const second = readMasterKey({ setting: '', dataDir });
  expect(second.id).toBe(first.id);
  expect(second.key.equals(first.key)).toBe(true);
  expect(statSync(path.join(dataDir, 'master.key')).mode & 0o777).toBe(0o600);
  expect(readFileSync(path.join(dataDir, 'master.key'), 'utf8')).not.toContain(first.id);
});

test('MASTER_KEY goes before the file and leaves none behind', () => {
  const setting = Buffer.alloc(32, 9).toString('base64');
  expect(readMasterKey({ setting, dataDir }).key.export()).toEqual(Buffer.alloc(32, 9));
  expect(readdirSync(dataDir)).toEqual([]);
});

test('a wrong key is refused with the place to mend, and never replaced', () => {
  expect(() => readMasterKey({ setting: 'c2hvcnQ=', dataDir })).toThrow('MASTER_KEY must hold 32 bytes in base64');
  writeFileSync(path.join(dataDir, 'master.key'), 'rubbish');
  expect(() => readMasterKey({ setting: undefined, dataDir })).toThrow(/master\.key must hold 32 bytes/);
  expect(readFileSync(path.join(dataDir, 'master.key'), 'utf8')).toBe('rubbish');
});
