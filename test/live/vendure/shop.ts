import type { Address, Customer, Product } from '#nodes/commerce/model.ts';
import type { Placement } from '../../contract/subject.ts';

type Variables = Readonly<Record<string, unknown>>;
// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes, read in tests only
type Data = any;

/** One session at one of the shop's two APIs; failures of both kinds reject. */
export interface Api {
  (query: string, variables?: Variables): Promise<Data>;
  token(): string;
}

export function openApi(url: string): Api {
  let token = '';
  const ask = async (query: string, variables: Variables = {}): Promise<Data> => {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
    });
    token = answer.headers.get('vendure-auth-token') || token;
    const { data, errors } = (await answer.json()) as { data?: Record<string, Data>; errors?: unknown };
    const refused = Object.values(data ?? {}).find((one) => one?.errorCode !== undefined);
    if (errors || refused) throw new Error(`${query.slice(0, 80)}: ${JSON.stringify(errors ?? refused)}`);
    return data;
  };
  return Object.assign(ask, { token: () => token });
}

const FAILS = '...on ErrorResult{errorCode message}';

/** What people do in the shop, past the connector. */
export interface Shop {
  readonly admin: Api;
  /** As a guest buys; payment is reserved, or drawn at once with `direct`. */
  placeOrder(order: Placement, payment?: 'card' | 'direct'): Promise<{ id: string; code: string; total: string }>;
  /** A product with plenty in stock. */
  makeProduct(product: Product): Promise<string>;
  /** Takes an order a step on its way, or gives a little money back: its state changes and its `updatedAt` does not. */
  moveOrder(id: string): Promise<void>;
  count(list: 'orders' | 'customers' | 'products'): Promise<number>;
  notes(order: string): Promise<number>;
}

const major = (minor: number): string => (minor / 100).toFixed(2);
const minor = (amount: string): number => Math.round(Number(amount) * 100);

const addressOf = (address: Address = {}) => ({
  fullName: `${address.firstName ?? ''} ${address.lastName ?? ''}`.trim(),
  company: address.company ?? '',
  streetLine1: address.street ?? '',
  streetLine2: address.street2 ?? '',
  postalCode: address.postalCode ?? '',
  city: address.city ?? '',
  province: address.region ?? '',
  countryCode: address.country ?? 'SE',
  phoneNumber: address.phone ?? '',
});

function once<T>(make: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (key) => {
    const known = made.get(key) ?? make(key);
    made.set(key, known);
    return known;
  };
}

/** A way of sending with that price, tax included, made the first time it is asked for. */
const shippingMethods = (admin: Api) =>
  once(async (price: string): Promise<string> => {
    const { createShippingMethod } = await admin(
      'mutation($input:CreateShippingMethodInput!){createShippingMethod(input:$input){id}}',
      {
        input: {
          code: `sent-for-${price}`,
          fulfillmentHandler: 'manual-fulfillment',
          checker: {
            code: 'default-shipping-eligibility-checker',
            arguments: [{ name: 'orderMinimum', value: '0' }],
          },
          calculator: {
            code: 'default-shipping-calculator',
            arguments: [
              { name: 'rate', value: String(minor(price)) },
              { name: 'includesTax', value: 'include' },
              { name: 'taxRate', value: '25' },
            ],
          },
          translations: [{ languageCode: 'en', name: 'PostNord Mypack', description: '' }],
        },
      },
    );
    return createShippingMethod.id;
  });

/** A code that takes that much off the goods. */
const coupons = (admin: Api) =>
  once(async (amount: string): Promise<string> => {
    const code = `HÖST${minor(amount)}`;
    await admin(`mutation($input:CreatePromotionInput!){createPromotion(input:$input){...on Promotion{id} ${FAILS}}}`, {
      input: {
        enabled: true,
        couponCode: code,
        conditions: [],
        actions: [{ code: 'order_fixed_discount', arguments: [{ name: 'discount', value: String(minor(amount)) }] }],
        translations: [{ languageCode: 'en', name: code, description: '' }],
      },
    });
    return code;
  });

const variants = (admin: Api) =>
  once(async (sku: string): Promise<string> => {
    const { productVariants } = await admin(
      'query($sku:String!){productVariants(options:{filter:{sku:{eq:$sku}}}){items{id}}}',
      {
        sku,
      },
    );
    const [found] = productVariants.items;
    if (!found) throw new Error(`the shop has no ${sku}`);
    return found.id;
  });

const ADD = `addItemToOrder(productVariantId:$variant,quantity:$quantity){__typename ${FAILS}}`;
const CHECK_OUT = `mutation($buyer:CreateCustomerInput!,$billing:CreateAddressInput!,$shipping:CreateAddressInput!,$method:ID!,
  $coupon:String!,$payment:PaymentInput!,$discount:Boolean!){
  applyCouponCode(couponCode:$coupon) @include(if:$discount){__typename ${FAILS}}
  setCustomerForOrder(input:$buyer){__typename ${FAILS}}
  setOrderBillingAddress(input:$billing){__typename ${FAILS}}
  setOrderShippingAddress(input:$shipping){__typename ${FAILS}}
  setOrderShippingMethod(shippingMethodId:[$method]){__typename ${FAILS}}
  transitionOrderToState(state:"ArrangingPayment"){__typename ...on OrderStateTransitionError{errorCode transitionError}}
  addPaymentToOrder(input:$payment){__typename ...on Order{id code state totalWithTax} ${FAILS}}}`;

