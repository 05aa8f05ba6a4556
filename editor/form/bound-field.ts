import { type BindingForm, readBinding } from '#runtime/binding-form.ts';
import type { Json } from '#runtime/json.ts';

const WHOLE = /^\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*$/s;

/** The binding a value is, when it is one field and nothing else. */
export function boundField(value: Json | undefined): BindingForm | undefined {
  const source = typeof value === 'string' ? WHOLE.exec(value)?.[1] : undefined;
  if (source === undefined) return undefined;
  try {
    const form = readBinding(source);
    return 'path' in form.subject ? form : undefined;
  } catch {
    return undefined;
  }
}
