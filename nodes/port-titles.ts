import type { Sentence } from '#runtime/error.ts';

const both = (text: string): Sentence => ({ en: text, sv: text });

/** What ports of the built-in nodes are called; one name means one thing wherever it is used. */
const TITLES = {
  body: { en: 'Content', sv: 'Innehåll' },
  cancelled: { en: 'Cancelled', sv: 'Makulerad' },
  completed: { en: 'Completed', sv: 'Slutförd' },
  created: { en: 'Created now', sv: 'Skapad nu' },
  customer: { en: 'Customer', sv: 'Kund' },
  delivered: { en: 'Delivered', sv: 'Levererad' },
  document: { en: 'Document', sv: 'Dokument' },
  exists: { en: 'Exists', sv: 'Finns redan' },
  false: { en: 'No', sv: 'Nej' },
  firedAt: { en: 'Time', sv: 'Tid' },
  found: { en: 'Found', sv: 'Hittad' },
  id: both('Id'),
  index: { en: 'Number', sv: 'Nummer' },
  invoiced: { en: 'Invoiced', sv: 'Fakturerad' },
  item: { en: 'Each', sv: 'Varje' },
  known: { en: 'Known', sv: 'Känd' },
  level: { en: 'Stock', sv: 'Saldo' },
  list: { en: 'List', sv: 'Lista' },
  lists: { en: 'Price lists', sv: 'Prislistor' },
  missing: { en: 'Not found', sv: 'Saknas' },
  new: { en: 'New', sv: 'Ny' },
  'on-hold': { en: 'On hold', sv: 'Pausad' },
  order: both('Order'),
  orders: { en: 'Orders', sv: 'Ordrar' },
  otherwise: { en: 'Otherwise', sv: 'Annars' },
  paid: { en: 'Paid', sv: 'Betald' },
  payload: { en: 'What came in', sv: 'Det som kom in' },
  price: { en: 'Price', sv: 'Pris' },
  prices: { en: 'Prices', sv: 'Priser' },
  processing: { en: 'In progress', sv: 'Behandlas' },
  product: { en: 'Product', sv: 'Artikel' },
  record: { en: 'Record', sv: 'Post' },
  refunded: { en: 'Refunded', sv: 'Återbetald' },
  response: { en: 'Answer', sv: 'Svar' },
  shipment: { en: 'Shipment', sv: 'Leverans' },
  shipments: { en: 'Shipments', sv: 'Leveranser' },
  skipped: { en: 'Left alone', sv: 'Lämnad' },
  tracked: { en: 'With tracking', sv: 'Med spårning' },
  true: { en: 'Yes', sv: 'Ja' },
  untracked: { en: 'No tracking', sv: 'Utan spårning' },
  value: { en: 'Value', sv: 'Värde' },
  written: { en: 'Written', sv: 'Skrivet' },
} as const satisfies Record<string, Sentence>;

/** Titles of the ports of these names. */
export function portTitles<Name extends keyof typeof TITLES>(...names: Name[]): Readonly<Record<Name, Sentence>> {
  const titles: Partial<Record<Name, Sentence>> = {};
  for (const name of names) titles[name] = TITLES[name];
  return titles as Record<Name, Sentence>;
}
