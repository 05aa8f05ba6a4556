import { type Desk, day, decimal } from './desk.ts';

/** Rates of Swedish VAT by their name. */
const RATES = { 'Moms 25 %': '0.25', 'Moms 12 %': '0.12', 'Moms 6 %': '0.06', Momsfri: '0' };
const COUNTRIES = [
  ['SE', 'SWE', '752', 'Sverige'],
  ['NO', 'NOR', '578', 'Norge'],
  ['DK', 'DNK', '208', 'Danmark'],
  ['FI', 'FIN', '246', 'Finland'],
  ['DE', 'DEU', '276', 'Tyskland'],
] as const;

/** A Swedish company at work: chart of accounts, years, taxes, categories, units, freight, a price list and a carrier. */
export async function provision(desk: Desk): Promise<void> {
  const one = async (model: string, domain: unknown[] = []): Promise<number> => {
    const [first] = await desk.read(model, domain, ['rec_name']);
    if (first === undefined) throw new Error(`Tryton has no ${model} ${JSON.stringify(domain)}`);
    return first.id as number;
  };
  const sek = await desk.create('currency.currency', {
    name: 'Svensk krona',
    symbol: 'kr',
    code: 'SEK',
    numeric_code: '752',
    rounding: decimal('0.01'),
    digits: 2,
    rates: [['create', [{ date: day('2020-01-01'), rate: decimal('1') }]]],
  });
  const countries = new Map<string, number>();
  for (const [code, code3, code_numeric, name] of COUNTRIES)
    countries.set(code, await desk.create('country.country', { code, code3, code_numeric, name }));
  const place = { street: 'Storgatan 1', postal_code: '111 22', city: 'Stockholm', country: countries.get('SE') };
  const owner = await desk.create('party.party', { name: 'Testbolaget AB', addresses: [['create', [place]]] });
  const company = await desk.create('company.company', { party: owner, currency: sek, timezone: 'Europe/Stockholm' });
  await desk.write('res.user', 1, { companies: [['add', [company]]], company });
  desk.enter(company);
  await openBooks(desk, company, one);
  const revenue = await one('account.account', [['type.revenue', '=', true]]);
  const expense = await one('account.account', [['type.expense', '=', true]]);
  const categories = await sellAtRates(desk, company, { revenue, expense });
  await stockTheShelves(desk, company, categories.get('0.25') ?? 0, await one('product.uom', [['symbol', '=', 'u']]));
}

type One = (model: string, domain?: unknown[]) => Promise<number>;

/** Chart of accounts, and fiscal years around now with their periods and numbers. */
async function openBooks(desk: Desk, company: number, one: One): Promise<void> {
  const template = await one('account.account.template', [['parent', '=', null]]);
  const data = { account: { company, account_template: template } };
  await desk.wizard('account.create_chart', data, ['create_account']);
  const receivable = await one('account.account', [['type.receivable', '=', true]]);
  const payable = await one('account.account', [['type.payable', '=', true]]);
  const properties = { company, account_receivable: receivable, account_payable: payable };
  await desk.wizard('account.create_chart', { ...data, properties }, ['create_properties']);
  const moves = await one('ir.sequence.type', [['name', '=', 'Account Move']]);
  const invoices = await one('ir.sequence.type', [['name', '=', 'Invoice']]);
  const now = new Date().getUTCFullYear();
  for (const year of [now - 1, now, now + 1]) {
    const post = await desk.create('ir.sequence', { name: `Verifikat ${year}`, sequence_type: moves, company });
    const number = await desk.create('ir.sequence.strict', {
      name: `Faktura ${year}`,
      sequence_type: invoices,
      company,
      prefix: `${year}-`,
    });
    const numbers = ['out_invoice', 'out_credit_note', 'in_invoice', 'in_credit_note'].map((kind) => [
      `${kind}_sequence`,
      number,
    ]);
    const fiscal = await desk.create('account.fiscalyear', {
      name: String(year),
      company,
      start_date: day(`${year}-01-01`),
      end_date: day(`${year}-12-31`),
      post_move_sequence: post,
      invoice_sequences: [['create', [{ company, ...Object.fromEntries(numbers) }]]],
    });
    await desk.press('account.fiscalyear', 'create_period', [fiscal]);
  }
  const lines = [['create', [{ type: 'remainder', relativedeltas: [['create', [{ days: 30 }]]] }]]];
  await desk.create('account.invoice.payment_term', { name: '30 dagar', lines });
  const journal = await one('account.journal', [['type', '=', 'cash']]);
  const bank = await one('account.account', [['name', '=', 'Main Cash']]);
  await desk.create('account.invoice.payment.method', {
    name: 'Bankgiro',
    company,
    journal,
    credit_account: bank,
    debit_account: bank,
  });
}

/** A tax for each rate, and an accounting category whose customers pay it; answers the categories by rate. */
async function sellAtRates(
  desk: Desk,
  company: number,
  { revenue, expense }: { revenue: number; expense: number },
): Promise<ReadonlyMap<string, number>> {
  const [owed] = await desk.read('account.account', [['name', '=', 'Main Tax']], ['rec_name']);
  const account = (owed?.id as number | undefined) ?? revenue;
  const categories = new Map<string, number>();
  for (const [name, rate] of Object.entries(RATES)) {
    const tax = await desk.create('account.tax', {
      name,
      description: name,
      company,
      type: 'percentage',
      rate: decimal(rate),
      invoice_account: account,
      credit_note_account: account,
    });
    const category = await desk.create('product.category', {
      name,
      accounting: true,
      account_revenue: revenue,
      account_expense: expense,
      customer_taxes: [['add', [tax]]],
    });
    categories.set(rate, category);
  }
  const [configuration] = await desk.read('account.configuration', [], ['rec_name']);
  const values = { default_category_account_revenue: revenue, default_category_account_expense: expense };
  if (configuration === undefined) await desk.create('account.configuration', values);
  else await desk.write('account.configuration', configuration.id as number, values);
  return categories;
}

async function stockTheShelves(desk: Desk, company: number, category: number, unit: number): Promise<void> {
  for (const [code, name] of [
    ['FRAKT', 'Frakt'],
    ['AVGIFT', 'Avgift'],
  ]) {
    await desk.create('product.template', {
      name,
      type: 'service',
      default_uom: unit,
      sale_uom: unit,
      salable: true,
      list_price: decimal('0'),
      cost_price_method: 'fixed',
      account_category: category,
      products: [['create', [{ suffix_code: code, cost_price: decimal('0') }]]],
    });
  }
  await desk.create('product.price_list', {
    name: 'Återförsäljare',
    company,
    unit: 'product_default',
    lines: [['create', [{ formula: 'unit_price * 0.8', quantity: 10 }, { formula: 'unit_price * 0.9' }]]],
  });
  await desk.create('stock.package.type', { name: 'Kartong' });
  const [carrying] = await desk.read('product.product', [['code', '=', 'FRAKT']], ['rec_name']);
  const party = await desk.create('party.party', { name: 'PostNord' });
  await desk.create('carrier', { party, carrier_product: carrying?.id });
}
