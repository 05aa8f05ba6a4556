import { ArrowDown, ArrowLeft, ArrowUp, Plus, Trash2, X } from 'lucide-react';
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json } from '#runtime/json.ts';
import { Select } from '../ui/select.tsx';
import { type ControlProps, useAria, useForm } from './form-context.ts';
import { blankOf, isRecord, optionTitle, type Schema, titleOf } from './schema.ts';

function listOf(value: Json | undefined, schema: Schema): readonly Json[] {
  const list = value ?? schema.default;
  return Array.isArray(list) ? list : [];
}

interface ChipProps {
  readonly text: string;
  readonly onRemove: () => void;
  readonly onEarlier?: (() => void) | undefined;
}

function Chip({ text, onRemove, onEarlier }: ChipProps) {
  const { t } = useTranslation();
  return (
    <li className="pill">
      {onEarlier && (
        <button type="button" aria-label={t('form.moveFirst', { what: text })} onClick={onEarlier}>
          <ArrowLeft className="i i-12" aria-hidden />
        </button>
      )}
      <span className="truncate">{text}</span>
      <button type="button" aria-label={t('form.remove', { what: text })} onClick={onRemove}>
        <X className="i i-12" aria-hidden />
      </button>
    </li>
  );
}

/** A list of texts as chips; Enter ends one. */
export function TextsControl(props: ControlProps) {
  const { schema, path, value, onChange, required } = props;
  const { t } = useTranslation();
  const { left } = useForm();
  const aria = useAria(props);
  const [draft, setDraft] = useState('');
  const texts = listOf(value, schema).map(String);
  const set = (next: readonly string[]) =>
    onChange(next.length === 0 && schema.default === undefined && !required ? undefined : next);
  const take = (text: string) => {
    const parts = text.split('\n').map((part) => part.trim());
    const fresh = parts.filter((part, index) => part !== '' && !texts.includes(part) && parts.indexOf(part) === index);
    setDraft('');
    if (fresh.length > 0) set([...texts, ...fresh]);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && draft.trim() !== '') {
      event.preventDefault();
      take(draft);
    } else if (event.key === 'Backspace' && draft === '' && texts.length > 0) set(texts.slice(0, -1));
  };
  return (
    <div className="input pills">
      {texts.length > 0 && (
        <ul aria-labelledby={`${aria.id}-label`}>
          {texts.map((text, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a text may stand there twice
            <Chip key={`${index} ${text}`} text={text} onRemove={() => set(texts.filter((_, at) => at !== index))} />
          ))}
        </ul>
      )}
      <input
        {...aria}
        value={draft}
        autoComplete="off"
        placeholder={schema.placeholder ?? (texts.length === 0 ? t('form.chipsHint') : undefined)}
        onChange={(event) => setDraft(event.target.value)}
        onKeyDown={onKeyDown}
        onBlur={() => {
          take(draft);
          left(path);
        }}
      />
    </div>
  );
}

/** A chip whose button was pressed may be gone or have lost it: the focus goes to what stands in its place. */
function useChipFocus(chosen: readonly Json[], field: string) {
  const list = useRef<HTMLOListElement>(null);
  const wanted = useRef<number | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the chips change with what is chosen
  useEffect(() => {
    const at = wanted.current;
    wanted.current = null;
    if (at === null) return;
    const chips = list.current?.children;
    const chip = chips?.[Math.min(at, chips.length - 1)];
    (chip?.querySelector('button') ?? document.getElementById(field))?.focus();
  }, [chosen, field]);
  return {
    list,
    goTo: (index: number) => {
      wanted.current = index;
    },
  };
}

/** Some of a few known values, in an order of one's own. */
export function ChoicesControl({
  values,
  item,
  ...props
}: ControlProps & { readonly values: readonly Json[]; readonly item: Schema }) {
  const { schema, path, title, value, onChange } = props;
  const { t } = useTranslation();
  const { language, left } = useForm();
  const aria = useAria(props);
  const chosen = listOf(value, schema);
  const open = values.filter((each) => !chosen.includes(each));
  const name = (each: Json) => optionTitle(item, each, language);
  const { list, goTo } = useChipFocus(chosen, aria.id);
  const earlier = (index: number) => {
    goTo(index - 1);
    const next = [...chosen];
    const [moved] = next.splice(index, 1);
    if (moved !== undefined) next.splice(index - 1, 0, moved);
    onChange(next);
  };
  return (
    <div className="flex flex-col gap-2">
      {chosen.length > 0 && (
        <ol ref={list} className="pills-bare" aria-labelledby={`${aria.id}-label`}>
          {chosen.map((each, index) => (
            <Chip
              key={String(each)}
              text={name(each)}
              onRemove={() => {
                goTo(index);
                onChange(chosen.filter((_, at) => at !== index));
              }}
              onEarlier={index > 0 ? () => earlier(index) : undefined}
            />
          ))}
        </ol>
      )}
      {(open.length > 0 || chosen.length === 0) && (
        <Select
          {...aria}
          aria-label={t('form.addTo', { field: title })}
          aria-labelledby={undefined}
          value=""
          onChange={(event) => {
            const picked = open.find((each) => String(each) === event.target.value);
            if (picked !== undefined) onChange([...chosen, picked]);
          }}
          onBlur={() => left(path)}
        >
          <option value="">{t('form.addOf')}</option>
          {open.map((each) => (
            <option key={String(each)} value={String(each)}>
              {name(each)}
            </option>
          ))}
        </Select>
      )}
    </div>
  );
}

