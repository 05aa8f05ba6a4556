import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { label } from '#runtime/node.ts';
import type { ShopTraits } from './customer-map.ts';

const LOCAL = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The consumer key goes along with every request, so it never travels in the clear except on this machine. */
export function mayCarryKeys(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && LOCAL.has(url.hostname));
}

const ShopAddress = z
  .url({ protocol: /^https?$/ })
  .max(500)
  .refine((text) => URL.canParse(text) && mayCarryKeys(new URL(text)), 'must begin with https://')
  .refine((text) => URL.canParse(text) && new URL(text).search === '', 'must not have a query');

const TaxClasses = z
  .string()
  .regex(
    /^[^=,]+=\s*\d{1,2}(\.\d{1,2})?\s*(,[^=,]+=\s*\d{1,2}(\.\d{1,2})?\s*)*$/,
    'must be such as standard=25, reduced-rate=12',
  );

const KeyList = z.string().max(500);

export const WooSettings = z.strictObject({
  url: ShopAddress.meta(label('Shop address', 'Butikens adress')),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('SEK')
    .meta(label('Currency of the prices', 'Prisernas valuta')),
  pricesIncludeTax: z.boolean().default(true).meta(label('Prices are entered with tax', 'Priser anges med moms')),
  taxClasses: TaxClasses.default('standard=25, reduced-rate=12, reduced-rate-6=6, zero-rate=0').meta(
    label('Tax classes and their per cent', 'Momsklasser och deras procent'),
  ),
  organisationNumberKeys: KeyList.default('_billing_org_nr, billing_org_nr, _billing_organisation_number').meta(
    label('Fields with the organisation number', 'Fält med organisationsnummer'),
  ),
  vatNumberKeys: KeyList.default('_billing_vat_number, _vat_number, vat_number').meta(
    label('Fields with the VAT number', 'Fält med momsregistreringsnummer'),
  ),
  customerNumberKeys: KeyList.default('customer_number, _customer_number').meta(
    label('Fields with the customer number', 'Fält med kundnummer'),
  ),
});
export type WooSettings = z.infer<typeof WooSettings>;

const listOf = (text: string): string[] => text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));

/** The settings as the mapping reads them. */
export function traitsOf(session: Session): ShopTraits {
  const settings = session.settings as WooSettings;
  return {
    connection: session.connection,
    currency: settings.currency,
    pricesIncludeTax: settings.pricesIncludeTax,
    taxClasses: new Map(
      listOf(settings.taxClasses).map((part) => {
        const [name = '', percent = ''] = part.split('=');
        return [name.trim(), Number(percent)];
      }),
    ),
    organisationNumberKeys: listOf(settings.organisationNumberKeys),
    vatNumberKeys: listOf(settings.vatNumberKeys),
    customerNumberKeys: listOf(settings.customerNumberKeys),
  };
}
