import { Router } from 'express';
import type { Sentence } from '#runtime/error.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Feature } from '#runtime/package.ts';
import { allows, packageOf } from '#runtime/package.ts';
import type { TenantSummary } from '#runtime/people.ts';
import { Instantiate, type TemplateList } from '#runtime/protocol.ts';
import { instantiate } from '#runtime/template.ts';
import type { FlowStore } from '../adapters/pg-flow-store.ts';
import { Refused } from '../adapters/refusal.ts';
import type { Users } from '../auth/users.ts';
import { allow, personOf, tenantOf } from './access.ts';

/** A ready flow of the gallery. */
export interface GalleryTemplate {
  readonly id: string;
  readonly title: Sentence;
  readonly summary: Sentence;
  readonly feature: Feature;
  readonly flow: FlowDocument;
}

export interface TemplateRouteDeps {
  readonly templates: readonly GalleryTemplate[];
  readonly flows: FlowStore;
  readonly users: Users;
}

export function templateRoutes({ templates, flows, users }: TemplateRouteDeps): Router {
  const router = Router({ mergeParams: true });

  const tenantFor = async (user: string, tenant: number): Promise<TenantSummary> => {
    const found = (await users.tenants(user)).find((each) => each.id === tenant);
    if (!found) throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
    return found;
  };

  router.get('/', allow('flow.read'), async (request, response) => {
    const owner = await tenantFor(personOf(request).id, tenantOf(request));
    const answer: TemplateList = {
      templates: templates.map(({ id, title, summary, feature, flow }) => ({
        id,
        title,
        summary,
        feature,
        allowed: allows(owner.package, feature),
        flow,
      })),
    };
    response.json(answer);
  });

  router.post('/:template', allow('template.use'), async (request, response) => {
    const template = templates.find((each) => each.id === request.params['template']);
    if (!template) throw new Refused(404, 'TEMPLATE_MISSING', 'there is no such template', { field: 'template' });
    const { name, answers } = Instantiate.parse(request.body);
    const tenant = tenantOf(request);
    const owner = await tenantFor(personOf(request).id, tenant);
    if (!allows(owner.package, template.feature))
      throw new Refused(
        403,
        'PACKAGE_NEEDED',
        `${template.title.en} is part of package ${packageOf(template.feature)}; this customer has ${owner.package}`,
      );
    const { flow, params } = instantiate(template.flow, answers);
    const document = name === undefined ? flow : { ...flow, name };
    response.status(201).json(await flows.create(tenant, document, { params }));
  });

  return router;
}
