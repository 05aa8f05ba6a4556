/** Where on a document of the practice shop our reference is. */
const OUR_REFERENCE = "{{ item.meta_data | where('key', '_weft_reference') | pick('value') | first }}";
const REFERENCE_META = { key: '_weft_reference', value: '{{ reference }}' };

const addressAt = (place: string) => ({
  company: `{{ ${place}.company }}`,
  firstName: `{{ ${place}.first_name }}`,
  lastName: `{{ ${place}.last_name }}`,
  street: `{{ ${place}.address_1 }}`,
  street2: `{{ ${place}.address_2 }}`,
  postalCode: `{{ ${place}.postcode }}`,
  city: `{{ ${place}.city }}`,
  region: `{{ ${place}.state }}`,
  country: `{{ ${place}.country }}`,
});

const addressOf = (place: string) => ({
  first_name: `{{ ${place}.firstName }}`,
  last_name: `{{ ${place}.lastName }}`,
  company: `{{ ${place}.company }}`,
  address_1: `{{ ${place}.street }}`,
  address_2: `{{ ${place}.street2 }}`,
  postcode: `{{ ${place}.postalCode }}`,
  city: `{{ ${place}.city }}`,
  state: `{{ ${place}.region }}`,
  country: `{{ ${place}.country }}`,
});

const charge = { id: '{{ item.id }}', net: '{{ item.total }}', tax: '{{ item.total_tax }}' };

const records = {
  order: {
    id: '{{ record.id }}',
    number: '{{ record.number }}',
    placedAt: '{{ record.date_created_gmt }}',
    changedAt: '{{ record.date_modified_gmt }}',
    currency: '{{ record.currency }}',
    status: '{{ record.status }}',
    statuses: [
      { native: 'pending', order: 'open' },
      { native: 'processing', order: 'processing' },
      { native: 'on-hold', order: 'on-hold' },
      { native: 'completed', order: 'completed' },
      { native: 'cancelled', order: 'cancelled' },
      { native: 'failed', order: 'failed' },
    ],
    payment: "{{ record.date_paid_gmt | choose('paid', 'unpaid') }}",
    fulfilment: "{{ record.status | lookup('completed', 'fulfilled', 'unfulfilled') }}",
    note: '{{ record.customer_note }}',
    pricesIncludeTax: 'false',
    customer: {
      // a guest's is 0
      id: "{{ record.customer_id | lookup(0, '', record.customer_id) }}",
      kind: "{{ record.billing.company | choose('company', 'private') }}",
      firstName: '{{ record.billing.first_name }}',
      lastName: '{{ record.billing.last_name }}',
      email: '{{ record.billing.email }}',
      phone: '{{ record.billing.phone }}',
    },
    billing: {
      ...addressAt('record.billing'),
      email: '{{ record.billing.email }}',
      phone: '{{ record.billing.phone }}',
    },
    shipping: addressAt('record.shipping'),
    lines: {
      list: '{{ record.line_items }}',
      id: '{{ item.id }}',
      sku: '{{ item.sku }}',
      productId: '{{ item.variation_id | lookup(0, item.product_id, item.variation_id) }}',
      name: '{{ item.name }}',
      quantity: '{{ item.quantity }}',
      net: '{{ item.total }}',
      tax: '{{ item.total_tax }}',
      discount: '{{ item.subtotal | subtract(item.total) | round(2) }}',
    },
    freight: { list: '{{ record.shipping_lines }}', name: '{{ item.method_title }}', ...charge },
    fees: { list: '{{ record.fee_lines }}', name: '{{ item.name }}', ...charge },
    totals: { gross: '{{ record.total }}', tax: '{{ record.total_tax }}' },
  },
  customer: {
    id: '{{ record.id }}',
    changedAt: '{{ record.date_modified_gmt }}',
    kind: "{{ record.billing.company | choose('company', 'private') }}",
    firstName: '{{ record.first_name }}',
    lastName: '{{ record.last_name }}',
    email: '{{ record.email }}',
    phone: '{{ record.billing.phone }}',
    billing: { ...addressAt('record.billing'), phone: '{{ record.billing.phone }}' },
    shipping: addressAt('record.shipping'),
  },
  product: {
    id: '{{ record.id }}',
    sku: '{{ record.sku }}',
    name: '{{ record.name }}',
    kind: "{{ record.type | lookup('simple', 'simple', 'variable', 'variable', 'variation', 'variant', 'other') }}",
    active: "{{ record.status | equals('publish') }}",
    description: '{{ record.description }}',
    price: '{{ record.regular_price }}',
    priceIncludesTax: 'true',
    taxRate: "{{ record.tax_class | lookup('reduced-rate', 12, 'reduced-rate-6', 6, 'zero-rate', 0, 25) }}",
    stock: '{{ record.stock_quantity }}',
    changedAt: '{{ record.date_modified_gmt }}',
  },
};

