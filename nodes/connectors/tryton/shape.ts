import { z } from 'zod';
import { ADDRESS_FIELDS, PARTY_FIELDS, TrytonAddress, TrytonParty } from './party.ts';
import { TrytonDay, TrytonDecimal, TrytonInstant } from './value.ts';

/** The fields we read of Tryton 6.0's sales, shipments and invoices; everything else is not asked for. */

const Text = z.string().nullish();
const Ref = z.looseObject({ id: z.int() });
const Stamps = { write_date: TrytonInstant.nullish(), create_date: TrytonInstant.nullish() };

const under = (path: string, fields: readonly string[]): string[] => fields.map((field) => `${path}.${field}`);

const Tax = Ref.extend({ rate: TrytonDecimal.nullish(), type: Text });

export const SaleLine = Ref.extend({
  type: z.string(),
  quantity: z.number().nullish(),
  unit_price: TrytonDecimal.nullish(),
  amount: TrytonDecimal.nullish(),
  description: Text,
  'product.': Ref.extend({ code: Text }).nullish(),
  'unit.': Ref.extend({ symbol: Text }).nullish(),
  'taxes.': z.array(Tax),
  'moves.': z.array(Ref.extend({ state: z.string(), quantity: z.number() })),
});
export type SaleLine = z.infer<typeof SaleLine>;

export const TrytonShipment = Ref.extend({
  ...Stamps,
  number: Text,
  state: z.string(),
  effective_date: TrytonDay.nullish(),
  'carrier.': Ref.extend({ 'party.': Ref.extend({ name: Text }) }).nullish(),
  'packages.': z.array(Ref.extend({ shipping_reference: Text, shipping_tracking_url: Text })),
  'outgoing_moves.': z.array(
    Ref.extend({ quantity: z.number(), state: z.string(), 'product.': Ref.extend({ code: Text }) }),
  ),
});
export type TrytonShipment = z.infer<typeof TrytonShipment>;

export const SHIPMENT_FIELDS = [
  'number',
  'state',
  'effective_date',
  'write_date',
  'create_date',
  'carrier.party.name',
  'packages.shipping_reference',
  'packages.shipping_tracking_url',
  'outgoing_moves.quantity',
  'outgoing_moves.state',
  'outgoing_moves.product.code',
];

const SaleInvoice = Ref.extend({
  number: Text,
  state: z.string(),
  total_amount: TrytonDecimal.nullish(),
  amount_to_pay: TrytonDecimal.nullish(),
});

export const TrytonSale = Ref.extend({
  ...Stamps,
  number: Text,
  reference: Text,
  description: Text,
  comment: Text,
  state: z.enum(['draft', 'quotation', 'confirmed', 'processing', 'done', 'cancelled']),
  shipment_state: z.string(),
  invoice_state: z.string(),
  sale_date: TrytonDay.nullish(),
  untaxed_amount: TrytonDecimal,
  tax_amount: TrytonDecimal,
  total_amount: TrytonDecimal,
  'currency.': Ref.extend({ code: z.string() }),
  'party.': TrytonParty,
  'invoice_address.': TrytonAddress.nullish(),
  'shipment_address.': TrytonAddress.nullish(),
  'lines.': z.array(SaleLine),
  'shipments.': z.array(TrytonShipment),
  'invoices.': z.array(SaleInvoice),
});
export type TrytonSale = z.infer<typeof TrytonSale>;

export const SALE_FIELDS = [
  'number',
  'reference',
  'description',
  'comment',
  'state',
  'shipment_state',
  'invoice_state',
  'sale_date',
  'untaxed_amount',
  'tax_amount',
  'total_amount',
  'write_date',
  'create_date',
  'currency.code',
  ...under('party', PARTY_FIELDS),
  ...under('invoice_address', ADDRESS_FIELDS),
  ...under('shipment_address', ADDRESS_FIELDS),
  ...under('lines', [
    'type',
    'quantity',
    'unit_price',
    'amount',
    'description',
    'product.code',
    'unit.symbol',
    'taxes.rate',
    'taxes.type',
    'moves.state',
    'moves.quantity',
  ]),
  ...under('shipments', SHIPMENT_FIELDS),
  ...under('invoices', ['number', 'state', 'total_amount', 'amount_to_pay']),
];

export const TrytonInvoice = Ref.extend({
  ...Stamps,
  number: z.string(),
  state: z.string(),
  invoice_date: TrytonDay.nullish(),
  total_amount: TrytonDecimal,
  amount_to_pay: TrytonDecimal.nullish(),
  'currency.': Ref.extend({ code: z.string() }),
  'party.': Ref.extend({ code: Text }),
  'sales.': z.array(Ref.extend({ reference: Text })),
  'lines_to_pay.': z.array(Ref.extend({ maturity_date: TrytonDay.nullish() })),
});
export type TrytonInvoice = z.infer<typeof TrytonInvoice>;

export const INVOICE_FIELDS = [
  'number',
  'state',
  'invoice_date',
  'total_amount',
  'amount_to_pay',
  'write_date',
  'create_date',
  'currency.code',
  'party.code',
  'sales.reference',
  'lines_to_pay.maturity_date',
];
