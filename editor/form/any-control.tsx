import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { writePath } from '#runtime/binding-form.ts';
import { readListForm } from '#runtime/config-value.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Language } from '../state/preferences.ts';
import { Select } from '../ui/select.tsx';
import { boundField } from './bound-field.ts';
import { type BindableField, type ControlProps, useAria, useForm } from './form-context.ts';
import { withNested } from './nested-fields.ts';
import { isRecord } from './schema.ts';
import { NumberControl, TextControl } from './simple-controls.tsx';

const KINDS = ['text', 'number', 'boolean', 'json'] as const;
type Kind = (typeof KINDS)[number] | 'list';

function kindOf(value: Json | undefined): Kind {
  if (typeof value === 'number') return 'number';
  if (typeof value === 'boolean') return 'boolean';
  if (value === undefined || typeof value === 'string') return 'text';
  return isRecord(value) && '$list' in value ? 'list' : 'json';
}

function startOf(kind: Kind): Json | undefined {
  switch (kind) {
    case 'boolean':
      return false;
    case 'json':
      return {};
    case 'list':
      return { $list: '', $as: 'item', $item: {} };
    default:
      return undefined;
  }
}

/** A value as JSON; what cannot be read yet stays in the field and is not given on. */
function JsonControl(props: ControlProps) {
  const { path, value, onChange } = props;
  const { t } = useTranslation();
  const { left } = useForm();
  const aria = useAria(props);
  const [draft, setDraft] = useState<string | null>(null);
  const [why, setWhy] = useState<string | null>(null);
  const text = draft ?? (value === undefined ? '' : JSON.stringify(value, null, 2));
  const write = (written: string) => {
    setDraft(written);
    try {
      onChange(written.trim() === '' ? undefined : (JSON.parse(written) as Json));
      setWhy(null);
    } catch (error) {
      setWhy(error instanceof Error ? error.message : '');
    }
  };
  return (
    <>
      <textarea
        {...aria}
        aria-invalid={why !== null || aria['aria-invalid']}
        className="input area code"
        rows={Math.min(16, Math.max(3, text.split('\n').length))}
        value={text}
        spellCheck={false}
        onChange={(event) => write(event.target.value)}
        onBlur={() => {
          if (why === null) setDraft(null);
          left(path);
        }}
      />
      {why !== null && (
        <p role="alert" className="text-xs text-danger">
          {t('form.json', { why })}
        </p>
      )}
    </>
  );
}

function TrueFalse(props: ControlProps) {
  const { value, onChange } = props;
  const { t } = useTranslation();
  const aria = useAria(props);
  return (
    <Select {...aria} value={String(value)} onChange={(event) => onChange(event.target.value === 'true')}>
      <option value="true">{t('form.yes')}</option>
      <option value="false">{t('form.no')}</option>
    </Select>
  );
}

/** The name each entry goes by, where the form can be read. */
function localsOf(form: JsonObject, known: readonly BindableField[], language: Language): readonly BindableField[] {
  try {
    const { as } = readListForm({ ...form, $item: form['$item'] ?? {} });
    const list = boundField(form['$list']);
    const path = list && list.pipes.length === 0 && 'path' in list.subject ? writePath(list.subject.path) : undefined;
    const item = known.find((field) => writePath(field.path) === path)?.item;
    return [
      ...withNested({ path: [as], from: '', title: as, type: item?.kind ?? 'any' }, item, language).map((field) => ({
        ...field,
        from: as,
        title: field.title === as ? as : field.title.slice(`${as} › `.length),
      })),
      { path: ['index'], from: as, title: 'index', type: 'number' },
    ];
  } catch {
    return [];
  }
}

/** A list made anew of another, entry by entry. */
function ListForm({ path, value, onChange }: ControlProps) {
  const { t } = useTranslation();
  const { Field, bindings, language } = useForm();
  const form = isRecord(value) ? value : {};
  const set = (key: string, next: Json | undefined) =>
    onChange({ ...form, [key]: next ?? (key === '$item' ? {} : '') });
  return (
    <div className="fields indent">
      <Field
        schema={{ title: t('form.listOf') }}
        path={`${path}.$list`}
        name="$list"
        required
        value={form['$list']}
        onChange={(next) => set('$list', next)}
      />
      <Field
        schema={{ type: 'string', title: t('form.listAs'), default: 'item' }}
        path={`${path}.$as`}
        name="$as"
        required={false}
        value={form['$as']}
        onChange={(next) => set('$as', next ?? 'item')}
      />
      <Field
        schema={{ title: t('form.listItem') }}
        path={`${path}.$item`}
        name="$item"
        required
        value={form['$item']}
        onChange={(next) => set('$item', next)}
        locals={localsOf(form, bindings?.fields ?? [], language)}
      />
    </div>
  );
}

/** Any value: its kind first, then the value. */
export function AnyControl(props: ControlProps) {
  const { title, value, onChange } = props;
  const { t } = useTranslation();
  const { bindings } = useForm();
  const [wanted, setWanted] = useState<Kind>(() => kindOf(value));
  // an emptied field keeps its kind, so that the next number is a number again
  const kind = value === undefined || value === '' ? wanted : kindOf(value);
  const kinds: readonly Kind[] = bindings || kind === 'list' ? [...KINDS, 'list'] : KINDS;
  const plain = { ...props, schema: {} };
  return (
    <div className="any">
      <Select
        className="kind"
        aria-label={t('form.type', { field: title })}
        value={kind}
        onChange={(event) => {
          const next = event.target.value as Kind;
          setWanted(next);
          onChange(startOf(next));
        }}
      >
        {kinds.map((each) => (
          <option key={each} value={each}>
            {t(`form.types.${each}`)}
          </option>
        ))}
      </Select>
      <div className="min-w-0 flex-1">
        {kind === 'text' && <TextControl {...plain} />}
        {kind === 'number' && (
          <NumberControl
            {...plain}
            onChange={(next) => (next === undefined || typeof next === 'number') && onChange(next)}
          />
        )}
        {kind === 'boolean' && <TrueFalse {...plain} />}
        {kind === 'json' && <JsonControl {...plain} />}
        {kind === 'list' && <ListForm {...plain} />}
      </div>
    </div>
  );
}
