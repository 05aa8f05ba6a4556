import type { Customer } from './model.ts';

/** What two spellings of one key have in common; an empty text never matches anything. */
export type Key = string;

/** Customer numbers: case and spaces aside, leading zeros kept. */
export function customerNumberKey(value: string): Key {
  return value.normalize('NFKC').replace(/\s+/g, '').toUpperCase();
}

/** E-mail addresses: case and spaces aside; shops and ERPs both treat the local part as caseless. */
export function emailKey(value: string): Key {
  const text = value.normalize('NFKC').replace(/\s+/g, '').toLowerCase();
  return /^[^@]+@[^@]+$/.test(text) ? text : '';
}

/**
 * Organisation and personal numbers: `556677-8899`, `5566778899`, `16556677-8899` and `SE556677889901` are one;
 * a personal number's century (`19`, `20`) and `+` or `-` go too. Foreign numbers: letters and digits only.
 */
export function organisationNumberKey(value: string): Key {
  const text = value
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '');
  const vat = /^SE(\d{10})01$/.exec(text);
  if (vat?.[1]) return vat[1];
  const long = /^(?:16|18|19|20)(\d{10})$/.exec(text);
  return long?.[1] ?? text;
}

/** Article numbers and SKUs: surrounding space aside; case is kept, since some systems tell `a1` from `A1`. */
export function skuKey(value: string): Key {
  return value.normalize('NFKC').trim();
}

/** Price lists are matched by name: trimmed, inner space single, case folded. */
export function nameKey(value: string): Key {
  return value.normalize('NFKC').trim().replace(/\s+/g, ' ').toLowerCase();
}

const KEYS = {
  number: customerNumberKey,
  email: emailKey,
  organisationNumber: organisationNumberKey,
} as const;

/** A value of one of the three customer keys, normalised. */
export function customerKey(by: keyof typeof KEYS, value: string): Key {
  return KEYS[by](value);
}

/** Whether the customer has this key. An empty key fits nobody. */
export function customerHas(customer: Customer, by: keyof typeof KEYS, value: string): boolean {
  const key = customerKey(by, value);
  const own = customer[by];
  return key !== '' && own !== undefined && customerKey(by, own) === key;
}
