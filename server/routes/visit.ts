import { type RequestHandler, Router } from 'express';
import { ConfirmVisit, type Visit } from '#runtime/visit.ts';
import type { Visits } from '../adapters/pg-visits.ts';
import { Refused } from '../adapters/refusal.ts';
import { visits as isVisiting } from '../auth/permission.ts';
import { confirm, confirmedUntil, withdraw } from '../auth/visit.ts';
import { actorOf, personOf, tenantOf } from './access.ts';

const visitorsOnly: RequestHandler = (request, _response, next) => {
  const person = personOf(request);
  if (person.token || !isVisiting(person, tenantOf(request)))
    throw new Refused(403, 'NOT_ALLOWED', 'only an administrator who is no member here has anything to confirm');
  next();
};

/** An administrator's way from looking to changing, and back. */
export function visitRoutes(visits: Visits): Router {
  const router = Router({ mergeParams: true });
  router.put('/visit', visitorsOnly, async (request, response) => {
    const { reason } = ConfirmVisit.parse(request.body);
    const tenant = tenantOf(request);
    const until = confirm(request.session, tenant);
    await visits.confirmed(tenant, actorOf(request, personOf(request)), reason, until);
    const answer: Visit = { until };
    response.json(answer);
  });
  router.delete('/visit', visitorsOnly, async (request, response) => {
    const tenant = tenantOf(request);
    if (confirmedUntil(request.session, tenant) !== null)
      await visits.withdrawn(tenant, actorOf(request, personOf(request)));
    withdraw(request.session, tenant);
    response.status(204).end();
  });
  return router;
}
