import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import { type ChangePackage, type CreateTenant, Member, TenantEntry, TenantList } from '#runtime/tenant.ts';
import { call, tell } from '../api/call.ts';

export const tenantsQuery = queryOptions({
  queryKey: ['tenants'],
  queryFn: ({ signal }) => call(TenantList, '/tenants', { signal }),
});

export const createTenant = (body: z.input<typeof CreateTenant>) =>
  call(TenantEntry, '/tenants', { method: 'POST', body });

export const changePackage = (tenant: number, body: ChangePackage) =>
  call(TenantEntry, `/tenants/${tenant}/package`, { method: 'PUT', body });

export const assignStaff = (tenant: number, email: string) =>
  call(Member, `/tenants/${tenant}/staff`, { method: 'POST', body: { email } });

export const removeStaff = (tenant: number, user: string) =>
  tell(`/tenants/${tenant}/staff/${user}`, { method: 'DELETE' });
