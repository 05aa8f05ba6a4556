import { type Request, type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { FlowError, RetryableError, TerminalError } from '#runtime/error.ts';
import {
  AllowConnection,
  ChangeConnection,
  type ConnectionSummary,
  CreateConnection,
  RenewSecret,
  SetConnectionState,
  SetSecrets,
  type SignInEnd,
  TryConnection,
} from '#runtime/protocol.ts';
import type { ConnectionAdmin } from '../adapters/connection-admin.ts';
import type { ConnectionEdit } from '../adapters/connection-edit.ts';
import { tenantOfState } from '../adapters/oauth-sign-in.ts';
import { Refused } from '../adapters/refusal.ts';
import { may } from '../auth/permission.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';

export interface ConnectionRouteDeps {
  readonly connections: ConnectionAdmin;
  /** The address people use, without a path. */
  readonly publicUrl: string;
  /** The connection can be used again: what waited for it may go on. */
  usable(tenant: number, connection: string): Promise<void>;
}

const TEST_MS = 30_000;

/** Where vendors send people back to, under the public address. */
export const SIGN_IN_RETURN = '/api/connections/sign-in';

export function connectionRoutes({ connections, publicUrl, usable }: ConnectionRouteDeps): Router {
  const router = Router({ mergeParams: true });
  const redirectUri = new URL(SIGN_IN_RETURN, publicUrl).href;

  const change = async (request: Request, edit: ConnectionEdit, unproven: boolean): Promise<ConnectionSummary> => {
    const [tenant, connection] = [tenantOf(request), idOf(request, 'connection')];
    if (unproven) return connections.change(tenant, connection, edit);
    const changed = await connections.changeProven(tenant, connection, edit, AbortSignal.timeout(TEST_MS));
    if (changed.state === 'ready') await usable(tenant, connection);
    return changed;
  };

  router.get('/', allow('connection.read'), async (request, response) => {
    response.json({ connections: await connections.list(tenantOf(request)) });
  });
  router.post('/', allow('connection.edit'), async (request, response) => {
    const { secrets, grants, rate, ...draft } = CreateConnection.parse(request.body);
    const tenant = tenantOf(request);
    if ((grants ?? rate) !== undefined && !may(personOf(request), 'connection.allow', tenant))
      throw new Refused(403, 'NOT_ALLOWED', 'only an administrator grants private addresses or limits', {
        field: grants === undefined ? 'rate' : 'grants',
      });
    const made = await connections.create(tenant, {
      ...draft,
      ...(secrets === undefined ? {} : { secrets }),
      ...(grants === undefined ? {} : { grants }),
      ...(rate === undefined ? {} : { rate }),
    });
    response.status(201).json(made);
  });
  router.post('/try', allow('connection.edit'), async (request, response) => {
    const { secrets, grants, ...draft } = TryConnection.parse(request.body);
    const tenant = tenantOf(request);
    if (grants !== undefined && !may(personOf(request), 'connection.allow', tenant))
      throw new Refused(403, 'NOT_ALLOWED', 'only an administrator grants private addresses', { field: 'grants' });
    const trial = {
      ...draft,
      ...(secrets === undefined ? {} : { secrets }),
      ...(grants === undefined ? {} : { grants }),
    };
    response.json({ ok: true, ...(await connections.attempt(tenant, trial, AbortSignal.timeout(TEST_MS))) });
  });
  router.put('/:connection', allow('connection.edit'), async (request, response) => {
    const { title, settings, secrets, beside, unproven } = ChangeConnection.parse(request.body);
    const edit = {
      ...(title === undefined ? {} : { title }),
      ...(settings === undefined ? {} : { settings }),
      ...(secrets === undefined ? {} : { secrets }),
      ...(beside === undefined ? {} : { beside }),
    };
    response.json(await change(request, edit, unproven));
  });
  router.put('/:connection/secrets', allow('connection.edit'), async (request, response) => {
    const { secrets, unproven } = SetSecrets.parse(request.body);
    response.json(await change(request, { beside: secrets }, unproven));
  });
  router.post('/:connection/webhook-secret', allow('connection.edit'), async (request, response) => {
    const wish = RenewSecret.parse(request.body);
    response.json(await connections.renewWebhookSecret(tenantOf(request), idOf(request, 'connection'), wish));
  });
  router.delete('/:connection/webhook-secret/earlier', allow('connection.edit'), async (request, response) => {
    response.json(await connections.endEarlierSecret(tenantOf(request), idOf(request, 'connection')));
  });
  router.put('/:connection/state', allow('connection.edit'), async (request, response) => {
    const { on } = SetConnectionState.parse(request.body);
    response.json(await connections.setEnabled(tenantOf(request), idOf(request, 'connection'), on));
  });
  router.put('/:connection/allowance', allow('connection.allow'), async (request, response) => {
    const { grants, rate } = AllowConnection.parse(request.body);
    const changed = await connections.allow(tenantOf(request), idOf(request, 'connection'), {
      ...(grants === undefined ? {} : { grants }),
      ...(rate === undefined ? {} : { rate }),
    });
    response.json(changed);
  });
  router.delete('/:connection', allow('connection.edit'), async (request, response) => {
    await connections.remove(tenantOf(request), idOf(request, 'connection'));
    response.status(204).end();
  });
  router.post('/:connection/test', allow('connection.test'), async (request, response) => {
    const tenant = tenantOf(request);
    const connection = idOf(request, 'connection');
    const proof = await connections.test(tenant, connection, AbortSignal.timeout(TEST_MS));
    await usable(tenant, connection);
    response.json({ ok: true, ...proof });
  });
  router.get('/:connection/sign-in', allow('connection.edit'), async (request, response) => {
    const by = { user: personOf(request).id, redirectUri };
    const { url } = await connections.beginSignIn(tenantOf(request), idOf(request, 'connection'), by);
    response.redirect(303, url);
  });

  return router;
}

const Back = z.object({
  state: z.string().min(1).max(200),
  code: z.string().min(1).max(4000).optional(),
  error: z.string().max(200).optional(),
});

/** How the vendor's refusals are told; what is not known here is ours, and stays an error. */
function endOf(error: unknown): SignInEnd {
  if (error instanceof RetryableError) return 'unanswered';
  if (error instanceof TerminalError && error.field === 'state') return 'unknown';
  if (error instanceof FlowError) return 'refused';
  throw error;
}

/** The way back from a vendor's sign-in page: ends on the page of the connection, which says how it went. */
export function signInReturn({ connections, usable }: ConnectionRouteDeps): RequestHandler {
  return async (request, response) => {
    const { state, code } = Back.parse(request.query);
    const user = personOf(request).id;
    const begun = await connections.begunSignIn(state, user);
    if (!begun) {
      const tenant = tenantOfState(state);
      return response.redirect(303, tenant === 0 ? '/' : `/a/${tenant}/connections?signIn=unknown`);
    }
    const { tenant, connection } = begun;
    const told = (end: SignInEnd): void =>
      response.redirect(303, `/a/${tenant}/connections/${encodeURIComponent(connection)}?signIn=${end}`);
    if (code === undefined) return told('denied');
    try {
      await connections.finishSignIn({ state, code, user });
    } catch (error) {
      return told(endOf(error));
    }
    await usable(tenant, connection);
    told('done');
  };
}
