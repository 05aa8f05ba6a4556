import { z } from 'zod';

/** The service packages, in order; each holds everything of those before it. */
export const Package = z.enum(['100', '200', '400', '800', 'premium']);
export type Package = z.infer<typeof Package>;

/** A row of the package table: what a node, connector or template asks for. */
export const Feature = z.enum([
  'core',
  'orders',
  'stock',
  'status',
  'mail',
  'price-lists',
  'multi-shop',
  'cost-centre',
  'plugins',
  'code',
  'expressions',
  'free-flows',
  'generic-http',
  'projects',
]);
export type Feature = z.infer<typeof Feature>;

interface PackageRow {
  readonly adds: readonly Feature[];
  /** Orders included a calendar month; null: by offer. */
  readonly orders: number | null;
}

/** The one table that palette, publish check, import and run all read. */
export const packageTable: Readonly<Record<Package, PackageRow>> = {
  '100': { adds: ['core', 'orders'], orders: 100 },
  '200': { adds: ['stock', 'status', 'mail'], orders: 200 },
  '400': { adds: ['price-lists', 'multi-shop', 'cost-centre'], orders: 400 },
  '800': { adds: ['plugins', 'code', 'expressions'], orders: 800 },
  premium: { adds: ['free-flows', 'generic-http', 'projects'], orders: null },
};

/** The smallest package that holds the feature. */
export function packageOf(feature: Feature): Package {
  for (const name of Package.options) if (packageTable[name].adds.includes(feature)) return name;
  throw new Error(`feature ${feature} is in no package`);
}

/** Whether an owner of package `owned` may use the feature. */
export function allows(owned: Package, feature: Feature): boolean {
  return Package.options.indexOf(owned) >= Package.options.indexOf(packageOf(feature));
}
