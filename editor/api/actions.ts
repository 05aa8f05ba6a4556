import type { z } from 'zod';
import type { JsonObject } from '#runtime/json.ts';
import {
  ApiTokenCreated,
  type ChangeConnection,
  ConnectionSummary,
  ConnectionTest,
  type CreateApiToken,
  type CreateConnection,
  type Decide,
  EventAnswer,
  type Publish,
  ReconciliationStarted,
  ReplayAnswer,
  type TryConnection,
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

export const tryConnection = (tenant: number, body: z.infer<typeof TryConnection>) =>
  call(ConnectionTest, `/tenants/${tenant}/connections/try`, { method: 'POST', body });

export const createConnection = (tenant: number, body: z.infer<typeof CreateConnection>) =>
  call(ConnectionSummary, `/tenants/${tenant}/connections`, { method: 'POST', body });

export const changeConnection = (tenant: number, connection: string, body: z.infer<typeof ChangeConnection>) =>
  tell(`/tenants/${tenant}/connections/${connection}`, { method: 'PUT', body });

export const setSecrets = (tenant: number, connection: string, secrets: JsonObject) =>
  tell(`/tenants/${tenant}/connections/${connection}/secrets`, { method: 'PUT', body: { secrets } });

export const setGrants = (tenant: number, connection: string, grants: readonly string[]) =>
  tell(`/tenants/${tenant}/connections/${connection}/allowance`, { method: 'PUT', body: { grants } });

export const setConnectionState = (tenant: number, connection: string, on: boolean) =>
  tell(`/tenants/${tenant}/connections/${connection}/state`, { method: 'PUT', body: { on } });

export const deleteConnection = (tenant: number, connection: string) =>
  tell(`/tenants/${tenant}/connections/${connection}`, { method: 'DELETE' });

/** A page, not an answer: the browser is sent on to the vendor's own sign-in. */
export const signInAddress = (tenant: number, connection: string) =>
  `/api/tenants/${tenant}/connections/${connection}/sign-in`;

export const createToken = (tenant: number, body: CreateApiToken) =>
  call(ApiTokenCreated, `/tenants/${tenant}/tokens`, { method: 'POST', body });

export const revokeToken = (tenant: number, token: string) =>
  tell(`/tenants/${tenant}/tokens/${token}`, { method: 'DELETE' });
