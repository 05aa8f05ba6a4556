import { Combobox } from '@base-ui/react/combobox';
import { ChevronDown, CircleX, Plus, X } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { compileText } from '#runtime/binding.ts';
import {
  type BindingForm,
  type BindingPath,
  type Operand,
  readBinding,
  writeBinding,
  writePath,
} from '#runtime/binding-form.ts';
import { pageLandmark } from '../ui/landmark.ts';
import { boundField } from './bound-field.ts';
import { type BindableField, type ControlProps, useAria, useForm } from './form-context.ts';
import { argumentCount, argumentName, isKnown, transformGroups, transformsIn } from './transform-words.ts';

const written = (form: BindingForm): string => `{{ ${writeBinding(form)} }}`;
const labelOf = (field: BindableField): string => (field.from === '' ? field.title : `${field.from} › ${field.title}`);

/** A path a person writes out, which no step before is known to give. */
function ownField(query: string): BindableField | undefined {
  try {
    const { subject, pipes } = readBinding(query);
    if (!('path' in subject) || pipes.length > 0) return undefined;
    return { path: subject.path, from: '', title: writePath(subject.path), type: 'any' };
  } catch {
    return undefined;
  }
}

function matches(field: BindableField, query: string): boolean {
  const wanted = query
    .toLowerCase()
    .split(/[\s›]+/)
    .filter((word) => word !== '');
  const text = `${labelOf(field)} ${writePath(field.path)}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** Offered at once; more come up by searching. */
const MOST_SHOWN = 60;

function sampleText(value: unknown): string {
  if (value === undefined) return '';
  return (typeof value === 'string' ? value : JSON.stringify(value)).slice(0, 60);
}

interface PickerProps {
  readonly path: string;
  readonly title: string;
  readonly bare: boolean;
  readonly fields: readonly BindableField[];
  readonly value: BindingPath | undefined;
  readonly onPick: (path: BindingPath) => void;
}

/** Finds a field by typing. */
function Picker(props: PickerProps) {
  const { path, fields, value, onPick } = props;
  const { t } = useTranslation();
  const { left } = useForm();
  const aria = useAria(props);
  const [query, setQuery] = useState<string | null>(null);
  const key = value && writePath(value);
  const known = fields.find((field) => writePath(field.path) === key);
  const current =
    known ?? (value && key !== undefined ? { path: value, from: '', title: key, type: 'any' as const } : null);
  const found = useMemo(() => {
    if (query === null) return fields.slice(0, MOST_SHOWN);
    const fitting = fields.filter((field) => matches(field, query)).slice(0, MOST_SHOWN);
    const own = fitting.some((field) => writePath(field.path) === query.trim()) ? undefined : ownField(query);
    return own ? [...fitting, own] : fitting;
  }, [fields, query]);
  const readSample = useSampleReader();
  return (
    <Combobox.Root
      items={found}
      filter={null}
      value={current}
      itemToStringLabel={labelOf}
      isItemEqualToValue={(a: BindableField, b: BindableField) => writePath(a.path) === writePath(b.path)}
      onInputValueChange={(text, { reason }) => setQuery(reason === 'input-change' ? text : null)}
      onOpenChange={(open) => !open && setQuery(null)}
      onValueChange={(field: BindableField | null) => field && onPick(field.path)}
    >
      <div className="input bound" data-known={known !== undefined || current === null}>
        <Combobox.Input
          {...aria}
          placeholder={t('form.pick')}
          autoComplete="off"
          spellCheck={false}
          onBlur={() => left(path)}
        />
        <Combobox.Trigger aria-label={t('form.pick')} tabIndex={-1}>
          <ChevronDown className="i i-14 text-muted" aria-hidden />
        </Combobox.Trigger>
      </div>
      <Combobox.Portal container={pageLandmark()}>
        <Combobox.Positioner sideOffset={4} positionMethod="fixed" className="z-30">
          <Combobox.Popup className="menu picker">
            <Combobox.Empty className="px-3.5 py-2 text-sm text-muted empty:hidden">{t('form.noField')}</Combobox.Empty>
            <Combobox.List>
              {(field: BindableField) => (
                <Combobox.Item key={writePath(field.path)} value={field} className="it">
                  <span className="min-w-0 flex-1">
                    <span className="block truncate">
                      {field.from === '' ? t('form.useAs', { path: field.title }) : labelOf(field)}
                    </span>
                    <span className="code block truncate text-muted">{writePath(field.path)}</span>
                  </span>
                  <span className="code max-w-30 truncate text-success">{readSample(field.path)}</span>
                </Combobox.Item>
              )}
            </Combobox.List>
          </Combobox.Popup>
        </Combobox.Positioner>
      </Combobox.Portal>
    </Combobox.Root>
  );
}

function useSampleReader(): (path: BindingPath) => string {
  const { bindings } = useForm();
  const scope = bindings?.scope;
  return (path) => {
    if (!scope) return '';
    try {
      return sampleText(compileText(`{{ ${writePath(path)} }}`).read(scope));
    } catch {
      return '';
    }
  };
}

/** What the field comes to in the sample, or why it cannot. */
function Preview({ text }: { readonly text: string }) {
  const { t } = useTranslation();
  const { bindings } = useForm();
  if (!bindings?.scope) return null;
  let shown: string;
  try {
    const value = compileText(text).read(bindings.scope);
    if (value === undefined || value === null) return <p className="text-xs text-muted">{t('form.noSample')}</p>;
    shown = sampleText(value);
  } catch (error) {
    return (
      <p className="code flex gap-1 text-danger">
        <CircleX className="i i-14 mt-0.75" aria-hidden />
        {error instanceof Error ? error.message : ''}
      </p>
    );
  }
  return (
    <p className="code truncate text-success">
      <span className="sr-only">{t('form.preview')}: </span>
      {shown}
    </p>
  );
}

/** A value as it is written in an argument: a text that would read as something else stands in quotes. */
function argumentText(operand: Operand): string {
  if ('path' in operand) return writePath(operand.path);
  return typeof operand.value === 'string' && typeof literalOf(operand.value) === 'string'
    ? operand.value
    : JSON.stringify(operand.value);
}

function literalOf(text: string): string | number | boolean | null {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return /^".*"$/.test(text) ? text.slice(1, -1) : text;
}

interface PipeProps {
  readonly pipe: BindingForm['pipes'][number];
  readonly onChange: (pipe: BindingForm['pipes'][number]) => void;
  readonly onRemove: () => void;
}

/** One transform with its values. */
function Pipe({ pipe, onChange, onRemove }: PipeProps) {
  const { t } = useTranslation();
  const { name, args } = pipe;
  const [least, most] = argumentCount(name);
  const title = isKnown(name) ? t(`form.transforms.${name}`) : name;
  const set = (index: number, text: string) =>
    onChange({ name, args: args.map((arg, at) => (at === index ? { value: literalOf(text) } : arg)) });
  return (
    <li className="pipe">
      <span>{title}</span>
      {args.map((arg, index) => {
        const label = isKnown(name) ? t(`form.args.${argumentName(name, index)}`) : String(index + 1);
        return (
          <input
            // biome-ignore lint/suspicious/noArrayIndexKey: a value is its place
            key={index}
            className="code"
            aria-label={`${title}: ${label}`}
            title={label}
            placeholder={label}
            size={Math.min(24, Math.max(4, argumentText(arg).length + 1))}
            readOnly={'path' in arg}
            value={argumentText(arg)}
            onChange={(event) => set(index, event.target.value)}
          />
        );
      })}
      {args.length < most && (
        <button
          type="button"
          aria-label={t('form.addArgument', { name: title })}
          onClick={() => onChange({ name, args: [...args, { value: '' }] })}
        >
          <Plus className="i i-12" aria-hidden />
        </button>
      )}
      {args.length > least && (
        <button
          type="button"
          aria-label={t('form.dropArgument', { name: title })}
          onClick={() => onChange({ name, args: args.slice(0, -1) })}
        >
          −
        </button>
      )}
      <button type="button" aria-label={t('form.remove', { what: title })} onClick={onRemove}>
        <X className="i i-12" aria-hidden />
      </button>
    </li>
  );
}

function TransformAdder({ onAdd }: { readonly onAdd: (name: string) => void }) {
  const { t } = useTranslation();
  return (
    <select
      className="add-pipe"
      aria-label={t('form.addTransform')}
      value=""
      onChange={(event) => onAdd(event.target.value)}
    >
      <option value="">+ {t('form.addTransform')}</option>
      {transformGroups.map((group) => (
        <optgroup key={group} label={t(`form.transformGroups.${group}`)}>
          {transformsIn(group).map((name) => (
            <option key={name} value={name}>
              {t(`form.transforms.${name}`)}
            </option>
          ))}
        </optgroup>
      ))}
    </select>
  );
}

/** A field of a step before, and what is done to its value on the way. */
export function BindingControl({
  locals = [],
  ...props
}: Omit<ControlProps, 'schema'> & { readonly locals?: readonly BindableField[] }) {
  const { path, title, bare, value, onChange } = props;
  const { t } = useTranslation();
  const { bindings } = useForm();
  const form = boundField(value);
  const fields = useMemo(() => [...locals, ...(bindings?.fields ?? [])], [locals, bindings]);
  const subject = form && 'path' in form.subject ? form.subject.path : undefined;
  const known = subject === undefined || fields.some((field) => writePath(field.path) === writePath(subject));
  const pipes = form?.pipes ?? [];
  const setPipes = (next: BindingForm['pipes']) => form && onChange(written({ ...form, pipes: next }));
  return (
    <div className="flex flex-col gap-1.5">
      <Picker
        path={path}
        title={title}
        bare={bare}
        fields={fields}
        value={subject}
        onPick={(picked) => onChange(written({ subject: { path: picked }, pipes }))}
      />
      {form && (
        <ul className="pipes" aria-label={t('form.addTransform')}>
          {pipes.map((pipe, index) => (
            <Pipe
              // biome-ignore lint/suspicious/noArrayIndexKey: transforms are told apart by their place
              key={`${index} ${pipe.name}`}
              pipe={pipe}
              onChange={(next) => setPipes(pipes.map((each, at) => (at === index ? next : each)))}
              onRemove={() => setPipes(pipes.filter((_, at) => at !== index))}
            />
          ))}
          <li>
            <TransformAdder
              onAdd={(name) => {
                const [least] = argumentCount(name);
                if (name !== '')
                  setPipes([...pipes, { name, args: Array.from({ length: least }, () => ({ value: '' })) }]);
              }}
            />
          </li>
        </ul>
      )}
      {form && typeof value === 'string' && <Preview text={value} />}
      {!known && fields.length > 0 && <p className="text-xs text-muted">{t('form.gone')}</p>}
    </div>
  );
}
