import { SentLink } from '#runtime/people.ts';
import {
  AllowUnsigned,
  AssignStaff,
  ChangePackage,
  CreateTenant,
  InviteStaff,
  Member,
  TenantEntry,
  TenantList,
} from '#runtime/tenant.ts';
import { type OperationGroup, refusal } from './operation.ts';

const missing = refusal(404, 'TENANT_MISSING', 'there is no such customer');

export const tenantOperations: OperationGroup = {
  title: 'Customers',
  about: 'What Weft’s own administrators do about customers. Each step stands in the customer’s audit log.',
  operations: [
    {
      method: 'get',
      path: '/api/tenants',
      summary: 'List customers',
      access: 'house.tenants',
      answers: { 200: TenantList },
    },
    {
      method: 'post',
      path: '/api/tenants',
      summary: 'Make a customer',
      access: 'house.tenants',
      body: CreateTenant,
      answers: { 201: TenantEntry },
    },
    {
      method: 'post',
      path: '/api/staff',
      summary: 'Make an account for an administrator, a KAM or somebody of support, and mail the way to a password',
      access: 'house.tenants',
      body: InviteStaff,
      answers: { 201: SentLink },
      refusals: [
        refusal(409, 'ACCOUNT_KNOWN', 'the address has an account'),
        refusal(429, 'TOO_MANY_TRIES', 'too many mails; come again after Retry-After'),
      ],
    },
    {
      method: 'put',
      path: '/api/tenants/:tenant/package',
      summary: 'Change a customer’s package',
      access: 'house.tenants',
      body: ChangePackage,
      answers: { 200: TenantEntry },
      refusals: [missing, refusal(409, 'PACKAGE_SAME', 'the customer has that package already')],
    },
    {
      method: 'put',
      path: '/api/tenants/:tenant/unsigned-webhooks',
      summary: 'Let a customer’s flows take unsigned calls, or no more',
      description: 'When it is taken back the addresses that are open take signed calls alone from then on.',
      access: 'house.tenants',
      body: AllowUnsigned,
      answers: { 200: TenantEntry },
      refusals: [missing],
    },
    {
      method: 'post',
      path: '/api/tenants/:tenant/staff',
      summary: 'Let a KAM or somebody of support look after a customer',
      access: 'house.tenants',
      body: AssignStaff,
      answers: { 201: Member },
      refusals: [
        missing,
        refusal(404, 'USER_MISSING', 'nobody has an account with that email'),
        refusal(409, 'NOT_STAFF', 'the person is neither KAM nor support'),
      ],
    },
    {
      method: 'delete',
      path: '/api/tenants/:tenant/staff/:user',
      summary: 'Take a customer away from a KAM or somebody of support',
      access: 'house.tenants',
      answers: { 204: 'empty' },
      refusals: [refusal(404, 'USER_MISSING', 'the person does not look after that customer')],
    },
  ],
};
