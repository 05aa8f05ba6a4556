import { tmpdir } from 'node:os';
import path from 'node:path';
import { vendure } from '#nodes/connectors/vendure/connector.ts';
import { type ContractSubject, type ContractSystem, createFlips } from '../../contract/subject.ts';
import { startSystem } from './start.ts';

async function start(): Promise<ContractSystem> {
  const live = await startSystem(process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live'));
  const { shop, secrets } = live;
  const { admin } = shop;
  const flipped = createFlips();
  let at = 0;
  return {
    origin: live.origin,
    settings: (origin) => ({
      url: `${origin}/admin-api`,
      organisationNumberField: 'organisationNumber',
      vatNumberField: 'vatNumber',
    }),
    secrets,
    wrongSecrets: { ...secrets, password: 'password-of-somebody-else' },
    placeOrder: (order) => shop.placeOrder(order),
    make: {
      product: async (product) => {
        await shop.makeProduct(product);
      },
    },
    count: {
      order: () => shop.count('orders'),
      customer: () => shop.count('customers'),
      product: () => shop.count('products'),
      note: (order) => shop.notes(order),
    },
    change: {
      order: (id) => shop.moveOrder(id),
      async product(id) {
        await admin('mutation($input:UpdateProductVariantInput!){updateProductVariant(input:$input){id}}', {
          input: { id, enabled: !flipped(`product ${id}`) },
        });
      },
      async stock(id) {
        await admin('mutation($input:UpdateProductVariantInput!){updateProductVariant(input:$input){id}}', {
          input: { id, stockOnHand: 10 + at++ },
        });
      },
      async customer(id) {
        await changeCustomer(id);
      },
    },
    close: () => live.close(),
  };

  /** Now the card itself, now an address of it: then the customer's own `updatedAt` stands still. */
  async function changeCustomer(id: string): Promise<void> {
    const { customer } = await admin('query($id:ID!){customer(id:$id){addresses{id}}}', { id });
    const [address] = customer.addresses;
    if (address && flipped(`customer ${id}`)) {
      await admin('mutation($input:UpdateAddressInput!){updateCustomerAddress(input:$input){id}}', {
        input: { id: address.id, city: `Östersund ${at++}` },
      });
    } else {
      await admin(
        'mutation($input:UpdateCustomerInput!){updateCustomer(input:$input){__typename ...on ErrorResult{errorCode message}}}',
        { input: { id, firstName: `Östen ${at++}` } },
      );
    }
  }
}

export const subject: ContractSubject = {
  connector: vendure,
  start,
  purposeOf({ body }) {
    const { query } = JSON.parse(body) as { query: string };
    if (query.startsWith('mutation login')) return 'sign-in';
    return query.startsWith('mutation') ? 'write' : 'read';
  },
  lacks: {
    customer: [],
    product: [],
    order: ['note'],
    shipment: ['trackingUrl'],
  },
  // an order takes the shop itself a sixth of a second
  many: 200,
};
