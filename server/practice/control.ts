import { createHash, timingSafeEqual } from 'node:crypto';
import { json, type NextFunction, type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { type FaultBox, parseFaults } from './fault.ts';

/** What a test may ask of a practice system, beside its vendor's API. */
export interface ControlOptions {
  /** Null shuts the control API. */
  controlKey: string | null;
  box: FaultBox;
  /** Resources a fault can be aimed at. */
  resources: readonly string[];
  ledger(): unknown;
  stats(): unknown;
  reset(): void;
}

/** Compares secrets in a time that does not tell how much of them was right. */
export function sameSecret(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}

/** `GET|PUT /faults`, `GET /ledger`, `GET /stats`, `DELETE /state`, with the key in `X-Control-Key`. */
export function createControl(options: ControlOptions): Router {
  const router = Router();
  const guard = (req: Request, res: Response, next: NextFunction) => {
    const given = req.headers['x-control-key'];
    if (options.controlKey !== null && typeof given === 'string' && sameSecret(given, options.controlKey)) next();
    else res.status(401).json({ error: 'X-Control-Key is missing or wrong' });
  };
  router.get('/faults', guard, (_req, res) => res.json(options.box.faults));
  router.put('/faults', guard, json({ limit: '64kb' }), (req, res) => {
    try {
      options.box.set(parseFaults(req.body ?? {}, options.resources));
      res.json(options.box.faults);
    } catch (error) {
      if (!(error instanceof z.ZodError)) throw error;
      const issues = error.issues.map((issue) => ({ field: issue.path.join('.'), message: issue.message }));
      res.status(400).json({ error: 'the faults cannot be used', issues });
    }
  });
  router.get('/ledger', guard, (_req, res) => res.json(options.ledger()));
  router.get('/stats', guard, (_req, res) => res.json(options.stats()));
  router.delete('/state', guard, (_req, res) => {
    options.reset();
    res.status(204).end();
  });
  return router;
}
