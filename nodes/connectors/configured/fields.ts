import { z } from 'zod';
import { label } from '#runtime/node.ts';
import {
  amount,
  country,
  currency,
  day,
  decimal,
  flag,
  formOf,
  longText,
  moment,
  oneOf,
  percent,
  price,
  text,
} from './kinds.ts';
import { Template } from './template.ts';

export const addressKinds = {
  company: text('Company', 'Företag'),
  firstName: text('First name', 'Förnamn'),
  lastName: text('Last name', 'Efternamn'),
  street: text('Street', 'Gata'),
  street2: text('Street, second line', 'Gata, andra raden'),
  postalCode: text('Postal code', 'Postnummer'),
  city: text('City', 'Ort'),
  region: text('Region', 'Region'),
  country: country('Country, two letters', 'Land, två bokstäver'),
  phone: text('Phone', 'Telefon'),
  email: text('E-mail', 'E-post'),
};

export const customerKinds = {
  id: text('Id', 'Id'),
  number: text('Customer number', 'Kundnummer'),
  kind: oneOf('company', 'private')('company or private', 'company eller private'),
  name: text('Name', 'Namn'),
  firstName: text('First name', 'Förnamn'),
  lastName: text('Last name', 'Efternamn'),
  email: text('E-mail', 'E-post'),
  phone: text('Phone', 'Telefon'),
  mobile: text('Mobile', 'Mobil'),
  organisationNumber: text('Organisation number', 'Organisationsnummer'),
  vatNumber: text('VAT number', 'Momsregistreringsnummer'),
  currency: currency('Currency', 'Valuta'),
  priceList: text('Code of the price list', 'Prislistans kod'),
  group: text('Customer group', 'Kundgrupp'),
  active: flag('In use', 'Aktiv'),
  changedAt: moment('Changed', 'Ändrad'),
  note: longText('Note', 'Anteckning'),
};

export const productKinds = {
  id: text('Id', 'Id'),
  sku: text('SKU', 'Artikelnummer'),
  name: text('Name', 'Benämning'),
  kind: oneOf('simple', 'variant', 'variable', 'bundle', 'service', 'other')('Kind', 'Slag'),
  parentId: text('Id of the product a variant belongs to', 'Id för produkten som varianten hör till'),
  active: flag('In use', 'Aktiv'),
  description: longText('Description', 'Beskrivning'),
  ean: text('EAN', 'EAN'),
  unit: text('Unit', 'Enhet'),
  price: price('Sales price', 'Försäljningspris'),
  priceIncludesTax: flag('The price holds tax', 'Priset är med moms'),
  currency: currency('Currency', 'Valuta'),
  purchasePrice: price('Purchase price', 'Inköpspris'),
  taxRate: percent('Tax, per cent', 'Moms, procent'),
  taxClass: text('Tax class', 'Momsklass'),
  stockTracked: flag('Stock is kept', 'Lagerförs'),
  stock: decimal('Stock', 'Lagersaldo'),
  weight: decimal('Weight, kilograms', 'Vikt, kilo'),
  manufacturer: text('Manufacturer', 'Tillverkare'),
  changedAt: moment('Changed', 'Ändrad'),
};

export const stockKinds = {
  id: text('Id', 'Id'),
  sku: text('SKU', 'Artikelnummer'),
  onHand: decimal('On hand', 'I lager'),
  available: decimal('Available', 'Disponibelt'),
  warehouse: text('Warehouse', 'Lagerställe'),
  changedAt: moment('Changed', 'Ändrad'),
};

export const priceListKinds = {
  id: text('Id', 'Id'),
  code: text('Code', 'Kod'),
  name: text('Name', 'Benämning'),
  currency: currency('Currency', 'Valuta'),
  includesTax: flag('Prices hold tax', 'Priserna är med moms'),
  changedAt: moment('Changed', 'Ändrad'),
};

export const priceKinds = {
  id: text('Id', 'Id'),
  priceList: text('Code of the price list', 'Prislistans kod'),
  name: text('Name of the price list', 'Prislistans benämning'),
  sku: text('SKU', 'Artikelnummer'),
  fromQuantity: decimal('From quantity', 'Från antal'),
  price: price('Price', 'Pris'),
  offer: flag('Is an offer', 'Är en kampanj'),
  currency: currency('Currency', 'Valuta'),
  includesTax: flag('Holds tax', 'Med moms'),
  from: day('From day', 'Från dag'),
  until: day('Until day', 'Till dag'),
  changedAt: moment('Changed', 'Ändrad'),
};

export const invoiceKinds = {
  id: text('Id', 'Id'),
  number: text('Number', 'Nummer'),
  order: text('Id of its order', 'Orderns id'),
  customerNumber: text('Customer number', 'Kundnummer'),
  issuedOn: day('Invoice day', 'Fakturadatum'),
  dueOn: day('Due day', 'Förfallodatum'),
  currency: currency('Currency', 'Valuta'),
  total: amount('Total with tax', 'Totalt med moms'),
  balance: amount('Left to pay', 'Kvar att betala'),
  state: oneOf('draft', 'open', 'sent', 'paid', 'cancelled', 'credited')('State', 'Tillstånd'),
  credit: flag('Is a credit note', 'Är en kreditfaktura'),
  reference: text('Our reference', 'Vår referens'),
  ocr: text('OCR', 'OCR'),
  changedAt: moment('Changed', 'Ändrad'),
};

/** Further fields for mappings to read, by names of one's own. */
export const Extra = z
  .record(z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,60}$/), Template)
  .optional()
  .meta(label('Further fields', 'Ytterligare fält'));

export const addressForm = (en: string, sv: string) =>
  z.strictObject(formOf(addressKinds)).optional().meta(label(en, sv));

export const customerForm = z.strictObject({
  ...formOf(customerKinds),
  billing: addressForm('Billing address', 'Fakturaadress'),
  shipping: addressForm('Delivery address', 'Leveransadress'),
  extra: Extra,
});

/** The records that are one row of fields. */
export const flatForms = {
  product: z.strictObject({ ...formOf(productKinds), extra: Extra }),
  stock: z.strictObject(formOf(stockKinds)),
  priceList: z.strictObject(formOf(priceListKinds)),
  price: z.strictObject(formOf(priceKinds)),
  invoice: z.strictObject(formOf(invoiceKinds)),
};
