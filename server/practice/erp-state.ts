import type {
  ErpArticle,
  ErpCostCenter,
  ErpCustomer,
  ErpInvoice,
  ErpOrder,
  ErpPrice,
  ErpPriceList,
  Kept,
} from './erp-model.ts';
import type { Signed } from './erp-oauth.ts';
import { seedArticles, seedCostCenters, seedErpCustomers, seedPriceLists } from './erp-seed.ts';
import { type Collection, openShelf } from './shelf.ts';

/** Everything the practice ERP knows. */
export interface ErpState {
  customers: Collection<string, Kept<ErpCustomer>>;
  articles: Collection<string, Kept<ErpArticle>>;
  orders: Collection<string, Kept<ErpOrder>>;
  invoices: Collection<string, Kept<ErpInvoice>>;
  priceLists: Collection<string, ErpPriceList>;
  /** Keyed by list, article and quantity. */
  prices: Collection<string, ErpPrice>;
  costCenters: Collection<string, ErpCostCenter>;
  tokens: Collection<string, Signed>;
  ordersByReference(reference: string): Kept<ErpOrder>[];
  customersByEmail(email: string): Kept<ErpCustomer>[];
  /** Compares digits only: Fortnox writes the dash itself. */
  customersByOrganisation(organisationNumber: string): Kept<ErpCustomer>[];
  /** Pieces in orders that are neither invoiced nor cancelled. */
  reserved(article: string): number;
  pricesOf(list: string, article: string): ErpPrice[];
  nextOrderNumber(): string;
  nextInvoiceNumber(): string;
  nextCustomerNumber(): string;
  nextArticleNumber(): string;
  clear(): void;
  close(): void;
}

const digits = (text: string) => text.replace(/\D/g, '');

export function priceKey(list: string, article: string, from: number): string {
  return JSON.stringify([list, article, from]);
}

/** A counter that never gives a number a seen document has. */
function counter(first: number) {
  let last = first - 1;
  return {
    next: () => String(++last),
    see(text: string) {
      const seen = Number(text);
      if (Number.isSafeInteger(seen) && seen > last) last = seen;
    },
    reset: () => {
      last = first - 1;
    },
  };
}

/** Groups of documents by a text that may change or be absent. */
function groups<T>(keyOf: (one: T) => string | undefined) {
  const lists = new Map<string, T[]>();
  return {
    watch(after: T | undefined, before: T | undefined) {
      const old = before === undefined ? undefined : keyOf(before);
      const rest = old === undefined ? undefined : lists.get(old)?.filter((one) => one !== before);
      if (old !== undefined && rest?.length === 0) lists.delete(old);
      else if (old !== undefined && rest !== undefined) lists.set(old, rest);
      const now = after === undefined ? undefined : keyOf(after);
      if (now === undefined || now === '' || after === undefined) return;
      const list = lists.get(now);
      if (list === undefined) lists.set(now, [after]);
      else list.push(after);
    },
    get: (key: string) => lists.get(key) ?? [],
  };
}

