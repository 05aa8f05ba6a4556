import { z } from 'zod';
import type { Sentence } from './error.ts';

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
  /** What it is called in the middle of a sentence. */
  readonly called: Sentence;
  readonly adds: readonly Feature[];
  /** Orders included a calendar month; null: by offer. */
  readonly orders: number | null;
}

const numbered = (name: number): Sentence => ({ en: `package ${name}`, sv: `paket ${name}` });

/** The one table that palette, publish check, import and run all read. */
export const packageTable: Readonly<Record<Package, PackageRow>> = {
  '100': { called: numbered(100), adds: ['core', 'orders'], orders: 100 },
  '200': { called: numbered(200), adds: ['stock', 'status', 'mail'], orders: 200 },
  '400': { called: numbered(400), adds: ['price-lists', 'multi-shop', 'cost-centre'], orders: 400 },
  '800': { called: numbered(800), adds: ['plugins', 'code', 'expressions'], orders: 800 },
  premium: { called: { en: 'Premium', sv: 'Premium' }, adds: ['free-flows', 'generic-http', 'projects'], orders: null },
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
