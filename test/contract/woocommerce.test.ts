import { woocommerce } from '#nodes/connectors/woocommerce/connector.ts';
import { connectorContract } from './connector.ts';
import { startPracticeShop } from './practice-shop.ts';
import type { ContractSubject } from './subject.ts';

const subject: ContractSubject = {
  connector: woocommerce,
  vendor: 'woocommerce',
  start: startPracticeShop,
  account: /^127\.0\.0\.1:\d+$/,
  lacks: {
    customer: [],
    // stock is tracked from its first balance on
    product: ['stockTracked'],
    order: [],
  },
  many: 1000,
};

connectorContract(subject);
