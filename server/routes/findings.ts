import { Router } from 'express';
import { FindingQuery, SettleFinding, StartReconciliation } from '#runtime/protocol.ts';
import type { FindingStore } from '../adapters/pg-findings.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';

export function findingRoutes(findings: FindingStore): Router {
  const router = Router({ mergeParams: true });

  router.get('/findings', allow('run.read'), async (request, response) => {
    response.json(await findings.list(tenantOf(request), FindingQuery.parse(request.query)));
  });
  router.put('/findings/:finding', allow('run.decide'), async (request, response) => {
    SettleFinding.parse(request.body);
    await findings.dismiss(tenantOf(request), idOf(request, 'finding'), personOf(request).email);
    response.status(204).end();
  });
  router.post('/reconcile', allow('run.decide'), async (request, response) => {
    const wanted = StartReconciliation.parse(request.body);
    response.status(202).json({ started: await findings.start(tenantOf(request), wanted) });
  });

  return router;
}
