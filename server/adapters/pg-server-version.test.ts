import { expect, test } from 'vitest';
import { requireServerVersion } from './pg-server-version.ts';

const server = (version: string) => ({ query: async () => ({ rows: [{ version }] }) });

test('PostgreSQL 13 to 18 are accepted without a word', async () => {
  const warnings: string[] = [];
  const warn = (line: string) => void warnings.push(line);
  expect(await requireServerVersion(server('130000'), warn)).toBe(13);
  expect(await requireServerVersion(server('180004'), warn)).toBe(18);
  expect(warnings).toEqual([]);
});

test('an older PostgreSQL is refused in one line that names the setting', async () => {
  await expect(requireServerVersion(server('120022'), () => {})).rejects.toThrow(
    'DATABASE_URL leads to PostgreSQL 12; Weft needs 13 to 18.',
  );
  await expect(requireServerVersion(server('90624'), () => {})).rejects.toThrow('PostgreSQL 9;');
});

test('a newer PostgreSQL is used with a warning', async () => {
  const warnings: string[] = [];
  expect(await requireServerVersion(server('190001'), (line) => void warnings.push(line))).toBe(19);
  expect(warnings).toHaveLength(1);
});
