import type { FlowDocument, Param } from '#runtime/flow.ts';
import { choiceParam, connectionParam, drawn, type FlowTemplate, writeModeParam } from './template.ts';

const SHOP_READS = ['orders.list', 'orders.get'];
const ERP_NEEDS = ['customers.find', 'customers.create', 'products.find', 'orders.create', 'orders.update'];

const take: Param = choiceParam(
  { en: 'Take orders that are', sv: 'Ta ordrar som är' },
  [
    ['processing', 'Being processed (paid)', 'Under behandling (betalda)'],
    ['paid', 'Paid', 'Betalda'],
    ['completed', 'Completed', 'Avslutade'],
  ],
  'processing',
);

const keys: Param = choiceParam(
  { en: 'Match customers on', sv: 'Matcha kunder på' },
  [
    [
      'number,email,organisationNumber',
      'Customer number, e-mail, organisation number',
      'Kundnummer, e-post, organisationsnummer',
    ],
    [
      'number,organisationNumber,email',
      'Customer number, organisation number, e-mail',
      'Kundnummer, organisationsnummer, e-post',
    ],
    ['organisationNumber,email', 'Organisation number, e-mail', 'Organisationsnummer, e-post'],
    ['email', 'E-mail only', 'Bara e-post'],
  ],
  'number,email,organisationNumber',
);

/** What both forms of the flow share: the order's way from the shop into the ERP. */
const params = {
  shop: connectionParam('Shop', 'Webbutik', SHOP_READS),
  erp: connectionParam('ERP', 'Affärssystem', ERP_NEEDS),
  take,
  mode: writeModeParam,
  keys,
} satisfies FlowDocument['params'];

const steps: Parameters<typeof drawn>[0]['steps'] = [
  {
    id: 'order',
    type: 'orders.changed',
    connection: '{{ params.shop }}',
    config: { statuses: ['{{ params.take }}'] },
  },
  { id: 'seen', type: 'orders.known', connection: '{{ params.erp }}', config: {} },
  {
    id: 'changed',
    type: 'core.filter',
    row: 1,
    config: { conditions: [{ left: '{{ params.mode }}', operator: 'equals', right: 'create-and-update' }] },
  },
  {
    id: 'articles',
    type: 'products.match',
    connection: '{{ params.erp }}',
    config: {},
  },
  {
    id: 'customer',
    type: 'customers.ensure',
    connection: '{{ params.erp }}',
    config: { keys: '{{ params.keys | split(",") }}' },
  },
  {
    id: 'write',
    type: 'orders.write',
    connection: '{{ params.erp }}',
    config: { mode: '{{ params.mode }}' },
  },
];

// The articles come before the customer: an order that cannot be written must not leave a new customer behind.
const wires = [
  ['order.order', 'seen.order'],
  ['seen.new', 'articles.order'],
  ['seen.known', 'changed.value'],
  ['changed.value', 'articles.order'],
  ['articles.order', 'customer.order'],
  ['articles.order', 'write.order'],
  ['customer.customer', 'write.customer'],
] as const;

export const ordersToErpPlain: FlowTemplate = {
  id: 'orders-to-erp-plain',
  title: { en: 'Orders: shop → ERP', sv: 'Ordrar: webbutik → affärssystem' },
  summary: {
    en: 'Every order reaches the ERP once: its articles are matched by SKU, its customer is matched or created.',
    sv: 'Varje order når affärssystemet en gång: artiklarna matchas på artikelnummer, kunden matchas eller skapas.',
  },
  feature: 'orders',
  flow: drawn({
    name: 'Orders: shop → ERP',
    summary: 'Every order reaches the ERP once, with its customer and articles.',
    params,
    steps,
    wires,
  }),
};

export const ordersToErp: FlowTemplate = {
  id: 'orders-to-erp',
  title: {
    en: 'Orders: WooCommerce → Fortnox, with status write-back',
    sv: 'Ordrar: WooCommerce → Fortnox, med återrapportering av status',
  },
  summary: {
    en: 'Every order reaches the ERP once; when the ERP has confirmed it, the shop’s order gets a new status and the ERP’s number as a note.',
    sv: 'Varje order når affärssystemet en gång; när det har bekräftat får butikens order en ny status och affärssystemets nummer som anteckning.',
  },
  feature: 'status',
  flow: drawn({
    name: 'Orders: WooCommerce → Fortnox, with status write-back',
    summary:
      'Every order reaches the ERP once, with its customer and articles; then the shop’s order gets a new status and the ERP’s number as a note.',
    params: {
      ...params,
      shop: connectionParam('Shop', 'Webbutik', [...SHOP_READS, 'orders.set-status', 'orders.add-note']),
      status: choiceParam(
        { en: 'The shop’s order becomes', sv: 'Butikens order blir' },
        [
          ['completed', 'Completed', 'Avslutad'],
          ['processing', 'Being processed', 'Under behandling'],
          ['on-hold', 'On hold', 'Parkerad'],
        ],
        'completed',
      ),
    },
    steps: [
      ...steps,
      {
        id: 'report',
        type: 'orders.set-status',
        connection: '{{ params.shop }}',
        config: { status: '{{ params.status }}', note: 'Fortnox order {{ document.number }}' },
      },
    ],
    wires: [...wires, ['write.order', 'report.order'], ['write.document', 'report.document']],
  }),
};
