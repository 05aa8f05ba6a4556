import { connectionParam, drawn, type FlowTemplate, textParam } from './template.ts';

export const stockToShop: FlowTemplate = {
  id: 'stock-to-shop',
  title: { en: 'Stock: ERP → shop', sv: 'Lagersaldo: affärssystem → webbutik' },
  summary: {
    en: 'When a balance changes in the ERP, the shop shows the new figure.',
    sv: 'När ett saldo ändras i affärssystemet visar butiken den nya siffran.',
  },
  feature: 'stock',
  flow: drawn({
    name: 'Stock: ERP → shop',
    summary: 'When a balance changes in the ERP, the shop shows the new figure.',
    trace: 'failed',
    params: {
      erp: connectionParam('ERP', 'Affärssystem', ['stock.list', 'stock.find']),
      shop: connectionParam('Shop', 'Webbutik', ['stock.set']),
      figure: {
        kind: 'choice',
        title: { en: 'Which figure', sv: 'Vilken siffra' },
        options: [
          { value: 'available', title: { en: 'Available (less reserved)', sv: 'Disponibelt (utan reserverat)' } },
          { value: 'onHand', title: { en: 'On the shelf', sv: 'På hyllan' } },
        ],
        default: 'available',
      },
    },
    steps: [
      { id: 'stock', type: 'stock.changed', connection: '{{ params.erp }}', config: {} },
      {
        id: 'set',
        type: 'stock.set',
        connection: '{{ params.shop }}',
        config: { figure: '{{ params.figure }}' },
      },
    ],
    wires: [['stock.level', 'set.level']],
  }),
};

export const statusToShop: FlowTemplate = {
  id: 'status-to-shop',
  title: { en: 'Order status: ERP → shop', sv: 'Orderstatus: affärssystem → webbutik' },
  summary: {
    en: 'An order delivered or cancelled in the ERP becomes so in the shop, with its tracking number where the ERP has one.',
    sv: 'En order som levereras eller makuleras i affärssystemet blir det i butiken, med spårningsnummer där affärssystemet har ett.',
  },
  feature: 'status',
  flow: drawn({
    name: 'Order status: ERP → shop',
    summary: 'An order delivered or cancelled in the ERP becomes so in the shop.',
    params: {
      erp: connectionParam('ERP', 'Affärssystem', ['orders.list', 'orders.get']),
      shop: connectionParam('Shop', 'Webbutik', ['orders.set-status']),
    },
    steps: [
      { id: 'status', type: 'orders.status-changed', connection: '{{ params.erp }}', config: {} },
      {
        id: 'delivered',
        type: 'orders.set-status',
        connection: '{{ params.shop }}',
        config: { status: 'delivered' },
      },
      {
        id: 'cancelled',
        type: 'orders.set-status',
        row: 1,
        connection: '{{ params.shop }}',
        config: { status: 'cancelled' },
      },
    ],
    wires: [
      ['status.delivered', 'delivered.order'],
      ['status.cancelled', 'cancelled.order'],
    ],
  }),
};

export const pricesToShop: FlowTemplate = {
  id: 'prices-to-shop',
  title: { en: 'Prices: one ERP price list → shop', sv: 'Priser: en prislista i affärssystemet → webbutik' },
  summary: {
    en: 'Prices of one price list, chosen by name, become the shop’s ordinary prices; for shops without price lists.',
    sv: 'Priserna i en prislista, vald efter benämning, blir butikens ordinarie priser; för butiker utan prislistor.',
  },
  feature: 'price-lists',
  flow: drawn({
    name: 'Prices: one ERP price list → shop',
    summary: 'Prices of one price list become the shop’s ordinary prices.',
    trace: 'failed',
    params: {
      erp: connectionParam('ERP', 'Affärssystem', ['prices.list']),
      shop: connectionParam('Shop', 'Webbutik', ['prices.set']),
      'price-list': textParam('Name of the price list', 'Prislistans benämning'),
    },
    steps: [
      {
        id: 'price',
        type: 'prices.changed',
        connection: '{{ params.erp }}',
        config: { lists: ['{{ params.price-list }}'] },
      },
      { id: 'set', type: 'prices.set', connection: '{{ params.shop }}', config: { into: 'own' } },
    ],
    wires: [['price.price', 'set.price']],
  }),
};

export const priceListsToShop: FlowTemplate = {
  id: 'price-lists-to-shop',
  title: { en: 'Price lists: ERP → shop', sv: 'Prislistor: affärssystem → webbutik' },
  summary: {
    en: 'Prices of every price list go into the shop’s list of the same name; for shops that hold several.',
    sv: 'Priserna i varje prislista går till butikens lista med samma benämning; för butiker som har flera.',
  },
  feature: 'price-lists',
  flow: drawn({
    name: 'Price lists: ERP → shop',
    summary: 'Prices of every price list go into the shop’s list of the same name.',
    trace: 'failed',
    params: {
      erp: connectionParam('ERP', 'Affärssystem', ['prices.list']),
      shop: connectionParam('Shop', 'Webbutik', ['price-lists.list', 'prices.set']),
    },
    steps: [
      { id: 'price', type: 'prices.changed', connection: '{{ params.erp }}', config: {} },
      {
        id: 'list',
        type: 'price-lists.match',
        connection: '{{ params.shop }}',
        config: { name: '{{ value.name }}' },
      },
      { id: 'set', type: 'prices.set', connection: '{{ params.shop }}', config: { into: 'list' } },
    ],
    wires: [
      ['price.price', 'list.value'],
      ['price.price', 'set.price'],
      ['list.found', 'set.list'],
    ],
  }),
};
