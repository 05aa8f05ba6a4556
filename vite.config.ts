import path from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import { getLibFiles } from '@ts-morph/common';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin, type Rolldown } from 'vite';

type CodeSplittingGroup = NonNullable<Rolldown.CodeSplittingOptions['groups']>[number];

const LIBRARIES = 'virtual:language-libraries';

/** What TypeScript says of the language itself, without browser and Node: all there is in the sandbox. */
function languageLibraries(): Plugin {
  const wanted = /^lib\.(es5|es20(1\d|2[0-4])|decorators)(\.(?!full)[\w.]+)?\.d\.ts$/;
  return {
    name: 'language-libraries',
    resolveId: (id) => (id === LIBRARIES ? `\0${LIBRARIES}` : undefined),
    load: (id) => {
      if (id !== `\0${LIBRARIES}`) return undefined;
      const files = getLibFiles().filter(({ fileName }) => wanted.test(fileName));
      return `export const libraries = ${JSON.stringify(Object.fromEntries(files.map((file) => [file.fileName, file.text])))};`;
    },
  };
}

const ICON = /[\\/]node_modules[\\/]lucide-react[\\/]/;
/** Lists of all there is, of which only what is asked for comes along: what they name is not needed for that. */
const LIST = /[\\/]lucide-react[\\/]|[\\/]zod[\\/]v4[\\/]locales[\\/]/;

/** What is fetched whole, in the order it is wanted: a browser asks for six files at a time, and a hundred small ones make a queue. */
const PARTS = [
  { name: 'start', page: 'main.tsx', priority: 4 },
  { name: 'shell', page: 'shell/layout.tsx', priority: 3 },
  // other pages show a little of it: only what the same pages need is together
  { name: 'drawing', page: 'canvas/editor-page.tsx', priority: 1, entriesAware: true },
] as const;
type Part = (typeof PARTS)[number];

/** All that a part's page cannot do without and no earlier part has; the page itself stays a file of its own, by which it is asked for. */
function partGroup({ name, page, ...options }: Part): CodeSplittingGroup {
  let parts: ReadonlyMap<string, string> | undefined;
  return {
    ...options,
    name: (module, context) => {
      parts ??= partsFrom((id) => context.getModuleInfo(id)?.importedIds ?? []);
      return parts.get(module) === page ? name : null;
    },
    debugName: name,
  };
}

/** The page of the part that each module belongs to. */
function partsFrom(importsOf: (id: string) => readonly string[]): Map<string, string> {
  const parts = new Map<string, string>();
  for (const { page } of PARTS) {
    const found = [...importsOf(path.join(import.meta.dirname, 'editor', page))];
    for (let id = found.pop(); id !== undefined; id = found.pop()) {
      if (parts.has(id) || LIST.test(id)) continue;
      parts.set(id, page);
      found.push(...importsOf(id));
    }
  }
  return parts;
}

/** The editor's build; the dev server hands API, hook, practice and socket traffic to the Weft server. */
export default defineConfig({
  root: 'editor',
  plugins: [react(), tailwindcss()],
  worker: { format: 'es', plugins: () => [languageLibraries()] },
  build: {
    outDir: '../dist',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    manifest: true,
    // what is fetched is weighed by a test
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // with what zod's every part needs first, so that it comes before any schema, whatever file that is in
            {
              name: 'jitless',
              priority: 5,
              test: /[\\/]zod[\\/]v4[\\/]core[\\/]core\.js$|[\\/]editor[\\/]jitless\.ts$/,
            },
            { name: 'icons', priority: 2, test: ICON, minShareCount: 2 },
            ...PARTS.map(partGroup),
          ],
        },
      },
    },
  },
});
