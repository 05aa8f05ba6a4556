import { at, compileField, listIn, type Names, type Place, template } from './template.ts';

/** The field of a form that says where a list within a record is. */
export const listField = (en: string, sv: string) =>
  template(en, sv, {
    en: 'Such as {{ record.rows }}; the fields below read each entry as item.',
    sv: 'Till exempel {{ record.rows }}; fälten nedan läser varje post som item.',
  });

/** Each entry of a list in the record as `item`; without a list, the record itself is the one entry. */
export function entryList(form: { readonly list?: string | undefined }, place: Place) {
  const inside: Place = { ...place, names: [...place.names, 'item'] };
  const list = form.list === undefined ? undefined : compileField(form.list, at(place, 'list'));
  return {
    inside,
    of: (names: Names): readonly Names[] => {
      if (!list) return [{ ...names, item: names['record'] }];
      const found = list(names);
      if (found === undefined || found === null || found === '') return [];
      return listIn(found, `${place.field}.list`).map((item) => ({ ...names, item }));
    },
  };
}
