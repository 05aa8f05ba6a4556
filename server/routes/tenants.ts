import { type RequestHandler, Router } from 'express';
import { AllowUnsigned, AssignStaff, ChangePackage, CreateTenant, type TenantList } from '#runtime/tenant.ts';
import type { Tenants } from '../adapters/pg-tenants.ts';
import type { Memberships } from '../auth/memberships.ts';
import { allowInHouse, idOf, tenantOf } from './access.ts';

export interface TenantRouteDeps {
  readonly tenants: Tenants;
  readonly memberships: Memberships;
}

/** What administrators do about customers from outside them; each step stands in the customer's own log. */
export function tenantRoutes({ tenants, memberships }: TenantRouteDeps, signedIn: readonly RequestHandler[]): Router {
  const router = Router();
  const guard = [...signedIn, allowInHouse('house.tenants')];

  router.get('/', ...guard, async (_request, response) => {
    const answer: TenantList = { tenants: await tenants.list() };
    response.json(answer);
  });
  router.post('/', ...guard, async (request, response) => {
    response.status(201).json(await tenants.create(CreateTenant.parse(request.body)));
  });
  router.put('/:tenant/package', ...guard, async (request, response) => {
    response.json(await tenants.changePackage(tenantOf(request), ChangePackage.parse(request.body)));
  });
  router.put('/:tenant/unsigned-webhooks', ...guard, async (request, response) => {
    response.json(await tenants.allowUnsigned(tenantOf(request), AllowUnsigned.parse(request.body)));
  });
  router.post('/:tenant/staff', ...guard, async (request, response) => {
    const { email } = AssignStaff.parse(request.body);
    response.status(201).json(await memberships.addStaff(tenantOf(request), email));
  });
  router.delete('/:tenant/staff/:user', ...guard, async (request, response) => {
    await memberships.removeStaff(tenantOf(request), idOf(request, 'user'));
    response.status(204).end();
  });
  return router;
}