/** Keys that stay with their entries while these are moved about. */
function useKeys(length: number) {
  const next = useRef(0);
  const keys = useRef<number[]>([]);
  while (keys.current.length < length) keys.current.push(next.current++);
  keys.current.length = length;
  return {
    of: (index: number) => keys.current[index],
    drop: (index: number) => keys.current.splice(index, 1),
    swap: (a: number, b: number) => {
      const [one, other] = [keys.current[a], keys.current[b]];
      if (one !== undefined && other !== undefined) [keys.current[a], keys.current[b]] = [other, one];
    },
  };
}

/** A few words that tell one entry from the next. */
function gistOf(entry: Json): string {
  if (!isRecord(entry)) return '';
  const first = Object.values(entry).find((each) => typeof each === 'string' && each !== '' && !each.includes('{{'));
  return typeof first === 'string' ? first.slice(0, 40) : '';
}

/** A list of entries with fields of their own. */
export function RowsControl({ item, ...props }: ControlProps & { readonly item: Schema }) {
  const { schema, path, title, value, onChange } = props;
  const { t } = useTranslation();
  const { Field, defs, language, idOf } = useForm();
  const entries = listOf(value, schema);
  const keys = useKeys(entries.length);
  const swap = (a: number, b: number) => {
    const next = [...entries];
    const [one, other] = [next[a], next[b]];
    if (one === undefined || other === undefined) return;
    [next[a], next[b]] = [other, one];
    keys.swap(a, b);
    onChange(next);
  };
  const remove = (index: number) => {
    keys.drop(index);
    onChange(entries.filter((_, at) => at !== index));
    document.getElementById(`${idOf(path)}-add`)?.focus();
  };
  const full = entries.length >= (schema.maxItems ?? Number.POSITIVE_INFINITY);
  return (
    <div className="rows">
      {entries.length > 0 && (
        <ol aria-labelledby={`${idOf(path)}-label`}>
          {entries.map((entry, index) => {
            const name = t('form.row', { title: titleOf(item, title, language), number: index + 1 });
            return (
              <li key={keys.of(index)} className="row-box" aria-label={name}>
                <div className="row-head">
                  <span className="num">{index + 1}</span>
                  <span className="min-w-0 flex-1 truncate">{gistOf(entry)}</span>
                  <RowButton
                    icon={ArrowUp}
                    label={t('form.moveUp', { what: name })}
                    off={index === 0}
                    onClick={() => swap(index, index - 1)}
                  />
                  <RowButton
                    icon={ArrowDown}
                    label={t('form.moveDown', { what: name })}
                    off={index === entries.length - 1}
                    onClick={() => swap(index, index + 1)}
                  />
                  <RowButton icon={Trash2} label={t('form.remove', { what: name })} onClick={() => remove(index)} />
                </div>
                <Field
                  schema={item}
                  path={`${path}[${index}]`}
                  name={name}
                  bare
                  required
                  value={entry}
                  onChange={(next) =>
                    onChange(entries.map((each, at) => (at === index ? (next ?? blankOf(item, defs)) : each)))
                  }
                />
              </li>
            );
          })}
        </ol>
      )}
      <button
        type="button"
        id={`${idOf(path)}-add`}
        className="btn s28 self-start"
        aria-disabled={full}
        onClick={() => !full && onChange([...entries, blankOf(item, defs)])}
      >
        <Plus className="i i-14" aria-hidden />
        {t('form.add')}
        <span className="sr-only"> {title}</span>
      </button>
    </div>
  );
}

interface RowButtonProps {
  readonly icon: typeof ArrowUp;
  readonly label: string;
  readonly off?: boolean;
  readonly onClick: () => void;
}

function RowButton({ icon: Icon, label, off = false, onClick }: RowButtonProps) {
  return (
    <button
      type="button"
      className="btn ghost icon s28"
      aria-label={label}
      title={label}
      aria-disabled={off}
      onClick={() => !off && onClick()}
    >
      <Icon className="i i-14" aria-hidden />
    </button>
  );
}
