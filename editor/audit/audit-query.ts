import { infiniteQueryOptions } from '@tanstack/react-query';
import { AuditPage } from '#runtime/audit.ts';
import { call } from '../api/call.ts';

/** What the log is narrowed to; all of it stands in the address. */
export interface AuditSearch {
  /** The log of what belongs to no account, for administrators. */
  readonly house?: true | undefined;
  readonly who?: string | undefined;
  readonly action?: string | undefined;
  /** Hours back from now. */
  readonly hours?: number | undefined;
  readonly text?: string | undefined;
}

/** The times one can narrow to, in hours. */
export const SPANS = { hours: 24, week: 7 * 24, month: 30 * 24 } as const;

const HOUR_MS = 3_600_000;

function queryOf({ who, action, hours, text }: AuditSearch): URLSearchParams {
  const query = new URLSearchParams();
  const since = hours === undefined ? undefined : Date.now() - hours * HOUR_MS;
  for (const [key, value] of Object.entries({ who, action, since, text }))
    if (value !== undefined) query.set(key, String(value));
  return query;
}

const base = (tenant: number, { house }: AuditSearch): string => (house ? '' : `/tenants/${tenant}`);

/** The file of what is narrowed to. */
export const exportAddress = (tenant: number, search: AuditSearch): string =>
  `/api${base(tenant, search)}/audit.csv?${queryOf(search)}`;

export const auditQuery = (tenant: number, search: AuditSearch) =>
  infiniteQueryOptions({
    queryKey: ['tenant', tenant, 'audit', search] as const,
    initialPageParam: undefined as number | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = queryOf(search);
      if (pageParam !== undefined) query.set('before', String(pageParam));
      return call(AuditPage, `${base(tenant, search)}/audit?${query}`, { signal });
    },
    getNextPageParam: (last) => (last.more ? last.lines.at(-1)?.seq : undefined),
  });
