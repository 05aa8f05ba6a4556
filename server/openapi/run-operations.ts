import {
  Decide,
  EventAnswer,
  FindingList,
  FindingQuery,
  ReconciliationStarted,
  Replay,
  ReplayAnswer,
  RunAnswer,
  RunList,
  RunQuery,
  RunSummary,
  SettleFinding,
  StartReconciliation,
} from '#runtime/protocol.ts';
import { type OperationGroup, refusal } from './operation.ts';

const tenant = '/api/tenants/:tenant';
const missing = refusal(404, 'RUN_MISSING', 'the customer has no such run');

export const runOperations: OperationGroup = {
  title: 'Runs',
  about: 'A run is one record’s way through one version of a flow; its events are its log.',
  operations: [
    {
      method: 'get',
      path: `${tenant}/runs`,
      summary: 'List runs, newest first',
      description: 'For the next page, pass the id of the last run as `before`.',
      access: 'run.read',
      query: RunQuery,
      answers: { 200: RunList },
    },
    {
      method: 'get',
      path: `${tenant}/runs/:run`,
      summary: 'Read a run with its events',
      access: 'run.read',
      answers: { 200: RunAnswer },
      refusals: [missing],
    },
    {
      method: 'get',
      path: `${tenant}/runs/:run/events/:seq`,
      summary: 'Read one event whole',
      access: 'run.read',
      answers: { 200: EventAnswer },
      refusals: [missing, refusal(404, 'EVENT_MISSING', 'the run has no such event')],
    },
    {
      method: 'post',
      path: `${tenant}/runs/:run/decide`,
      summary: 'Decide about a run that waits for a person',
      access: 'run.decide',
      body: Decide,
      answers: { 200: RunSummary },
      refusals: [
        missing,
        refusal(409, 'RUN_ENDED', 'it has ended'),
        refusal(409, 'RUN_BUSY', 'it is being worked on this moment'),
        refusal(409, 'RUN_NOT_HELD', 'it does not wait for anybody'),
        refusal(409, 'RUN_NOT_IN_REVIEW', 'nobody asks whether its write arrived'),
      ],
    },
    {
      method: 'post',
      path: `${tenant}/replay`,
      summary: 'Run ended runs again, under their own ids and references',
      access: 'run.decide',
      body: Replay,
      answers: { 200: ReplayAnswer },
    },
  ],
};

export const findingOperations: OperationGroup = {
  title: 'Reconciliation',
  about: 'What is not as it should be between two systems.',
  operations: [
    {
      method: 'get',
      path: `${tenant}/findings`,
      summary: 'List what reconciliations found',
      access: 'run.read',
      query: FindingQuery,
      answers: { 200: FindingList },
    },
    {
      method: 'put',
      path: `${tenant}/findings/:finding`,
      summary: 'Let a finding be',
      access: 'run.decide',
      body: SettleFinding,
      answers: { 204: 'empty' },
      refusals: [refusal(404, 'FINDING_MISSING', 'there is no such open finding')],
    },
    {
      method: 'post',
      path: `${tenant}/reconcile`,
      summary: 'Begin a reconciliation now',
      access: 'run.decide',
      body: StartReconciliation,
      answers: { 202: ReconciliationStarted },
    },
  ],
};
