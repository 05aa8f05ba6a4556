import { Eye, EyeOff } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '#runtime/json.ts';
import { Select } from '../ui/select.tsx';
import { type ControlProps, useAria, useForm } from './form-context.ts';
import { optionTitle, type Schema } from './schema.ts';

/** Longest text that is written in one line unless the schema says otherwise. */
const ONE_LINE = 4000;

function textOf(value: Json | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Whether the schema takes an empty text, which then means something else than the default. */
function emptyCounts({ minLength = 0, pattern, format, default: preset }: Schema): boolean {
  if (preset === undefined || preset === '' || minLength > 0 || format !== undefined) return false;
  try {
    return pattern === undefined || new RegExp(pattern, 'u').test('');
  } catch {
    return false;
  }
}

/** What is being written, until the field is left; an empty text means that nothing is said. */
function useDraft({ schema, path, value, onChange }: ControlProps) {
  const { left } = useForm();
  const [draft, setDraft] = useState<string | null>(null);
  return {
    text: draft ?? textOf(value ?? schema.default),
    write: (text: string, read: (text: string) => Json) => {
      setDraft(text);
      onChange(text === '' && !emptyCounts(schema) ? undefined : read(text));
    },
    leave: () => {
      setDraft(null);
      left(path);
    },
  };
}

export function TextControl(props: ControlProps) {
  const { schema, required } = props;
  const aria = useAria(props);
  const { text, write, leave } = useDraft(props);
  const long = schema.multiline ?? (schema.format === undefined && (schema.maxLength ?? 0) > ONE_LINE);
  const shared = {
    ...aria,
    value: text,
    'aria-required': required || undefined,
    placeholder: schema.placeholder,
    autoComplete: 'off',
    spellCheck: false,
    onBlur: leave,
  };
  if (long)
    return (
      <textarea
        {...shared}
        className="input area"
        rows={Math.min(12, Math.max(2, text.split('\n').length))}
        onChange={(event) => write(event.target.value, (written) => written)}
      />
    );
  return (
    <input
      {...shared}
      className="input"
      type={schema.format === 'date' && !text.includes('{{') ? 'date' : 'text'}
      inputMode={schema.format === 'uri' ? 'url' : undefined}
      onChange={(event) => write(event.target.value, (written) => written)}
    />
  );
}

/** `1 249,50` and `1249.50` alike; what is no number stays the text it is, so that the schema can object. */
export function numberOf(text: string): Json {
  const plain = text.replace(/[\s\u00a0\u202f]/g, '').replace(',', '.');
  const read = Number(plain);
  return plain !== '' && Number.isFinite(read) ? read : text;
}

export function NumberControl(props: ControlProps) {
  const aria = useAria(props);
  const { language } = useForm();
  const { text, write, leave } = useDraft(props);
  return (
    <input
      {...aria}
      className="input num"
      inputMode={props.schema.type === 'integer' ? 'numeric' : 'decimal'}
      value={language === 'sv' && /^-?\d+\.\d+$/.test(text) ? text.replace('.', ',') : text}
      aria-required={props.required || undefined}
      placeholder={props.schema.placeholder}
      autoComplete="off"
      onChange={(event) => write(event.target.value, numberOf)}
      onBlur={leave}
    />
  );
}

/** One of a few words, numbers or answers, written as they are. */
export function SingleControl(props: ControlProps & { readonly types: readonly string[] }) {
  const aria = useAria(props);
  const { text, write, leave } = useDraft(props);
  const { types } = props;
  const read = (written: string): Json => {
    // a value that was a text stays one, also when it looks like a number
    if (typeof props.value === 'string' && props.value !== '' && numberOf(props.value) !== props.value) return written;
    if (types.includes('boolean') && (written === 'true' || written === 'false')) return written === 'true';
    return types.some((type) => type === 'number' || type === 'integer') ? numberOf(written) : written;
  };
  return (
    <input
      {...aria}
      className="input"
      value={text}
      aria-required={props.required || undefined}
      autoComplete="off"
      onChange={(event) => write(event.target.value, read)}
      onBlur={leave}
    />
  );
}

export function BooleanControl(props: ControlProps) {
  const { schema, path, title, value, onChange } = props;
  const aria = useAria(props);
  const { left } = useForm();
  const on = (value ?? schema.default) === true;
  return (
    <label className="tick">
      <input
        {...aria}
        aria-labelledby={undefined}
        type="checkbox"
        checked={on}
        onChange={(event) => onChange(event.target.checked)}
        onBlur={() => left(path)}
      />
      <span>{title}</span>
    </label>
  );
}

/** So few that all can be seen at once. */
export const FEW = 3;

export function ChoiceControl({ values, ...props }: ControlProps & { readonly values: readonly Json[] }) {
  const { schema, path, value, onChange, required } = props;
  const { t } = useTranslation();
  const { language, left } = useForm();
  const aria = useAria(props);
  const chosen = value ?? schema.default;
  const known = chosen === undefined || values.includes(chosen);
  if (values.length <= FEW && known && (required || schema.default !== undefined))
    return (
      <div
        id={aria.id}
        role="radiogroup"
        aria-labelledby={`${aria.id}-label`}
        aria-describedby={aria['aria-describedby']}
      >
        {values.map((each) => (
          <label key={String(each)} className="tick">
            <input
              type="radio"
              name={aria.id}
              value={String(each)}
              checked={each === chosen}
              onChange={() => onChange(each)}
              onBlur={() => left(path)}
            />
            <span>{optionTitle(schema, each, language)}</span>
          </label>
        ))}
      </div>
    );
  return (
    <Select
      {...aria}
      value={chosen === undefined ? '' : String(chosen)}
      aria-required={required || undefined}
      onChange={(event) => onChange(values.find((each) => String(each) === event.target.value))}
      onBlur={() => left(path)}
    >
      {(schema.default === undefined || chosen === undefined) && (
        <option value="">{required ? t('form.choose') : t('form.none')}</option>
      )}
      {!known && <option value={String(chosen)}>{String(chosen)}</option>}
      {values.map((each) => (
        <option key={String(each)} value={String(each)}>
          {optionTitle(schema, each, language)}
        </option>
      ))}
    </Select>
  );
}

/** A value that goes in and never comes out. */
export function SecretControl(props: ControlProps) {
  const { schema, path, title, value, onChange, required } = props;
  const { t } = useTranslation();
  const { saved, left } = useForm();
  const aria = useAria(props);
  const [shown, setShown] = useState(false);
  const [replacing, setReplacing] = useState(false);
  const kept = saved.has(path) && !replacing && value === undefined;
  if (kept)
    return (
      <div className="flex items-center gap-3">
        <span id={aria.id} className="chip ok">
          {t('form.saved')}
        </span>
        <button type="button" className="btn s28" onClick={() => setReplacing(true)}>
          {t('form.replace')}
          <span className="sr-only"> {title}</span>
        </button>
      </div>
    );
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="flex flex-wrap items-center gap-2">
      <div className="input flex-1">
        <input
          {...aria}
          type={shown ? 'text' : 'password'}
          value={typeof value === 'string' ? value : ''}
          maxLength={schema.maxLength}
          aria-required={required || undefined}
          autoComplete="new-password"
          spellCheck={false}
          onChange={(event) => onChange(event.target.value === '' ? undefined : event.target.value)}
          onBlur={() => left(path)}
        />
        <button
          type="button"
          className="btn ghost icon s28 -mr-2"
          aria-label={shown ? t('form.hide') : t('form.show')}
          aria-pressed={shown}
          onClick={() => setShown(!shown)}
        >
          <Icon className="i i-14" aria-hidden />
        </button>
      </div>
      {saved.has(path) && (
        <button
          type="button"
          className="btn s28"
          onClick={() => {
            setReplacing(false);
            onChange(undefined);
          }}
        >
          {t('form.keep')}
          <span className="sr-only"> {title}</span>
        </button>
      )}
    </div>
  );
}
