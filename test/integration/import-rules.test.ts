import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const made: string[] = [];

afterEach(() => {
  for (const file of made.splice(0)) rmSync(file, { force: true });
});

/** What the linter says of a file with these lines in a room. */
function lint(room: string, lines: string): { status: number | null; output: string } {
  const file = join(root, room, `zz-forbidden-${process.pid}.ts`);
  made.push(file);
  writeFileSync(file, `${lines}\n`);
  const { status, stdout, stderr } = spawnSync(
    join(root, 'node_modules/.bin/biome'),
    ['lint', '--max-diagnostics=20', file],
    { cwd: root, encoding: 'utf8' },
  );
  return { status, output: stdout + stderr };
}

test.each([
  ['runtime', "import { readFile } from 'node:fs/promises';\nexport const read = readFile;", 'runtime is pure'],
  [
    'runtime',
    "import { coreNodes } from '#nodes/core/core-nodes.ts';\nexport const nodes = coreNodes;",
    'runtime is pure',
  ],
  ['runtime', 'export const now = (): number => Date.now();', 'ask a port'],
  [
    'nodes',
    "import { createIntake } from '#server/intake.ts';\nexport const intake = createIntake;",
    'nodes may import',
  ],
  ['nodes', "import pg from 'pg';\nexport const pool = pg.Pool;", 'nodes may import'],
  [
    'server',
    "import { coreNodes } from '#nodes/core/core-nodes.ts';\nexport const nodes = coreNodes;",
    'the server may import',
  ],
  [
    'editor',
    "import { createIntake } from '#server/intake.ts';\nexport const intake = createIntake;",
    'the editor may import',
  ],
  ['editor', "import { readFile } from 'node:fs/promises';\nexport const read = readFile;", 'the editor may import'],
])('a forbidden import in %s fails the check', (room, lines, message) => {
  const { status, output } = lint(room, lines);
  expect(output).toContain(message);
  expect(status).not.toBe(0);
});

test('a cycle of two files fails the check', () => {
  const other = join(root, 'server', `zz-other-${process.pid}.ts`);
  made.push(other);
  writeFileSync(
    other,
    `import { one } from './zz-forbidden-${process.pid}.ts';\nexport const two = (): number => one() + 1;\n`,
  );
  const { status, output } = lint(
    'server',
    `import { two } from './zz-other-${process.pid}.ts';\nexport const one = (): number => two() + 1;`,
  );
  expect(output).toContain('noImportCycles');
  expect(status).not.toBe(0);
});
