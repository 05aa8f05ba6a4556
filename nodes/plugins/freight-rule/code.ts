interface Input {
  readonly country: string;
  /** Grams. */
  readonly weight: number;
  readonly config: { readonly fallback: string };
}
interface Step {
  /** Grams, included. */
  readonly upTo: number;
  readonly method: string;
  /** Minor units. */
  readonly price: number;
}
interface Context {
  lookup(table: string, key: string): Promise<readonly Step[] | null>;
  log(...values: unknown[]): void;
}

export default {
  'freight-rule.choose': {
    async run({ country, weight, config }: Input, ctx: Context) {
      const steps = (await ctx.lookup('rates', country)) ?? (await ctx.lookup('rates', config.fallback));
      const step = steps?.find(({ upTo }) => weight <= upTo);
      if (step) return { method: step.method, price: step.price };
      ctx.log(`no rate for ${weight} g to ${country}`);
      return { none: { country, weight } };
    },
  },
};
