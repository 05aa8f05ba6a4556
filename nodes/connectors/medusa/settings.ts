import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { label } from '#runtime/node.ts';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The secret key goes along with every request, so it never travels in the clear except on this machine. */
export function mayCarryKey(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOCAL.has(url.hostname));
}

const Address = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => URL.canParse(text) && mayCarryKey(new URL(text)), 'must begin with https://')
  .refine((text) => URL.canParse(text) && new URL(text).search === '', 'must not have a query');

const KeyList = z.string().max(500);

export const MedusaSettings = z.strictObject({
  url: Address.meta(label('Address of the Medusa server', 'Medusaserverns adress')),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('SEK')
    .meta(label('Currency of the prices', 'Prisernas valuta')),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default('SE')
    .meta(label('Country whose tax rates hold', 'Land vars momssatser gäller')),
  stockLocation: z
    .string()
    .trim()
    .max(200)
    .default('')
    .meta(
      label('Stock location', 'Lagerplats', {
        en: 'Its name, where balances are read and set at one of several; left empty, all are read.',
        sv: 'Dess namn, om saldon läses och sätts på en av flera; lämnas fältet tomt läses alla.',
      }),
    ),
  organisationNumberKeys: KeyList.default('organisation_number, org_number, orgnr').meta(
    label('Metadata with the organisation number', 'Metadata med organisationsnummer'),
  ),
  vatNumberKeys: KeyList.default('vat_number').meta(
    label('Metadata with the VAT number', 'Metadata med momsregistreringsnummer'),
  ),
  customerNumberKeys: KeyList.default('customer_number').meta(
    label('Metadata with the customer number', 'Metadata med kundnummer'),
  ),
  noteKeys: KeyList.default('note, customer_note').meta(
    label('Metadata with the buyer’s message', 'Metadata med köparens meddelande'),
  ),
});
export type MedusaSettings = z.infer<typeof MedusaSettings>;

/** What the mapping has to know of the shop beside the record itself. */
export interface Traits {
  readonly connection: string;
  readonly currency: string;
  readonly organisationNumberKeys: readonly string[];
  readonly vatNumberKeys: readonly string[];
  readonly customerNumberKeys: readonly string[];
  readonly noteKeys: readonly string[];
}

export const settingsOf = (session: Session): MedusaSettings => session.settings as MedusaSettings;

const listOf = (text: string): string[] => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));

export const traitsOf = (session: Session): Traits => traitsFrom(session.connection, settingsOf(session));

export function traitsFrom(connection: string, settings: MedusaSettings): Traits {
  return {
    connection,
    currency: settings.currency,
    organisationNumberKeys: listOf(settings.organisationNumberKeys),
    vatNumberKeys: listOf(settings.vatNumberKeys),
    customerNumberKeys: listOf(settings.customerNumberKeys),
    noteKeys: listOf(settings.noteKeys),
  };
}
