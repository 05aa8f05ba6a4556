import { z } from 'zod';
import { defineConnector } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import { label } from '#runtime/node.ts';
import { customersList, ordersList, productsList, stockList } from '../../commerce/capabilities.ts';
import { readAnswer } from '../answer.ts';
import { cannotSet } from '../cannot-set.ts';
import { customerOffers } from './customers.ts';
import { faultWithin, vendureFault } from './fault.ts';
import { graphql } from './graphql.ts';
import { orderOffers } from './orders.ts';
import { productOffers } from './products.ts';
import { mayCarrySecrets, settingsOf, VendureSettings } from './settings.ts';
import { stockOffers } from './stock.ts';

const Secret = z.string().min(1).max(500);

const VendureSecrets = z
  .strictObject({
    username: Secret.optional().meta(label('Administrator’s user name', 'Administratörens användarnamn')),
    password: Secret.optional().meta(label('Password', 'Lösenord')),
    apiKey: Secret.optional().meta(
      label('API key', 'API-nyckel', {
        en: 'In place of user name and password, where the shop takes API keys.',
        sv: 'I stället för användarnamn och lösenord, där butiken tar API-nycklar.',
      }),
    ),
  })
  .refine(
    ({ username, password, apiKey }) => apiKey !== undefined || (username !== undefined && password !== undefined),
    'needs a user name and a password, or an API key',
  );

/** The answer header a session’s token comes in (`authOptions.authTokenHeaderKey`). */
const TOKEN_HEADER = 'vendure-auth-token';
const LoggedIn = z.looseObject({ data: z.looseObject({ login: z.looseObject({ __typename: z.string() }) }) });

const NO_WEBHOOKS = {
  en: 'Vendure sends no webhooks of its own, so changes are found by polling.',
  sv: 'Vendure skickar inga egna webhooks, så ändringar hittas genom avläsning.',
};
const NO_INVOICES = { en: 'Vendure has no invoices of its own.', sv: 'Vendure har inga egna fakturor.' };
const OWN_PRICES = {
  en: 'Vendure counts an order’s prices, discounts and freight itself, so an order from elsewhere cannot be written to the minor unit.',
  sv: 'Vendure räknar själv ut en orders priser, rabatter och frakt, så en order från annat håll kan inte skrivas på öret.',
};

// stamps are kept by the second in some databases, and by the start of a transaction in others
const overlapMs = 120_000;

export const vendure = defineConnector({
  id: 'vendure',
  title: 'Vendure',
  kind: 'shop',
  feature: 'orders',
  settings: VendureSettings,
  secrets: VendureSecrets,
  base: (settings) => settings.url,
  hosts: (settings) => [new URL(settings.url).host],
  signIn: {
    needed: ({ secrets }) => secrets.apiKey === undefined,
    request: ({ settings, secrets: { username = '', password = '' } }) => ({
      method: 'POST',
      path: settings.url,
      body: {
        query: `mutation login($username:String!,$password:String!){login(username:$username,password:$password){__typename
          ...on ErrorResult{errorCode message}}}`,
        variables: { username, password },
      },
    }),
    token(answer) {
      readAnswer(LoggedIn, answer.body, 'answer');
      const token = answer.headers[TOKEN_HEADER];
      if (token) return token;
      const message = 'the shop signs in by cookie only: its authOptions.tokenMethod must have “bearer” too';
      throw new HoldError('SIGN_IN_NEEDED', 'sign-in', message);
    },
  },
  authorize(request, { secrets: { apiKey }, accessToken = '' }) {
    if (!mayCarrySecrets(request.url)) {
      throw new TerminalError('HOST_NOT_ALLOWED', 'the shop’s address must begin with https://', { field: 'url' });
    }
    // authOptions.apiKeyHeaderKey
    if (apiKey !== undefined) request.headers['vendure-api-key'] = apiKey;
    else request.headers['authorization'] = `Bearer ${accessToken}`;
  },
  fault: vendureFault,
  faultWithin,
  async ping(session) {
    // Needs the same right as the work itself, unlike the channel, which is open to all.
    const answer = await graphql(
      session,
      z.looseObject({
        activeChannel: z.looseObject({ code: z.string() }),
        orders: z.looseObject({ totalItems: z.int() }),
      }),
      '{activeChannel{code} orders(options:{take:1,filter:{orderPlacedAt:{isNull:false}}}){totalItems}}',
    );
    const host = new URL(settingsOf(session).url).host;
    const channel = answer.activeChannel.code === '__default_channel__' ? '' : `, ${answer.activeChannel.code}`;
    return { label: `${host}${channel}`, orders: answer.orders.totalItems };
  },
  changes: [
    { entity: 'order', poll: { capability: ordersList, everyMs: 60_000, overlapMs, brings: 'known-open' } },
    { entity: 'product', poll: { capability: productsList, everyMs: 300_000, overlapMs } },
    { entity: 'stock', poll: { capability: stockList, everyMs: 600_000, overlapMs, brings: 'all' } },
    { entity: 'customer', poll: { capability: customersList, everyMs: 300_000, overlapMs } },
  ],
  offers: [...orderOffers, ...customerOffers, ...productOffers, ...stockOffers],
  cannot: {
    ...cannotSet('Vendure', ['processing', 'on-hold', 'invoiced', 'refunded']),
    'orders.create': OWN_PRICES,
    'orders.update': OWN_PRICES,
    'orders.from-webhook': NO_WEBHOOKS,
    'customers.from-webhook': NO_WEBHOOKS,
    'products.from-webhook': NO_WEBHOOKS,
    'price-lists.list': {
      en: 'Vendure has one price per channel and currency, and no price lists.',
      sv: 'Vendure har ett pris per kanal och valuta, och inga prislistor.',
    },
    'invoices.list': NO_INVOICES,
    'invoices.get': NO_INVOICES,
    'invoices.create': NO_INVOICES,
  },
});
