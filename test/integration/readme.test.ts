import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { settingsTable } from '#server/config.ts';
import { limitsTable } from '#server/limits.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const scripts = (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: Record<string, string> })
  .scripts;

test('README has every setting with its default and meaning, and no other', () => {
  const rows = settingsTable().map(
    (row) => `| \`${row.name}\` | ${row.default === '' ? '' : `\`${row.default}\``} | ${row.meaning} |`,
  );
  const written = [...readme.matchAll(/^\| `[A-Z_]+` \|.*$/gm)].map((match) => match[0]);
  expect(written).toEqual(rows);
});

test('README has every limit as the server keeps it', () => {
  for (const row of limitsTable()) expect(readme).toContain(`| ${row.join(' | ')} |`);
});

test('every npm command in README is a script, and every script is in README', () => {
  const named = new Set([...readme.matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1] ?? ''));
  if (/npm start/.test(readme)) named.add('start');
  if (/npm test/.test(readme)) named.add('test');
  expect([...named].sort()).toEqual(Object.keys(scripts).sort());
});

test('every file and picture README names is there', () => {
  const files = [
    ...readme.matchAll(/`((?:runtime|nodes|server|editor|test)\/[a-z0-9/.-]+\.[a-z]+)`|\]\(([a-z/.-]+\.png)\)/g),
  ].map((match) => match[1] ?? match[2] ?? '');
  expect(files.length).toBeGreaterThan(8);
  expect(files.filter((file) => !existsSync(join(root, file)))).toEqual([]);
});
