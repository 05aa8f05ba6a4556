import { z } from 'zod';
import { defineConnector } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import { label } from '#runtime/node.ts';
import { customersList, ordersList, productsList, stockList } from '../../commerce/capabilities.ts';
import { filled, readAnswer } from '../answer.ts';
import { cannotSet, neverIs } from '../cannot-set.ts';
import { customerOffers } from './customers.ts';
import { medusaFault } from './fault.ts';
import { every } from './list.ts';
import { orderOffers } from './orders.ts';
import { priceOffers } from './prices.ts';
import { productOffers } from './products.ts';
import { MedusaSettings, mayCarryKey, settingsOf } from './settings.ts';
import { stockOffers } from './stock.ts';

const MedusaSecrets = z.strictObject({
  secretKey: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .meta(
      label('Secret API key', 'Hemlig API-nyckel', {
        en: 'Made in Medusa under Settings, Secret API keys. It begins with sk_.',
        sv: 'Skapas i Medusa under Settings, Secret API Keys. Den börjar med sk_.',
      }),
    ),
});

const NO_WEBHOOKS = {
  en: 'Medusa sends no webhooks of its own; changes are found by asking.',
  sv: 'Medusa skickar inga egna webhookar; ändringar hittas genom att fråga.',
};
const NO_INVOICES = { en: 'Medusa has no invoices of its own.', sv: 'Medusa har inga egna fakturor.' };

/** Clocks of one machine, and commits that come late: Medusa's workflows write for seconds before they commit. */
const OVERLAP_MS = 120_000;

export const medusa = defineConnector({
  id: 'medusa',
  title: 'Medusa',
  kind: 'shop',
  feature: 'orders',
  settings: MedusaSettings,
  secrets: MedusaSecrets,
  base: (settings) => `${settings.url.replace(/\/+$/, '')}/`,
  hosts: (settings) => [new URL(settings.url).host],
  authorize(request, { secrets }) {
    if (!mayCarryKey(request.url)) {
      throw new TerminalError('HOST_NOT_ALLOWED', 'the server’s address must begin with https://', { field: 'url' });
    }
    request.headers['authorization'] = `Basic ${btoa(`${secrets.secretKey}:`)}`;
  },
  fault: medusaFault,
  async ping(session) {
    const [store] = await every(session, 'admin/stores', { fields: 'id,name' });
    const { name } = readAnswer(z.looseObject({ name: z.string().nullish() }), store, 'store');
    const { host } = new URL(settingsOf(session).url);
    return { label: filled(name) === undefined ? host : `${filled(name)} (${host})` };
  },
  changes: [
    { entity: 'order', poll: { capability: ordersList, everyMs: 60_000, overlapMs: OVERLAP_MS } },
    { entity: 'product', poll: { capability: productsList, everyMs: 300_000, overlapMs: OVERLAP_MS } },
    { entity: 'stock', poll: { capability: stockList, everyMs: 300_000, overlapMs: OVERLAP_MS } },
    { entity: 'customer', poll: { capability: customersList, everyMs: 900_000, overlapMs: OVERLAP_MS } },
  ],
  offers: [...orderOffers, ...customerOffers, ...productOffers, ...stockOffers, ...priceOffers],
  cannot: {
    ...cannotSet('Medusa', ['processing', 'on-hold', 'invoiced', 'refunded']),
    ...neverIs('Medusa', ['processing', 'invoiced']),
    'orders.from-webhook': NO_WEBHOOKS,
    'customers.from-webhook': NO_WEBHOOKS,
    'products.from-webhook': NO_WEBHOOKS,
    'orders.update': {
      en: 'Medusa changes an order’s rows by an edit that the buyer may have to pay for, so a changed order is not written over an old one.',
      sv: 'Medusa ändrar en orders rader genom en ändring som köparen kan behöva betala för, så en ändrad order skrivs inte över en gammal.',
    },
    'invoices.list': NO_INVOICES,
    'invoices.get': NO_INVOICES,
    'invoices.create': NO_INVOICES,
  },
});
