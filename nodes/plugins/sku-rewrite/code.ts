interface Line {
  readonly sku?: string;
  readonly [field: string]: unknown;
}
interface Input {
  readonly order: { readonly lines: readonly Line[]; readonly [field: string]: unknown };
  readonly config: { readonly prefix: string; readonly separator: string; readonly upper: boolean };
}
interface Context {
  lookup(table: string, key: string): Promise<string | null>;
}

export default {
  'sku-rewrite.order': {
    async run({ order, config }: Input, ctx: Context) {
      const lines: Line[] = [];
      for (const line of order.lines) {
        const known = line.sku === undefined ? null : await ctx.lookup('renamed', line.sku);
        lines.push(line.sku === undefined ? line : { ...line, sku: known ?? rewritten(line.sku, config) });
      }
      return { order: { ...order, lines } };
    },
  },
};

/** Everything before the first separator goes, the customer's prefix comes. */
function rewritten(sku: string, { prefix, separator, upper }: Input['config']): string {
  const at = separator === '' ? -1 : sku.indexOf(separator);
  const tail = at < 0 ? sku : sku.slice(at + separator.length);
  const made = `${prefix}${tail}`;
  return upper ? made.toUpperCase() : made;
}
