import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { OrderDraft } from '../../commerce/capabilities.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Address, Order } from '../../commerce/model.ts';
import { booksOf } from './books.ts';
import { countriesOf, getParty } from './customers.ts';
import { articleOf, type Known } from './map.ts';
import { addressToTryton, PARTY_FIELDS, placesOf, sameAddress, TrytonParty } from './party.ts';
import { rateOf } from './product-map.ts';
import { articlesOf } from './products.ts';
import { create, rowOf, rows } from './rpc.ts';
import { deskOf } from './settings.ts';
import { SALE_FIELDS, SaleLine, TrytonSale } from './shape.ts';
import { dayIn, dayValue, TrytonDecimal } from './value.ts';

export const SALE = { model: 'sale.sale', fields: SALE_FIELDS, shape: TrytonSale };

const SALE_HEAD = {
  fields: [
    'number',
    'reference',
    'state',
    'total_amount',
    'currency.code',
    'lines.type',
    'lines.description',
    'lines.product.code',
  ],
  shape: TrytonSale.pick({
    id: true,
    number: true,
    reference: true,
    state: true,
    total_amount: true,
    'currency.': true,
  }).extend({ 'lines.': z.array(SaleLine.pick({ type: true, description: true, 'product.': true })) }),
};
export type SaleHead = z.infer<typeof SALE_HEAD.shape>;

/** What is looked at while a sale is being made; whole ones take Tryton long to read. */
export function getSaleHead(session: Session, id: number): Promise<SaleHead> {
  return rowOf(session, SALE.model, String(id), { ...SALE_HEAD, domain: [] });
}

export function getSale(session: Session, id: string): Promise<TrytonSale> {
  return rowOf(session, SALE.model, id, { ...SALE, domain: [] });
}

async function partyOf(session: Session, draft: OrderDraft): Promise<TrytonParty> {
  if (draft.customerId !== undefined) return getParty(session, draft.customerId);
  const domain = [['code', '=', draft.customerNumber]];
  const query = { domain, fields: PARTY_FIELDS, shape: TrytonParty, limit: 1 };
  const [party] = await rows(session, 'party.party', query);
  if (party !== undefined) return party;
  const message = `Tryton has no party with the number ${draft.customerNumber}`;
  throw new TerminalError('TARGET_NOT_FOUND', message, { field: 'customerNumber' });
}

/** The party's address that reads as the order's, made where there is none: a sale names addresses of its party. */
async function addressesOf(session: Session, party: TrytonParty, order: Order): Promise<[number, number]> {
  const countries = await countriesOf(session, [order.billing, order.shipping]);
  const standing = [...party['addresses.']];
  const { billing, shipping } = placesOf(party);
  const find = async (address: Address, own: number | undefined): Promise<number> => {
    const wanted = addressToTryton(address, countries);
    if (Object.keys(wanted).length === 0 && own !== undefined) return own;
    const known = standing.find((one) => sameAddress(one, wanted));
    if (known !== undefined) return known.id;
    const id = await create(session, 'party.address', { party: party.id, ...wanted, sequence: 99 });
    standing.push({ id, ...wanted, 'country.': { id: Number(wanted['country']) } } as (typeof standing)[number]);
    return id;
  };
  const to = await find(order.billing, billing?.id);
  return [to, order.shipping === undefined ? (shipping?.id ?? to) : await find(order.shipping, shipping?.id)];
}

const SaleTax = z.looseObject({ id: z.int(), rate: TrytonDecimal.nullish(), type: z.string().nullish() });

/** Taxes on sales; those that are parts of another are left to it. */
function saleTaxes(session: Session): Promise<z.infer<typeof SaleTax>[]> {
  const domain = [
    ['parent', '=', null],
    ['type', '=', 'percentage'],
    ['OR', ['group', '=', null], ['group.kind', 'in', ['sale', 'both']]],
  ];
  return rows(session, 'account.tax', { domain, fields: ['rate', 'type'], shape: SaleTax });
}

async function currencyOf(session: Session, code: string): Promise<number> {
  const { currency } = await booksOf(session);
  if (currency.code === code) return currency.id;
  const shape = z.looseObject({ id: z.int() });
  const [found] = await rows(session, 'currency.currency', { domain: [['code', '=', code]], fields: ['code'], shape });
  if (found !== undefined) return found.id;
  throw new TerminalError('UNSUPPORTED', `Tryton has no currency ${code}`, { field: 'order.currency' });
}

/** Everything in Tryton that the order names, looked up before anything is written but addresses. */
export async function knownOf(session: Session, draft: OrderDraft): Promise<Known> {
  const { order } = draft;
  const desk = deskOf(session);
  const charges = [order.freight.length > 0 ? desk.freightProduct : '', order.fees.length > 0 ? desk.feeProduct : ''];
  const skus = [...order.lines.map(articleOf), ...charges.filter((code) => code !== '')];
  const found = await articlesOf(session, skus);
  const products = new Map<string, { id: number; unit: number }>();
  const ownTaxes = new Map<string, { id: number; rate: number | undefined }>();
  for (const sku of skus) {
    const fitting = found.filter((one) => one.code === skuKey(sku));
    const active = fitting.filter((one) => one.active && one['template.'].active);
    const [product, ...others] = active.length > 0 ? active : fitting;
    if (others.length > 0) {
      throw new TerminalError('MATCH_AMBIGUOUS', `Tryton has ${sku} more than once`, { field: 'order.lines' });
    }
    if (product === undefined) continue;
    products.set(sku, { id: product.id, unit: product['sale_uom.']?.id ?? product['default_uom.'].id });
    const [tax, ...more] = product['template.']['account_category.']?.['customer_taxes.'] ?? [];
    if (tax !== undefined && more.length === 0) ownTaxes.set(sku, { id: tax.id, rate: rateOf([tax]) });
  }
  const taxes = await saleTaxes(session);
  const party = await partyOf(session, draft);
  const currency = await currencyOf(session, order.currency);
  const { company } = await booksOf(session);
  const [invoiceAddress, shipmentAddress] = await addressesOf(session, party, order);
  return {
    party: party.id,
    paymentTerm: party.customer_payment_term ?? null,
    currency,
    company,
    invoiceAddress,
    shipmentAddress,
    saleDate: dayValue(dayIn(desk.timeZone, Date.parse(order.placedAt))),
    products,
    tax(rate, sku, field) {
      const own = sku === undefined ? undefined : ownTaxes.get(sku);
      if (own?.rate === rate) return own.id;
      const tax = taxes.find((one) => rateOf([one]) === rate);
      if (tax !== undefined) return tax.id;
      if (rate === 0) return null;
      throw new TerminalError('UNSUPPORTED', `Tryton has no tax on sales of ${rate / 100} %`, { field });
    },
  };
}
