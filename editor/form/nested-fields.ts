import type { FieldShape } from '#runtime/field-shape.ts';
import type { Language } from '../state/preferences.ts';
import type { BindableField } from './form-context.ts';

/** As deep as one picks by name; deeper is written out. */
const DEEPEST = 4;

const titled = (name: string, { title }: FieldShape, language: Language): string => title?.[language] ?? name;

/** A field and all that is known to be in it; the entries of a list are for a list that is made of it. */
export function withNested(
  field: BindableField,
  shape: FieldShape | undefined,
  language: Language,
  depth = 0,
): BindableField[] {
  if (!shape) return [field];
  const self: BindableField = shape.kind === 'list' && shape.item ? { ...field, item: shape.item } : field;
  if (shape.kind !== 'object' || !shape.fields || depth >= DEEPEST) return [self];
  return [
    self,
    ...Object.entries(shape.fields).flatMap(([name, inner]) =>
      withNested(
        {
          path: [...field.path, name],
          from: field.from,
          title: `${field.title} › ${titled(name, inner, language)}`,
          type: inner.kind,
        },
        inner,
        language,
        depth + 1,
      ),
    ),
  ];
}
