interface Amounts {
  readonly amount: number;
  readonly currency: string;
}
interface Line {
  readonly sku?: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxRate: number;
  readonly discount: Amounts;
  readonly total: { readonly net: Amounts; readonly tax: Amounts; readonly gross: Amounts };
  readonly extra?: unknown;
}
interface Input {
  readonly order: { readonly lines: readonly Line[]; readonly [field: string]: unknown };
}

/** Rows are the same goods when article, price and tax are; a row with data of its own stays by itself. */
function keyOf({ sku, unitPrice, taxRate, extra, discount }: Line): string | null {
  return sku === undefined || extra !== undefined ? null : JSON.stringify([sku, unitPrice, taxRate, discount.currency]);
}

const plus = (one: Amounts, other: Amounts): Amounts => ({ ...one, amount: one.amount + other.amount });

/** Decimals as text, added without rounding. */
function sum(one: string, other: string): string {
  const places = Math.max(...[one, other].map((text) => text.split('.')[1]?.length ?? 0));
  const whole = (text: string): bigint => {
    const [head = '0', tail = ''] = text.split('.');
    return BigInt(head + tail.padEnd(places, '0'));
  };
  const total = String(whole(one) + whole(other));
  if (places === 0) return total;
  const padded = total.padStart(places + 1, '0');
  return `${padded.slice(0, -places)}.${padded.slice(-places)}`.replace(/\.?0+$/, '');
}

export default {
  'line-merge.merge': {
    run({ order }: Input) {
      const lines: Line[] = [];
      const places = new Map<string, number>();
      for (const line of order.lines) {
        const key = keyOf(line);
        const at = key === null ? undefined : places.get(key);
        const before = at === undefined ? undefined : lines[at];
        if (before === undefined || at === undefined) {
          if (key !== null) places.set(key, lines.length);
          lines.push(line);
          continue;
        }
        lines[at] = {
          ...before,
          quantity: sum(before.quantity, line.quantity),
          discount: plus(before.discount, line.discount),
          total: {
            net: plus(before.total.net, line.total.net),
            tax: plus(before.total.tax, line.total.tax),
            gross: plus(before.total.gross, line.total.gross),
          },
        };
      }
      return { order: { ...order, lines }, merged: order.lines.length - lines.length };
    },
  },
};
