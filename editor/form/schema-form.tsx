import { CircleX } from 'lucide-react';
import { useId, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JsonObject } from '#runtime/json.ts';
import { type Language, usePreferences } from '../state/preferences.ts';
import { checkForm } from './check.ts';
import { Field } from './field.tsx';
import { type Bindings, type CodeField, FormContext, type FormProblem } from './form-context.ts';
import { Fields } from './nested-controls.tsx';
import { shownField } from './place.ts';
import { type Schema, schemaOf } from './schema.ts';

export interface SchemaFormProps {
  /** JSON Schema of an object, as manifests and connectors carry it. */
  readonly schema: JsonObject;
  readonly value: JsonObject;
  readonly onChange: (value: JsonObject) => void;
  /** Found elsewhere: by the server, or by the check of a flow. */
  readonly problems?: readonly FormProblem[];
  /** Given: each field may be bound to one of these instead of being fixed. */
  readonly bindings?: Bindings;
  /** Given: what fields that are code are written in. */
  readonly codeField?: CodeField;
  /** Paths of write-only fields that have a value already. */
  readonly saved?: readonly string[];
  /** What the schema has against the value is shown everywhere, not only where the person has been. */
  readonly showAll?: boolean;
  /** Settings that have a default go below a fold. */
  readonly fold?: boolean;
}

const NONE: readonly never[] = [];

const isWithin = (field: string, path: string): boolean =>
  path === '' || field === path || field.startsWith(`${path}.`) || field.startsWith(`${path}[`);

/** The form in parts, where its declaration puts fields under headings; in the order the headings first come. */
function sectionsOf(root: Schema, language: Language): readonly { readonly title: string; readonly schema: Schema }[] {
  const fields = Object.entries(root.properties ?? {});
  const parts = Map.groupBy(fields, ([, field]) => field.section?.[language] ?? '');
  return [...parts].map(([title, own]) => ({ title, schema: { ...root, properties: Object.fromEntries(own) } }));
}

/** The one form of the product, made from a schema. */
export function SchemaForm(props: SchemaFormProps) {
  const { schema, value, onChange, problems = NONE, bindings, saved = NONE, showAll = false, fold = false } = props;
  const { t } = useTranslation();
  const { language } = usePreferences();
  const prefix = useId();
  const [visited, setVisited] = useState<ReadonlySet<string>>(new Set());
  const root = schemaOf(schema);
  const shown = useMemo(() => {
    const own = checkForm(schema, value, { bindable: bindings !== undefined })
      .filter(({ field, code }) => !(code === 'required' && saved.includes(field)))
      .map(({ field, code, values }) => ({
        at: shownField(schema, value, field),
        message: t(`form.problems.${code}`, { least: '', most: '', step: '', ...values }),
      }))
      .filter(({ at }) => showAll || visited.has(at));
    const outer = problems.map((problem) => ({ ...problem, at: shownField(schema, value, problem.field) }));
    const all = [...outer, ...own.filter(({ at }) => !outer.some((each) => each.at === at))];
    return all.map(({ at, message, ...more }) => ({ severity: 'error' as const, ...more, field: at, message }));
  }, [schema, value, bindings, saved, problems, showAll, visited, t]);
  const context = {
    Field,
    CodeField: props.codeField,
    defs: root.$defs ?? {},
    language,
    bindings,
    saved: new Set(saved),
    idOf: (path: string) => `${prefix}${path}`,
    problemsOf: (path: string) => shown.filter(({ field }) => field === path),
    hasProblem: (path: string) => shown.some(({ field, severity }) => severity === 'error' && isWithin(field, path)),
    left: (path: string) => setVisited((before) => (before.has(path) ? before : new Set(before).add(path))),
  };
  const sections = sectionsOf(root, language);
  const general = shown.filter(({ field }) => field === '');
  return (
    <FormContext value={context}>
      <div className="form">
        {general.map(({ message }) => (
          <p key={message} role="alert" className="note bad">
            <CircleX className="i" aria-hidden />
            {message}
          </p>
        ))}
        {sections.length > 1 ? (
          sections.map(({ title, schema: part }) => (
            <section key={title} aria-label={title} className="form-section">
              <h3>{title}</h3>
              <Fields schema={part} path="" value={value} onChange={onChange} />
            </section>
          ))
        ) : (
          <Fields schema={root} path="" value={value} onChange={onChange} fold={fold} />
        )}
      </div>
    </FormContext>
  );
}
