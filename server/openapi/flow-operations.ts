import { FlowDocument } from '#runtime/flow.ts';
import {
  CheckDocument,
  CreateFlow,
  DocumentChecked,
  DuplicateFlow,
  FlowAnswer,
  FlowFile,
  FlowList,
  FlowSummary,
  HookList,
  HookSecretMade,
  HookSummary,
  Instantiate,
  Publish,
  RenewSecret,
  Rollback,
  SaveDraft,
  SetFlowState,
  TemplateList,
  VersionList,
} from '#runtime/protocol.ts';
import { type OperationGroup, refusal } from './operation.ts';

const flows = '/api/tenants/:tenant/flows';
const flow = `${flows}/:flow`;
const missing = refusal(404, 'FLOW_MISSING', 'the customer has no such flow');
const versionMissing = refusal(404, 'VERSION_MISSING', 'the flow has no such version');
const hookMissing = refusal(404, 'HOOK_MISSING', 'the flow has no such address');
const withoutSecret = refusal(409, 'HOOK_WITHOUT_SECRET', 'its secret is the connection’s, or it takes unsigned calls');
const notPublishable = [
  refusal(422, 'the code of the first problem', 'the flow has an error; `field` names the step and its setting'),
  refusal(403, 'GRANT_NEEDED', 'only an administrator opens an address that takes unsigned calls'),
];

export const flowOperations: OperationGroup = {
  title: 'Flows',
  about: 'A flow has a draft that is edited and published versions that never change; one of them is live.',
  operations: [
    { method: 'get', path: flows, summary: 'List flows', access: 'flow.read', answers: { 200: FlowList } },
    {
      method: 'post',
      path: flows,
      summary: 'Make a flow, as a draft',
      access: 'flow.edit',
      body: CreateFlow,
      answers: { 201: FlowSummary },
      refusals: [refusal(409, 'TOO_MANY_FLOWS', 'the customer has as many as it can have')],
    },
    {
      method: 'get',
      path: flow,
      summary: 'Read a flow: draft, live version and problems',
      access: 'flow.read',
      answers: { 200: FlowAnswer },
      refusals: [missing],
    },
    {
      method: 'delete',
      path: flow,
      summary: 'Remove a flow that has never run',
      access: 'flow.edit',
      answers: { 204: 'empty' },
      refusals: [
        missing,
        refusal(409, 'FLOW_LIVE', 'it is on'),
        refusal(409, 'FLOW_HAS_RUNS', 'it has run, and what it did is kept'),
      ],
    },
    {
      method: 'post',
      path: `${flows}/check`,
      summary: 'Check a document that is not stored',
      access: 'flow.edit',
      body: CheckDocument,
      answers: { 200: DocumentChecked },
    },
    {
      method: 'get',
      path: `${flow}/export`,
      summary: 'The draft as a file, without anything that leads to an account',
      access: 'flow.edit',
      answers: { 200: FlowFile },
      refusals: [missing],
    },
    {
      method: 'post',
      path: `${flow}/duplicate`,
      summary: 'Make a new flow of a draft and its answers',
      access: 'flow.edit',
      body: DuplicateFlow,
      answers: { 201: FlowSummary },
      refusals: [missing, refusal(409, 'TOO_MANY_FLOWS', 'the customer has as many as it can have')],
    },
    {
      method: 'put',
      path: `${flow}/draft`,
      summary: 'Save a draft',
      description:
        'Says which revision it is based on; one that is not the stored revision is refused, so that nobody’s work is overwritten.',
      access: 'flow.edit',
      body: SaveDraft,
      answers: { 200: FlowSummary },
      refusals: [
        missing,
        refusal(409, 'STALE', 'somebody saved after `basedOn`'),
        refusal(409, 'EDITED_ELSEWHERE', 'another than `tab` edits the flow at this moment'),
      ],
    },
    {
      method: 'post',
      path: `${flow}/publish`,
      summary: 'Publish the draft',
      description: 'It is on afterwards, off, or, with `testRecords`, on for these records alone.',
      access: 'flow.publish',
      body: Publish,
      answers: { 200: FlowSummary },
      refusals: [missing, refusal(409, 'STALE', '`revision` is not the stored one'), ...notPublishable],
    },
    {
      method: 'post',
      path: `${flow}/rollback`,
      summary: 'Make an older version live, as a new version',
      access: 'flow.publish',
      body: Rollback,
      answers: { 200: FlowSummary },
      refusals: [missing, versionMissing, ...notPublishable],
    },
    {
      method: 'put',
      path: `${flow}/state`,
      summary: 'Switch a flow on, off, or on for test records only',
      description:
        'With `testRecords` it runs for these records alone; what comes of others is stored and ends as `ignored` with TEST_ONLY. `carry` runs what was passed by meanwhile; it asks for run.decide, too.',
      access: 'flow.switch',
      body: SetFlowState,
      answers: { 200: FlowSummary },
      refusals: [missing, refusal(409, 'FLOW_UNPUBLISHED', 'it has never been published')],
    },
    {
      method: 'get',
      path: `${flow}/versions`,
      summary: 'List versions, newest first',
      access: 'flow.read',
      answers: { 200: VersionList },
      refusals: [missing],
    },
    {
      method: 'get',
      path: `${flow}/versions/:version`,
      summary: 'Read the document of a version',
      access: 'flow.read',
      answers: { 200: FlowDocument },
      refusals: [missing, versionMissing],
    },
    {
      method: 'get',
      path: `${flow}/hooks`,
      summary: 'Read the webhook addresses of a flow',
      description: 'An address is as good as a key to the flow.',
      access: 'flow.publish',
      answers: { 200: HookList },
      refusals: [missing],
    },
    {
      method: 'post',
      path: `${flow}/hooks/:step/secret`,
      summary: 'Make the secret that signs calls to an address of the flow’s own, or rotate it',
      description: 'It is told this once. The one before is taken for `keepHours` more.',
      access: 'flow.publish',
      body: RenewSecret,
      answers: { 200: HookSecretMade },
      refusals: [missing, hookMissing, withoutSecret],
    },
    {
      method: 'delete',
      path: `${flow}/hooks/:step/secret/earlier`,
      summary: 'End the rotation: the secret before is taken no more',
      access: 'flow.publish',
      answers: { 200: HookSummary },
      refusals: [missing, hookMissing, withoutSecret],
    },
  ],
};

const templates = '/api/tenants/:tenant/templates';

export const templateOperations: OperationGroup = {
  title: 'Templates',
  about: 'Ready flows with open questions.',
  operations: [
    { method: 'get', path: templates, summary: 'List templates', access: 'flow.read', answers: { 200: TemplateList } },
    {
      method: 'post',
      path: `${templates}/:template`,
      summary: 'Make a flow from a template',
      access: 'template.use',
      body: Instantiate,
      answers: { 201: FlowSummary },
      refusals: [
        refusal(404, 'TEMPLATE_MISSING', 'there is no such template'),
        refusal(403, 'PACKAGE_NEEDED', 'the customer’s package does not have it'),
        refusal(422, 'CONFIG_INVALID', 'an answer is missing or wrong; `field` names it'),
        refusal(409, 'TOO_MANY_FLOWS', 'the customer has as many as it can have'),
      ],
    },
  ],
};
