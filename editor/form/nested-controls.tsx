import { Plus, Trash2, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Json, JsonObject } from '#runtime/json.ts';
import { Select } from '../ui/select.tsx';
import { type ControlProps, useAria, useForm } from './form-context.ts';
import { type Branch, blankOf, isRecord, resolved, type Schema, shapeOf, titleOf, withKey } from './schema.ts';

const recordOf = (value: Json | undefined): JsonObject => (isRecord(value) ? value : {});

interface FieldsProps {
  readonly schema: Schema;
  readonly path: string;
  readonly value: JsonObject;
  readonly onChange: (value: JsonObject) => void;
  /** Names of fields that stand elsewhere. */
  readonly without?: readonly string[];
  /** Settings that are good as they are go below a fold. */
  readonly fold?: boolean;
}

/** So many absent parts are offered one by one; more become a choice. */
const FEW_PARTS = 3;

/** The fields of an object; parts that may be left out are added when they are wanted. */
export function Fields({ schema, path, value, onChange, without = [], fold = false }: FieldsProps) {
  const { t } = useTranslation();
  const { Field, defs, language, idOf, hasProblem } = useForm();
  const fields = Object.entries(schema.properties ?? {})
    .filter(([name]) => !without.includes(name))
    .map(([name, open]) => {
      const field = resolved(open, defs);
      const { kind } = shapeOf(field, defs);
      const needed = schema.required?.includes(name) ?? false;
      const part = (kind === 'object' || kind === 'union') && !needed && field.default === undefined;
      const at = path === '' ? name : `${path}.${name}`;
      const quiet = fold && !needed && (field.default !== undefined || part);
      return { name, field, needed, at, quiet, absent: part && value[name] === undefined };
    });
  const show = ({ name, field, needed, at }: (typeof fields)[number]) => (
    <Field
      key={name}
      schema={field}
      path={at}
      name={name}
      required={needed}
      value={value[name]}
      onChange={(next) => onChange(withKey(value, name, next))}
    />
  );
  const add = (name: string, field: Schema) => {
    onChange({ ...value, [name]: blankOf(field, defs) });
    const id = idOf(path === '' ? name : `${path}.${name}`);
    // after the next paint, when what was added is there
    requestAnimationFrame(() => document.getElementById(id)?.focus());
  };
  const present = fields.filter((each) => !each.absent);
  const absent = fields.filter((each) => each.absent);
  const open = present.filter((each) => !each.quiet);
  const quiet = present.filter((each) => each.quiet);
  const folded = quiet.length > 0 && open.length + quiet.length > FEW_PARTS;
  const adders = absent.length > 0 && (
    <Adders
      absent={absent.map(({ name, field }) => ({
        name,
        title: titleOf(field, name, language),
        add: () => add(name, field),
      }))}
    />
  );
  return (
    <>
      {(folded ? open : present).map(show)}
      {folded ? (
        <details className="fold" open={quiet.some((each) => hasProblem(each.at)) || undefined}>
          <summary>{t('form.more')}</summary>
          <div className="fields">
            {quiet.map(show)}
            {adders}
          </div>
        </details>
      ) : (
        adders
      )}
    </>
  );
}

interface AddersProps {
  readonly absent: readonly { readonly name: string; readonly title: string; readonly add: () => void }[];
}

function Adders({ absent }: AddersProps) {
  const { t } = useTranslation();
  if (absent.length > FEW_PARTS)
    return (
      <Select
        aria-label={t('form.addOf')}
        value=""
        onChange={(event) => absent.find((each) => each.name === event.target.value)?.add()}
      >
        <option value="">{t('form.addOf')}</option>
        {absent.map((each) => (
          <option key={each.name} value={each.name}>
            {each.title}
          </option>
        ))}
      </Select>
    );
  return (
    <div className="flex flex-wrap gap-2">
      {absent.map((each) => (
        <button key={each.name} type="button" className="btn s28" data-add={each.name} onClick={each.add}>
          <Plus className="i i-14" aria-hidden />
          {each.title}
        </button>
      ))}
    </div>
  );
}

function filled(value: JsonObject): number {
  return Object.values(value).filter((each) => each !== '' && !(isRecord(each) && Object.keys(each).length === 0))
    .length;
}

interface PartProps extends ControlProps {
  readonly children: ReactNode;
}

/** An object inside a form, under a heading that folds it away. */
export function Part({ schema, path, title, value, onChange, required, children }: PartProps) {
  const { t } = useTranslation();
  const { idOf, language, hasProblem } = useForm();
  const count = filled(recordOf(value ?? schema.default));
  const [open, setOpen] = useState(required || count > 0);
  const removable = !required && schema.default === undefined;
  const wrong = hasProblem(path);
  return (
    <details
      className="part"
      open={open || wrong}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      data-field={path}
    >
      <summary id={idOf(path)}>
        <span className="font-semibold">{title}</span>
        <span className="text-xs text-muted">{count > 0 ? t('form.filled', { count }) : t('form.notSet')}</span>
      </summary>
      <div className="fields">
        {schema.help && <p className="text-xs text-muted">{schema.help[language]}</p>}
        {children}
        {removable && (
          <button type="button" className="btn ghost s28 self-start" onClick={() => onChange(undefined)}>
            <Trash2 className="i i-14" aria-hidden />
            {t('form.remove', { what: title })}
          </button>
        )}
      </div>
    </details>
  );
}

