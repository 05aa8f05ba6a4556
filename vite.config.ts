import tailwindcss from '@tailwindcss/vite';
import { getLibFiles } from '@ts-morph/common';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

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
    // in one chunk with what zod's every part needs first, so that it comes before any schema, whatever chunk that is in
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [{ name: 'jitless', test: /[\\/]zod[\\/]v4[\\/]core[\\/]core\.js$|[\\/]editor[\\/]jitless\.ts$/ }],
        },
      },
    },
  },
});
