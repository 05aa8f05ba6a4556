import type { AnyNode } from '#runtime/node.ts';
import { commerceNodes } from './commerce/commerce-nodes.ts';
import { coreNodes } from './core/core-nodes.ts';

export { builtInTemplates } from './templates/built-in.ts';
export const builtInNodes: readonly AnyNode[] = [...coreNodes, ...commerceNodes];
