import { type Request, Router } from 'express';
import { PluginDocument, PluginId, PluginVersion } from '#runtime/plugin.ts';
import { AllowProgram, SetPluginVersion } from '#runtime/protocol.ts';
import type { PluginStore } from '../adapters/pg-plugins.ts';
import { Refused } from '../adapters/refusal.ts';
import { allow, personOf, tenantOf } from './access.ts';

/** The plugin the address names. */
export function pluginOf(request: Request): string {
  const parsed = PluginId.safeParse(request.params['plugin']);
  if (!parsed.success) throw new Refused(404, 'PLUGIN_MISSING', 'there is no such plugin', { field: 'plugin' });
  return parsed.data;
}

function releaseOf(request: Request): string {
  const parsed = PluginVersion.safeParse(request.params['release']);
  if (!parsed.success) throw new Refused(404, 'VERSION_MISSING', 'there is no such version', { field: 'version' });
  return parsed.data;
}

/** A tenant's plugins: what is installed, what comes with Weft, what had to be switched off. */
export function pluginRoutes(plugins: PluginStore): Router {
  const router = Router({ mergeParams: true });

  router.get('/', allow('flow.read'), async (request, response) => {
    response.json(await plugins.list(tenantOf(request)));
  });
  router.post('/', allow('plugin.manage'), async (request, response) => {
    const plugin = PluginDocument.parse(request.body);
    response.status(201).json(await plugins.install(tenantOf(request), plugin, personOf(request).email));
  });
  router.post('/starters/:plugin', allow('plugin.manage'), async (request, response) => {
    const { email } = personOf(request);
    response.status(201).json(await plugins.installStarter(tenantOf(request), pluginOf(request), email));
  });
  router.post('/allow', allow('plugin.manage'), async (request, response) => {
    const { program } = AllowProgram.parse(request.body);
    await plugins.forgive(tenantOf(request), program);
    response.status(204).end();
  });
  router.get('/:plugin/versions/:release', allow('plugin.manage'), async (request, response) => {
    response.json(await plugins.read(tenantOf(request), pluginOf(request), releaseOf(request)));
  });
  router.put('/:plugin/version', allow('plugin.manage'), async (request, response) => {
    const { version } = SetPluginVersion.parse(request.body);
    response.json(await plugins.activate(tenantOf(request), pluginOf(request), version));
  });
  router.delete('/:plugin', allow('plugin.manage'), async (request, response) => {
    await plugins.remove(tenantOf(request), pluginOf(request));
    response.status(204).end();
  });

  return router;
}
