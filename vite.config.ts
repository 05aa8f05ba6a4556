import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The editor's build; the dev server hands API, hook, practice and socket traffic to the Weft server. */
export default defineConfig({
  root: 'editor',
  plugins: [react(), tailwindcss()],
  build: { outDir: '../dist', emptyOutDir: true, assetsInlineLimit: 0, manifest: true },
});