const page = { per_page: '{{ page.size }}', page: '{{ page.number }}' };
/** Oldest change first, each page from where the last one ended: what changes meanwhile comes last. */
const byChange = {
  per_page: '{{ page.size }}',
  offset: '{{ page.offset }}',
  orderby: 'modified',
  order: 'asc',
  modified_after: "{{ changedSince | date('yyyy-MM-ddTHH:mm:ss', 'UTC') }}",
  dates_are_gmt: true,
};

const productBody = {
  name: '{{ product.name }}',
  sku: '{{ product.sku }}',
  regular_price: '{{ product.price }}',
  description: '{{ product.description }}',
  status: "{{ product.active | choose('publish', 'draft') }}",
  tax_class: "{{ product.taxRate | lookup(1200, 'reduced-rate', 600, 'reduced-rate-6', 0, 'zero-rate', '') }}",
};

const requests = {
  'orders.list': { path: 'orders', query: { ...byChange, status: 'any' }, paging: { style: 'changed' } },
  'orders.get': { path: 'orders/{{ id }}' },
  'orders.find': { number: { path: 'orders', query: { search: '{{ value }}' } } },
  'orders.set-status': {
    path: 'orders/{{ order.id }}',
    body: {
      $when: "{{ action | equals('paid') }}",
      $then: { set_paid: true },
      $else: { status: '{{ status }}' },
    },
    class: 'A',
    statuses: [
      { action: 'processing', native: 'processing' },
      { action: 'paid', native: 'processing' },
      { action: 'on-hold', native: 'on-hold' },
      { action: 'delivered', native: 'completed' },
      { action: 'completed', native: 'completed' },
      { action: 'cancelled', native: 'cancelled' },
    ],
  },
  'orders.add-note': {
    path: 'orders/{{ order.id }}/notes',
    body: { note: '{{ text }} [{{ reference }}]', customer_note: '{{ toCustomer }}' },
    class: 'B',
    lookup: {
      path: 'orders/{{ order.id }}/notes',
      reference: "{{ item.note | split('[') | last | replace(']', '') }}",
    },
  },
  'customers.list': {
    path: 'customers',
    query: { ...page, orderby: 'id', order: 'asc', role: 'all' },
    everySeconds: 3600,
  },
  'customers.get': { path: 'customers/{{ id }}' },
  'customers.find': { email: { path: 'customers', query: { email: '{{ value | trim }}', role: 'all' } } },
  'customers.create': {
    path: 'customers',
    body: {
      email: '{{ customer.email }}',
      first_name: '{{ customer.firstName }}',
      last_name: '{{ customer.lastName }}',
      billing: {
        ...addressOf('customer.billing'),
        company: '{{ customer.billing.company }}',
        email: '{{ customer.email }}',
        phone: '{{ customer.phone }}',
      },
      shipping: addressOf('customer.shipping'),
      meta_data: [REFERENCE_META],
    },
    class: 'B',
    lookup: { path: 'customers', query: { email: '{{ customer.email }}', role: 'all' }, reference: OUR_REFERENCE },
  },
  'products.list': { path: 'products', query: byChange, paging: { style: 'changed' } },
  'products.get': { path: 'products/{{ id }}' },
  'products.find': { path: 'products', query: { sku: '{{ sku }}' } },
  'products.create': {
    path: 'products',
    body: { ...productBody, meta_data: [REFERENCE_META] },
    class: 'B',
    lookup: { path: 'products', query: { sku: '{{ product.sku }}' }, reference: OUR_REFERENCE },
  },
  'products.update': { path: 'products/{{ id }}', body: productBody, class: 'A' },
  'stock.set': {
    path: 'products/{{ product.source.id }}',
    body: { manage_stock: true, stock_quantity: '{{ level.onHand | number }}' },
    class: 'A',
  },
};

/** The practice shop (WooCommerce's API) described in the settings of an HTTP/REST connection alone. */
export const shopBySettings = (origin: string) => ({
  baseUrl: `${origin}/practice/shop/wp-json/wc/v3`,
  auth: { kind: 'basic' },
  paging: { style: 'page', size: 100, total: '{{ headers.x-wp-total }}' },
  records,
  requests,
  webhook: {
    header: 'X-WC-Webhook-Signature',
    algorithm: 'sha256',
    encoding: 'base64',
    topic: '{{ headers.x-wc-webhook-topic }}',
    events: [
      { entity: 'order', topics: ['order.created', 'order.updated'], record: '{{ body }}' },
      { entity: 'product', topics: ['product.created', 'product.updated'], record: '{{ body }}' },
    ],
  },
});

/** The shop's keys as that connection's secrets. */
export const shopSecretsBySettings = (keys: { readonly consumerKey: string; readonly consumerSecret: string }) => ({
  user: keys.consumerKey,
  password: keys.consumerSecret,
});
