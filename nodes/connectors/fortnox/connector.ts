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
import { filled, readAnswer } from '../answer.ts';
import { cannotSet } from '../cannot-set.ts';
import { articleOffers } from './articles.ts';
import { customerOffers } from './customers.ts';
import { fortnoxFault } from './fault.ts';
import { orderOffers } from './orders.ts';
import { priceOffers } from './prices.ts';
import { FortnoxSettings, withSlash } from './settings.ts';
import { FortnoxCompany } from './shape.ts';

const FortnoxSecrets = z.strictObject({
  clientId: z.string().min(1).max(200).meta(label('Client id', 'Klient-id')),
  clientSecret: z.string().min(1).max(200).meta(label('Client secret', 'Klienthemlighet')),
});

const NO_WEBHOOKS = {
  en: 'Fortnox sends no webhooks; changes are found by asking.',
  sv: 'Fortnox skickar inga webhookar; ändringar hittas genom att fråga.',
};
const NO_TRACKING = {
  en: 'Fortnox has no shipments and no field for tracking numbers.',
  sv: 'Fortnox har inga leveranser och inget fält för spårningsnummer.',
};

/** Whole minutes in Swedish time: the filter itself looks back up to a minute, and the clocks may differ by as much. */
const overlapMs = 180_000;

export const fortnox = defineConnector({
  id: 'fortnox',
  title: 'Fortnox',
  kind: 'erp',
  feature: 'orders',
  settings: FortnoxSettings,
  secrets: FortnoxSecrets,
  base: (settings) => withSlash(settings.apiUrl),
  hosts: (settings) => [...new Set([new URL(settings.apiUrl).host, new URL(settings.authUrl).host])],
  authorize(request, { accessToken }) {
    if (accessToken === undefined) throw new HoldError('SIGN_IN_NEEDED', 'sign-in', 'Fortnox is not signed in');
    request.headers['authorization'] = `Bearer ${accessToken}`;
  },
  oauth: {
    authorizeUrl: (settings) => `${withSlash(settings.authUrl)}auth`,
    tokenUrl: (settings) => `${withSlash(settings.authUrl)}token`,
    scopes: ['companyinformation', 'customer', 'article', 'order', 'invoice', 'price'],
    extraAuthorizeParams: { access_type: 'offline' },
    singleUseRefresh: true,
    clientId: 'clientId',
    clientSecret: 'clientSecret',
  },
  // fortnox.se/developer/guides-and-good-to-know/rate-limits-for-fortnox-api
  rate: { requests: 25, perMs: 5000 },
  fault: fortnoxFault,
  async ping(session) {
    const answer = await session.http({ method: 'GET', path: '3/companyinformation' });
    const company = readAnswer(FortnoxCompany, answer.body, 'answer').CompanyInformation;
    const number = filled(company.OrganizationNumber);
    return { label: number === undefined ? company.CompanyName : `${company.CompanyName}, ${number}` };
  },
  changes: [
    { entity: 'order', poll: { capability: ordersList, everyMs: 60_000, overlapMs } },
    { entity: 'invoice', poll: { capability: invoicesList, everyMs: 120_000, overlapMs } },
    { entity: 'product', poll: { capability: productsList, everyMs: 300_000, overlapMs } },
    { entity: 'stock', poll: { capability: stockList, everyMs: 300_000, overlapMs } },
    // prices have no time of change and are read article by article, so seldom
    { entity: 'price', poll: { capability: pricesList, everyMs: 3_600_000, overlapMs, brings: 'all' } },
    { entity: 'customer', poll: { capability: customersList, everyMs: 300_000, overlapMs } },
  ],
  offers: [...orderOffers, ...customerOffers, ...articleOffers, ...priceOffers],
  cannot: {
    ...cannotSet('Fortnox', ['processing', 'on-hold', 'paid', 'completed', 'refunded']),
    'orders.from-webhook': NO_WEBHOOKS,
    'customers.from-webhook': NO_WEBHOOKS,
    'products.from-webhook': NO_WEBHOOKS,
    'shipments.list': NO_TRACKING,
    'shipments.get': NO_TRACKING,
  },
});
