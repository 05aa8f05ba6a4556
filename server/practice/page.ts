import { readFileSync } from 'node:fs';
import { type Request, type RequestHandler, Router } from 'express';

const assets = {
  'page.css': 'text/css; charset=utf-8',
  'kit.js': 'text/javascript; charset=utf-8',
} as const;

const read = (name: string) => readFileSync(new URL(`./pages/${name}`, import.meta.url));

export const openGuard: RequestHandler = (_req, _res, next) => next();

/** The page's language: `?lang=`, else the browser's wish, else Swedish. */
function languageOf(req: Request): 'sv' | 'en' {
  const asked = req.query['lang'];
  if (asked === 'sv' || asked === 'en') return asked;
  return req.acceptsLanguages(['sv', 'en']) === 'en' ? 'en' : 'sv';
}

/** `GET /` (the page) and its script and style; nothing is inline, so that a strict CSP holds. */
export function pageAssets(name: 'shop' | 'erp' | 'mail', guard: RequestHandler = openGuard): Router {
  const router = Router();
  router.get('/', guard, (req, res) => {
    // The page's own addresses are relative to its folder.
    if (!req.originalUrl.split('?')[0]?.endsWith('/')) return res.redirect(`${req.baseUrl}/`);
    const html = read(`${name}.html`)
      .toString('utf8')
      .replace('<html lang="sv">', `<html lang="${languageOf(req)}">`);
    return res.type('html').send(html);
  });
  router.get('/page.js', guard, (_req, res) => {
    res.type('text/javascript; charset=utf-8').send(read(`${name}.js`));
  });
  for (const [file, type] of Object.entries(assets))
    router.get(`/${file}`, guard, (_req, res) => {
      res.type(type).send(read(file));
    });
  return router;
}
