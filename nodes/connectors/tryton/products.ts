import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import {
  type DocumentRef,
  type ListQuery,
  productsCreate,
  productsFind,
  productsGet,
  productsList,
  productsUpdate,
  stockFind,
  stockList,
  stockSet,
} from '../../commerce/capabilities.ts';
import { skuKey } from '../../commerce/identity.ts';
import type { Page, Product, StockLevel } from '../../commerce/model.ts';
import { readAnswer } from '../answer.ts';
import { booksOf, stockContext, warehouseOf } from './books.ts';
import { SETTLE_MS } from './customers.ts';
import { ARCHIVED_TOO, changedEntries, changedPage } from './list.ts';
import {
  ARTICLE_FIELDS,
  CATEGORY_FIELDS,
  PRODUCT_FIELDS,
  productChanges,
  productFromTryton,
  rateOf,
  stockFromTryton,
  TrytonArticle,
  TrytonCategory,
  TrytonProduct,
  templateToTryton,
} from './product-map.ts';
import { afterCreate, create, type Domain, press, rowOf, rows, write } from './rpc.ts';
import { deskOf } from './settings.ts';

const PRODUCT = { model: 'product.product', fields: PRODUCT_FIELDS, shape: TrytonProduct };

async function getProduct(session: Session, id: string): Promise<TrytonProduct> {
  const context = await stockContext(session);
  return rowOf(session, PRODUCT.model, id, { ...PRODUCT, domain: ARCHIVED_TOO, context });
}

const ofCodes = (skus: readonly string[]): Domain => [...ARCHIVED_TOO, ['code', 'in', [...new Set(skus.map(skuKey))]]];

/** Products of these codes with their balances, those no longer sold too; codes are not unique in Tryton. */
export async function productsOf(session: Session, skus: readonly string[]): Promise<TrytonProduct[]> {
  return rows(session, PRODUCT.model, { ...PRODUCT, domain: ofCodes(skus), context: await stockContext(session) });
}

/** The same without balances, which take Tryton long to count. */
export function articlesOf(session: Session, skus: readonly string[]): Promise<TrytonArticle[]> {
  return rows(session, PRODUCT.model, { domain: ofCodes(skus), fields: ARTICLE_FIELDS, shape: TrytonArticle });
}

async function asProduct(session: Session, product: TrytonProduct): Promise<Product> {
  return productFromTryton(product, (await booksOf(session)).currency.code, deskOf(session));
}

/** The accounting category whose customers pay this rate: the first of those that agree. */
async function categoryOf(session: Session, rate: number | undefined): Promise<number | undefined> {
  if (rate === undefined) return undefined;
  const domain = [['accounting', '=', true]];
  const found = await rows(session, 'product.category', { domain, fields: CATEGORY_FIELDS, shape: TrytonCategory });
  const fitting = found.find((one) => rateOf(one['customer_taxes.']) === rate);
  if (fitting !== undefined) return fitting.id;
  const message = `Tryton has no accounting category whose customers pay ${rate / 100} %`;
  throw new TerminalError('UNSUPPORTED', message, { field: 'product.taxRate' });
}

const Unit = z.looseObject({ id: z.int() });

async function unitOf(session: Session, symbol: string | undefined): Promise<number> {
  const ask = (domain: Domain) => rows(session, 'product.uom', { domain, fields: ['symbol'], shape: Unit, limit: 1 });
  const [named] = symbol === undefined ? [] : await ask([['symbol', '=', symbol]]);
  const [unit] = named === undefined ? await ask([]) : [named];
  if (unit !== undefined) return unit.id;
  throw new TerminalError('UNSUPPORTED', 'Tryton has no units of measure', { field: 'product.unit' });
}

function skuOf(product: Product): string {
  if (product.sku === undefined) {
    throw new TerminalError('INPUT_INVALID', 'a product without a SKU cannot be found again', { field: 'product.sku' });
  }
  if (!['simple', 'variant', 'service'].includes(product.kind)) {
    throw new TerminalError('UNSUPPORTED', 'Tryton takes single products, variants and services', {
      field: 'product.kind',
    });
  }
  return skuKey(product.sku);
}

/** What stands under the SKU: ours when it is called the same, somebody else's otherwise. */
async function standingProduct(session: Session, product: Product): Promise<TrytonProduct | undefined> {
  const sku = skuOf(product);
  const [standing] = await productsOf(session, [sku]);
  if (standing === undefined || standing.name === product.name) return standing;
  const message = `product ${sku} stands in Tryton as “${standing.name}”`;
  throw new TerminalError('TARGET_DIFFERS', message, { field: 'product.name', details: { id: String(standing.id) } });
}

const refOf = (product: TrytonProduct, created: boolean): DocumentRef => ({
  id: String(product.id),
  number: product.code ?? String(product.id),
  created,
});

async function createProduct(session: Session, product: Product, reference: string): Promise<DocumentRef> {
  const standing = await standingProduct(session, product);
  if (standing !== undefined) return refOf(standing, false);
  const sku = skuOf(product);
  const goods = { category: await categoryOf(session, product.taxRate), unit: await unitOf(session, product.unit) };
  await create(session, 'product.template', templateToTryton(product, sku, goods, deskOf(session)));
  return afterCreate(
    async () => {
      const [made] = await productsOf(session, [sku]);
      if (made !== undefined) return refOf(made, true);
      throw new RetryableError('TARGET_ANSWER_INVALID', `product ${sku} was made and is not there`);
    },
    { reference },
  );
}

