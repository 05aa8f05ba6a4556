import { queryOptions } from '@tanstack/react-query';
import type { z } from 'zod';
import { SentLink } from '#runtime/people.ts';
import {
  type AllowUnsigned,
  type ChangePackage,
  type CreateTenant,
  type InviteStaff,
  Member,
  TenantEntry,
  TenantList,
} from '#runtime/tenant.ts';
import { call, tell } from '../api/call.ts';

export const tenantsQuery = queryOptions({
  queryKey: ['tenants'],
  queryFn: ({ signal }) => call(TenantList, '/tenants', { signal }),
});

export const createTenant = (body: z.input<typeof CreateTenant>) =>
  call(TenantEntry, '/tenants', { method: 'POST', body });

export const changePackage = (tenant: number, body: ChangePackage) =>
  call(TenantEntry, `/tenants/${tenant}/package`, { method: 'PUT', body });

export const inviteStaff = (body: InviteStaff) => call(SentLink, '/staff', { method: 'POST', body });

export const allowUnsigned = (tenant: number, body: AllowUnsigned) =>
  call(TenantEntry, `/tenants/${tenant}/unsigned-webhooks`, { method: 'PUT', body });

export const assignStaff = (tenant: number, email: string) =>
  call(Member, `/tenants/${tenant}/staff`, { method: 'POST', body: { email } });

export const removeStaff = (tenant: number, user: string) =>
  tell(`/tenants/${tenant}/staff/${user}`, { method: 'DELETE' });
