import { timingSafeEqual } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
  Router,
} from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Catalog } from '#runtime/catalog.ts';
import type { SignInOptions } from '#runtime/people.ts';
import type { PracticeAnswer } from '#runtime/protocol.ts';
import type { ConnectionAdmin } from './adapters/connection-admin.ts';
import type { AuditLog } from './adapters/pg-audit.ts';
import type { FindingStore } from './adapters/pg-findings.ts';
import type { FlowStore } from './adapters/pg-flow-store.ts';
import type { PluginDrafts } from './adapters/pg-plugin-drafts.ts';
import type { PluginStore } from './adapters/pg-plugins.ts';
import type { Projects } from './adapters/pg-projects.ts';
import type { RunStore } from './adapters/pg-run-store.ts';
import type { TableStore } from './adapters/pg-tables.ts';
import type { Tenants } from './adapters/pg-tenants.ts';
import type { Visits } from './adapters/pg-visits.ts';
import type { PluginDesk } from './adapters/plugin-desk.ts';
import { Refused } from './adapters/refusal.ts';
import type { ApiTokens } from './auth/api-tokens.ts';
import type { Memberships } from './auth/memberships.ts';
import { isFromOwnMachine, isOwnMachineName } from './auth/own-machine.ts';
import type { People } from './auth/people.ts';
import { isSameOrigin } from './auth/same-origin.ts';
import type { CallLimits } from './call-limits.ts';
import { inTenant, isByToken, signedIn, signedInOrByToken, someoneOf } from './routes/access.ts';
import { accountRoutes } from './routes/account.ts';
import { auditRoutes, houseAuditRoutes } from './routes/audit.ts';
import { jsonBody } from './routes/body.ts';
import { callerRate, tenantRate } from './routes/call-rate.ts';
import { catalogRoutes, tenantCatalogRoutes } from './routes/catalog.ts';
import { connectionRoutes, SIGN_IN_RETURN, signInReturn } from './routes/connections.ts';
import { docsRoutes } from './routes/docs.ts';
import { errorAnswer } from './routes/error-answer.ts';
import { findingRoutes } from './routes/findings.ts';
import { flowRoutes } from './routes/flows.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { memberRoutes } from './routes/members.ts';
import { oidcRoutes } from './routes/oidc.ts';
import { passwordRoutes } from './routes/password.ts';
import { pluginDeskRoutes } from './routes/plugin-desk.ts';
import { pluginRoutes } from './routes/plugins.ts';
import { projectRoutes } from './routes/projects.ts';
import { runRoutes } from './routes/runs.ts';
import { sessionRoutes } from './routes/session.ts';
import { staffRoutes } from './routes/staff.ts';
import { tableRoutes } from './routes/tables.ts';
import { type GalleryTemplate, templateRoutes } from './routes/templates.ts';
import { tenantRoutes } from './routes/tenants.ts';
import { ownToken, tokenRoutes } from './routes/tokens.ts';
import { visitRoutes } from './routes/visit.ts';

/** The practice systems, and the mailbox where no mail server is set. */
export interface Practice {
  readonly router: Router;
  readonly mailbox: Router | null;
  readonly addresses: NonNullable<PracticeAnswer>;
}

export interface AppDeps {
  readonly catalog: Catalog;
  readonly templates: readonly GalleryTemplate[];
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly plugins: PluginStore;
  readonly tables: TableStore;
  readonly drafts: PluginDrafts;
  readonly desk: PluginDesk;
  readonly findings: FindingStore;
  readonly audit: AuditLog;
  readonly visits: Visits;
  readonly tenants: Tenants;
  readonly memberships: Memberships;
  readonly projects: Projects;
  readonly connections: ConnectionAdmin;
  readonly people: People;
  readonly tokens: ApiTokens;
  readonly calls: CallLimits;
  /** The session middleware; sockets use the same. */
  readonly session: RequestHandler;
  /** A session is over: its live lines are cut. */
  ended(sid: string): void;
  /** The connection can be used again: runs that waited for it may go on. */
  usable(tenant: number, connection: string): Promise<void>;
  /** Webhooks; mounted before anything reads bodies or sessions. */
  readonly hooks: Router;
  /** The practice systems, where there are any. */
  readonly practice?: Practice;
  ready(): Promise<boolean>;
  /** Metrics as text, and the type of that text. */
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  readonly metricsToken?: string;
  /** The address people use. */
  readonly publicUrl: string;
  /** Whether a proxy in front says who calls and how. */
  readonly trustProxy: boolean;
  /** Directory of the built page. */
  readonly dist: string;
  /** Serves the page in place of `dist`, as while developing. */
  readonly page?: RequestHandler;
  readonly log: Logger;
}

