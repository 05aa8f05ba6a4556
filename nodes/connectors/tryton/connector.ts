import { z } from 'zod';
import { defineConnector } from '#runtime/connector.ts';
import { HoldError } from '#runtime/error.ts';
import { label } from '#runtime/node.ts';
import {
  customersList,
  invoicesList,
  ordersList,
  pricesList,
  productsList,
  stockList,
} from '../../commerce/capabilities.ts';
import { readAnswer } from '../answer.ts';
import { cannotSet } from '../cannot-set.ts';
import { booksOf } from './books.ts';
import { customerOffers } from './customers.ts';
import { documentOffers } from './documents.ts';
import { trytonFault, trytonFaultWithin } from './fault.ts';
import { orderOffers } from './orders.ts';
import { priceOffers } from './prices.ts';
import { productOffers } from './products.ts';
import { deskOf, TrytonSettings } from './settings.ts';

const TrytonSecrets = z.strictObject({
  password: z.string().min(1).max(200).meta(label('Password', 'Lösenord')),
});

const LoggedIn = z.looseObject({ result: z.tuple([z.int(), z.string().min(1)]) });

const NO_WEBHOOKS = {
  en: 'Tryton sends no webhooks; changes are found by asking.',
  sv: 'Tryton skickar inga webhookar; ändringar hittas genom att fråga.',
};

/** A change is stamped when its transaction begins and seen when it commits: long ones of the client's wizards take minutes. */
const overlapMs = 300_000;

/** header and token in base64, whatever letters the user's name has */
function base64(text: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(text)));
}

/** Tryton 6.0, an ERP; its JSON-RPC is that of its own client (trytond/protocols of 6.0). */
export const tryton = defineConnector({
  id: 'tryton',
  title: 'Tryton',
  kind: 'erp',
  feature: 'orders',
  settings: TrytonSettings,
  secrets: TrytonSecrets,
  base: ({ url, database }) => `${url.replace(/\/+$/, '')}/${database}/`,
  hosts: ({ url }) => [new URL(url).host],
  signIn: {
    request: ({ settings, secrets }) => ({
      method: 'POST',
      path: '',
      body: { id: 1, method: 'common.db.login', params: [settings.user, { password: secrets.password }, 'en'] },
    }),
    token(answer, { settings }) {
      const [user, session] = readAnswer(LoggedIn, answer.body, 'sign-in').result;
      return base64(`${settings.user}:${user}:${session}`);
    },
  },
  authorize(request, { accessToken }) {
    if (accessToken === undefined) throw new HoldError('SIGN_IN_NEEDED', 'sign-in', 'Tryton is not signed in');
    request.headers['authorization'] = `Session ${accessToken}`;
  },
  // answered by threads that share one processor: more at once take longer each, and none gets done sooner
  concurrency: 4,
  fault: trytonFault,
  faultWithin: trytonFaultWithin,
  async ping(session) {
    const { url, database } = deskOf(session);
    return { label: `${(await booksOf(session)).name} (${new URL(url).host}, ${database})` };
  },
  changes: [
    { entity: 'order', poll: { capability: ordersList, everyMs: 60_000, overlapMs } },
    { entity: 'invoice', poll: { capability: invoicesList, everyMs: 120_000, overlapMs } },
    { entity: 'product', poll: { capability: productsList, everyMs: 120_000, overlapMs } },
    { entity: 'stock', poll: { capability: stockList, everyMs: 60_000, overlapMs } },
    // a list's prices are formulas, which change with whatever they are made of
    { entity: 'price', poll: { capability: pricesList, everyMs: 300_000, overlapMs, brings: 'all' } },
    { entity: 'customer', poll: { capability: customersList, everyMs: 120_000, overlapMs } },
  ],
  offers: [...orderOffers, ...documentOffers, ...customerOffers, ...productOffers, ...priceOffers],
  cannot: {
    ...cannotSet('Tryton', ['on-hold', 'paid', 'completed', 'refunded']),
    'orders.from-webhook': NO_WEBHOOKS,
    'customers.from-webhook': NO_WEBHOOKS,
    'products.from-webhook': NO_WEBHOOKS,
  },
});
