import type { QueryClient } from '@tanstack/react-query';
import {
  createRootRouteWithContext,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  redirect,
} from '@tanstack/react-router';
import { z } from 'zod';
import { RunFilter, SignInEnd } from '#runtime/protocol.ts';
import { catalogQuery, connectionsQuery, flowQuery, sessionQuery } from './api/queries.ts';
import { drawingCode } from './flows/drawing-code.ts';
import { ROOMY } from './flows/roomy.ts';
import { needTexts } from './i18n.ts';
import { BrokenPage, MissingPage, NoAccountPage, WaitingPage } from './shell/plain-pages.tsx';
import { innerAddress } from './sign-in/inner-address.ts';

interface Context {
  readonly client: QueryClient;
}

const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: MissingPage,
});

const SignInSearch = z.object({
  to: z.string().startsWith('/').max(2000).optional().catch(undefined),
  /** The identity provider has said who it is, and a code is wanted too. */
  step: z.literal('code').optional().catch(undefined),
  /** Why a sign-in at the identity provider led to nothing. */
  failed: z.enum(['unknown', 'elsewhere']).optional().catch(undefined),
});

const signIn = createRoute({
  getParentRoute: () => root,
  path: 'login',
  validateSearch: SignInSearch,
  beforeLoad: async ({ context, search }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    if (session) throw redirect({ href: innerAddress(search.to) });
  },
  component: lazyRouteComponent(() => import('./sign-in/sign-in-page.tsx'), 'SignInPage'),
});

const forgotten = createRoute({
  getParentRoute: () => root,
  path: 'forgotten',
  component: lazyRouteComponent(() => import('./sign-in/forgotten-page.tsx'), 'ForgottenPage'),
});

const reset = createRoute({
  getParentRoute: () => root,
  path: 'reset',
  component: lazyRouteComponent(() => import('./sign-in/reset-page.tsx'), 'ResetPage'),
});

const invite = createRoute({
  getParentRoute: () => root,
  path: 'invite',
  component: lazyRouteComponent(() => import('./sign-in/invite-page.tsx'), 'InvitePage'),
});

const home = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: async ({ context }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/login', search: {} });
    if (session.user.mustSetUpSecondStep) throw redirect({ to: '/account' });
    const [first] = session.tenants;
    if (first) throw redirect({ to: '/a/$account', params: { account: String(first.id) } });
  },
  component: NoAccountPage,
});

const me = createRoute({
  getParentRoute: () => root,
  path: 'account',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/login', search: { to: location.href } });
  },
  component: lazyRouteComponent(() => import('./account/account-page.tsx'), 'AccountPage'),
});

const account = createRoute({
  getParentRoute: () => root,
  path: 'a/$account',
  beforeLoad: async ({ context, location }) => {
    const session = await context.client.ensureQueryData(sessionQuery);
    if (!session) throw redirect({ to: '/login', search: { to: location.href } });
    if (session.user.mustSetUpSecondStep) throw redirect({ to: '/account' });
    return { session };
  },
  component: lazyRouteComponent(() => import('./shell/layout.tsx'), 'Layout'),
});

const overview = createRoute({
  getParentRoute: () => account,
  path: '/',
  component: lazyRouteComponent(() => import('./overview/overview-page.tsx'), 'OverviewPage'),
});

const FlowFilter = z.object({
  q: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
  state: z.enum(['draft', 'live', 'off']).optional().catch(undefined),
});

const flows = createRoute({
  getParentRoute: () => account,
  path: 'flows',
  validateSearch: FlowFilter,
  component: lazyRouteComponent(() => import('./flows/flows-page.tsx'), 'FlowsPage'),
});

const FlowView = z.object({
  view: z.literal('outline').optional().catch(undefined),
  /** Whose panel is open. */
  step: z.string().max(40).optional().catch(undefined),
  open: z.enum(['publish', 'versions']).optional().catch(undefined),
  version: z.int().positive().optional().catch(undefined),
  /** The version it is set beside; absent: the draft. */
  against: z.int().positive().optional().catch(undefined),
});

const flow = createRoute({
  getParentRoute: () => account,
  path: 'flows/$flow',
  validateSearch: FlowView,
  // what the page is about to ask for is on its way while its code is fetched
  loader: ({ context: { client, session }, params }) => {
    const tenant = session.tenants.find(({ id }) => String(id) === params.account);
    if (!tenant) return;
    void client.prefetchQuery(flowQuery(tenant.id, params.flow));
    void client.prefetchQuery(catalogQuery(tenant.id));
    void client.prefetchQuery(connectionsQuery(tenant.id));
    if (!tenant.may.includes('flow.edit') || !matchMedia(ROOMY).matches) return;
    void client.prefetchQuery(drawingCode);
  },
  component: lazyRouteComponent(() => import('./flows/flow-page.tsx'), 'FlowPage'),
});

const RunsSearch = z.object({
  flow: z.uuid().optional().catch(undefined),
  status: RunFilter.optional().catch(undefined),
  ignored: z.literal(true).optional().catch(undefined),
  record: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
  since: z.number().int().nonnegative().optional().catch(undefined),
});

const runs = createRoute({
  getParentRoute: () => account,
  path: 'runs',
  validateSearch: RunsSearch,
  component: lazyRouteComponent(() => import('./runs/runs-page.tsx'), 'RunsPage'),
});

const RunView = z.object({
  view: z.enum(['log']).optional().catch(undefined),
  /** The step that is looked at. */
  step: z.string().max(40).optional().catch(undefined),
});