/** Every header that says who may load what; sockets of our own host count as our own. */
function headers({ publicUrl }: AppDeps): RequestHandler {
  const tls = publicUrl.startsWith('https:');
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'self'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'", (request) => socketSource(request.headers.host, tls)],
        objectSrc: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    strictTransportSecurity: tls,
  });
}

const HOST = /^[a-z0-9.:[\]-]{1,255}$/i;

/** Older browsers do not count a socket of the same host as 'self'. */
function socketSource(host: string | undefined, tls: boolean): string {
  return host !== undefined && HOST.test(host) ? `${tls ? 'wss' : 'ws'}://${host}` : "'self'";
}

const SAFE = ['GET', 'HEAD', 'OPTIONS'];

function ownPagesOnly(publicUrl: string): RequestHandler {
  return (request, _response, next) => {
    if (!SAFE.includes(request.method) && !isSameOrigin(request, publicUrl))
      throw new Refused(403, 'FOREIGN_ORIGIN', 'the request comes from another site');
    next();
  };
}

/** Whether an address under /api is open to tokens; all others are for people who are signed in. */
const OPEN_TO_TOKENS = /^\/(tenants\/|catalog$|token$)/;

/** A token stands in for cookie and origin: no browser sends one by itself. */
function byCookie(publicUrl: string, session: RequestHandler): RequestHandler {
  const ownPages = ownPagesOnly(publicUrl);
  return (request, response, next) => {
    if (!isByToken(request))
      return ownPages(request, response, (error) => (error ? next(error) : session(request, response, next)));
    if (!OPEN_TO_TOKENS.test(request.path))
      throw new Refused(403, 'TOKEN_NOT_TAKEN', 'this address is for people who are signed in');
    next();
  };
}

const noStore: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

function api(deps: AppDeps): Router {
  const { people, tokens, calls } = deps;
  const { users } = people;
  const router = Router();
  router.use(noStore, docsRoutes(deps.publicUrl));
  router.use(byCookie(deps.publicUrl, deps.session), ...jsonBody);
  router.use('/session', sessionRoutes(deps));
  router.use('/password', passwordRoutes(people));
  router.use('/invitations', invitationRoutes(deps));
  router.use('/oidc', oidcRoutes(deps));
  router.get('/sign-in', (_request, response) => {
    const options: SignInOptions = {
      mail: people.mailer !== null,
      oidc: people.oidc && { button: people.oidc.button },
    };
    response.json(options);
  });

  const person = [signedIn(users), callerRate(calls)];
  const caller = [signedInOrByToken(users, tokens), callerRate(calls)];
  router.use('/account', signedIn(users, { settingUp: true }), accountRoutes(deps));
  router.use('/catalog', catalogRoutes(deps.catalog, caller));
  router.get('/token', ...caller, ownToken);
  router.get('/practice', ...person, (_request: Request, response: Response) => {
    const addresses: PracticeAnswer = deps.practice?.addresses ?? null;
    response.json(addresses);
  });
  router.use(houseAuditRoutes(deps.audit, person));
  router.get(SIGN_IN_RETURN.slice('/api'.length), person, signInReturn(deps));

  const tenant = Router({ mergeParams: true });
  tenant.use(inTenant(deps.visits), tenantRate(calls));
  tenant.use(visitRoutes(deps.visits));
  tenant.use('/flows', flowRoutes(deps.flows, deps.runs));
  tenant.use('/templates', templateRoutes({ ...deps, users }));
  tenant.use('/connections', connectionRoutes(deps));
  tenant.use(runRoutes(deps.runs));
  tenant.use(findingRoutes(deps.findings));
  tenant.use('/plugins', pluginRoutes(deps.plugins), pluginDeskRoutes(deps));
  tenant.use('/tables', tableRoutes(deps.tables));
  tenant.use('/catalog', tenantCatalogRoutes(deps.flows));
  tenant.use('/tokens', tokenRoutes(tokens));
  tenant.use('/members', memberRoutes(people));
  tenant.use(auditRoutes(deps.audit));
  tenant.use('/projects', projectRoutes(deps.projects, people));
  router.use('/staff', ...person, staffRoutes(people));
  router.use('/tenants', tenantRoutes(deps, person));
  router.use('/tenants/:tenant', caller, tenant);

  router.use(() => {
    throw new Refused(404, 'ROUTE_MISSING', 'there is nothing at this address');
  });
  return router;
}

