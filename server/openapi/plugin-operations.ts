import { PluginDocument } from '#runtime/plugin.ts';
import { AllowProgram, CatalogAnswer, PluginList, PluginSummary, SetPluginVersion } from '#runtime/protocol.ts';
import { type OperationGroup, refusal } from './operation.ts';

const plugins = '/api/tenants/:tenant/plugins';
const missing = refusal(404, 'PLUGIN_MISSING', 'the customer has no such plugin');
const refusals = [
  refusal(403, 'PACKAGE_NEEDED', 'plugins are part of a larger package'),
  refusal(409, 'VERSION_TAKEN', 'this version is installed with another content'),
  refusal(422, 'PLUGIN_FAULTY', 'it does not compile, or an example did not give what it says'),
  refusal(503, 'SANDBOX_DOWN', 'code cannot be run here right now'),
];

export const pluginOperations: OperationGroup = {
  title: 'Plugins',
  about:
    'Code of the customer’s own that becomes nodes. It runs in a sandbox, and flows keep the version they were published with.',
  operations: [
    {
      method: 'get',
      path: plugins,
      summary: 'List plugins, those that come with Weft, and code that is switched off',
      access: 'flow.read',
      answers: { 200: PluginList },
    },
    {
      method: 'post',
      path: plugins,
      summary: 'Install a plugin or a new version of one',
      description: 'Its examples are run as tests first; then the version is the active one.',
      access: 'plugin.manage',
      body: PluginDocument,
      answers: { 201: PluginSummary },
      refusals,
    },
    {
      method: 'post',
      path: `${plugins}/starters/:plugin`,
      summary: 'Install a plugin that comes with Weft',
      access: 'plugin.manage',
      answers: { 201: PluginSummary },
      refusals: [missing, ...refusals],
    },
    {
      method: 'post',
      path: `${plugins}/allow`,
      summary: 'Give code that is switched off another chance',
      access: 'plugin.manage',
      body: AllowProgram,
      answers: { 204: 'empty' },
      refusals: [refusal(404, 'PROGRAM_MISSING', 'no such code is switched off')],
    },
    {
      method: 'get',
      path: `${plugins}/:plugin/versions/:release`,
      summary: 'Read an installed version whole',
      access: 'plugin.manage',
      answers: { 200: PluginDocument },
      refusals: [missing],
    },
    {
      method: 'put',
      path: `${plugins}/:plugin/version`,
      summary: 'Make an installed version, newer or older, the active one',
      access: 'plugin.manage',
      body: SetPluginVersion,
      answers: { 200: PluginSummary },
      refusals: [missing, refusal(404, 'VERSION_MISSING', 'the version is not installed')],
    },
    {
      method: 'delete',
      path: `${plugins}/:plugin`,
      summary: 'Uninstall a plugin',
      access: 'plugin.manage',
      answers: { 204: 'empty' },
      refusals: [missing, refusal(409, 'PLUGIN_USED', 'flows use it; the message names them')],
    },
    {
      method: 'get',
      path: '/api/tenants/:tenant/catalog',
      summary: 'Read the catalog with the nodes of the customer’s plugins',
      access: 'flow.read',
      answers: { 200: CatalogAnswer },
    },
  ],
};
