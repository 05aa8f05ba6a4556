import { type Request, Router } from 'express';
import { z } from 'zod';
import {
  CheckDocument,
  CreateFlow,
  DuplicateFlow,
  Publish,
  RenewSecret,
  Rollback,
  SaveDraft,
  SetFlowState,
} from '#runtime/protocol.ts';
import { broughtAnswers } from '../adapters/flow-file.ts';
import type { FlowStore, Publisher } from '../adapters/pg-flow-store.ts';
import type { RunStore } from '../adapters/pg-run-store.ts';
import { Refused } from '../adapters/refusal.ts';
import { may } from '../auth/permission.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';

function publisherOf(request: Request): Publisher {
  const person = personOf(request);
  return { author: person.email, mayUnsigned: may(person, 'hook.unsigned', tenantOf(request)) };
}

/** Runs put back in one transaction. */
const AT_ONCE = 1000;

const Version = z.coerce.number().int().min(1).max(2_147_483_647);

function versionOf(request: Request): number {
  const parsed = Version.safeParse(request.params['version']);
  if (!parsed.success) throw new Refused(404, 'VERSION_MISSING', 'there is no such version', { field: 'version' });
  return parsed.data;
}

const stepOf = (request: Request): string => String(request.params['step']);

export function flowRoutes(flows: FlowStore, runs: Pick<RunStore, 'replay'>): Router {
  const carryPassedBy = async (tenant: number, flow: string, by: string): Promise<void> => {
    const passed = await flows.passedBy(tenant, flow);
    for (let at = 0; at < passed.length; at += AT_ONCE) await runs.replay(tenant, passed.slice(at, at + AT_ONCE), by);
  };
  const router = Router({ mergeParams: true });

  router.get('/', allow('flow.read'), async (request, response) => {
    response.json({ flows: await flows.list(tenantOf(request)) });
  });
  router.post('/', allow('flow.edit'), async (request, response) => {
    const { document } = CreateFlow.parse(request.body);
    response.status(201).json(await flows.create(tenantOf(request), document, { params: broughtAnswers(document) }));
  });
  router.post('/check', allow('flow.edit'), async (request, response) => {
    const { document } = CheckDocument.parse(request.body);
    response.json(await flows.check(tenantOf(request), document));
  });
  router.get('/:flow', allow('flow.read'), async (request, response) => {
    response.json(await flows.read(tenantOf(request), idOf(request, 'flow')));
  });
  router.get('/:flow/export', allow('flow.edit'), async (request, response) => {
    response.json(await flows.export(tenantOf(request), idOf(request, 'flow')));
  });
  router.post('/:flow/duplicate', allow('flow.edit'), async (request, response) => {
    const { name } = DuplicateFlow.parse(request.body);
    response.status(201).json(await flows.duplicate(tenantOf(request), idOf(request, 'flow'), name));
  });
  router.delete('/:flow', allow('flow.edit'), async (request, response) => {
    await flows.remove(tenantOf(request), idOf(request, 'flow'));
    response.status(204).end();
  });
  router.put('/:flow/draft', allow('flow.edit'), async (request, response) => {
    const save = SaveDraft.parse(request.body);
    response.json(await flows.saveDraft(tenantOf(request), idOf(request, 'flow'), save));
  });
  router.post('/:flow/publish', allow('flow.publish'), async (request, response) => {
    const wish = Publish.parse(request.body);
    response.json(await flows.publish(tenantOf(request), idOf(request, 'flow'), wish, publisherOf(request)));
  });
  router.post('/:flow/rollback', allow('flow.publish'), async (request, response) => {
    const wish = Rollback.parse(request.body);
    response.json(await flows.rollback(tenantOf(request), idOf(request, 'flow'), wish, publisherOf(request)));
  });
  router.put('/:flow/state', allow('flow.switch'), async (request, response) => {
    const { carry = false, ...wish } = SetFlowState.parse(request.body);
    const [tenant, flow] = [tenantOf(request), idOf(request, 'flow')];
    const person = personOf(request);
    if (carry && !may(person, 'run.decide', tenant))
      throw new Refused(403, 'NOT_ALLOWED', 'your role does not allow run.decide', { field: 'carry' });
    const summary = await flows.switch(tenant, flow, wish);
    if (carry) await carryPassedBy(tenant, flow, person.email);
    response.json(summary);
  });
  router.get('/:flow/versions', allow('flow.read'), async (request, response) => {
    response.json({ versions: await flows.versions(tenantOf(request), idOf(request, 'flow')) });
  });
  router.get('/:flow/versions/:version', allow('flow.read'), async (request, response) => {
    response.json(await flows.version(tenantOf(request), idOf(request, 'flow'), versionOf(request)));
  });
  // an address is as good as a key to the flow, so who may not build may not see it
  router.get('/:flow/hooks', allow('flow.publish'), async (request, response) => {
    response.json({ hooks: await flows.hooks(tenantOf(request), idOf(request, 'flow')) });
  });
  router.post('/:flow/hooks/:step/secret', allow('flow.publish'), async (request, response) => {
    const wish = RenewSecret.parse(request.body);
    response.json(await flows.renewHookSecret(tenantOf(request), idOf(request, 'flow'), stepOf(request), wish));
  });
  router.delete('/:flow/hooks/:step/secret/earlier', allow('flow.publish'), async (request, response) => {
    response.json(await flows.endEarlierHookSecret(tenantOf(request), idOf(request, 'flow'), stepOf(request)));
  });

  return router;
}
