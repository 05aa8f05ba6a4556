import { z } from 'zod';

/** Ids and keys of the shop that every start has. */
export const Seed = z.strictObject({
  secretKey: z.string(),
  publishableKey: z.string(),
  region: z.string(),
  salesChannel: z.string(),
  stockLocation: z.string(),
  shippingOption: z.string(),
  shippingProfile: z.string(),
  customerGroup: z.string(),
});
export type Seed = z.infer<typeof Seed>;

type Fields = Readonly<Record<string, unknown>>;

/** Medusa's own API, as its dashboard and storefront use it. */
// biome-ignore lint/suspicious/noExplicitAny: answers of a program that is tried, read by tests alone
export type MedusaApi = (method: string, path: string, body?: Fields) => Promise<any>;

export function medusaApi(origin: string, headers: Readonly<Record<string, string>>): MedusaApi {
  return async (method, path, body) => {
    const answer = await fetch(origin + path, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${text}`);
    return JSON.parse(text);
  };
}

export const asProgram = (secretKey: string): Record<string, string> => ({
  authorization: `Basic ${btoa(`${secretKey}:`)}`,
});

/** Product types by their tax in per cent; without one of them a product has the ordinary 25. */
export const TAX_TYPES: Readonly<Record<number, string>> = { 12: 'Livsmedel', 6: 'Böcker', 0: 'Momsfritt' };

/** Makes a Swedish shop: region in kronor, taxes of 25, 12, 6 and 0 %, one stock location, PostNord for 49, and its keys. */
export async function seedShop(
  origin: string,
  admin: { readonly email: string; readonly password: string },
): Promise<Seed> {
  const { token } = await medusaApi(origin, {})('POST', '/auth/user/emailpass', admin);
  const api = medusaApi(origin, { authorization: `Bearer ${token}` });
  const make = async (path: string, name: string, body: Fields) => (await api('POST', path, body))[name];

  const salesChannel = (await api('GET', '/admin/sales-channels')).sales_channels[0];
  const store = (await api('GET', '/admin/stores')).stores[0];
  await api('POST', `/admin/stores/${store.id}`, {
    name: 'Exempelbutiken Åäö',
    supported_currencies: [{ currency_code: 'sek', is_default: true }],
    default_sales_channel_id: salesChannel.id,
  });
  const region = await make('/admin/regions', 'region', {
    name: 'Sverige',
    currency_code: 'sek',
    countries: ['se'],
    payment_providers: ['pp_system_default'],
  });
  const location = await seedLocation(api, make, salesChannel.id);
  const profile =
    (await api('GET', '/admin/shipping-profiles')).shipping_profiles[0] ??
    (await make('/admin/shipping-profiles', 'shipping_profile', { name: 'Vanligt', type: 'default' }));
  const options: Record<number, string> = {};
  for (const rate of [25, ...Object.keys(TAX_TYPES).map(Number)]) {
    const option = await make('/admin/shipping-options', 'shipping_option', {
      name: rate === 25 ? 'PostNord' : `Frakt med ${rate} % moms`,
      service_zone_id: location.zone,
      shipping_profile_id: profile.id,
      provider_id: 'manual_manual',
      price_type: 'flat',
      type: { label: 'Standard', description: 'Till ombud', code: 'standard' },
      prices: [{ currency_code: 'sek', amount: 49 }],
      rules: [],
    });
    options[rate] = option.id;
  }
  await seedTaxes(make, options);
  const publishable =
    (await api('GET', '/admin/api-keys?type=publishable')).api_keys[0] ??
    (await make('/admin/api-keys', 'api_key', { title: 'Butik', type: 'publishable' }));
  await api('POST', `/admin/api-keys/${publishable.id}/sales-channels`, { add: [salesChannel.id] });
  const secret = await make('/admin/api-keys', 'api_key', { title: 'Weft', type: 'secret' });
  const group = await make('/admin/customer-groups', 'customer_group', { name: 'Återförsäljare' });
  return {
    secretKey: secret.token,
    publishableKey: publishable.token,
    region: region.id,
    salesChannel: salesChannel.id,
    stockLocation: location.id,
    shippingOption: options[25] ?? '',
    shippingProfile: profile.id,
    customerGroup: group.id,
  };
}

// biome-ignore lint/suspicious/noExplicitAny: as MedusaApi
type Make = (path: string, name: string, body: Fields) => Promise<any>;

async function seedTaxes(make: Make, options: Readonly<Record<number, string>>): Promise<void> {
  const region = await make('/admin/tax-regions', 'tax_region', {
    country_code: 'se',
    provider_id: 'tp_system',
    default_tax_rate: { name: 'Moms 25 %', rate: 25, code: 'moms25' },
  });
  for (const [rate, value] of Object.entries(TAX_TYPES)) {
    const type = await make('/admin/product-types', 'product_type', { value });
    await make('/admin/tax-rates', 'tax_rate', {
      name: `Moms ${rate} %`,
      rate: Number(rate),
      code: `moms${rate}`,
      tax_region_id: region.id,
      rules: [
        { reference: 'product_type', reference_id: type.id },
        { reference: 'shipping_option', reference_id: options[Number(rate)] },
      ],
    });
  }
}

async function seedLocation(api: MedusaApi, make: Make, channel: string): Promise<{ id: string; zone: string }> {
  const address = { address_1: 'Lagergränd 3', city: 'Malmö', postal_code: '118 29', country_code: 'se' };
  const { id } = await make('/admin/stock-locations', 'stock_location', { name: 'Lager Malmö', address });
  await api('POST', `/admin/stock-locations/${id}/fulfillment-providers`, { add: ['manual_manual'] });
  await api('POST', `/admin/stock-locations/${id}/sales-channels`, { add: [channel] });
  const { stock_location } = await api(
    'POST',
    `/admin/stock-locations/${id}/fulfillment-sets?fields=*fulfillment_sets`,
    {
      name: 'Frakt',
      type: 'shipping',
    },
  );
  const set = stock_location.fulfillment_sets[0];
  const zones = await api('POST', `/admin/fulfillment-sets/${set.id}/service-zones`, {
    name: 'Sverige',
    geo_zones: [{ type: 'country', country_code: 'se' }],
  });
  return { id, zone: zones.fulfillment_set.service_zones[0].id };
}
