import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { label, options } from '#runtime/node.ts';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The password and the session go along, so they never travel in the clear except on this machine. */
const Address = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => {
    if (!URL.canParse(text)) return false;
    const url = new URL(text);
    return url.search === '' && (url.protocol === 'https:' || LOCAL.has(url.hostname));
  }, 'must begin with https:// and have no query');

const Code = z.string().trim().max(50);

function isTimeZone(text: string): boolean {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const TrytonSettings = z.strictObject({
  url: Address.meta(label('Address of the server', 'Serverns adress')),
  database: z
    .string()
    .trim()
    .regex(/^[\w-]{1,63}$/, 'must be the name of a database')
    .meta(label('Database', 'Databas')),
  user: z.string().trim().min(1).max(100).meta(label('User', 'Användare')),
  orderState: z
    .enum(['quotation', 'processing'])
    .default('processing')
    .meta({
      ...label('New orders become', 'Nya ordrar blir', {
        en: 'A quotation, or a sale that is being processed, with shipments and invoices. Only quotations can be changed later.',
        sv: 'En offert eller en order under behandling, med leveranser och fakturor. Bara offerter kan ändras senare.',
      }),
      ...options({
        quotation: ['Quotations', 'Offerter'],
        processing: ['Sales being processed', 'Ordrar under behandling'],
      }),
    }),
  warehouse: Code.default('').meta(
    label('Warehouse', 'Lager', {
      en: 'Code of the warehouse whose stock is read and set; left empty, the first.',
      sv: 'Koden för det lager vars saldo läses och sätts; lämnas fältet tomt används det första.',
    }),
  ),
  freightProduct: Code.default('').meta(
    label('Product for freight', 'Produkt för frakt', {
      en: 'Code of a service; left empty, freight becomes a line without a product.',
      sv: 'Koden för en tjänst; lämnas fältet tomt blir frakten en rad utan produkt.',
    }),
  ),
  feeProduct: Code.default('').meta(
    label('Product for fees', 'Produkt för avgifter', {
      en: 'Code of a service; left empty, fees become lines without a product.',
      sv: 'Koden för en tjänst; lämnas fältet tomt blir avgifter rader utan produkt.',
    }),
  ),
  priceDecimals: z
    .int()
    .min(2)
    .max(8)
    .default(4)
    .meta(
      label('Decimals of a unit price', 'Decimaler i ett styckepris', {
        en: 'price_decimal in the server’s configuration.',
        sv: 'price_decimal i serverns konfiguration.',
      }),
    ),
  timeZone: z
    .string()
    .default('Europe/Stockholm')
    .refine(isTimeZone, 'must be a time zone such as Europe/Stockholm')
    .meta(label('Time zone of the company', 'Företagets tidszon')),
});
export type TrytonSettings = z.infer<typeof TrytonSettings>;

/** What the mapping reads of a connection. */
export interface Desk extends TrytonSettings {
  readonly connection: string;
}

export function deskOf(session: Session): Desk {
  return { ...(session.settings as TrytonSettings), connection: session.connection };
}
