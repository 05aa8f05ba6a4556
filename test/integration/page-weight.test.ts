import { beforeAll, describe, expect, test } from 'vitest';
import { buildPage, DIST } from '#server/adapters/page-build.ts';
import {
  type Budget,
  type BuiltPage,
  filesOf,
  type Manifest,
  overweight,
  readBuiltPage,
  SHELL,
  weigh,
} from '../support/page-weight.ts';

let page: BuiltPage;
/** Sources of the pages that a route fetches when it is asked for. */
let pages: string[];

const EDITOR = [...SHELL, 'flows/flow-page.tsx', 'canvas/editor-page.tsx', 'locales/sv/canvas.ts'];

const budgets = (): Budget[] => [
  { what: 'the shell', mostKb: 235, entries: SHELL },
  ...pages.map((entry) => ({ what: entry, mostKb: 300, entries: [...SHELL, entry] })),
  // a published flow being drawn; what one may open in it comes afterwards
  { what: 'the editor', mostKb: 360, entries: EDITOR },
];

beforeAll(async () => {
  await buildPage(() => undefined);
  page = await readBuiltPage(DIST);
  pages = Object.keys(page.manifest).filter((name) => /^(?!canvas\/).*-page\.tsx$/.test(name));
});

describe('what a person fetches', () => {
  test('keeps within its budget on every page, and in the editor', () => {
    const weights = weigh(page.manifest, budgets(), page.bytesOf);
    expect(pages.length).toBeGreaterThan(15);
    expect(overweight(weights)).toEqual([]);
  });

  test('is made for use, also when whoever builds it is in another mode', () => {
    for (const [file, text] of page.text) expect([file, text.includes('React DevTools')]).toEqual([file, false]);
  });

  test('holds the drawing only where something is drawn', () => {
    const draws = (entries: readonly string[]): boolean =>
      filesOf(page.manifest, entries).some((file) => page.text.get(file)?.includes('react-flow__renderer'));
    expect(draws(EDITOR)).toBe(true);
    for (const entry of pages) expect([entry, draws([...SHELL, entry])]).toEqual([entry, false]);
  });
});

describe('a budget', () => {
  const light: Manifest = {
    'index.html': { file: 'index.js', imports: ['_shared.js'], css: ['index.css'] },
    'shell/layout.tsx': { file: 'layout.js', imports: ['_shared.js', 'index.html'] },
    'locales/sv/index.ts': { file: 'sv.js' },
    '_shared.js': { file: 'shared.js' },
    'canvas/editor-page.tsx': { file: 'editor.js', imports: ['index.html'] },
  };
  const bytes: Readonly<Record<string, number>> = {
    'index.js': 90_000,
    'index.css': 10_000,
    'layout.js': 20_000,
    'shared.js': 100_000,
    'editor.js': 80_000,
  };
  const shell: Budget[] = [{ what: 'the shell', mostKb: 235, entries: SHELL }];
  const judged = (manifest: Manifest): string[] => overweight(weigh(manifest, shell, (file) => bytes[file] ?? 0));

  test('counts scripts and styles, and what several need once', () => {
    expect(weigh(light, shell, (file) => bytes[file] ?? 0)[0]?.kb).toBe(220);
    expect(judged(light)).toEqual([]);
  });

  test('is broken by a page that is no longer fetched on demand', () => {
    const heavy = {
      ...light,
      'shell/layout.tsx': { file: 'layout.js', imports: ['_shared.js', 'index.html', 'canvas/editor-page.tsx'] },
    };
    expect(judged(heavy)).toEqual(['the shell: 300.0 kB, at most 235']);
  });
});
