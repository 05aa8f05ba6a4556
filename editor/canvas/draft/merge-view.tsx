import type { TFunction } from 'i18next';
import { TriangleAlert } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import { endOf, type FlowDocument } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';
import { type Schema, titleOf } from '../../form/schema.ts';
import type { MergeUnit, Side } from './merge.ts';

interface MergeViewProps {
  readonly units: readonly MergeUnit[];
  readonly mine: FlowDocument;
  readonly theirs: FlowDocument;
  readonly words: StepWords;
  readonly sideOf: (unit: MergeUnit) => Side | null;
  readonly onChoose: (unit: MergeUnit, side: Side) => void;
}

/** The step a piece belongs to; null: the flow itself. */
function stepOfUnit({ kind, id }: MergeUnit): string | null {
  if (kind === 'wires') return endOf(id)[0];
  return kind === 'step' || kind === 'field' ? id : null;
}

interface Heap {
  readonly title: string;
  readonly units: MergeUnit[];
}

/** Pieces of one step under its name, and those of the flow itself last. */
function heaped(props: MergeViewProps, t: TFunction): Heap[] {
  const { units, mine, theirs, words } = props;
  const heaps = new Map<string | null, MergeUnit[]>();
  for (const unit of units) {
    const step = stepOfUnit(unit);
    heaps.set(step, [...(heaps.get(step) ?? []), unit]);
  }
  const nameOf = (id: string | null): string => {
    if (id === null) return t('canvas.merge.flow');
    const node = [...mine.nodes, ...theirs.nodes].find((each) => each.id === id);
    return node ? stepTitle(node, words) : id;
  };
  return [...heaps]
    .sort(([one], [other]) => Number(one === null) - Number(other === null))
    .map(([id, heap]) => ({ title: nameOf(id), units: heap }));
}

const KNOWN = [
  'title',
  'connection',
  'onError',
  'disabled',
  'at',
  'type',
  'version',
  'name',
  'summary',
  'trace',
] as const;
const isKnown = (path: string): path is (typeof KNOWN)[number] => (KNOWN as readonly string[]).includes(path);

/** What the piece is called. */
function label(unit: MergeUnit, { mine, theirs, words }: MergeViewProps, t: TFunction): string {
  const { kind, id, path } = unit;
  if (kind === 'step') return t('canvas.merge.step');
  if (kind === 'wires') return t('canvas.merge.into', { port: endOf(id)[1] });
  if (kind === 'group' || kind === 'note' || kind === 'param') return t(`canvas.merge.${kind}`, { id });
  if (isKnown(path)) return t(`canvas.merge.fields.${path}`);
  const node = [...mine.nodes, ...theirs.nodes].find((each) => each.id === id);
  const schema = (node && words.nodes?.get(node.type)?.config) as Schema | undefined;
  const name = path.replace(/^config\./, '');
  const field = schema?.properties?.[name];
  return field ? titleOf(field, name, words.language) : name;
}

/** A value in words where there are some, else as it stands in the document. */
function text({ kind, path }: MergeUnit, value: Json | undefined, words: StepWords, t: TFunction): string {
  if (value === undefined) return t(kind === 'step' ? 'canvas.merge.gone' : 'canvas.merge.unset');
  if (kind === 'step') return t('canvas.merge.there');
  if (kind === 'wires') return (value as string[]).join(', ');
  if (kind === 'group') return (value as { title: string }).title;
  if (kind === 'note') return (value as { text: string }).text;
  if (path === 'at') return `${(value as { x: number }).x}, ${(value as { y: number }).y}`;
  if (path === 'connection') return words.systems?.get(String(value))?.title ?? String(value);
  if (path === 'disabled') return t(value === true ? 'canvas.merge.off' : 'canvas.merge.on');
  if (path === 'onError') return t(value === 'skip' ? 'canvas.panel.onErrorSkip' : 'canvas.panel.onErrorStop');
  if (value === '') return t('canvas.merge.empty');
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}

function Piece({ unit, ...props }: MergeViewProps & { readonly unit: MergeUnit }) {
  const { t } = useTranslation();
  const name = useId();
  const chosen = props.sideOf(unit);
  return (
    <fieldset className="merge-piece" data-open={chosen === null || undefined}>
      <legend>
        {label(unit, props, t)}
        {unit.suggested === null && (
          <span className="chip warn">
            <TriangleAlert className="i i-12" aria-hidden />
            {t('canvas.merge.both')}
          </span>
        )}
      </legend>
      {(['theirs', 'mine'] as const).map((side) => (
        <label key={side} className="merge-side" data-chosen={chosen === side || undefined}>
          <input
            type="radio"
            name={name}
            checked={chosen === side}
            onChange={() => props.onChoose(unit, side)}
            aria-describedby={`${name}${side}`}
          />
          <span className="font-semibold">{t(`canvas.conflict.${side}`)}</span>
          <span className="merge-value" id={`${name}${side}`}>
            {text(unit, unit[side], props.words, t)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Both sides of everything that differs, step by step and field by field, with a choice for each. */
export function MergeView(props: MergeViewProps) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a list one scrolls is reached by keyboard
    <section className="merge" aria-label={t('canvas.merge.list')} tabIndex={0}>
      {heaped(props, t).map(({ title, units }) => (
        <div key={units[0]?.key}>
          <h3>{title}</h3>
          {units.map((unit) => (
            <Piece key={unit.key} {...props} unit={unit} />
          ))}
        </div>
      ))}
    </section>
  );
}
