import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { label } from '#runtime/node.ts';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Password and token go along with requests, so they never travel in the clear except on this machine. */
export function mayCarrySecrets(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOCAL.has(url.hostname));
}

const ApiAddress = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => URL.canParse(text) && mayCarrySecrets(new URL(text)), 'must begin with https://')
  .refine((text) => URL.canParse(text) && new URL(text).search === '', 'must not have a query');

/** It becomes part of a query, so it is a name and nothing else. */
const FieldName = z
  .string()
  .trim()
  .regex(/^([A-Za-z_]\w{0,60})?$/, 'must be a field name such as organisationNumber')
  .default('');

export const VendureSettings = z.strictObject({
  url: ApiAddress.meta(
    label('Admin API address', 'Admin-API:ets adress', {
      en: 'Such as https://shop.example.com/admin-api',
      sv: 'Till exempel https://shop.example.com/admin-api',
    }),
  ),
  channel: z
    .string()
    .trim()
    .max(200)
    .regex(/^[\x21-\x7e]*$/, 'must be a channel token')
    .default('')
    .meta(
      label('Channel token', 'Kanalens token', {
        en: 'Empty: the default channel. Prices and orders of another channel are a connection of their own.',
        sv: 'Tomt: standardkanalen. Priser och ordrar i en annan kanal är en egen anslutning.',
      }),
    ),
  customerNumberField: FieldName.meta(
    label('Customer’s own field for the customer number', 'Kundens egna fält för kundnummer'),
  ),
  organisationNumberField: FieldName.meta(
    label('Customer’s own field for the organisation number', 'Kundens egna fält för organisationsnummer'),
  ),
  vatNumberField: FieldName.meta(
    label('Customer’s own field for the VAT number', 'Kundens egna fält för momsregistreringsnummer'),
  ),
  stockLocation: z
    .string()
    .trim()
    .max(200)
    .default('')
    .meta(
      label('Stock location', 'Lagerplats', {
        en: 'By name. Empty: the shop’s only one, and the sum of them where there are several.',
        sv: 'Med namn. Tomt: butikens enda, och summan av dem om det finns flera.',
      }),
    ),
  fulfillmentHandler: z
    .string()
    .trim()
    .regex(/^[\w-]{1,100}$/)
    .default('manual-fulfillment')
    .meta(label('Handler of fulfilments', 'Hanterare av leveranser')),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/)
    .default('SE')
    .meta(label('Country of addresses without one', 'Land för adresser utan land')),
  priceDecimals: z
    .int()
    .min(0)
    .max(6)
    .default(2)
    .meta(
      label('Decimals of the shop’s whole-number prices', 'Decimaler i butikens heltalspriser', {
        en: 'Two, unless the shop has a money strategy of its own.',
        sv: 'Två, om butiken inte har en egen penningstrategi.',
      }),
    ),
});
export type VendureSettings = z.infer<typeof VendureSettings>;

export const settingsOf = (session: Session): VendureSettings => session.settings as VendureSettings;

/** What the shop's own settings decide, as the mapping reads them. */
export interface ShopTraits {
  readonly connection: string;
  readonly settings: VendureSettings;
  /** Of the channel: whether the prices people enter hold tax. */
  readonly pricesIncludeTax: boolean;
}
