import { expect, test } from 'vitest';
import { customerHas, customerNumberKey, emailKey, nameKey, organisationNumberKey, skuKey } from './identity.ts';

test('S11: an organisation number is the same with a dash, a space, the prefix 16 or as a VAT number', () => {
  for (const spelling of [
    '5566778899',
    '556677-8899',
    '16556677-8899',
    '16 556677 8899',
    'SE556677889901',
    'se 556677-8899 01',
  ]) {
    expect(organisationNumberKey(spelling)).toBe('5566778899');
  }
  expect(organisationNumberKey('19640823-3234')).toBe('6408233234');
  expect(organisationNumberKey('NO 914 778 271 MVA')).toBe('NO914778271MVA');
});

test('S11: e-mail and customer number match whatever their case and spaces', () => {
  expect(emailKey(' Asa.Lindstrom@EXAMPLE.se ')).toBe('asa.lindstrom@example.se');
  expect(customerNumberKey(' k 0017 ')).toBe('K0017');
});

test('an empty or broken key matches nobody', () => {
  const customer = {
    source: { connection: 'a', id: '1' },
    kind: 'private' as const,
    name: 'A',
    email: 'utan-snabel-a',
  };
  expect(customerHas(customer, 'email', 'utan-snabel-a')).toBe(false);
  expect(customerHas(customer, 'organisationNumber', '')).toBe(false);
  expect(customerHas({ ...customer, email: 'A@b.se' }, 'email', 'a@B.se')).toBe(true);
});

test('S25: price lists match by name after trim and case fold, SKUs keep their case', () => {
  expect(nameKey('  Återförsäljare   Norr ')).toBe('återförsäljare norr');
  expect(skuKey(' Mugg-Blå ')).toBe('Mugg-Blå');
});
