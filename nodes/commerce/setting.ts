import { z } from 'zod';
import type { JsonObject } from '#runtime/json.ts';
import { label, options } from '#runtime/node.ts';
import { CustomerKey } from './capabilities.ts';

/** An optional text of a form: empty is the same as not given. */
export const OptionalText = z
  .string()
  .trim()
  .max(200)
  .transform((text) => (text === '' ? undefined : text))
  .optional();

/** What happens to a record that the target has already. */
export const WriteMode = z
  .enum(['create', 'create-and-update'])
  .default('create')
  .meta({
    ...label('What to write', 'Vad som skrivs', {
      en: 'A record that exists there is found by its cross-reference or number.',
      sv: 'En post som finns där hittas på sin korsreferens eller sitt nummer.',
    }),
    ...options({
      create: ['Create only: what exists is left as it is', 'Bara skapa: det som finns lämnas som det är'],
      'create-and-update': [
        'Create, and write changes over what exists',
        'Skapa, och skriv ändringar över det som finns',
      ],
    }),
  });

/** Whether the setting, as saved, surely never updates; a binding may turn out either way. */
export function createsOnly(config: JsonObject): boolean {
  return config['mode'] === undefined || config['mode'] === 'create';
}

/** The keys of a customer, in the order they are tried. */
export const MatchKeys = z
  .array(CustomerKey)
  .min(1)
  .max(3)
  .refine((keys) => new Set(keys).size === keys.length, 'names a key twice')
  .default(['number', 'email', 'organisationNumber'])
  .meta(
    label('Matched on, in this order', 'Matchas på, i denna ordning', {
      en: 'The first key that finds a customer decides; two customers with one key stop the record.',
      sv: 'Den första nyckeln som hittar en kund avgör; två kunder med samma nyckel stoppar posten.',
    }),
  );

export const CostCentre = OptionalText.meta(
  label(
    'Cost centre',
    'Resultatenhet',
    { en: 'Carried by every document this step writes.', sv: 'Bärs av varje dokument som steget skriver.' },
    'cost-centre',
  ),
);

export const Project = OptionalText.meta(
  label(
    'Project',
    'Projekt',
    { en: 'Its number in the system written to.', sv: 'Dess nummer i systemet som skrivs till.' },
    'cost-centre',
  ),
);

/** The only sign of “changed again” that every system has, when it has none of its own, is that it came again. */
export function revisionOf(record: { readonly changedAt?: string | undefined }, arrivedAt: number): string {
  return record.changedAt ?? `arrived:${arrivedAt}`;
}

/** An id or number of a form; numbers that a binding gives as such are taken too. */
export const Id = z.union([z.string().trim().min(1).max(200), z.number().transform(String)]);

export const Most = z
  .int()
  .min(1)
  .max(10_000)
  .default(1000)
  .meta(
    label('At most', 'Högst antal', {
      en: 'When there are more, the step fails rather than taking some of them.',
      sv: 'Finns det fler misslyckas steget hellre än att ta några av dem.',
    }),
  );
