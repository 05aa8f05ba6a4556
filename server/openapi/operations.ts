import { auditOperations } from './audit-operations.ts';
import { connectionOperations } from './connection-operations.ts';
import { flowOperations, templateOperations } from './flow-operations.ts';
import { memberOperations } from './member-operations.ts';
import type { OperationGroup } from './operation.ts';
import { peopleOperations } from './people-operations.ts';
import { pluginOperations } from './plugin-operations.ts';
import { projectOperations } from './project-operations.ts';
import { findingOperations, runOperations } from './run-operations.ts';
import { hookOperations, serverOperations } from './server-operations.ts';
import { tableOperations } from './table-operations.ts';
import { tenantOperations } from './tenant-operations.ts';
import { catalogOperations, tokenOperations } from './token-operations.ts';

/** Every route there is; a test holds the running server to it. */
export const operationGroups: readonly OperationGroup[] = [
  flowOperations,
  templateOperations,
  runOperations,
  findingOperations,
  connectionOperations,
  projectOperations,
  tokenOperations,
  auditOperations,
  pluginOperations,
  tableOperations,
  catalogOperations,
  hookOperations,
  memberOperations,
  peopleOperations,
  tenantOperations,
  serverOperations,
];
