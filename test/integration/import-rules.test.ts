import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const one = `zz-cycle-one-${process.pid}.ts`;
const two = `zz-cycle-two-${process.pid}.ts`;

/** What no room may do, and the words it is refused with. */
const forbidden: readonly (readonly [room: string, lines: string, words: string])[] = [
  ['runtime', "import { readFile } from 'node:fs/promises';\nexport const read = readFile;", 'runtime is pure'],
  ['runtime', "import { coreNodes } from '#nodes/core/core-nodes.ts';\nexport const n = coreNodes;", 'runtime is pure'],
  ['runtime', 'export const now = (): number => Date.now();', 'noRestrictedGlobals'],
  [
    'nodes',
    "import { createIntake } from '#server/intake.ts';\nexport const intake = createIntake;",
    'nodes may import',
  ],
  ['nodes', "import pg from 'pg';\nexport const pool = pg.Pool;", 'nodes may import'],
  ['server', "import { coreNodes } from '#nodes/core/core-nodes.ts';\nexport const n = coreNodes;", 'the server may'],
  [
    'editor',
    "import { createIntake } from '#server/intake.ts';\nexport const intake = createIntake;",
    'the editor may',
  ],
  ['editor', "import { readFile } from 'node:fs/promises';\nexport const read = readFile;", 'the editor may'],
];

const fileOf = (index: number): string => join(forbidden[index]?.[0] ?? '', `zz-forbidden-${index}-${process.pid}.ts`);
const made: string[] = [];
let found: { readonly path: string; readonly text: string }[] = [];

interface Report {
  readonly diagnostics: readonly {
    readonly severity: string;
    readonly category?: string;
    readonly location?: { readonly path?: unknown };
  }[];
}

beforeAll(() => {
  const put = (file: string, lines: string): void => {
    made.push(join(root, file));
    writeFileSync(join(root, file), `${lines}\n`);
  };
  for (const [index, [, lines]] of forbidden.entries()) put(fileOf(index), lines);
  put(join('server', one), `import { two } from './${two}';\nexport const one = (): number => two() + 1;`);
  put(join('server', two), `import { one } from './${one}';\nexport const two = (): number => one() + 1;`);
  const args = ['lint', '--reporter=json', '--max-diagnostics=200', ...made];
  const { stdout } = spawnSync(join(root, 'node_modules/.bin/biome'), args, { cwd: root, encoding: 'utf8' });
  const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as Report;
  found = report.diagnostics
    .filter((each) => each.severity === 'error')
    .map((each) => ({ path: JSON.stringify(each.location?.path ?? ''), text: JSON.stringify(each) }));
});

afterAll(() => {
  for (const file of made) rmSync(file, { force: true });
});

test.each(forbidden.map(([room, , words], index) => [room, words, index] as const))(
  'what %s may not do fails the check: %s',
  (_room, words, index) => {
    const said = found.filter(({ path }) => path.includes(`zz-forbidden-${index}-`)).map(({ text }) => text);
    expect(said.join('\n')).toContain(words);
  },
);

test('a circle of two files fails the check', () => {
  const said = found.filter(({ path }) => path.includes('zz-cycle-')).map(({ text }) => text);
  expect(said.join('\n')).toContain('noImportCycles');
});
