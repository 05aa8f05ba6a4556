import { CircleX, TriangleAlert } from 'lucide-react';
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isBound } from '#runtime/binding.ts';
import type { Json } from '#runtime/json.ts';
import { AnyControl } from './any-control.tsx';
import { boundField } from './bound-field.ts';
import { CodeControl } from './code-control.tsx';
import { type ControlProps, type FieldProps, useForm } from './form-context.ts';
import { ChoicesControl, RowsControl, TextsControl } from './list-controls.tsx';
import { Fields, ObjectControl, Part, RecordControl, UnionControl } from './nested-controls.tsx';
import { isRecord, resolved, type Schema, type Shape, shapeOf, titleOf } from './schema.ts';
import {
  BooleanControl,
  ChoiceControl,
  FEW,
  NumberControl,
  SecretControl,
  SingleControl,
  TextControl,
} from './simple-controls.tsx';

/** Only steps have fields that are bound; forms of connections never fetch it. */
const BindingControl = lazy(async () => ({ default: (await import('./binding-control.tsx')).BindingControl }));

function Control({ shape, ...props }: ControlProps & { readonly shape: Shape }) {
  if (props.schema.writeOnly) return <SecretControl {...props} />;
  if (props.schema.contentMediaType === 'text/typescript') return <CodeControl {...props} />;
  switch (shape.kind) {
    case 'text':
      return <TextControl {...props} />;
    case 'number':
      return <NumberControl {...props} />;
    case 'single':
      return <SingleControl {...props} types={shape.types} />;
    case 'boolean':
      return <BooleanControl {...props} />;
    case 'choice':
      return <ChoiceControl {...props} values={shape.values} />;
    case 'texts':
      return <TextsControl {...props} />;
    case 'choices':
      return <ChoicesControl {...props} values={shape.values} item={shape.item} />;
    case 'rows':
      return <RowsControl {...props} item={shape.item} />;
    case 'record':
      return <RecordControl {...props} item={shape.item} />;
    case 'union':
      return <UnionControl {...props} by={shape.by} branches={shape.branches} />;
    case 'object':
      return <ObjectControl {...props} />;
    case 'any':
      return <AnyControl {...props} />;
  }
}

/** Kinds of field whose label belongs to a group of controls, not to one. */
const GROUPS: ReadonlySet<Shape['kind']> = new Set(['rows', 'record', 'union', 'choices', 'any']);

interface ModeProps {
  readonly title: string;
  readonly mode: 'field' | 'fixed';
  readonly onChange: (mode: 'field' | 'fixed') => void;
}

function ModeSwitch({ title, mode, onChange }: ModeProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="modes">
      <legend className="sr-only">{t('form.mode', { field: title })}</legend>
      {(['field', 'fixed'] as const).map((each) => (
        <button key={each} type="button" aria-pressed={mode === each} onClick={() => mode !== each && onChange(each)}>
          {t(`form.modes.${each}`)}
        </button>
      ))}
    </fieldset>
  );
}

function Problems({ path }: { readonly path: string }) {
  const { idOf, problemsOf } = useForm();
  const problems = problemsOf(path);
  return (
    <div id={`${idOf(path)}-problem`}>
      {problems.map(({ message, severity }) => (
        <p
          key={message}
          role="alert"
          className={`flex gap-1.5 text-xs ${severity === 'warning' ? 'text-warning' : 'text-danger'}`}
        >
          {severity === 'warning' ? (
            <TriangleAlert className="i i-12 mt-0.5" aria-hidden />
          ) : (
            <CircleX className="i i-12 mt-0.5" aria-hidden />
          )}
          {message}
        </p>
      ))}
    </div>
  );
}

/** Whether the field is bound or fixed; going back and forth brings back what was there. */
function useMode(value: Json | undefined, onChange: (value: Json | undefined) => void) {
  const bound = boundField(value) !== undefined;
  const [wanted, setWanted] = useState<'field' | 'fixed'>(bound ? 'field' : 'fixed');
  const other = useRef<Json | undefined>(undefined);
  const mode = bound ? 'field' : value === undefined ? wanted : 'fixed';
  return {
    mode,
    setMode: (next: 'field' | 'fixed') => {
      const back = other.current;
      other.current = value;
      setWanted(next);
      onChange(back);
    },
  } as const;
}

interface FrameProps {
  readonly path: string;
  readonly grouped: boolean;
  readonly children: ReactNode;
}

function Frame({ path, grouped, children }: FrameProps) {
  const { idOf } = useForm();
  return grouped ? (
    // biome-ignore lint/a11y/useSemanticElements: a legend could not stand beside the switch of its field
    <div className="field" data-field={path} role="group" aria-labelledby={`${idOf(path)}-label`}>
      {children}
    </div>
  ) : (
    <div className="field" data-field={path}>
      {children}
    </div>
  );
}

