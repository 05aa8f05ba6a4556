import { readFile } from 'node:fs/promises';
import { Router } from 'express';

interface Docs {
  readonly json: string;
  readonly html: string;
  readonly css: string;
}

async function make(publicUrl: string): Promise<Docs> {
  // read when first asked for: few processes are ever asked
  const { apiDocument } = await import('../openapi/document.ts');
  const { docsPage } = await import('../openapi/page.ts');
  const document = apiDocument(publicUrl);
  const css = await readFile(new URL('../openapi/docs.css', import.meta.url), 'utf8');
  return { json: JSON.stringify(document), html: docsPage(document), css };
}

/** The API's own description, for machines and people; it tells nothing about anybody's data and is open to all. */
export function docsRoutes(publicUrl: string): Router {
  const router = Router();
  let made: Promise<Docs> | undefined;
  const docs = (): Promise<Docs> => {
    made ??= make(publicUrl);
    return made;
  };
  router.get('/openapi.json', async (_request, response) => {
    response.type('json').send((await docs()).json);
  });
  router.get('/docs', async (_request, response) => {
    response.type('html').send((await docs()).html);
  });
  router.get('/docs.css', async (_request, response) => {
    response.type('css').send((await docs()).css);
  });
  return router;
}