const run = createRoute({
  getParentRoute: () => account,
  path: 'runs/$run',
  validateSearch: RunView,
  component: lazyRouteComponent(() => import('./runs/run-page.tsx'), 'RunPage'),
});

const SignedInAt = z.object({ signIn: SignInEnd.optional().catch(undefined) });

const connections = createRoute({
  getParentRoute: () => account,
  path: 'connections',
  validateSearch: SignedInAt,
  component: lazyRouteComponent(() => import('./connections/connections-page.tsx'), 'ConnectionsPage'),
});

const NewConnection = z.object({ connector: z.string().max(80).optional().catch(undefined) });

const newConnection = createRoute({
  getParentRoute: () => account,
  path: 'connections/new',
  validateSearch: NewConnection,
  component: lazyRouteComponent(() => import('./connections/new-connection-page.tsx'), 'NewConnectionPage'),
});

const connection = createRoute({
  getParentRoute: () => account,
  path: 'connections/$connection',
  validateSearch: SignedInAt,
  component: lazyRouteComponent(() => import('./connections/connection-page.tsx'), 'ConnectionPage'),
});

const Found = z.object({
  q: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
});

const templates = createRoute({
  getParentRoute: () => account,
  path: 'templates',
  validateSearch: Found,
  component: lazyRouteComponent(() => import('./templates/templates-page.tsx'), 'TemplatesPage'),
});

const template = createRoute({
  getParentRoute: () => account,
  path: 'templates/$template',
  component: lazyRouteComponent(() => import('./templates/template-page.tsx'), 'TemplatePage'),
});

const importFlow = createRoute({
  getParentRoute: () => account,
  path: 'flows/import',
  component: lazyRouteComponent(() => import('./flows/import-page.tsx'), 'ImportPage'),
});

const findings = createRoute({
  getParentRoute: () => account,
  path: 'findings',
  component: lazyRouteComponent(() => import('./findings/findings-page.tsx'), 'FindingsPage'),
});

const members = createRoute({
  getParentRoute: () => account,
  path: 'members',
  component: lazyRouteComponent(() => import('./members/members-page.tsx'), 'MembersPage'),
});

const tokens = createRoute({
  getParentRoute: () => account,
  path: 'tokens',
  component: lazyRouteComponent(() => import('./tokens/tokens-page.tsx'), 'TokensPage'),
});

const tables = createRoute({
  getParentRoute: () => account,
  path: 'tables',
  component: lazyRouteComponent(() => import('./tables/tables-page.tsx'), 'TablesPage'),
});

const TableSearch = z.object({
  find: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
});

const table = createRoute({
  getParentRoute: () => account,
  path: 'tables/$table',
  validateSearch: TableSearch,
  component: lazyRouteComponent(() => import('./tables/table-page.tsx'), 'LookupTablePage'),
});

const AuditFilters = z.object({
  house: z.literal(true).optional().catch(undefined),
  who: z.string().max(200).optional().catch(undefined),
  action: z.string().max(40).optional().catch(undefined),
  hours: z.number().int().positive().max(100_000).optional().catch(undefined),
  text: z
    .union([z.string(), z.number().transform(String)])
    .optional()
    .catch(undefined),
});

const audit = createRoute({
  getParentRoute: () => account,
  path: 'audit',
  validateSearch: AuditFilters,
  component: lazyRouteComponent(async () => {
    const [page] = await Promise.all([import('./audit/audit-page.tsx'), needTexts('audit')]);
    return { AuditPage: page.AuditPage };
  }, 'AuditPage'),
});

const tenants = createRoute({
  getParentRoute: () => account,
  path: 'tenants',
  component: lazyRouteComponent(async () => {
    const [page] = await Promise.all([import('./tenants/tenants-page.tsx'), needTexts('tenants')]);
    return { TenantsPage: page.TenantsPage };
  }, 'TenantsPage'),
});

const plugins = createRoute({
  getParentRoute: () => account,
  path: 'plugins',
  component: lazyRouteComponent(() => import('./plugins/plugins-page.tsx'), 'PluginsPage'),
});

const plugin = createRoute({
  getParentRoute: () => account,
  path: 'plugins/$plugin',
  component: lazyRouteComponent(() => import('./plugins/plugin-page.tsx'), 'PluginPage'),
});

const projects = createRoute({
  getParentRoute: () => account,
  path: 'projects',
  component: lazyRouteComponent(async () => {
    const [page] = await Promise.all([import('./projects/projects-page.tsx'), needTexts('projects')]);
    return { ProjectsPage: page.ProjectsPage };
  }, 'ProjectsPage'),
});

const project = createRoute({
  getParentRoute: () => account,
  path: 'projects/$project',
  component: lazyRouteComponent(async () => {
    const [page] = await Promise.all([import('./projects/project-page.tsx'), needTexts('projects')]);
    return { ProjectPage: page.ProjectPage };
  }, 'ProjectPage'),
});

const routeTree = root.addChildren([
  signIn,
  forgotten,
  reset,
  invite,
  home,
  me,
  account.addChildren([
    overview,
    flows,
    flow,
    runs,
    run,
    connections,
    newConnection,
    connection,
    templates,
    template,
    importFlow,
    findings,
    members,
    tokens,
    tables,
    table,
    audit,
    tenants,
    plugins,
    plugin,
    projects,
    project,
  ]),
]);

export function newRouter(client: QueryClient) {
  return createRouter({
    routeTree,
    context: { client },
    defaultPreload: 'intent',
    defaultPendingComponent: WaitingPage,
    defaultErrorComponent: BrokenPage,
    defaultNotFoundComponent: MissingPage,
    scrollRestoration: false,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof newRouter>;
  }
}
