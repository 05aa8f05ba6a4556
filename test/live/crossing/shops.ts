import type { ContractSubject } from '../../contract/subject.ts';
import { subject as vendure } from '../vendure/subject.ts';

/** The real shops that flows go from and to, by name. */
export const shops: Readonly<Record<string, ContractSubject>> = { vendure };

/** What the run was asked for (`npm run live -- vendure tryton`); all of them unless told. */
const wanted = new Set((process.env['LIVE_SYSTEMS'] ?? 'vendure,medusa,tryton').split(','));

/** Shops that are to be tried with Tryton in this run. */
export const shopsOfRun: readonly (readonly [string, ContractSubject])[] = wanted.has('tryton')
  ? Object.entries(shops).filter(([name]) => wanted.has(name))
  : [];

function numberOf(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise);
}

/** Orders placed in each shop; changes made in both systems; the seed of what is random. */
export const ORDERS = numberOf('LIVE_ORDERS', 20);
export const CHANGES = numberOf('LIVE_CHANGES', 60);
export const SEED = numberOf('LIVE_SEED', 1);