async function updateProduct(session: Session, id: string, product: Product): Promise<DocumentRef> {
  const standing = await getProduct(session, id);
  const { template, variant } = productChanges(product, await categoryOf(session, product.taxRate), deskOf(session));
  await write(session, 'product.template', standing['template.'].id, template);
  await write(session, PRODUCT.model, standing.id, variant);
  return refOf(standing, false);
}

type StockInput = Parameters<NonNullable<typeof stockSet.identity>>[0];

/** One inventory of all: Tryton counts the difference and moves it when the inventory is confirmed. */
async function setStock(session: Session, inputs: readonly StockInput[]): Promise<({ id: string } | Error)[]> {
  const found = await productsOf(
    session,
    inputs.map(({ level }) => level.sku),
  );
  const answers = inputs.map(({ level }): { id: string } | Error => {
    const [product, ...others] = found.filter((one) => one.code === skuKey(level.sku));
    const field = 'level.sku';
    if (product === undefined)
      return new TerminalError('ARTICLE_MISSING', `Tryton has no product ${level.sku}`, { field });
    if (others.length > 0)
      return new TerminalError('MATCH_AMBIGUOUS', `Tryton has ${level.sku} more than once`, { field });
    return { id: String(product.id) };
  });
  // the last figure of a product that comes twice
  const counts = new Map<number, number>();
  inputs.forEach(({ level, figure }, at) => {
    const answer = answers[at];
    const quantity = figure === 'onHand' ? level.onHand : (level.available ?? level.onHand);
    if (answer !== undefined && !(answer instanceof Error)) counts.set(Number(answer.id), Number(quantity));
  });
  if (counts.size === 0) return answers;
  const lines = [...counts].map(([product, quantity]) => ({ product, quantity }));
  const { storage_location: location } = await warehouseOf(session);
  const inventory = await create(session, 'stock.inventory', { location, lines: [['create', lines]] });
  await press(session, 'stock.inventory', 'confirm', [inventory]);
  return answers;
}

const Moved = z.looseObject({ product: z.int() });
const STOCKED: Domain = [
  ['code', '!=', null],
  ['type', '=', 'goods'],
  ['consumable', '=', false],
];

/** Balances have no clock of their own: those changed are of the products whose moves are new or changed. */
async function listStock(session: Session, input: ListQuery): Promise<Page<StockLevel>> {
  const context = await stockContext(session);
  const warehouse = (await warehouseOf(session)).code ?? undefined;
  const read = (product: TrytonProduct) => stockFromTryton(product, warehouse, deskOf(session));
  if (input.changedSince === undefined && !input.cursor?.includes('since')) {
    const page = await changedPage(session, input, { ...PRODUCT, domain: STOCKED, parts: [], context, read });
    return { ...page, items: page.items.flat() };
  }
  const moves = { model: 'stock.move', domain: [], fields: ['product'], parts: [], limit: 500 };
  const { entries, cursor } = await changedEntries(session, input, moves);
  const ids = [...new Set(entries.map((entry) => readAnswer(Moved, entry, moves.model).product))];
  const domain = [...STOCKED, ['id', 'in', ids]];
  const products = ids.length === 0 ? [] : await rows(session, PRODUCT.model, { ...PRODUCT, domain, context });
  return { items: products.flatMap(read), ...(cursor === undefined ? {} : { cursor }) };
}

export const productOffers: readonly AnyOffer[] = [
  offerRead(productsList, async (session, input) => {
    const currency = (await booksOf(session)).currency.code;
    return changedPage(session, input, {
      ...PRODUCT,
      domain: [],
      archived: true,
      parts: ['template', 'identifiers'],
      context: await stockContext(session),
      read: (product) => productFromTryton(product, currency, deskOf(session)),
    });
  }),
  offerRead(productsGet, async (session, { id }) => asProduct(session, await getProduct(session, id))),
  offerRead(productsFind, async (session, { sku }) =>
    Promise.all((await productsOf(session, [sku])).map((product) => asProduct(session, product))),
  ),
  offerWrite(productsCreate, {
    // codes are not unique in Tryton, so a repeat would make a second product: it is looked for by its code
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, { product }, { reference }) => createProduct(session, product, reference),
    async lookup(session, { product }) {
      const standing = await standingProduct(session, product);
      return standing === undefined ? null : refOf(standing, true);
    },
  }),
  offerWrite(productsUpdate, {
    class: 'A',
    run: (session, { id, product }) => updateProduct(session, id, product),
  }),
  offerRead(stockList, listStock),
  offerRead(stockFind, async (session, { sku }) => {
    const { code } = await warehouseOf(session);
    return (await productsOf(session, [sku])).flatMap((one) =>
      stockFromTryton(one, code ?? undefined, deskOf(session)),
    );
  }),
  offerWrite(stockSet, {
    // an absolute figure: the second inventory of the same figure moves nothing
    class: 'A',
    async run(session, input) {
      const [answer] = await setStock(session, [input]);
      if (answer === undefined || answer instanceof Error) throw answer;
      return answer;
    },
    batch: {
      max: 100,
      run: (session, calls) =>
        setStock(
          session,
          calls.map(({ input }) => input),
        ),
    },
  }),
];
