/** What a new practice ERP holds: a small Swedish company that already knows the practice shop's goods. */

export const company = {
  Address: 'Vävargatan 8',
  City: 'Borås',
  CompanyName: 'Övningsbolaget AB',
  CountryCode: 'SE',
  DatabaseNumber: 100042,
  OrganizationNumber: '559000-1047',
  VisitAddress: 'Vävargatan 8',
  VisitCity: 'Borås',
  VisitCountryCode: 'SE',
  VisitZipCode: '503 30',
  ZipCode: '503 30',
};

/** Price without VAT, in list A. */
export const seedArticles: readonly {
  number: string;
  name: string;
  vat: number;
  price: number;
  stock: number | null;
}[] = [
  { number: 'MUGG-BLA', name: 'Mugg, blå', vat: 25, price: 119.2, stock: 120 },
  { number: 'MUGG-VIT', name: 'Mugg, vit', vat: 25, price: 119.2, stock: 80 },
  { number: 'LJUS-6', name: 'Stearinljus, 6 st', vat: 25, price: 63.2, stock: 300 },
  { number: 'LAMPA-GOLV', name: 'Golvlampa Ågren', vat: 25, price: 1036, stock: 14 },
  { number: 'HANDDUK-LIN', name: 'Handduk i lin', vat: 25, price: 199.2, stock: 60 },
  { number: 'KAFFE-500', name: 'Kaffe, mörkrost 500 g', vat: 12, price: 79.46, stock: 240 },
  { number: 'HONUNG-350', name: 'Svensk honung 350 g', vat: 12, price: 84.82, stock: 90 },
  { number: 'BOK-BRODBAK', name: 'Brödbak – en grundbok', vat: 6, price: 216.04, stock: 35 },
  { number: 'PRESENTKORT', name: 'Presentask', vat: 25, price: 31.2, stock: null },
  { number: 'FORKLADE-GRON', name: 'Förkläde, grön', vat: 25, price: 279.2, stock: 20 },
  { number: 'FORKLADE-SVART', name: 'Förkläde, svart', vat: 25, price: 279.2, stock: 25 },
  { number: 'FRAKT', name: 'Frakt', vat: 25, price: 0, stock: null },
];

/** One customer is known by e-mail, one by organisation number; the rest of the shop's are new here. */
export const seedErpCustomers = [
  {
    CustomerNumber: '1',
    Name: 'Åsa Lindström',
    Email: 'asa.lindstrom@example.se',
    Type: 'PRIVATE',
    Address1: 'Storgatan 12',
    ZipCode: '111 51',
    City: 'Stockholm',
    CountryCode: 'SE',
  },
  {
    CustomerNumber: '2',
    Name: 'Smedjan i Linköping AB',
    Email: 'faktura@smedjan.example',
    OrganisationNumber: '556677-8899',
    Type: 'COMPANY',
    Address1: 'Industrigatan 4',
    ZipCode: '582 77',
    City: 'Linköping',
    CountryCode: 'SE',
  },
  {
    CustomerNumber: '3',
    Name: 'Fjällhandeln i Åre AB',
    Email: 'ekonomi@fjallhandeln.example',
    OrganisationNumber: '556801-2345',
    Type: 'COMPANY',
    Address1: 'Årevägen 55',
    ZipCode: '837 52',
    City: 'Åre',
    CountryCode: 'SE',
  },
] as const;

export const seedPriceLists = [
  { Code: 'A', Description: 'Standard', Comments: '', PreSelected: true },
  { Code: 'B', Description: 'Återförsäljare', Comments: 'Priser för återförsäljare', PreSelected: false },
] as const;

export const seedCostCenters = [
  { Code: 'SE', Description: 'Webb Sverige', Note: '', Active: true },
  { Code: 'NO', Description: 'Webb Norge', Note: '', Active: true },
] as const;

/** How many kronor one unit costs; Fortnox fetches such rates from the Riksbank. */
export const currencies = [
  { Code: 'SEK', Description: 'Svenska kronor', BuyRate: 1, SellRate: 1, Unit: 1 },
  { Code: 'EUR', Description: 'Euro', BuyRate: 11.21, SellRate: 11.21, Unit: 1 },
  { Code: 'NOK', Description: 'Norska kronor', BuyRate: 0.96, SellRate: 0.96, Unit: 1 },
  { Code: 'DKK', Description: 'Danska kronor', BuyRate: 1.5, SellRate: 1.5, Unit: 1 },
  { Code: 'USD', Description: 'US-dollar', BuyRate: 10.4, SellRate: 10.4, Unit: 1 },
  { Code: 'GBP', Description: 'Brittiska pund', BuyRate: 13.2, SellRate: 13.2, Unit: 1 },
] as const;

export const termsOfDelivery = [
  { Code: 'FVL', Description: 'Fritt vårt lager', DescriptionEnglish: 'Ex works' },
  { Code: 'FKL', Description: 'Fritt kundens lager', DescriptionEnglish: 'Delivered' },
] as const;

export const termsOfPayment = [
  { Code: '0', Description: 'Kontant' },
  { Code: '10', Description: '10 dagar netto' },
  { Code: '30', Description: '30 dagar netto' },
] as const;

export const wayOfDelivery = [
  { Code: 'POSTNORD', Description: 'PostNord', DescriptionEnglish: 'PostNord' },
  { Code: 'DHL', Description: 'DHL', DescriptionEnglish: 'DHL' },
  { Code: 'HAMT', Description: 'Hämtas', DescriptionEnglish: 'Picked up' },
] as const;
