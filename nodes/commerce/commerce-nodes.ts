import type { AnyNode } from '#runtime/node.ts';
import { articleNodes } from './article-nodes.ts';
import { customerNodes } from './customer-nodes.ts';
import { orderReadNodes } from './order-read-nodes.ts';
import { orderWriteNodes } from './order-write-nodes.ts';
import { priceNodes } from './price-nodes.ts';
import { productNodes } from './product-nodes.ts';
import { statusNodes } from './status-nodes.ts';
import { stockNodes } from './stock-nodes.ts';
import { triggerNodes } from './trigger-nodes.ts';

/** What is done with orders, customers, products, stock, prices and statuses in any system. */
export const commerceNodes: readonly AnyNode[] = [
  ...triggerNodes,
  ...customerNodes,
  ...articleNodes,
  ...orderWriteNodes,
  ...orderReadNodes,
  ...productNodes,
  ...stockNodes,
  ...priceNodes,
  ...statusNodes,
];
