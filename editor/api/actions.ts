import type { z } from 'zod';
import type { FlowDocument } from '#runtime/flow.ts';
import type { JsonObject } from '#runtime/json.ts';
import {
  ApiTokenCreated,
  type ChangeConnection,
  ConnectionSummary,
  ConnectionTest,
  type CreateApiToken,
  type CreateConnection,
  type Decide,
  DocumentChecked,
  EventAnswer,
  FlowAnswer,
  FlowFile,
  FlowSummary,
  HookSecretMade,
  type Instantiate,
  type Publish,
  ReconciliationStarted,
  type RenewSecret,
  ReplayAnswer,
  type SaveDraft,
  type SetFlowState,
  type TryConnection,
  WebhookSecretMade,
} from '#runtime/protocol.ts';
import { call, tell } from './call.ts';

export const createFlow = (tenant: number, document: FlowDocument) =>
  call(FlowSummary, `/tenants/${tenant}/flows`, { method: 'POST', body: { document } });

export const checkDocument = (tenant: number, document: JsonObject) =>
  call(DocumentChecked, `/tenants/${tenant}/flows/check`, { method: 'POST', body: { document } });

export const duplicateFlow = (tenant: number, flow: string, name: string) =>
  call(FlowSummary, `/tenants/${tenant}/flows/${flow}/duplicate`, { method: 'POST', body: { name } });

export const exportFlow = (tenant: number, flow: string) => call(FlowFile, `/tenants/${tenant}/flows/${flow}/export`);

export const deleteFlow = (tenant: number, flow: string) =>
  tell(`/tenants/${tenant}/flows/${flow}`, { method: 'DELETE' });

/** The draft under another name, on top of whatever revision it is at. */
export async function renameFlow(tenant: number, flow: string, name: string): Promise<void> {
  const { draft, flow: summary } = await call(FlowAnswer, `/tenants/${tenant}/flows/${flow}`);
  const body = { basedOn: summary.revision, document: { ...draft, name } };
  await tell(`/tenants/${tenant}/flows/${flow}/draft`, { method: 'PUT', body });
}

export const instantiateTemplate = (tenant: number, template: string, body: z.infer<typeof Instantiate>) =>
  call(FlowSummary, `/tenants/${tenant}/templates/${template}`, { method: 'POST', body });

export const setFlowState = (tenant: number, flow: string, wish: SetFlowState) =>
  tell(`/tenants/${tenant}/flows/${flow}/state`, { method: 'PUT', body: wish });

export const publishFlow = (tenant: number, flow: string, body: Publish) =>
  tell(`/tenants/${tenant}/flows/${flow}/publish`, { method: 'POST', body });

export const saveDraft = (tenant: number, flow: string, body: SaveDraft) =>
  call(FlowSummary, `/tenants/${tenant}/flows/${flow}/draft`, { method: 'PUT', body });

export const rollBackFlow = (tenant: number, flow: string, body: { readonly version: number; readonly note: string }) =>
  tell(`/tenants/${tenant}/flows/${flow}/rollback`, { method: 'POST', body });

export const decideRun = (tenant: number, run: string, body: Decide) =>
  tell(`/tenants/${tenant}/runs/${run}/decide`, { method: 'POST', body });

export const wholeEvent = (tenant: number, run: string, seq: number) =>
  call(EventAnswer, `/tenants/${tenant}/runs/${run}/events/${seq}`);

export const replayRuns = (tenant: number, runs: readonly string[]) =>
  call(ReplayAnswer, `/tenants/${tenant}/replay`, { method: 'POST', body: { runs } });

export const startReconciliation = (tenant: number) =>
  call(ReconciliationStarted, `/tenants/${tenant}/reconcile`, { method: 'POST', body: {} });

export const dismissFinding = (tenant: number, finding: string) =>
  tell(`/tenants/${tenant}/findings/${finding}`, { method: 'PUT', body: { state: 'dismissed' } });

export const testConnection = (tenant: number, connection: string) =>
  call(ConnectionTest, `/tenants/${tenant}/connections/${connection}/test`, { method: 'POST', body: {} });

export const tryConnection = (tenant: number, body: z.infer<typeof TryConnection>) =>
  call(ConnectionTest, `/tenants/${tenant}/connections/try`, { method: 'POST', body });

export const createConnection = (tenant: number, body: z.infer<typeof CreateConnection>) =>
  call(ConnectionSummary, `/tenants/${tenant}/connections`, { method: 'POST', body });

export const renewHookSecret = (tenant: number, flow: string, step: string, body: RenewSecret) =>
  call(HookSecretMade, `/tenants/${tenant}/flows/${flow}/hooks/${encodeURIComponent(step)}/secret`, {
    method: 'POST',
    body,
  });

export const endEarlierHookSecret = (tenant: number, flow: string, step: string) =>
  tell(`/tenants/${tenant}/flows/${flow}/hooks/${encodeURIComponent(step)}/secret/earlier`, { method: 'DELETE' });

export const renewWebhookSecret = (tenant: number, connection: string, body: RenewSecret) =>
  call(WebhookSecretMade, `/tenants/${tenant}/connections/${connection}/webhook-secret`, { method: 'POST', body });

export const endEarlierSecret = (tenant: number, connection: string) =>
  tell(`/tenants/${tenant}/connections/${connection}/webhook-secret/earlier`, { method: 'DELETE' });

export const changeConnection = (tenant: number, connection: string, body: z.input<typeof ChangeConnection>) =>
  tell(`/tenants/${tenant}/connections/${connection}`, { method: 'PUT', body });

export const setGrants = (tenant: number, connection: string, grants: readonly string[]) =>
  tell(`/tenants/${tenant}/connections/${connection}/allowance`, { method: 'PUT', body: { grants } });

export const setConnectionState = (tenant: number, connection: string, on: boolean) =>
  tell(`/tenants/${tenant}/connections/${connection}/state`, { method: 'PUT', body: { on } });

export const deleteConnection = (tenant: number, connection: string) =>
  tell(`/tenants/${tenant}/connections/${connection}`, { method: 'DELETE' });

/** A page, not an answer: the browser is sent on to the vendor's own sign-in. */
export const signInAddress = (tenant: number, connection: string) =>
  `/api/tenants/${tenant}/connections/${connection}/sign-in`;

/** Gives code that is switched off another chance. */
export const allowCode = (tenant: number, program: string) =>
  tell(`/tenants/${tenant}/plugins/allow`, { method: 'POST', body: { program } });

export const createToken = (tenant: number, body: CreateApiToken) =>
  call(ApiTokenCreated, `/tenants/${tenant}/tokens`, { method: 'POST', body });

export const revokeToken = (tenant: number, token: string) =>
  tell(`/tenants/${tenant}/tokens/${token}`, { method: 'DELETE' });