export function ObjectControl(props: ControlProps) {
  return (
    <Part {...props}>
      <Fields
        schema={props.schema}
        path={props.path}
        value={recordOf(props.value ?? props.schema.default)}
        onChange={props.onChange}
      />
    </Part>
  );
}

/** One of several forms: which one is asked first. */
export function UnionControl({
  by,
  branches,
  ...props
}: ControlProps & { readonly by: string; readonly branches: readonly Branch[] }) {
  const { schema, path, value, onChange } = props;
  const { t } = useTranslation();
  const { defs, language } = useForm();
  const aria = useAria(props);
  const now = recordOf(value ?? schema.default);
  const before = useRef(new Map<string, JsonObject>());
  const branch = branches.find((each) => each.value === now[by]);
  const choose = (next: string) => {
    if (branch) before.current.set(branch.value, now);
    const wanted = branches.find((each) => each.value === next);
    if (!wanted) onChange(undefined);
    else
      onChange(
        before.current.get(next) ?? {
          ...recordOf(blankOf(wanted.schema, defs)),
          [by]: next,
        },
      );
  };
  const nameOf = (each: Branch) => {
    const field = resolved(each.schema.properties?.[by] ?? {}, defs);
    return field.title === undefined ? each.value : titleOf(field, each.value, language);
  };
  return (
    <div className="fields">
      <Select
        {...aria}
        id={`${aria.id}-choice`}
        aria-label={props.title}
        aria-labelledby={undefined}
        value={String(now[by] ?? '')}
        onChange={(event) => choose(event.target.value)}
      >
        {!branch && <option value="">{t('form.choose')}</option>}
        {branches.map((each) => (
          <option key={each.value} value={each.value}>
            {nameOf(each)}
          </option>
        ))}
      </Select>
      {branch && Object.keys(branch.schema.properties ?? {}).length > 1 && (
        <div className="fields indent">
          <Fields schema={branch.schema} path={path} value={now} onChange={onChange} without={[by]} />
        </div>
      )}
    </div>
  );
}

interface Entry {
  readonly id: number;
  readonly key: string;
  readonly value: Json;
}

const objectOf = (entries: readonly Entry[]): JsonObject =>
  Object.fromEntries(entries.filter(({ key }) => key !== '').map(({ key, value }) => [key, value]));

/** Names and values of one's own; a name that is not finished stays here until it is. */
function useEntries(value: JsonObject, onChange: (value: JsonObject) => void) {
  const next = useRef(0);
  const fresh = (of: JsonObject): readonly Entry[] =>
    Object.entries(of).map(([key, inner]) => ({ id: next.current++, key, value: inner }));
  const [entries, setEntries] = useState<readonly Entry[]>(() => fresh(value));
  const told = JSON.stringify(value);
  const known = JSON.stringify(objectOf(entries));
  // biome-ignore lint/correctness/useExhaustiveDependencies: only what comes from outside makes the entries anew
  useEffect(() => {
    if (told !== known) setEntries(fresh(value));
  }, [told]);
  return {
    entries,
    set: (changed: readonly Entry[]) => {
      setEntries(changed);
      onChange(objectOf(changed));
    },
    add: (blank: Json) => setEntries([...entries, { id: next.current++, key: '', value: blank }]),
  };
}

export function RecordControl({ item, ...props }: ControlProps & { readonly item: Schema }) {
  const { schema, path, title, value, onChange } = props;
  const { t } = useTranslation();
  const { Field, defs, idOf, left } = useForm();
  const current = recordOf(value ?? schema.default);
  const { entries, set, add } = useEntries(current, (next) =>
    onChange(Object.keys(next).length === 0 && !props.required ? undefined : next),
  );
  const id = idOf(path);
  return (
    <div className="rows">
      {entries.map((entry, index) => {
        const change = (next: Partial<Entry>) =>
          set(entries.map((each, at) => (at === index ? { ...each, ...next } : each)));
        const double = entry.key !== '' && entries.some((each) => each.key === entry.key && each.id !== entry.id);
        const what = entry.key === '' ? String(index + 1) : entry.key;
        return (
          <div key={entry.id} className="pair-row" data-entry={index}>
            <div className="min-w-0">
              <input
                className="input mono"
                aria-label={`${title}: ${t('form.key')} ${index + 1}`}
                aria-invalid={double || undefined}
                placeholder={t('form.key')}
                value={entry.key}
                autoComplete="off"
                spellCheck={false}
                onChange={(event) => change({ key: event.target.value })}
                onBlur={() => left(path)}
              />
              {double && (
                <p role="alert" className="text-xs text-danger">
                  {t('form.problems.doubleKey')}
                </p>
              )}
            </div>
            <Field
              schema={item}
              path={`${path}.${entry.key || `#${entry.id}`}`}
              name={`${title}: ${t('form.value')} ${index + 1}`}
              bare
              required={false}
              value={entry.value}
              onChange={(next) => change({ value: next ?? '' })}
            />
            <button
              type="button"
              className="btn ghost icon"
              aria-label={t('form.remove', { what })}
              onClick={() => set(entries.filter((_, at) => at !== index))}
            >
              <X className="i i-14" aria-hidden />
            </button>
          </div>
        );
      })}
      <button type="button" id={`${id}-add`} className="btn s28 self-start" onClick={() => add(blankOf(item, defs))}>
        <Plus className="i i-14" aria-hidden />
        {t('form.add')}
        <span className="sr-only"> {title}</span>
      </button>
    </div>
  );
}
