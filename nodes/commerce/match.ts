import { TerminalError } from '#runtime/error.ts';
import type { CustomerKey } from './capabilities.ts';
import { customerHas, customerKey, nameKey, skuKey } from './identity.ts';
import type { Customer, OrderLine, PriceList, Product } from './model.ts';

const NAMED = 5;

const KEY_WORDS: Readonly<Record<CustomerKey, string>> = {
  number: 'customer number',
  email: 'e-mail',
  organisationNumber: 'organisation number',
};

function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join('; ') + (more > 0 ? `; and ${more} more` : '');
}

function ambiguous(what: string, field: string, names: readonly string[]): TerminalError {
  return new TerminalError('MATCH_AMBIGUOUS', `${names.length} records have ${what}: ${listed(names)}`, {
    field,
    details: { candidates: names.slice(0, 20) },
  });
}

/** The same record found twice counts once. */
function distinct<T extends { readonly source: { readonly id: string } }>(records: readonly T[]): T[] {
  return [...new Map(records.map((record) => [record.source.id, record])).values()];
}

/** Retired duplicates do not make a match ambiguous; a retired record alone is still a match. */
function inUse<T extends { readonly active?: boolean | undefined }>(records: readonly T[]): readonly T[] {
  const active = records.filter((record) => record.active !== false);
  return active.length > 0 ? active : records;
}

export interface CustomerMatch {
  readonly customer: Customer;
  readonly by: CustomerKey;
  /** For the run's log: why it is this one. */
  readonly why: string;
}

type FindCustomers = (query: { by: CustomerKey; value: string }) => Promise<readonly Customer[]>;

/** Nobody, where the system cannot search by the key at all. */
async function searched(find: FindCustomers, query: Parameters<FindCustomers>[0]): Promise<readonly Customer[]> {
  try {
    return await find(query);
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'UNSUPPORTED') return [];
    throw error;
  }
}

/**
 * The one customer that the first telling key names; keys the customer lacks or the system cannot search by are passed over.
 * Answers are checked again after normalising, since vendors' searches are loose. Null when no key finds anybody.
 * Throws MATCH_AMBIGUOUS naming the candidates: the first is never picked.
 */
export async function matchCustomer(
  wanted: Customer,
  keys: readonly CustomerKey[],
  find: FindCustomers,
): Promise<CustomerMatch | null> {
  for (const by of keys) {
    const value = wanted[by]?.trim();
    if (value === undefined || customerKey(by, value) === '') continue;
    const answer = await searched(find, { by, value });
    const found = inUse(distinct(answer).filter((candidate) => customerHas(candidate, by, value)));
    if (found.length > 1) {
      const names = found.map((candidate) => `${candidate.number ?? candidate.source.id} ${candidate.name}`);
      throw ambiguous(`${KEY_WORDS[by]} ${value}`, `customer.${by}`, names);
    }
    const [customer] = found;
    if (customer) return { customer, by, why: `${KEY_WORDS[by]} ${value}` };
  }
  return null;
}

/** The one product with the SKU, null when there is none. Throws MATCH_AMBIGUOUS. */
export async function matchProduct(
  sku: string,
  field: string,
  find: (query: { sku: string }) => Promise<readonly Product[]>,
): Promise<Product | null> {
  const key = skuKey(sku);
  const same = distinct(await find({ sku: key })).filter(
    (product) => product.sku !== undefined && skuKey(product.sku) === key,
  );
  const found = inUse(same);
  if (found.length > 1) {
    const names = found.map((product) => `${product.source.id} ${product.name}`);
    throw ambiguous(`SKU ${key}`, field, names);
  }
  return found[0] ?? null;
}

/** The one price list with the name, null when there is none. Throws MATCH_AMBIGUOUS. */
export function matchPriceList(name: string, lists: readonly PriceList[]): PriceList | null {
  const key = nameKey(name);
  const found = distinct(lists).filter((list) => nameKey(list.name) === key);
  if (found.length > 1) {
    const names = found.map((list) => `${list.code} ${list.name}`);
    throw ambiguous(`the name “${name.trim()}”`, 'name', names);
  }
  return found[0] ?? null;
}

/** `2 (“Mugg”)`: a row as a person finds it on the order. */
export function rowName(line: OrderLine, index: number): string {
  return `${index + 1}${line.name === '' ? '' : ` (“${line.name.slice(0, 80)}”)`}`;
}
