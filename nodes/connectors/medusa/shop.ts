import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import { readAnswer } from '../answer.ts';
import { every } from './list.ts';
import { basisPoints } from './map.ts';
import { settingsOf } from './settings.ts';
import { MedusaTaxRegion } from './shape.ts';

/** What the shop has decided about prices and tax, read anew for each piece of work. */
export interface Shop {
  /** Whether prices in the connection's currency hold their tax. */
  readonly pricesIncludeTax: boolean;
  /** Hundredths of a per cent; undefined where the shop has no tax region for the country. */
  rateOf(product: { readonly id: string; readonly type_id?: string | null | undefined }): number | undefined;
  /** The product type that carries the rate; null where products of no type do. Throws UNSUPPORTED when there is none. */
  typeFor(rate: number): string | null;
  shippingRate(option: string): number | undefined;
}

const Preference = z.looseObject({ attribute: z.string(), value: z.string(), is_tax_inclusive: z.boolean() });

/** Medusa's own order: the product's rate, its type's, the region's default. Source: modules/tax/src/services/tax-module-service.ts. */
export async function readShop(session: Session): Promise<Shop> {
  const { country, currency } = settingsOf(session);
  const [regions, preferences] = await Promise.all([
    every(session, 'admin/tax-regions', {
      country_code: country.toLowerCase(),
      fields: 'id,country_code,province_code,*tax_rates,*tax_rates.rules',
    }),
    every(session, 'admin/price-preferences', { attribute: 'currency_code', value: currency.toLowerCase() }),
  ]);
  const region = regions
    .map((entry) => readAnswer(MedusaTaxRegion, entry, 'tax_region'))
    .find((one) => one.country_code === country.toLowerCase() && !one.province_code);
  const rates = (region?.tax_rates ?? []).map((one) => ({ ...one, points: basisPoints([one.rate ?? 0]) }));
  const usual = region === undefined ? undefined : (rates.find((one) => one.is_default)?.points ?? 0);
  const ruled = (reference: string, id: string | null | undefined): number | undefined =>
    rates.find((one) => one.rules.some((rule) => rule.reference === reference && rule.reference_id === id))?.points;
  return {
    pricesIncludeTax: preferences
      .map((entry) => readAnswer(Preference, entry, 'price_preference'))
      .some((one) => one.attribute === 'currency_code' && one.value === currency.toLowerCase() && one.is_tax_inclusive),
    rateOf: ({ id, type_id }) => ruled('product', id) ?? ruled('product_type', type_id) ?? usual,
    typeFor(rate) {
      if (rate === usual) return null;
      const type = rates
        .filter((one) => one.points === rate)
        .flatMap((one) => one.rules)
        .find((rule) => rule.reference === 'product_type');
      if (type) return type.reference_id;
      const message = `no product type of the shop has a tax rate of ${rate / 100} %: make one, with a tax rate for it`;
      throw new TerminalError('UNSUPPORTED', message, { field: 'product.taxRate' });
    },
    shippingRate: (option) => ruled('shipping_option', option) ?? usual,
  };
}
