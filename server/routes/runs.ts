import { type Request, Router } from 'express';
import { z } from 'zod';
import { Decide, Replay, RunQuery } from '#runtime/protocol.ts';
import type { RunStore } from '../adapters/pg-run-store.ts';
import { Refused } from '../adapters/refusal.ts';
import { cutEvent, IN_AN_ANSWER } from '../event-cut.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';

const Seq = z.coerce.number().int().min(0).max(2_147_483_647);

function seqOf(request: Request): number {
  const parsed = Seq.safeParse(request.params['seq']);
  if (!parsed.success) throw new Refused(404, 'EVENT_MISSING', 'the run has no such event', { field: 'seq' });
  return parsed.data;
}

export function runRoutes(runs: RunStore): Router {
  const router = Router({ mergeParams: true });

  router.get('/runs', allow('run.read'), async (request, response) => {
    response.json(await runs.list(tenantOf(request), RunQuery.parse(request.query)));
  });
  router.get('/runs/:run', allow('run.read'), async (request, response) => {
    const answer = await runs.read(tenantOf(request), idOf(request, 'run'));
    response.json({ ...answer, events: answer.events.map((event) => cutEvent(event, IN_AN_ANSWER)) });
  });
  router.get('/runs/:run/events/:seq', allow('run.read'), async (request, response) => {
    response.json({ event: await runs.event(tenantOf(request), idOf(request, 'run'), seqOf(request)) });
  });
  router.post('/runs/:run/decide', allow('run.decide'), async (request, response) => {
    const decision = Decide.parse(request.body);
    response.json(await runs.decide(tenantOf(request), idOf(request, 'run'), decision, personOf(request).email));
  });
  router.post('/replay', allow('run.decide'), async (request, response) => {
    const { runs: wanted } = Replay.parse(request.body);
    response.json(await runs.replay(tenantOf(request), wanted, personOf(request).email));
  });

  return router;
}
