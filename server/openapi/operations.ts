import { catalogOperations, sessionOperations, tokenOperations } from './account-operations.ts';
import { auditOperations } from './audit-operations.ts';
import { connectionOperations } from './connection-operations.ts';
import { flowOperations, templateOperations } from './flow-operations.ts';
import type { OperationGroup } from './operation.ts';
import { findingOperations, runOperations } from './run-operations.ts';
import { hookOperations, serverOperations } from './server-operations.ts';

/** Every route there is; a test holds the running server to it. */
export const operationGroups: readonly OperationGroup[] = [
  flowOperations,
  templateOperations,
  runOperations,
  findingOperations,
  connectionOperations,
  tokenOperations,
  auditOperations,
  catalogOperations,
  hookOperations,
  sessionOperations,
  serverOperations,
];
