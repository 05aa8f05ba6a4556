import type { ContractSubject, ContractSystem } from '../../contract/subject.ts';
import { asProgram, medusaApi } from '../medusa/seed.ts';
import { subject as medusa } from '../medusa/subject.ts';
import { subject as vendure } from '../vendure/subject.ts';

/** A real shop that flows go from and to. */
export interface RealShop {
  readonly subject: ContractSubject;
  /** Draws all that the buyer has reserved, as somebody in the shop does; no clock of the order need move. */
  pay(system: ContractSystem, order: string): Promise<void>;
}

async function captureInMedusa({ origin, secrets }: ContractSystem, order: string): Promise<void> {
  const admin = medusaApi(origin, asProgram(secrets['secretKey'] ?? ''));
  const answer = await admin('GET', `/admin/orders/${order}?fields=id,*payment_collections.payments`);
  const [payment] = answer.order.payment_collections[0].payments;
  await admin('POST', `/admin/payments/${payment.id}/capture`, {});
}

const shops: Readonly<Record<string, RealShop>> = {
  // the first step of an order there is that its payment is settled
  vendure: { subject: vendure, pay: async (system, order) => system.change.order?.(order) },
  medusa: { subject: medusa, pay: captureInMedusa },
};

/** What the run was asked for (`npm run live -- vendure tryton`); all of them unless told. */
const wanted = new Set((process.env['LIVE_SYSTEMS'] ?? 'vendure,medusa,tryton').split(','));

/** Shops that are to be tried with Tryton in this run. */
export const shopsOfRun: readonly (readonly [string, RealShop])[] = wanted.has('tryton')
  ? Object.entries(shops).filter(([name]) => wanted.has(name))
  : [];

function numberOf(name: string, otherwise: number): number {
  return Number(process.env[name] ?? otherwise);
}

/** Orders placed in each shop; changes made in both systems; the seed of what is random. */
export const ORDERS = numberOf('LIVE_ORDERS', 20);
export const CHANGES = numberOf('LIVE_CHANGES', 60);
export const SEED = numberOf('LIVE_SEED', 1);
