import {
  ApiTokenCreated,
  ConnectionTest,
  type CreateApiToken,
  type Decide,
  EventAnswer,
  type Publish,
  ReconciliationStarted,
  ReplayAnswer,
} from '#runtime/protocol.ts';
import { call, tell } from './call.ts';

export const setFlowState = (tenant: number, flow: string, on: boolean) =>
  tell(`/tenants/${tenant}/flows/${flow}/state`, { method: 'PUT', body: { on } });

export const publishFlow = (tenant: number, flow: string, body: Publish) =>
  tell(`/tenants/${tenant}/flows/${flow}/publish`, { method: 'POST', body });

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

/** A page, not an answer: the browser is sent on to the vendor's own sign-in. */
export const signInAddress = (tenant: number, connection: string) =>
  `/api/tenants/${tenant}/connections/${connection}/sign-in`;

export const createToken = (tenant: number, body: CreateApiToken) =>
  call(ApiTokenCreated, `/tenants/${tenant}/tokens`, { method: 'POST', body });

export const revokeToken = (tenant: number, token: string) =>
  tell(`/tenants/${tenant}/tokens/${token}`, { method: 'DELETE' });
