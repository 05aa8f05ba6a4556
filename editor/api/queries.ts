import { infiniteQueryOptions, QueryClient, queryOptions } from '@tanstack/react-query';
import { z } from 'zod';
import { FLOW_FORMAT, FlowDocument } from '#runtime/flow.ts';
import {
  AccountAnswer,
  InvitationAnswer,
  MemberList,
  ResetAnswer,
  SessionAnswer,
  SignInOptions,
} from '#runtime/people.ts';
import {
  ApiTokenList,
  CatalogAnswer,
  ConnectionList,
  FindingList,
  FlowAnswer,
  FlowList,
  HookList,
  PluginList,
  PracticeAnswer,
  RunAnswer,
  type RunFilter,
  RunList,
  TemplateList,
  VersionList,
} from '#runtime/protocol.ts';
import { mergeEvents } from '../runs/follow-run.ts';
import { ApiError, call } from './call.ts';

/** What a list of runs is narrowed to; all of it stands in the address. */
export interface RunSearch {
  readonly flow?: string | undefined;
  readonly status?: RunFilter | undefined;
  /** Runs whose trigger took nothing too; they are left out otherwise. */
  readonly ignored?: true | undefined;
  readonly record?: string | undefined;
  readonly since?: number | undefined;
}

const PAGE = 50;

/** Trying again helps when nothing came back; an answer, also a refusal, is an answer. */
export function newQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 30_000,
        refetchOnWindowFocus: true,
        retry: (count, error) => count < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 502),
      },
    },
  });
}

const base = (tenant: number) => `/tenants/${tenant}`;

/** Null when nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => call(SessionAnswer.nullable(), '/session?optional=true', { signal }),
});

/** What may be offered to whoever is not signed in. */
export const signInOptionsQuery = queryOptions({
  queryKey: ['sign-in'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => call(SignInOptions, '/sign-in', { signal }),
});

/** Whose password a mailed link changes; asked with a POST, so that the key stands in no address. */
export const resetQuery = (token: string) =>
  queryOptions({
    queryKey: ['reset', token],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: ({ signal }) => call(ResetAnswer, '/password/link', { method: 'POST', body: { token }, signal }),
  });

export const accountQuery = queryOptions({
  queryKey: ['account'],
  queryFn: ({ signal }) => call(AccountAnswer, '/account', { signal }),
});

/** What a mailed invitation is for. */
export const invitationQuery = (token: string) =>
  queryOptions({
    queryKey: ['invitation', token],
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
    queryFn: ({ signal }) => call(InvitationAnswer, '/invitations/look', { method: 'POST', body: { token }, signal }),
  });

export const membersQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'members'],
    queryFn: ({ signal }) => call(MemberList, `${base(tenant)}/members`, { signal }),
  });

/** What the tenant's flows can be made of, the nodes of its plugins included. */
export const catalogQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['catalog', tenant],
    staleTime: 10 * 60_000,
    queryFn: ({ signal }) => call(CatalogAnswer, `${base(tenant)}/catalog`, { signal }),
  });

export const practiceQuery = queryOptions({
  queryKey: ['practice'],
  staleTime: Number.POSITIVE_INFINITY,
  queryFn: ({ signal }) => call(PracticeAnswer, '/practice', { signal }),
});

export const flowsQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'flows'],
    queryFn: ({ signal }) => call(FlowList, `${base(tenant)}/flows`, { signal }),
  });

/** The server has just read these documents with the page's own schema; a large one read again would keep the page waiting. */
const ReadDocument = z.custom<FlowDocument>(
  (value) => typeof value === 'object' && value !== null && 'format' in value && value.format === FLOW_FORMAT,
);
const OpenedFlow = FlowAnswer.extend({ draft: ReadDocument, live: ReadDocument.nullable() });

export const flowQuery = (tenant: number, flow: string) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'flow', flow],
    queryFn: ({ signal }) => call(OpenedFlow, `${base(tenant)}/flows/${flow}`, { signal }),
  });

/** Where the flow is called, for those who publish it. */
export const hooksQuery = (tenant: number, flow: string) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'hooks', flow],
    queryFn: ({ signal }) => call(HookList, `${base(tenant)}/flows/${flow}/hooks`, { signal }),
  });

export const versionsQuery = (tenant: number, flow: string) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'versions', flow],
    queryFn: ({ signal }) => call(VersionList, `${base(tenant)}/flows/${flow}/versions`, { signal }),
  });

/** What is shown of a flow is read anew: something was done to it. Resolves when it is there. */
export const refreshFlow = (client: QueryClient, tenant: number, flow: string): Promise<unknown> =>
  Promise.all([
    client.invalidateQueries({ queryKey: flowsQuery(tenant).queryKey }),
    client.invalidateQueries({ queryKey: flowQuery(tenant, flow).queryKey }),
  ]);

/** As `refreshFlow`, after another version has become the one that runs. */
export const refreshVersions = (client: QueryClient, tenant: number, flow: string): Promise<unknown> =>
  Promise.all([
    refreshFlow(client, tenant, flow),
    client.invalidateQueries({ queryKey: versionsQuery(tenant, flow).queryKey }),
    client.invalidateQueries({ queryKey: hooksQuery(tenant, flow).queryKey }),
  ]);

/** A version never changes once it is made. */
export const versionQuery = (tenant: number, flow: string, version: number) =>
  queryOptions({
    queryKey: ['version', tenant, flow, version],
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: ({ signal }) => call(FlowDocument, `${base(tenant)}/flows/${flow}/versions/${version}`, { signal }),
  });

export const connectionsQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'connections'],
    queryFn: ({ signal }) => call(ConnectionList, `${base(tenant)}/connections`, { signal }),
  });

export const templatesQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'templates'],
    queryFn: ({ signal }) => call(TemplateList, `${base(tenant)}/templates`, { signal }),
  });

export const findingsQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'findings'],
    queryFn: ({ signal }) => call(FindingList, `${base(tenant)}/findings`, { signal }),
  });

/** Code of the customer's own that is switched off. */
export const stoppedCodeQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'stopped-code'],
    queryFn: async ({ signal }) => (await call(PluginList, `${base(tenant)}/plugins`, { signal })).stopped,
  });

export const tokensQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'tokens'],
    queryFn: ({ signal }) => call(ApiTokenList, `${base(tenant)}/tokens`, { signal }),
  });

export const runQuery = (tenant: number, run: string) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'run', run],
    queryFn: async ({ signal, client, queryKey }) => {
      const answer = await call(RunAnswer, `${base(tenant)}/runs/${run}`, { signal });
      // events that arrived live while this answer was under way are newer than it
      const known = client.getQueryData<RunAnswer>(queryKey);
      return known ? mergeEvents(answer, known.events) : answer;
    },
  });

/** Key of every list of runs of a tenant, whatever it is narrowed to. */
export const runsKey = (tenant: number) => ['tenant', tenant, 'runs'] as const;

export const runsQuery = (tenant: number, search: RunSearch, limit = PAGE) =>
  infiniteQueryOptions({
    queryKey: [...runsKey(tenant), search, limit] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams({ limit: String(limit) });
      for (const [key, value] of Object.entries({ ...search, before: pageParam }))
        if (value !== undefined) query.set(key, String(value));
      return call(RunList, `${base(tenant)}/runs?${query}`, { signal });
    },
    getNextPageParam: (last) => (last.more ? last.runs.at(-1)?.id : undefined),
  });
