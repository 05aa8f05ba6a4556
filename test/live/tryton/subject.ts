import { tmpdir } from 'node:os';
import path from 'node:path';
import { tryton } from '#nodes/connectors/tryton/connector.ts';
import { type ContractSubject, type ContractSystem, createFlips, type Placement } from '../../contract/subject.ts';
import type { Purpose, SeenRequest } from '../../support/fault-proxy.ts';
import { type Desk, day, decimal, openDesk, today } from './desk.ts';
import { startSystem } from './start.ts';

/** Where the live systems keep what they need. */
const dir = process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live');

const READS = /\.(search|search_read|search_count|read|get_preferences|fields_get)$/;

function purposeOf({ body }: SeenRequest): Purpose {
  const { method } = JSON.parse(body) as { method: string };
  if (method === 'common.db.login') return 'sign-in';
  return READS.test(method) ? 'read' : 'write';
}

/** A quotation, as somebody in the office writes it. */
async function placeSale(desk: Desk, placement: Placement): Promise<{ id: string; total: string }> {
  const { lines, buyer, note, freight, discount } = placement;
  const { street, postalCode, city } = buyer.billing ?? {};
  const address = { street, postal_code: postalCode, city, invoice: true, delivery: true };
  const party = await desk.create('party.party', { name: buyer.name, addresses: [['create', [address]]] });
  const [{ addresses } = { addresses: [] }] = await desk.read('party.party', [['id', '=', party]], ['addresses']);
  const fields = ['code', 'list_price', 'sale_uom', 'template.account_category.customer_taxes'];
  const skus = [...lines.map((line) => line.sku), 'FRAKT'];
  const products = await desk.read('product.product', [['code', 'in', skus]], fields);
  const rows = lines.map(({ sku, quantity }, at) => {
    const product = products.find((one) => one.code === sku);
    const price = Number(product.list_price.decimal) - (at === 0 ? Number(discount ?? 0) / quantity : 0);
    return {
      product: product.id,
      unit: product.sale_uom,
      quantity,
      unit_price: decimal(price.toFixed(4)),
      taxes: [['add', product['template.']['account_category.'].customer_taxes]],
      description: sku,
    };
  });
  const carrying = products.find((one) => one.code === 'FRAKT');
  if (freight !== undefined)
    rows.push({
      ...rows[0],
      product: carrying.id,
      quantity: 1,
      unit_price: decimal(freight),
      description: 'Frakt',
    } as (typeof rows)[0]);
  const sale = await desk.create('sale.sale', {
    party,
    invoice_address: addresses[0],
    shipment_address: addresses[0],
    sale_date: day(today()),
    comment: note,
    lines: [['create', rows]],
  });
  await desk.press('sale.sale', 'quote', [sale]);
  const [{ total_amount }] = (await desk.read('sale.sale', [['id', '=', sale]], ['total_amount'])) as [
    { total_amount: { decimal: string } },
  ];
  return { id: String(sale), total: total_amount.decimal };
}

/** A krona of the invoice is paid by bank giro. */
async function payKrona(desk: Desk, invoice: number): Promise<void> {
  const [method] = await desk.read('account.invoice.payment.method', [], ['rec_name']);
  const [company] = await desk.read('company.company', [], ['currency']);
  const start = {
    amount: decimal('1'),
    currency: company.currency,
    currency_digits: 2,
    description: 'Delbetalning',
    payment_method: method.id,
    date: day(today()),
    invoice_account: null,
  };
  const ask = {
    type: 'partial',
    lines: [],
    lines_to_pay: [],
    payment_lines: [],
    amount: start.amount,
    currency: company.currency,
    currency_digits: 2,
  };
  const context = { active_model: 'account.invoice', active_id: invoice, active_ids: [invoice] };
  await desk.wizard('account.invoice.pay', { start, ask }, ['choice', 'pay'], context);
}

async function start(): Promise<ContractSystem> {
  const system = await startSystem(dir);
  const { origin, database, user, password } = system;
  const desk = await openDesk({ url: `${origin}/${database}/`, user, password });
  const [company] = await desk.read('company.company', [], ['rec_name']);
  desk.enter(company.id);
  const [warehouse] = await desk.read('stock.location', [['type', '=', 'warehouse']], ['storage_location']);
  const flipped = createFlips();
  let at = 0;
  const all = [['active', 'in', [true, false]]];
  return {
    origin,
    settings: (url) => ({
      url,
      database,
      user,
      orderState: 'quotation',
      freightProduct: 'FRAKT',
      feeProduct: 'AVGIFT',
    }),
    secrets: { password },
    wrongSecrets: { password: 'stängda-dörren-7' },
    placeOrder: (placement) => placeSale(desk, placement),
    count: {
      order: () => desk.count('sale.sale', []),
      customer: () => desk.count('party.party', all),
      product: () => desk.count('product.product', all),
      invoice: (sale) =>
        desk.count('account.invoice', [
          ['sales', '=', Number(sale)],
          ['state', 'in', ['posted', 'paid']],
        ]),
      note: (sale) => desk.count('ir.note', [['resource', '=', `sale.sale,${sale}`]]),
    },
    change: {
      order: (id) => desk.press('sale.sale', flipped(`order ${id}`) ? 'draft' : 'quote', [Number(id)]),
      customer: (id) => desk.write('party.party', Number(id), { active: !flipped(`customer ${id}`) }),
      product: (id) => desk.write('product.product', Number(id), { description: `Upplaga ${at++}` }),
      invoice: (id) => payKrona(desk, Number(id)),
      async stock(id) {
        const lines = [['create', [{ product: Number(id), quantity: 100 + at++ }]]];
        const inventory = await desk.create('stock.inventory', { location: warehouse.storage_location, lines });
        await desk.press('stock.inventory', 'confirm', [inventory]);
      },
    },
    close: () => system.close(),
  };
}

export const trytonSubject: ContractSubject = {
  connector: tryton,
  start,
  purposeOf,
  lacks: {
    // a party has one name and is the company of its addresses; a name there is the one that goods are marked with
    customer: [
      'firstName',
      'lastName',
      'billing.firstName',
      'billing.lastName',
      'shipping.firstName',
      'shipping.lastName',
    ],
    product: ['priceIncludesTax'],
    // made of the carrier's own address, where there is one
    shipment: ['trackingUrl'],
    order: ['billing.firstName', 'billing.lastName', 'shipping.firstName', 'shipping.lastName'],
  },
  patienceMs: 8000,
  // it makes a few records a second; so many are pages enough
  many: 300,
};
