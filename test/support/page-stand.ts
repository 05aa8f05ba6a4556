import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { build } from 'vite';
import page from '../../vite.config.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.woff2': 'font/woff2',
};
/** As the server's own pages have it: nothing is made at run time. */
const POLICY =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; object-src 'none'";

export interface PageStand {
  readonly url: string;
  close(): Promise<void>;
}

/** A page of its own, built with Vite from a folder and served. `data`: what it finds at /data.json. */
export async function buildPageStand(
  root: string,
  options: { readonly minify?: boolean; readonly data?: string } = {},
): Promise<PageStand> {
  const out = await mkdtemp(join(tmpdir(), 'weft-stand-'));
  await build({
    root,
    configFile: false,
    logLevel: 'error',
    plugins: [react(), tailwindcss()],
    // the code editor's own, fetched only where code is written
    ...(page.worker ? { worker: page.worker } : {}),
    build: {
      outDir: out,
      emptyOutDir: true,
      minify: options.minify ?? false,
      assetsInlineLimit: 0,
      rolldownOptions: page.build?.rolldownOptions ?? {},
    },
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://stand').pathname;
    if (path === '/data.json' && options.data !== undefined)
      return response.writeHead(200, { 'content-type': 'application/json' }).end(options.data);
    const file = join(out, path === '/' ? 'index.html' : path);
    if (!file.startsWith(out) || !existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, {
      'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
      'content-security-policy': POLICY,
      'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    });
    createReadStream(file).pipe(response);
    return response;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await rm(out, { recursive: true, force: true });
    },
  };
}
