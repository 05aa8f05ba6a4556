import { z } from 'zod';
import { label, options, section } from '#runtime/node.ts';
import { Currency } from '../../commerce/money.ts';
import { ErrorForm } from './fault.ts';
import { customerForm, flatForms } from './fields.ts';
import { requestForms } from './operations.ts';
import { OrderForm } from './order.ts';
import { Paging } from './paging.ts';
import { ShipmentForm } from './shipment.ts';
import { Auth } from './sign-in.ts';
import { template } from './template.ts';
import { isTimeZone } from './time-zone.ts';
import { WebhookForm } from './webhook.ts';

/** The headings the settings stand under. */
export const sections = {
  access: section('Address and sign-in', 'Adress och inloggning'),
  form: section('How values are written', 'Hur värden skrivs'),
  work: section('What is read and written', 'Vad som läses och skrivs'),
  hooks: section('Webhooks', 'Webhookar'),
} as const;

const Records = z.strictObject({
  order: OrderForm.optional().meta(label('Order', 'Order')),
  customer: customerForm.optional().meta(label('Customer', 'Kund')),
  product: flatForms.product.optional().meta(label('Product', 'Artikel')),
  stock: flatForms.stock.optional().meta(label('Stock', 'Lager')),
  priceList: flatForms.priceList.optional().meta(label('Price list', 'Prislista')),
  price: flatForms.price.optional().meta(label('Price', 'Pris')),
  invoice: flatForms.invoice.optional().meta(label('Invoice', 'Faktura')),
  shipment: ShipmentForm.optional().meta(label('Delivery', 'Leverans')),
});

const Rate = z.strictObject({
  requests: z.int().min(1).max(1_000_000).meta(label('Requests', 'Anrop')),
  perMs: z.int().min(100).max(86_400_000).meta(label('In milliseconds', 'På millisekunder')),
});

const TaxRates = z
  .string()
  .max(200)
  .regex(/^\s*\d{1,2}(\.\d{1,2})?\s*(,\s*\d{1,2}(\.\d{1,2})?\s*)*$/, 'must be such as 25, 12, 6, 0');

/** The settings that REST and GraphQL share; `request` is what a single request is made of. */
export function sharedForms(request: z.ZodRawShape, errors: z.input<typeof ErrorForm>) {
  return {
    auth: Auth.default({ kind: 'none' }).meta({ ...label('Sign-in', 'Inloggning'), ...sections.access }),
    unencrypted: z
      .boolean()
      .default(false)
      .meta({
        ...label('May send credentials unencrypted', 'Får skicka uppgifter okrypterat', {
          en: 'Only within a network of one’s own: without it, the address must begin with https://.',
          sv: 'Bara inom ett eget nät: utan det måste adressen börja med https://.',
        }),
        ...sections.access,
      }),
    rate: Rate.optional().meta({ ...label('Limit of requests', 'Gräns för anrop'), ...sections.access }),
    concurrency: z
      .int()
      .min(1)
      .max(100)
      .optional()
      .meta({
        ...label('Requests at once', 'Anrop samtidigt', {
          en: 'How many the system takes at the same time; the rest wait. Any number unless told.',
          sv: 'Hur många systemet tar emot samtidigt; resten väntar. Hur många som helst om inget anges.',
        }),
        ...sections.access,
      }),
    currency: Currency.default('SEK').meta({
      ...label('Currency where none is told', 'Valuta där ingen anges'),
      ...sections.form,
    }),
    amounts: z
      .enum(['decimal', 'minor'])
      .default('decimal')
      .meta({
        ...label('Amounts are', 'Belopp är'),
        ...sections.form,
        ...options({
          decimal: ['In whole units: 1249.00', 'I hela enheter: 1249.00'],
          minor: ['In the smallest unit: 124900', 'I minsta enheten: 124900'],
        }),
      }),
    timeZone: z
      .string()
      .max(60)
      .refine(isTimeZone, 'must be a time zone such as Europe/Stockholm')
      .default('UTC')
      .meta({ ...label('Time zone of times without one', 'Tidszon för tider utan zon'), ...sections.form }),
    taxRates: TaxRates.default('25, 12, 6, 0').meta({
      ...label('Tax rates there are, per cent', 'Momssatser som finns, procent'),
      ...sections.form,
    }),
    account: z
      .strictObject({ ...request, label: template('Where the account’s name is', 'Var kontots namn finns') })
      .optional()
      .meta({
        ...label('Request that proves the credentials', 'Anrop som prövar uppgifterna', {
          en: 'Without it, the first list is asked for.',
          sv: 'Utan det hämtas den första listan.',
        }),
        ...sections.access,
      }),
    paging: Paging.prefault({}).meta({ ...label('Paging', 'Sidindelning'), ...sections.work }),
    records: Records.default({}).meta({
      ...label('Where each field is', 'Var varje fält finns', {
        en: 'Bindings such as {{ record.buyer.email }}.',
        sv: 'Bindningar som {{ record.buyer.email }}.',
      }),
      ...sections.work,
    }),
    requests: requestForms(request)
      .default({})
      .meta({ ...label('Requests', 'Anrop'), ...sections.work }),
    errors: ErrorForm.prefault(errors).meta({ ...label('Errors', 'Fel'), ...sections.work }),
    webhook: WebhookForm.optional().meta({ ...label('Webhooks', 'Webhookar'), ...sections.hooks }),
  };
}
export type SharedSettings = z.output<z.ZodObject<ReturnType<typeof sharedForms>>>;
