import { type ComponentType, createContext, useContext } from 'react';
import type { Scope } from '#runtime/binding.ts';
import type { BindingPath } from '#runtime/binding-form.ts';
import type { FieldShape } from '#runtime/field-shape.ts';
import type { Json } from '#runtime/json.ts';
import type { Language } from '../state/preferences.ts';
import type { Defs, Schema } from './schema.ts';

/** Something a field may be bound to. */
export interface BindableField {
  readonly path: BindingPath;
  /** Where it comes from, as people call it: the step's title. */
  readonly from: string;
  /** What it is called there. */
  readonly title: string;
  readonly type: 'text' | 'number' | 'boolean' | 'list' | 'object' | 'any';
  /** Of a list whose entries are known: what they are made of. */
  readonly item?: FieldShape | undefined;
}

/** What fields may be bound to, and a sample that bindings are previewed with. */
export interface Bindings {
  readonly fields: readonly BindableField[];
  readonly scope?: Scope;
}

/** Something wrong with a field, found outside the form; `field` is a path such as `lines[0].sku`. */
export interface FormProblem {
  readonly field: string;
  readonly message: string;
  readonly severity?: 'error' | 'warning';
}

/** A field with its label, help and problems; fields inside it are made by the same. */
export interface FieldProps {
  readonly schema: Schema;
  readonly path: string;
  readonly name: string;
  readonly value: Json | undefined;
  readonly onChange: (value: Json | undefined) => void;
  readonly required: boolean;
  /** Without label and frame: what stands around it has them. */
  readonly bare?: boolean;
  /** More that may be bound to here: what a list made item by item calls its entries. */
  readonly locals?: readonly BindableField[];
}

/** A text that is code, with an editor made for it. */
export type CodeField = ComponentType<{
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}>;

/** What all fields of one form share. */
interface FormState {
  /** Absent: code is written as any other text. */
  readonly CodeField: CodeField | undefined;
  readonly Field: ComponentType<FieldProps>;
  readonly defs: Defs;
  readonly language: Language;
  readonly bindings: Bindings | undefined;
  /** Paths of write-only fields that have a value nobody is shown. */
  readonly saved: ReadonlySet<string>;
  idOf(path: string): string;
  problemsOf(path: string): readonly FormProblem[];
  /** Whether anything at or below the path is wrong and shown. */
  hasProblem(path: string): boolean;
  /** The person has been in the field: what the schema has against it may be shown. */
  left(path: string): void;
}

export const FormContext = createContext<FormState | null>(null);

export function useForm(): FormState {
  const form = useContext(FormContext);
  if (!form) throw new Error('a field stands outside a form');
  return form;
}

/** What every control is given. */
export interface ControlProps {
  readonly schema: Schema;
  /** Such as `lines[0].sku`; empty for the form itself. */
  readonly path: string;
  readonly title: string;
  readonly value: Json | undefined;
  readonly onChange: (value: Json | undefined) => void;
  readonly required: boolean;
  /** No label stands beside it that people see. */
  readonly bare: boolean;
}

/** What a control says of itself to those who listen. */
export function useAria({ path, title, bare }: Pick<ControlProps, 'path' | 'title' | 'bare'>): {
  readonly id: string;
  readonly 'aria-invalid': boolean | undefined;
  readonly 'aria-describedby': string;
  readonly 'aria-label': string | undefined;
  readonly 'aria-labelledby': string | undefined;
} {
  const { idOf, problemsOf } = useForm();
  const id = idOf(path);
  const invalid = problemsOf(path).some((each) => each.severity !== 'warning');
  return {
    id,
    'aria-invalid': invalid || undefined,
    'aria-describedby': `${id}-help ${id}-problem`,
    'aria-label': bare ? title : undefined,
    'aria-labelledby': bare ? undefined : `${id}-label`,
  };
}