interface LabelProps {
  readonly path: string;
  readonly title: string;
  readonly required: boolean;
  /** What it labels is several controls, or one that carries its own name. */
  readonly loose: boolean;
}

function Label({ path, title, required, loose }: LabelProps) {
  const { t } = useTranslation();
  const { idOf } = useForm();
  const id = idOf(path);
  const words = (
    <>
      {title}
      {required && (
        <span className="text-danger" title={t('form.required')}>
          <span aria-hidden> *</span>
          <span className="sr-only"> ({t('form.required')})</span>
        </span>
      )}
    </>
  );
  return loose ? (
    <span id={`${id}-label`} className="label">
      {words}
    </span>
  ) : (
    <label id={`${id}-label`} htmlFor={id} className="label">
      {words}
    </label>
  );
}

function Help({ schema, path, bare }: { readonly schema: Schema; readonly path: string; readonly bare: boolean }) {
  const { idOf, language } = useForm();
  const id = `${idOf(path)}-help`;
  // in a list the first entry explains the fields of all
  const seen = !/\[[1-9]\d*\]/.test(path);
  return schema.help && !bare ? (
    <p id={id} className={seen ? 'text-xs text-muted' : 'sr-only'}>
      {schema.help[language]}
    </p>
  ) : (
    <span id={id} hidden />
  );
}

/** What the value as it is can be shown with, whatever the schema says it should be. */
function shapeFor(shape: Shape, value: Json | undefined): Shape {
  if (isRecord(value) && '$list' in value) return { kind: 'any' };
  const isText = shape.kind === 'text' || shape.kind === 'any' || shape.kind === 'single';
  // a binding among other characters can only be shown as the text it is
  return !isText && typeof value === 'string' && isBound(value) ? { kind: 'text' } : shape;
}

interface InnerProps extends FieldProps {
  readonly control: ControlProps;
  readonly shape: Shape;
}

function PartField({ control, shape, bare }: InnerProps) {
  const { idOf } = useForm();
  const { path, value, title } = control;
  if (bare)
    return (
      <div className="fields" data-field={path}>
        <Fields {...control} value={isRecord(value) ? value : {}} />
        <Problems path={path} />
      </div>
    );
  return (
    <>
      {shape.kind === 'union' ? (
        <Part {...control}>
          <span id={`${idOf(path)}-label`} className="sr-only">
            {title}
          </span>
          <Control {...control} shape={shape} />
        </Part>
      ) : (
        <Control {...control} shape={shape} />
      )}
      <Problems path={path} />
    </>
  );
}

function SimpleField({ control, shape, bare = false, locals = [] }: InnerProps) {
  const { idOf, bindings } = useForm();
  const { schema, path, title, value, onChange, required } = control;
  const { mode, setMode } = useMode(value, onChange);
  const bound = bindings !== undefined && mode === 'field';
  const grouped = GROUPS.has(shape.kind) || (shape.kind === 'choice' && shape.values.length <= FEW);
  // a tick carries its own label, unless it may be bound as well
  const labelled = shape.kind !== 'boolean' || bindings !== undefined;
  return (
    <Frame path={path} grouped={grouped}>
      {bare && (
        <span id={`${idOf(path)}-label`} className="sr-only">
          {title}
        </span>
      )}
      {(bindings !== undefined || (labelled && !bare)) && (
        <div className="label-line">
          {labelled && !bare && <Label path={path} title={title} required={required} loose={grouped && !bound} />}
          {bindings && <ModeSwitch title={title} mode={mode} onChange={setMode} />}
        </div>
      )}
      {bound ? (
        <Suspense fallback={null}>
          <BindingControl {...control} locals={locals} />
        </Suspense>
      ) : (
        <Control {...control} shape={shapeFor(shape, value)} />
      )}
      <Help schema={schema} path={path} bare={bare} />
      <Problems path={path} />
    </Frame>
  );
}

/** One field: label, how it is filled in, control, help, problems. */
export function Field(props: FieldProps) {
  const { defs, language } = useForm();
  const { path, value, onChange, required, bare = false, name } = props;
  const schema = resolved(props.schema, defs);
  const shape = shapeOf(schema, defs);
  const title = bare ? name : titleOf(schema, name, language);
  const control: ControlProps = { schema, path, title, value, onChange, required, bare };
  const isPart = shape.kind === 'object' || (shape.kind === 'union' && !bare);
  return isPart ? (
    <PartField {...props} control={control} shape={shape} />
  ) : (
    <SimpleField {...props} control={control} shape={shape} />
  );
}
