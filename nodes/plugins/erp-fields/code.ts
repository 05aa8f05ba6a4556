interface Money {
  readonly amount: number;
}
interface Input {
  readonly order: {
    readonly number: string;
    readonly placedAt: string;
    readonly currency: string;
    readonly customer: { readonly name: string; readonly email?: string };
    readonly billing?: { readonly country?: string };
    readonly lines: readonly {
      readonly sku?: string;
      readonly name: string;
      readonly quantity: string;
      readonly total: { readonly net: Money };
    }[];
  };
  readonly config: { readonly costCentre?: string; readonly ownNumbers: boolean };
}
interface Context {
  readonly idempotencyKey: string;
  lookup(table: string, key: string): Promise<string | null>;
}

/** Seven characters a field, as older ERP systems want them. */
const FIELD = 7;

export default {
  'erp-fields.order': {
    async run({ order, config }: Input, ctx: Context) {
      const country = order.billing?.country ?? 'SE';
      const rows = order.lines.map(({ sku, name, quantity, total }, at) => ({
        RADNR: (at + 1) * 10,
        ARTNR: (sku ?? 'FRITEXT').slice(0, 16),
        BENAMN: name.slice(0, 30),
        ANTAL: Number(quantity),
        BELOPP: total.net.amount / 100,
      }));
      return {
        record: {
          ORDNR: config.ownNumbers ? ctx.idempotencyKey.slice(0, FIELD).toUpperCase() : order.number.slice(-FIELD),
          ORDDAT: order.placedAt.slice(0, 10).replaceAll('-', ''),
          KUNDREF: order.customer.name.slice(0, 35),
          VALKOD: order.currency,
          MOMSKOD: (await ctx.lookup('vat-codes', country)) ?? 'X',
          ...(config.costCentre === undefined ? {} : { KST: config.costCentre }),
          RADER: rows,
        },
      };
    },
  },
};
