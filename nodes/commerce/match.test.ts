import { expect, test } from 'vitest';
import { TerminalError } from '#runtime/error.ts';
import { aCustomer, aProduct } from '#test/support/records.ts';
import type { CustomerKey } from './capabilities.ts';
import { matchCustomer, matchPriceList, matchProduct } from './match.ts';
import type { Customer, PriceList } from './model.ts';

const ALL: readonly CustomerKey[] = ['number', 'email', 'organisationNumber'];

/** Answers every query with the whole register, as a search that is too loose would. */
function register(...customers: Customer[]) {
  const asked: string[] = [];
  const find = async ({ by, value }: { by: CustomerKey; value: string }) => {
    asked.push(`${by}=${value}`);
    return customers;
  };
  return { find, asked };
}

const wanted = (more: Partial<Customer>): Customer => ({
  source: { connection: 'shop', id: '7' },
  kind: 'private',
  name: 'Anna Ek',
  ...more,
});

test('the keys are tried in the order given, and the first that finds decides', async () => {
  const byNumber = aCustomer('12', { email: 'old@example.com' });
  const byEmail = aCustomer('99', { email: 'anna@example.com' });
  const both = wanted({ number: '12', email: 'anna@example.com' });
  const { find, asked } = register(byNumber, byEmail);
  expect(await matchCustomer(both, ALL, find)).toMatchObject({ customer: { number: '12' }, by: 'number' });
  expect(asked).toEqual(['number=12']);
  expect(await matchCustomer(both, ['email', 'number'], find)).toMatchObject({
    customer: { number: '99' },
    by: 'email',
  });
});

test('a key the customer lacks, or that says nothing, is passed over without asking', async () => {
  const { find, asked } = register(aCustomer('12', { organisationNumber: '556677-8899' }));
  const found = await matchCustomer(wanted({ email: 'no address', organisationNumber: '5566778899' }), ALL, find);
  expect(found).toMatchObject({ by: 'organisationNumber', customer: { number: '12' } });
  expect(asked).toEqual(['organisationNumber=5566778899']);
  expect(await matchCustomer(wanted({}), ALL, find)).toBeNull();
});

test.each([
  ['number', ' k 12', 'K12'],
  ['email', ' Anna@Example.COM ', 'anna@example.com'],
  ['organisationNumber', '16556677-8899', '556677-8899'],
  ['organisationNumber', 'SE556677889901', '5566778899'],
] as const)('%s matches however it is written: “%s” is “%s”', async (by, here, there) => {
  const { find } = register(aCustomer('1', { number: 'other', [by]: there }));
  expect(await matchCustomer(wanted({ [by]: here }), ALL, find)).toMatchObject({ by });
});

test('what a loose search brings along is not taken for a match', async () => {
  const { find } = register(
    aCustomer('1', { email: 'hanna@example.com' }),
    aCustomer('2', { email: 'anna@example.com.se' }),
  );
  expect(await matchCustomer(wanted({ email: 'anna@example.com' }), ALL, find)).toBeNull();
});

test('two customers with one key stop the record and are both named, never the first picked', async () => {
  const { find } = register(
    aCustomer('12', { name: 'Anna Ek', email: 'anna@example.com' }),
    aCustomer('34', { name: 'Ek Bygg AB', email: 'ANNA@example.com' }),
  );
  const match = matchCustomer(wanted({ email: 'anna@example.com' }), ALL, find);
  await expect(match).rejects.toBeInstanceOf(TerminalError);
  await expect(match).rejects.toMatchObject({
    code: 'MATCH_AMBIGUOUS',
    field: 'customer.email',
    message: '2 records have e-mail anna@example.com: 12 Anna Ek; 34 Ek Bygg AB',
    details: { candidates: ['12 Anna Ek', '34 Ek Bygg AB'] },
  });
});

test('one customer found twice is one, and a retired duplicate does not make it two', async () => {
  const card = aCustomer('12', { email: 'anna@example.com' });
  const retired = aCustomer('11', { email: 'anna@example.com', active: false });
  const ask = wanted({ email: 'anna@example.com' });
  expect(await matchCustomer(ask, ALL, register(card, card, retired).find)).toMatchObject({
    customer: { number: '12' },
  });
  expect(await matchCustomer(ask, ALL, register(retired).find)).toMatchObject({ customer: { number: '11' } });
});

test('an article is matched by its exact SKU, spaces around it aside', async () => {
  const find = async () => [aProduct('A1'), aProduct('a1'), aProduct('A10')];
  expect(await matchProduct(' A1 ', 'sku', find)).toMatchObject({ sku: 'A1' });
  expect(await matchProduct('A2', 'sku', find)).toBeNull();
  const twice = async () => [aProduct('A1'), aProduct('A1', { source: { connection: 'erp', id: '9' } })];
  await expect(matchProduct('A1', 'order.lines[0].sku', twice)).rejects.toMatchObject({
    code: 'MATCH_AMBIGUOUS',
    field: 'order.lines[0].sku',
  });
});

test('price lists are matched by name, capitals and spaces aside, and two of one name are an error', () => {
  const list = (code: string, name: string): PriceList => ({ source: { connection: 'shop', id: code }, code, name });
  expect(matchPriceList(' återförsäljare ', [list('A', 'Standard'), list('B', 'ÅTERFÖRSÄLJARE')])?.code).toBe('B');
  expect(matchPriceList('B2B', [list('A', 'Standard')])).toBeNull();
  expect(() => matchPriceList('B2B', [list('A', 'b2b'), list('B', 'B2B ')])).toThrow(
    '2 records have the name “B2B”: A b2b; B B2B',
  );
});

test('a key the system cannot search by is passed over, and every other failure of the search is not', async () => {
  const { find } = register(aCustomer('12', { email: 'anna@example.com' }));
  const failing = (code: 'UNSUPPORTED' | 'TARGET_REFUSED') => (query: { by: CustomerKey; value: string }) =>
    query.by === 'number' ? Promise.reject(new TerminalError(code, 'no')) : find(query);
  const both = wanted({ number: '12', email: 'anna@example.com' });
  expect(await matchCustomer(both, ALL, failing('UNSUPPORTED'))).toMatchObject({ by: 'email' });
  await expect(matchCustomer(both, ALL, failing('TARGET_REFUSED'))).rejects.toMatchObject({ code: 'TARGET_REFUSED' });
});
