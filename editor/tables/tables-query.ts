import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import {
  type ChangeTable,
  type CreateTable,
  type ImportTable,
  TableChanged,
  TableList,
  TablePage,
  TableSummary,
} from '#runtime/lookup-table.ts';
import { call, tell } from '../api/call.ts';

const base = (tenant: number) => `/tenants/${tenant}/tables`;

export const tablesQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'tables'],
    queryFn: ({ signal }) => call(TableList, base(tenant), { signal }),
  });

/** Key of all that is read of one table, whatever it is narrowed to. */
export const tableKey = (tenant: number, table: string) => ['tenant', tenant, 'table', table] as const;

export const tableQuery = (tenant: number, table: string, find: string) =>
  infiniteQueryOptions({
    queryKey: [...tableKey(tenant, table), find] as const,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = new URLSearchParams();
      if (find !== '') query.set('find', find);
      if (pageParam !== undefined) query.set('after', pageParam);
      return call(TablePage, `${base(tenant)}/${table}?${query}`, { signal });
    },
    getNextPageParam: (last) => (last.more ? last.rows.at(-1)?.key : undefined),
  });

export const createTable = (tenant: number, body: CreateTable) =>
  call(TableSummary, base(tenant), { method: 'POST', body });

export const changeTable = (tenant: number, table: string, body: ChangeTable) =>
  call(TableChanged, `${base(tenant)}/${table}/rows`, { method: 'PUT', body });

export const importTable = (tenant: number, table: string, body: ImportTable) =>
  call(TableChanged, `${base(tenant)}/${table}/import`, { method: 'POST', body });

export const deleteTable = (tenant: number, table: string) => tell(`${base(tenant)}/${table}`, { method: 'DELETE' });

/** The whole table as a file. */
export const tableFile = (tenant: number, table: string): string => `/api${base(tenant)}/${table}/rows.csv`;
