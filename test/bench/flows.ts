import { FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';

/** The flows of `bench serve`, by the name they are called by under /hooks/bench/. */
type BenchFlow = 'a' | 'a202' | 'b' | 'c0' | 'c' | 'f1' | 'f20' | 'loop' | 'loop-later' | 'loop-many' | 'ping';

type Step = Pick<FlowNode, 'id' | 'type' | 'config'>;

function drawn(name: string, steps: readonly Step[], wires: readonly (readonly [from: string, to: string])[]) {
  return FlowDocument.parse({
    format: 1,
    name,
    nodes: steps.map((step) => ({ ...step, version: 1 })),
    wires: wires.map(([from, to]) => ({ from, to })),
  });
}

function fields(values: Readonly<Record<string, Json>>): Step['config'] {
  return { fields: Object.entries(values).map(([to, value]) => ({ to, value })) };
}

const call: Step = { id: 'call', type: 'core.webhook', config: { signature: 'none', recordId: 'orderId' } };

const net =
  'item.discountPercent | multiply(-1) | add(100) | multiply(item.quantity) | multiply(item.unitPrice) | round | divide(100)';

/** Each line with its net and tax, rounded by the line. */
const position = {
  pos: '{{ index | add(1) | multiply(10) }}',
  itemNo: '{{ item.sku }}',
  ean: '{{ item.ean }}',
  text: '{{ item.name }}',
  qty: '{{ item.quantity }}',
  unit: 'PCE',
  price: '{{ item.unitPrice }}',
  discount: '{{ item.discountPercent }}',
  taxRate: '{{ item.taxRate }}',
  net: `{{ ${net} }}`,
  tax: `{{ ${net} | multiply(item.taxRate) | round | divide(100) }}`,
  plant: '{{ item.attributes.warehouse }}',
};

const erpOrder = fields({
  externalId: '{{ value.orderId }}',
  docType: 'SO',
  status: '{{ value.status }}',
  currency: '{{ value.currency }}',
  'soldTo.no': '{{ value.customer.id }}',
  'soldTo.vatId': '{{ value.customer.vatId }}',
  'soldTo.name': '{{ value.billingAddress.company }}',
  'soldTo.street': '{{ value.billingAddress.street }}',
  'soldTo.zip': '{{ value.billingAddress.zip }}',
  'soldTo.city': '{{ value.billingAddress.city }}',
  'soldTo.country': '{{ value.billingAddress.countryCode }}',
  'shipTo.name': '{{ value.shippingAddress.company }}',
  'shipTo.street': '{{ value.shippingAddress.street }}',
  'shipTo.zip': '{{ value.shippingAddress.zip }}',
  'shipTo.city': '{{ value.shippingAddress.city }}',
  'shipTo.country': '{{ value.shippingAddress.countryCode }}',
  positions: '{{ steps.lines.record.positions }}',
  'taxes.12': '{{ steps.lines.record.positions | where("taxRate", 12) | sum("tax") | round(2) }}',
  'taxes.25': '{{ steps.lines.record.positions | where("taxRate", 25) | sum("tax") | round(2) }}',
  freight: '{{ value.shipping.cost }}',
  'totals.net': '{{ steps.lines.record.positions | sum("net") | round(2) }}',
  'totals.tax': '{{ steps.lines.record.positions | sum("tax") | round(2) }}',
});

/** A shop's order as the ERP's, with core nodes as a KAM would draw it; leaves through `gross.value`. */
const mapping: readonly Step[] = [
  call,
  { id: 'lines', type: 'core.map', config: fields({ positions: { $list: '{{ value.lines }}', $item: position } }) },
  { id: 'order', type: 'core.map', config: erpOrder },
  {
    id: 'gross',
    type: 'core.set',
    config: fields({
      'totals.gross': '{{ value.totals.net | add(value.totals.tax) | add(value.freight) | round(2) }}',
    }),
  },
];
const mappingWires = [
  ['call.body', 'lines.value'],
  ['call.body', 'order.value'],
  ['order.record', 'gross.value'],
] as const;

function delivery(sink: string): readonly Step[] {
  return [
    ...mapping,
    {
      id: 'status',
      type: 'core.switch',
      config: { cases: [{ name: 'paid', left: '{{ value.status }}', operator: 'equals', right: 'paid' }] },
    },
    { id: 'hold', type: 'core.set', config: { fields: [{ to: 'hold', value: true }] } },
    { id: 'send', type: 'core.http', config: { method: 'POST', url: `${sink}/erp`, onUnknown: 'retry' } },
  ];
}
const deliveryWires = [
  ...mappingWires,
  ['gross.value', 'status.value'],
  ['status.otherwise', 'hold.value'],
  ['status.paid', 'send.value'],
  ['hold.value', 'send.value'],
] as const;

function setters(count: number): FlowDocument {
  const sets = Array.from({ length: count }, (_, index) => ({
    id: `set-${index}`,
    type: 'core.set',
    config: { fields: [{ to: `field${index}`, value: `value ${index}` }] },
  }));
  const ends = ['call.body', ...sets.map((set) => `${set.id}.value`)];
  const wires = sets.map((set, index) => [ends[index] ?? '', `${set.id}.value`] as const);
  const answer = { id: 'answer', type: 'core.respond', config: { body: { id: '{{ value.orderId }}' } } };
  return drawn(`${count} set nodes`, [call, ...sets, answer], [...wires, [ends[count] ?? '', 'answer.value']]);
}

const code = (name: string, text: string): Step => ({ id: name, type: 'core.code', config: { code: text } });

function ownCode(count: number): FlowDocument {
  const steps = Array.from({ length: count }, (_, index) =>
    code(`code-${index}`, `function run(order) {\n  order.step${index} = ${index};\n  return order;\n}\n`),
  );
  const ends = ['call.body', ...steps.map((step) => `${step.id}.value`)];
  const wires = steps.map((step, index) => [ends[index] ?? '', `${step.id}.value`] as const);
  const answer = { id: 'answer', type: 'core.respond', config: { body: { id: '{{ value.orderId }}' } } };
  return drawn(`${count} code nodes`, [call, ...steps, answer], [...wires, [ends[count] ?? '', 'answer.value']]);
}

/** Code that never ends; `name` makes it another program, since three stops switch one off. */
function looping(name: string, text: string): FlowDocument {
  const answer = { id: 'answer', type: 'core.respond', config: { body: '{{ value }}' } };
  const wires = [
    ['call.body', 'own.value'],
    ['own.value', 'answer.value'],
  ] as const;
  return drawn(name, [call, code('own', `// ${name}\n${text}\n`), answer], wires);
}

/** What another customer has in `bench serve`. */
export const neighbourFlows: Readonly<Record<'neighbour', FlowDocument>> = { neighbour: ownCode(1) };

/** The published flows; `sink` is the ERP's address without a slash at its end. */
export function benchFlows(sink: string): Readonly<Record<BenchFlow, FlowDocument>> {
  const confirmed = { id: 'answer', type: 'core.respond', config: { body: '{{ value.body }}' } };
  const mapped = {
    id: 'answer',
    type: 'core.respond',
    config: { body: { externalId: '{{ value.externalId }}', gross: '{{ value.totals.gross }}' } },
  };
  const pong = { id: 'answer', type: 'core.respond', config: { body: { pong: true } } };
  return {
    a: drawn('A', [...delivery(sink), confirmed], [...deliveryWires, ['send.response', 'answer.value']]),
    a202: drawn('A, answered at once', delivery(sink), deliveryWires),
    b: drawn('B', [...mapping, mapped], [...mappingWires, ['gross.value', 'answer.value']]),
    c0: setters(0),
    c: setters(20),
    f1: ownCode(1),
    f20: ownCode(20),
    loop: looping('loop', 'function run() { while (true) {} }'),
    'loop-later': looping('loop-later', 'async function run() { await 0; while (true) {} }'),
    'loop-many': looping('loop-many', 'function run() { while (true) {} }'),
    ping: drawn('Ping', [{ ...call, config: { signature: 'none' } }, pong], [['call.body', 'answer.value']]),
  };
}
