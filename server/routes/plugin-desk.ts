import { Router } from 'express';
import { PublishPluginDraft, SavePluginDraft, TestPlugin, TryPlugin, TryStep } from '#runtime/protocol.ts';
import type { PluginDrafts } from '../adapters/pg-plugin-drafts.ts';
import type { PluginDesk } from '../adapters/plugin-desk.ts';
import { allow, personOf, tenantOf } from './access.ts';
import { pluginOf } from './plugins.ts';

/** Where plugins are written: drafts, and code that is tried before anybody depends on it. */
export function pluginDeskRoutes({
  drafts,
  desk,
}: {
  readonly drafts: PluginDrafts;
  readonly desk: PluginDesk;
}): Router {
  const router = Router({ mergeParams: true });

  router.get('/types', allow('flow.read'), (_request, response) => {
    response.json({ text: desk.types });
  });
  router.post('/try', allow('plugin.manage'), async (request, response) => {
    response.json(await desk.tryPlugin(tenantOf(request), TryPlugin.parse(request.body)));
  });
  router.post('/try-step', allow('flow.edit'), async (request, response) => {
    response.json(await desk.tryStep(tenantOf(request), TryStep.parse(request.body)));
  });
  router.post('/examples', allow('plugin.manage'), async (request, response) => {
    response.json(await desk.examples(tenantOf(request), TestPlugin.parse(request.body).plugin));
  });
  router.get('/:plugin/draft', allow('plugin.manage'), async (request, response) => {
    response.json(await drafts.read(tenantOf(request), pluginOf(request)));
  });
  router.put('/:plugin/draft', allow('plugin.manage'), async (request, response) => {
    const draft = SavePluginDraft.parse(request.body);
    response.json(await drafts.save(tenantOf(request), pluginOf(request), draft, personOf(request).email));
  });
  router.delete('/:plugin/draft', allow('plugin.manage'), async (request, response) => {
    await drafts.discard(tenantOf(request), pluginOf(request));
    response.status(204).end();
  });
  router.post('/:plugin/draft/publish', allow('plugin.manage'), async (request, response) => {
    const { revision } = PublishPluginDraft.parse(request.body);
    const { email } = personOf(request);
    response.status(201).json(await drafts.publish(tenantOf(request), pluginOf(request), revision, email));
  });

  return router;
}