function mayMeasure(request: Request, token: string | undefined): boolean {
  const given = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined && given !== undefined) {
    const [one, other] = [Buffer.from(token), Buffer.from(given)];
    return one.length === other.length && timingSafeEqual(one, other);
  }
  return isFromOwnMachine(request);
}

/** The mailbox holds ways into every account: it is read at this machine, under its own name, or by an administrator. */
function mailReaders({ users }: People): RequestHandler {
  return async (request, _response, next) => {
    const here = isFromOwnMachine(request) && isOwnMachineName(request.hostname);
    if (!here && (await someoneOf(request, users))?.role !== 'admin')
      throw new Refused(403, 'NOT_ALLOWED', 'practice mails are read at the machine itself, or by an administrator');
    next();
  };
}

function health(deps: AppDeps): Router {
  const router = Router();
  router.use(noStore);
  router.get('/live', (_request, response) => {
    response.json({ live: true });
  });
  router.get('/ready', async (_request, response) => {
    const ready = await deps.ready().catch(() => false);
    if (!ready) response.status(503).set('Retry-After', '1');
    response.json({ ready });
  });
  router.get('/metrics', async (request, response) => {
    if (!mayMeasure(request, deps.metricsToken))
      throw new Refused(403, 'NOT_ALLOWED', 'metrics are told to this machine, or for METRICS_TOKEN');
    response.set('Content-Type', deps.metrics.contentType).send(await deps.metrics.metrics());
  });
  return router;
}

/** Files named by their content never change; any other address a person opens is the page itself. */
function builtPage(dist: string): Router {
  const router = Router();
  const index = path.join(dist, 'index.html');
  router.use('/assets', express.static(path.join(dist, 'assets'), { immutable: true, maxAge: '1y', index: false }));
  router.use('/assets', () => {
    throw new Refused(404, 'ROUTE_MISSING', 'there is nothing at this address');
  });
  router.use(express.static(dist, { index: false, maxAge: '1h' }));
  router.use((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new Refused(404, 'ROUTE_MISSING', 'there is nothing at this address');
    if (!existsSync(index)) throw new Refused(503, 'PAGE_MISSING', 'the page is not built yet', { retryAfter: 5 });
    response.set('Cache-Control', 'no-cache').sendFile(index);
  });
  return router;
}

function lastHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    const { status, body, retryAfter, unexpected } = errorAnswer(error);
    if (unexpected) log.error({ err: error, method: request.method, path: request.path }, 'a request failed');
    else if (status >= 500) log.warn({ err: error, method: request.method, path: request.path }, 'a request failed');
    if (response.headersSent) return next(error);
    if (retryAfter !== undefined) response.set('Retry-After', String(retryAfter));
    response.status(status).json(body);
  };
}

/** The web half of the server; the caller listens. */
export function createApp(deps: AppDeps): Express {
  const app = express();
  app.disable('x-powered-by');
  // a hash of every answer would cost more than it spares: answers are small, and the page's files have their own
  app.disable('etag');
  app.set('trust proxy', deps.trustProxy ? 1 : false);
  app.set('query parser', 'simple');
  app.use('/hooks', deps.hooks);
  if (deps.practice) app.use(deps.practice.router);
  app.use(headers(deps));
  if (deps.practice?.mailbox)
    app.use('/practice/mail', noStore, deps.session, mailReaders(deps.people), deps.practice.mailbox);
  app.use('/practice', () => {
    throw new Refused(404, 'PRACTICE_OFF', 'there are no practice systems here');
  });
  app.use(health(deps));
  app.use('/api', api(deps));
  app.use(deps.page ?? builtPage(deps.dist));
  app.use(lastHandler(deps.log));
  return app;
}
