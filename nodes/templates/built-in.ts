import { priceListsToShop, pricesToShop, statusToShop, stockToShop } from './from-erp.ts';
import { ordersToErp, ordersToErpPlain } from './orders-to-erp.ts';
import { productsToErp, productsToShop } from './products.ts';
import type { FlowTemplate } from './template.ts';

/** The flows a customer can switch on, in the order of the gallery. */
export const builtInTemplates: readonly FlowTemplate[] = [
  ordersToErp,
  ordersToErpPlain,
  productsToErp,
  productsToShop,
  stockToShop,
  statusToShop,
  pricesToShop,
  priceListsToShop,
];
