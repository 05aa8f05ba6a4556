import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { label } from '#runtime/node.ts';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Tokens go along with every request, so they never travel in the clear except on this machine. */
const Address = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return url.search === '' && (url.protocol === 'https:' || LOCAL.has(url.hostname));
  }, 'must begin with https:// and have no query');

const Code = z.string().trim().max(50);

export const FortnoxSettings = z.strictObject({
  apiUrl: Address.default('https://api.fortnox.se').meta(label('API address', 'API-adress')),
  authUrl: Address.default('https://apps.fortnox.se/oauth-v1').meta(label('Sign-in address', 'Inloggningsadress')),
  priceList: Code.min(1)
    .default('A')
    .meta(
      label('Price list for ordinary prices', 'Prislista för ordinarie priser', {
        en: 'The code of the list that products’ own prices are written to.',
        sv: 'Koden för den lista som produkternas egna priser skrivs till.',
      }),
    ),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('SEK')
    .meta(label('Currency of the price lists', 'Prislistornas valuta')),
  freightArticle: Code.default('').meta(
    label('Article for freight', 'Artikel för frakt', {
      en: 'Freight becomes a row with this article; left empty, it goes in the order’s freight field.',
      sv: 'Frakten blir en rad med denna artikel; lämnas fältet tomt används orderns fraktfält.',
    }),
  ),
  feeArticle: Code.default('').meta(
    label('Article for fees', 'Artikel för avgifter', {
      en: 'Fees become rows with this article; left empty, rows without one.',
      sv: 'Avgifter blir rader med denna artikel; lämnas fältet tomt blir det rader utan.',
    }),
  ),
  customVatAccount: z
    .int()
    .min(1000)
    .max(99_999)
    .optional()
    .meta(
      label('Account for VAT rates outside Sweden', 'Konto för momssatser utanför Sverige', {
        en: 'Needed with EasyVat (Fortnox error 2004167) when rows have other rates than 25, 12, 6 and 0 per cent.',
        sv: 'Behövs med EasyVat (Fortnox fel 2004167) när rader har andra satser än 25, 12, 6 och 0 procent.',
      }),
    ),
});
export type FortnoxSettings = z.infer<typeof FortnoxSettings>;

/** What the mapping reads of a connection. */
export interface Books extends FortnoxSettings {
  readonly connection: string;
}

export function booksOf(session: Session): Books {
  return { ...(session.settings as FortnoxSettings), connection: session.connection };
}

export function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}