/** `origin` of a running Vendure, and an administrator's session there. */
export function openShop(origin: string, admin: Api): Shop {
  const shippingMethod = shippingMethods(admin);
  const coupon = coupons(admin);
  const variant = variants(admin);
  const moved = new Map<string, number>();

  return {
    admin,
    async placeOrder({ lines, buyer, freight = '0', discount }, payment = 'card') {
      const shop = openApi(`${origin}/shop-api`);
      for (const { sku, quantity } of lines)
        await shop(`mutation($variant:ID!,$quantity:Int!){${ADD}}`, { variant: await variant(sku), quantity });
      const { addPaymentToOrder: order } = await shop(CHECK_OUT, {
        buyer: buyerOf(buyer),
        billing: addressOf(buyer.billing),
        shipping: addressOf(buyer.shipping ?? buyer.billing),
        method: await shippingMethod(freight),
        discount: discount !== undefined,
        coupon: discount === undefined ? '' : await coupon(discount),
        payment: { method: payment, metadata: {} },
      });
      return { id: order.id, code: order.code, total: major(order.totalWithTax) };
    },
    makeProduct: (product) => makeProduct(admin, product),
    async moveOrder(id) {
      const step = moved.get(id) ?? 0;
      moved.set(id, step + 1);
      await moveOrder(admin, id, step);
    },
    async count(list) {
      const filter = list === 'orders' ? 'filter:{orderPlacedAt:{isNull:false}}' : '';
      const data = await admin(`{${list}(options:{take:1 ${filter}}){totalItems}}`);
      return data[list].totalItems;
    },
    async notes(order) {
      const { order: found } = await admin(
        'query($id:ID!){order(id:$id){history(options:{filter:{type:{eq:"ORDER_NOTE"}}}){totalItems}}}',
        { id: order },
      );
      return found.history.totalItems;
    },
  };
}

const buyerOf = ({ firstName = '', lastName = '', email = '', phone = '' }: Customer) => ({
  firstName,
  lastName,
  emailAddress: email,
  phoneNumber: phone,
});

async function makeProduct(admin: Api, { name, sku = '', price = '0', taxRate = 0 }: Product): Promise<string> {
  const { taxCategories } = await admin('{taxCategories{items{id name}}}');
  const category = taxCategories.items.find((one: { name: string }) => one.name === `Moms ${taxRate / 100}`);
  const { createProduct } = await admin('mutation($input:CreateProductInput!){createProduct(input:$input){id}}', {
    input: { translations: [{ languageCode: 'en', name, slug: sku, description: '' }] },
  });
  const { createProductVariants } = await admin(
    'mutation($input:[CreateProductVariantInput!]!){createProductVariants(input:$input){id}}',
    {
      input: [
        {
          productId: createProduct.id,
          sku,
          price: minor(price),
          taxCategoryId: category.id,
          trackInventory: 'TRUE',
          stockOnHand: 1_000_000,
          translations: [{ languageCode: 'en', name }],
        },
      ],
    },
  );
  return createProductVariants[0].id;
}

const REFUND = `mutation($payment:ID!){refundOrder(input:{paymentId:$payment,amount:1,lines:[],shipping:0,adjustment:0}){
  ...on Refund{id} ${FAILS}}}`;
const SETTLE = `mutation($id:ID!){settleRefund(input:{id:$id,transactionId:"back"}){__typename ${FAILS}}}`;
const MOVE = `mutation($id:ID!,$state:String!){transitionFulfillmentToState(id:$id,state:$state){__typename ${FAILS}}}`;

async function moveOrder(admin: Api, id: string, step: number): Promise<void> {
  const { order } = await admin(
    'query($id:ID!){order(id:$id){lines{id quantity} payments{id refunds{id state}} fulfillments{id}}}',
    { id },
  );
  const [payment] = order.payments;
  const [fulfillment] = order.fulfillments;
  if (step === 0) {
    await admin(`mutation($id:ID!){settlePayment(id:$id){__typename ${FAILS}}}`, { id: payment.id });
  } else if (step === 1) {
    const lines = order.lines.map((line: Data) => ({ orderLineId: line.id, quantity: line.quantity }));
    const handler = { code: 'manual-fulfillment', arguments: [{ name: 'method', value: 'PostNord' }] };
    await admin(`mutation($input:FulfillOrderInput!){addFulfillmentToOrder(input:$input){__typename ${FAILS}}}`, {
      input: { lines, handler },
    });
  } else if (step === 2 || step === 3) {
    await admin(MOVE, { id: fulfillment.id, state: step === 2 ? 'Shipped' : 'Delivered' });
  } else {
    const pending = payment.refunds.find((one: Data) => one.state === 'Pending');
    await (pending ? admin(SETTLE, { id: pending.id }) : admin(REFUND, { payment: payment.id }));
  }
}