/** `dir` null keeps the ERP in memory; a new one is stocked with the seed. */
export function openErpState(dir: string | null, clock: () => number): ErpState {
  const shelf = openShelf(dir, 'erp');
  const references = groups<Kept<ErpOrder>>((one) => one.document.ExternalInvoiceReference1);
  const emails = groups<Kept<ErpCustomer>>((one) => one.document.Email?.toLowerCase());
  const organisations = groups<Kept<ErpCustomer>>((one) => digits(one.document.OrganisationNumber ?? ''));
  const priceGroups = groups<ErpPrice>((one) => priceKey(one.PriceList, one.ArticleNumber, 0));
  const reserved = new Map<string, number>();
  const orderNumbers = counter(20_001);
  const invoiceNumbers = counter(30_001);
  const customerNumbers = counter(1001);
  const articleNumbers = counter(1);
  const reserve = (kept: Kept<ErpOrder> | undefined, sign: 1 | -1) => {
    if (kept === undefined || kept.document.Cancelled || kept.document.InvoiceReference !== '0') return;
    for (const { ArticleNumber: article, OrderedQuantity: quantity } of kept.document.OrderRows)
      if (article !== undefined) reserved.set(article, (reserved.get(article) ?? 0) + sign * Number(quantity));
  };

  const state: ErpState = {
    customers: shelf.collection<string, Kept<ErpCustomer>>('customers', (after, before) => {
      if (after !== undefined) customerNumbers.see(after.document.CustomerNumber);
      emails.watch(after, before);
      organisations.watch(after, before);
    }),
    articles: shelf.collection<string, Kept<ErpArticle>>('articles', (after) => {
      if (after !== undefined) articleNumbers.see(after.document.ArticleNumber);
    }),
    orders: shelf.collection<string, Kept<ErpOrder>>('orders', (after, before) => {
      if (after !== undefined) orderNumbers.see(after.document.DocumentNumber);
      references.watch(after, before);
      reserve(before, -1);
      reserve(after, 1);
    }),
    invoices: shelf.collection<string, Kept<ErpInvoice>>('invoices', (after) => {
      if (after !== undefined) invoiceNumbers.see(after.document.DocumentNumber);
    }),
    priceLists: shelf.collection('priceLists'),
    prices: shelf.collection<string, ErpPrice>('prices', priceGroups.watch),
    costCenters: shelf.collection('costCenters'),
    tokens: shelf.collection('tokens'),
    ordersByReference: references.get,
    customersByEmail: (email) => emails.get(email.toLowerCase()),
    customersByOrganisation: (organisationNumber) => organisations.get(digits(organisationNumber)),
    reserved: (article) => reserved.get(article) ?? 0,
    pricesOf: (list, article) => priceGroups.get(priceKey(list, article, 0)),
    nextOrderNumber: orderNumbers.next,
    nextInvoiceNumber: invoiceNumbers.next,
    nextCustomerNumber: customerNumbers.next,
    nextArticleNumber: articleNumbers.next,
    clear() {
      // A connection stays signed in over a reset of the books.
      const tokens = [...state.tokens.values()];
      shelf.clear();
      for (const numbers of [orderNumbers, invoiceNumbers, customerNumbers, articleNumbers]) numbers.reset();
      seedErp(state, clock());
      for (const signed of tokens) state.tokens.put(signed.token, signed);
    },
    close: () => shelf.close(),
  };
  if (state.articles.size === 0) seedErp(state, clock());
  return state;
}

export const newCustomer = {
  Active: true,
  Currency: 'SEK',
  PriceList: 'A',
  VATType: 'SEVAT',
  ShowPriceVATIncluded: false,
} as const;

export const newArticle = {
  Active: true,
  VAT: 25,
  QuantityInStock: 0,
  StockGoods: false,
  SalesAccount: 3001,
  Unit: 'st',
  Type: 'STOCK',
  WebshopArticle: false,
} as const;

function seedErp(state: ErpState, now: number): void {
  const kept = <T>(document: T): Kept<T> => ({ document, createdAt: now, modifiedAt: now });
  for (const list of seedPriceLists) state.priceLists.put(list.Code, { ...list });
  for (const center of seedCostCenters) state.costCenters.put(center.Code, { ...center });
  for (const customer of seedErpCustomers)
    state.customers.put(customer.CustomerNumber, kept({ ...newCustomer, ...customer }));
  for (const seed of seedArticles) {
    const stock = { StockGoods: seed.stock !== null, QuantityInStock: seed.stock ?? 0 };
    const article = { ...newArticle, ArticleNumber: seed.number, Description: seed.name, VAT: seed.vat, ...stock };
    state.articles.put(seed.number, kept({ ...article, WebshopArticle: true }));
    const price = { ArticleNumber: seed.number, PriceList: 'A', FromQuantity: 0, Price: seed.price, Percent: 0 };
    state.prices.put(priceKey('A', seed.number, 0), { ...price, Date: new Date(now).toISOString() });
  }
}
