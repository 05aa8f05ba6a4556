import { fortnox } from '#nodes/connectors/fortnox/connector.ts';
import { startPracticeHost } from '../support/practice-host.ts';
import { connectorContract } from './connector.ts';
import { type ContractSubject, type ContractSystem, createFlips } from './subject.ts';

async function start(): Promise<ContractSystem> {
  const host = await startPracticeHost();
  const { erp } = host;
  const { clientId, clientSecret } = host.keys;
  const { accessToken } = erp.issueTokens();
  const call = async (
    method: string,
    path: string,
    body?: object,
  ): Promise<Record<string, Record<string, unknown>>> => {
    const answer = await fetch(`${host.erpApi}/3/${path}`, {
      method,
      headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Record<string, Record<string, unknown>>;
  };
  let at = 0;
  const flipped = createFlips();
  return {
    origin: host.origin,
    settings: (origin) => ({ apiUrl: `${origin}/practice/erp`, authUrl: `${origin}/practice/erp/oauth-v1` }),
    secrets: { clientId, clientSecret },
    wrongSecrets: { clientId, clientSecret: 'secret-of-somebody-else' },
    tokens: () => erp.issueTokens(),
    async placeOrder({ lines, note, freight, discount }) {
      const rows = lines.map(({ sku, quantity }, index) => ({
        ArticleNumber: sku,
        OrderedQuantity: String(quantity),
        ...(index === 0 && discount !== undefined ? { Discount: Number(discount), DiscountType: 'AMOUNT' } : {}),
      }));
      const { Order } = await call('POST', 'orders', {
        Order: {
          CustomerNumber: '1',
          OrderRows: rows,
          ...(note === undefined ? {} : { Remarks: note }),
          ...(freight === undefined ? {} : { Freight: Number(freight) }),
        },
      });
      return { id: String(Order?.['DocumentNumber']), total: Number(Order?.['Total']).toFixed(2) };
    },
    count: {
      order: () => erp.ledger().counts.orders,
      customer: () => erp.ledger().counts.customers,
      product: () => erp.ledger().counts.articles,
      invoice: () => erp.ledger().counts.invoices,
      async note(order) {
        const text = String((await call('GET', `orders/${order}`))['Order']?.['Comments'] ?? '');
        return text === '' ? 0 : text.split('\n').length;
      },
    },
    change: {
      async order(id) {
        await call('PUT', `orders/${id}`, { Order: { CustomerNumber: '1', NotCompleted: flipped(`order ${id}`) } });
      },
      async customer(id) {
        await call('PUT', `customers/${id}`, { Customer: { Active: !flipped(`customer ${id}`) } });
      },
      async product(id) {
        await call('PUT', `articles/${id}`, { Article: { EAN: `73500${at++}` } });
      },
      async stock(id) {
        await call('PUT', `articles/${id}`, { Article: { QuantityInStock: 100 + at++ } });
      },
    },
    close: () => host.close(),
  };
}

const subject: ContractSubject = {
  connector: fortnox,
  vendor: 'fortnox',
  start,
  account: /^Övningsbolaget AB, 559000-1047$/,
  lacks: {
    // one name for a customer, and one for where the goods go
    customer: [
      'firstName',
      'lastName',
      'billing.firstName',
      'billing.lastName',
      'billing.company',
      'shipping.firstName',
      'shipping.lastName',
    ],
    product: ['description'],
    order: ['billing.firstName', 'billing.lastName', 'shipping.firstName', 'shipping.lastName'],
  },
  many: 1000,
};

connectorContract(subject);
