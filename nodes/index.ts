import type { AnyConnector } from '#runtime/connector.ts';
import type { AnyNode } from '#runtime/node.ts';
import { commerceNodes } from './commerce/commerce-nodes.ts';
import { fortnox } from './connectors/fortnox/connector.ts';
import { graphql } from './connectors/graphql/connector.ts';
import { medusa } from './connectors/medusa/connector.ts';
import { rest } from './connectors/rest/connector.ts';
import { tryton } from './connectors/tryton/connector.ts';
import { vendure } from './connectors/vendure/connector.ts';
import { woocommerce } from './connectors/woocommerce/connector.ts';
import { coreNodes } from './core/core-nodes.ts';
import { builtInTemplates } from './templates/built-in.ts';

export { fieldTitles } from './commerce/field-titles.ts';
export { builtInTemplates };
/** The flows of the gallery, as they are drawn. */
export const readyFlows = builtInTemplates.map(({ flow }) => flow);
export const builtInNodes: readonly AnyNode[] = [...coreNodes, ...commerceNodes];
export const builtInConnectors: readonly AnyConnector[] = [
  woocommerce,
  fortnox,
  vendure,
  medusa,
  tryton,
  rest,
  graphql,
];
