/** What a new practice shop holds: a small Swedish home and food shop. Prices include VAT, in SEK. */

export interface SeedProduct {
  id: number;
  sku: string;
  name: string;
  price: string;
  taxClass: string;
  stock: number | null;
  category: string;
  variations?: readonly { id: number; sku: string; option: string; price: string; stock: number }[];
}

export const seedProducts: readonly SeedProduct[] = [
  { id: 101, sku: 'MUGG-BLA', name: 'Mugg, blå', price: '149.00', taxClass: '', stock: 120, category: 'Kök' },
  { id: 102, sku: 'MUGG-VIT', name: 'Mugg, vit', price: '149.00', taxClass: '', stock: 80, category: 'Kök' },
  { id: 103, sku: 'LJUS-6', name: 'Stearinljus, 6 st', price: '79.00', taxClass: '', stock: 300, category: 'Hem' },
  { id: 104, sku: 'LAMPA-GOLV', name: 'Golvlampa Ågren', price: '1295.00', taxClass: '', stock: 14, category: 'Hem' },
  { id: 105, sku: 'HANDDUK-LIN', name: 'Handduk i lin', price: '249.00', taxClass: '', stock: 60, category: 'Hem' },
  {
    id: 106,
    sku: 'KAFFE-500',
    name: 'Kaffe, mörkrost 500 g',
    price: '89.00',
    taxClass: 'reduced-rate',
    stock: 240,
    category: 'Mat',
  },
  {
    id: 107,
    sku: 'HONUNG-350',
    name: 'Svensk honung 350 g',
    price: '95.00',
    taxClass: 'reduced-rate',
    stock: 90,
    category: 'Mat',
  },
  {
    id: 108,
    sku: 'BOK-BRODBAK',
    name: 'Brödbak – en grundbok',
    price: '229.00',
    taxClass: 'reduced-rate-6',
    stock: 35,
    category: 'Böcker',
  },
  { id: 109, sku: 'PRESENTKORT', name: 'Presentask', price: '39.00', taxClass: '', stock: null, category: 'Hem' },
  {
    id: 110,
    sku: 'FORKLADE',
    name: 'Förkläde',
    price: '349.00',
    taxClass: '',
    stock: null,
    category: 'Kök',
    variations: [
      { id: 111, sku: 'FORKLADE-GRON', option: 'Grön', price: '349.00', stock: 20 },
      { id: 112, sku: 'FORKLADE-SVART', option: 'Svart', price: '349.00', stock: 25 },
    ],
  },
];

export interface SeedCustomer {
  id: number;
  first: string;
  last: string;
  email: string;
  street: string;
  postcode: string;
  city: string;
  country: string;
  phone: string;
  company?: string;
  /** Kept in meta data `_billing_org_nr`, as Swedish checkout plug-ins do. */
  organisationNumber?: string;
}

export const organisationNumberKey = '_billing_org_nr';

export const seedCustomers: readonly SeedCustomer[] = [
  person(11, 'Åsa', 'Lindström', 'asa.lindstrom@example.se', 'Storgatan 12', '111 51', 'Stockholm', '070-174 06 11'),
  person(12, 'Björn', 'Öberg', 'bjorn.oberg@example.se', 'Ängsvägen 3', '903 25', 'Umeå', '070-174 06 12'),
  person(13, 'Märta', 'Sjögren', 'marta.sjogren@example.se', 'Köpmangatan 7', '702 10', 'Örebro', '070-174 06 13'),
  {
    ...person(14, 'Göran', 'Ek', 'inkop@smedjan.example', 'Industrigatan 4', '582 77', 'Linköping', '013-495 90 14'),
    company: 'Smedjan i Linköping AB',
    organisationNumber: '556677-8899',
  },
  {
    ...person(15, 'Elin', 'Åkesson', 'order@kafehornet.example', 'Hörngatan 1', '211 22', 'Malmö', '040-628 60 15'),
    company: 'Kafé Hörnet HB',
    organisationNumber: '969712-3456',
  },
  {
    ...person(16, 'Kåre', 'Næss', 'kare@fjellbua.example', 'Storgata 5', '9008', 'Tromsø', '+47 21 93 01 16'),
    country: 'NO',
  },
];

function person(
  id: number,
  first: string,
  last: string,
  email: string,
  street: string,
  postcode: string,
  city: string,
  phone: string,
): SeedCustomer {
  return { id, first, last, email, street, postcode, city, country: 'SE', phone };
}

/** The first order is 1042, so that "where is order 1042?" can be asked from the start. */
export const firstId = 1042;
