import { AuditFilter, AuditPage, AuditQuery } from '#runtime/audit.ts';
import type { OperationGroup } from './operation.ts';

const tenant = '/api/tenants/:tenant';
const paging = 'For the next page, pass the seq of the last line as `before`.';

export const auditOperations: OperationGroup = {
  title: 'Audit log',
  about: 'Who changed what, when and from where.',
  operations: [
    {
      method: 'get',
      path: `${tenant}/audit`,
      summary: 'Read a customer’s log, newest first',
      description: paging,
      access: 'audit.read',
      query: AuditQuery,
      answers: { 200: AuditPage },
    },
    {
      method: 'get',
      path: `${tenant}/audit.csv`,
      summary: 'Export a customer’s log',
      access: 'audit.read',
      query: AuditFilter,
      answers: { 200: 'text/csv' },
    },
    {
      method: 'get',
      path: '/api/audit',
      summary: 'Read the log of what belongs to no customer',
      description: paging,
      access: 'house.audit',
      query: AuditQuery,
      answers: { 200: AuditPage },
    },
    {
      method: 'get',
      path: '/api/audit.csv',
      summary: 'Export the log of what belongs to no customer',
      access: 'house.audit',
      query: AuditFilter,
      answers: { 200: 'text/csv' },
    },
  ],
};
