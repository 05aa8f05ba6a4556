import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openShelf } from './shelf.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weft-shelf-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const file = () => join(dir, 'goods.jsonl');

test('a shelf opened again holds the newest state of every document, without the deleted ones', () => {
  const shelf = openShelf(dir, 'goods');
  const cups = shelf.collection<number, { colour: string }>('cups');
  cups.put(1, { colour: 'blå' });
  cups.put(2, { colour: 'vit' });
  cups.put(1, { colour: 'grön' });
  cups.delete(2);
  shelf.close();
  const again = openShelf(dir, 'goods').collection<number, { colour: string }>('cups');
  expect([...again.values()]).toEqual([{ colour: 'grön' }]);
});

test('a last line torn by a kill is forgotten and the next line is whole', () => {
  const shelf = openShelf(dir, 'goods');
  shelf.collection<number, string>('cups').put(1, 'blå');
  shelf.close();
  appendFileSync(file(), '["cups",2,"vi');
  const second = openShelf(dir, 'goods');
  second.collection<number, string>('cups').put(3, 'röd');
  second.close();
  expect([...openShelf(dir, 'goods').collection<number, string>('cups').values()]).toEqual(['blå', 'röd']);
});

test('a spoilt line in the middle stops the start and names the place', () => {
  writeFileSync(file(), '["cups",1,"blå"]\n{{{\n["cups",2,"vit"]\n');
  expect(() => openShelf(dir, 'goods')).toThrow(/goods\.jsonl line 2/);
});

test('stale lines are dropped from the file at start', () => {
  const shelf = openShelf(dir, 'goods');
  const cups = shelf.collection<number, string>('cups');
  for (let round = 0; round < 500; round += 1) cups.put(1, `runda ${round}`);
  shelf.close();
  openShelf(dir, 'goods').close();
  expect(readFileSync(file(), 'utf8')).toBe('["cups",1,"runda 499"]\n');
});

test('a line longer than the reading chunk is read whole', () => {
  const shelf = openShelf(dir, 'goods');
  const long = 'ö'.repeat(1_500_000);
  shelf.collection<number, string>('cups').put(1, long);
  shelf.collection<number, string>('cups').put(2, 'kort');
  shelf.close();
  expect([...openShelf(dir, 'goods').collection<number, string>('cups').values()]).toEqual([long, 'kort']);
});
