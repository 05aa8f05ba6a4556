import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { Minus, MoveRight, Pencil, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Package } from '#runtime/package.ts';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';
import { FlowCanvas } from '../view/flow-canvas.tsx';
import { useElements } from '../view/use-elements.ts';
import { countsOf, type Difference, differenceOf, type FieldChange, marksOf, overlay } from './difference.ts';

interface DifferenceViewProps {
  /** Null: there was nothing before. */
  readonly base: FlowDocument | null;
  readonly head: FlowDocument;
  readonly names: { readonly base: string; readonly head: string };
  readonly words: StepWords;
  readonly package: Package;
}

const ICONS = { added: Plus, changed: Pencil, removed: Minus, moved: MoveRight } as const;
const NONE: ReadonlySet<string> = new Set();

function Picture({
  base,
  head,
  words,
  package: owned,
  difference,
  chosen,
}: DifferenceViewProps & { readonly difference: Difference; readonly chosen: string | null }) {
  const flow = useMemo(() => overlay(base, head, difference), [base, head, difference]);
  const marks = useMemo(() => marksOf(difference), [difference]);
  const selected = useMemo(() => (chosen === null ? NONE : new Set([chosen])), [chosen]);
  const { nodes, edges } = useElements({
    flow,
    words,
    package: owned,
    problems: [],
    selected,
    wires: NONE,
    current: null,
    marks,
    readOnly: true,
  });
  const focus = useMemo(() => difference.steps.map(({ id }) => id), [difference]);
  return <FlowCanvas nodes={nodes} edges={edges} words={words} actions={null} focus={focus} />;
}

function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 1);
}

function Fields({
  fields,
  names,
}: {
  readonly fields: readonly FieldChange[];
  readonly names: DifferenceViewProps['names'];
}) {
  const { t } = useTranslation();
  return (
    <dl className="field-changes">
      {fields.map(({ path, before, after }) => (
        <div key={path}>
          <dt className="code">{path}</dt>
          {before !== undefined && (
            <dd className="code gone">
              <span className="sr-only">{t('canvas.difference.before')}</span>
              <span className="who">{names.base}</span>
              {valueText(before)}
            </dd>
          )}
          {after !== undefined && (
            <dd className="code new">
              <span className="sr-only">{t('canvas.difference.after')}</span>
              <span className="who">{names.head}</span>
              {valueText(after)}
            </dd>
          )}
        </div>
      ))}
    </dl>
  );
}

function Changes({
  difference,
  words,
  chosen,
  onChoose,
}: {
  readonly difference: Difference;
  readonly words: StepWords;
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}) {
  const { t } = useTranslation();
  const drawing = useReactFlow();
  const { wires } = difference;
  // what a run would notice comes before what only stands elsewhere
  const ordered = difference.steps.toSorted(
    (one, other) => Number(one.mark === 'moved') - Number(other.mark === 'moved'),
  );
  const rewired = wires.added.length + wires.removed.length;
  return (
    <ul className="changes">
      {ordered.map(({ id, mark, node, fields }) => {
        const Icon = ICONS[mark];
        const said =
          mark === 'changed' ? t('canvas.difference.fields', { count: fields.length }) : t(`canvas.difference.${mark}`);
        return (
          <li key={id}>
            <button
              type="button"
              className="change"
              aria-pressed={chosen === id}
              onClick={() => {
                onChoose(id);
                void drawing.setCenter(node.at.x + 128, node.at.y + 32, { zoom: Math.max(0.75, drawing.getZoom()) });
              }}
            >
              <span className={`mark-icon ${mark}`}>
                <Icon className="i i-14" aria-hidden />
              </span>
              <span className="min-w-0 flex-1">
                <span className="block truncate font-semibold">{stepTitle(node, words)}</span>
                <span className="block text-xs text-muted">{said}</span>
              </span>
            </button>
          </li>
        );
      })}
      {rewired > 0 && (
        <li className="change plain">
          <span className="min-w-0 flex-1 text-muted">
            {t('canvas.difference.wires', { added: wires.added.length, removed: wires.removed.length })}
          </span>
        </li>
      )}
      {difference.document.length > 0 && (
        <li className="change plain">
          <span className="min-w-0 flex-1 text-muted">
            {t('canvas.difference.flow', { fields: difference.document.map(({ path }) => path).join(', ') })}
          </span>
        </li>
      )}
    </ul>
  );
}

/** Two versions of a flow in one picture, with a list of what is not the same, field by field. */
export function DifferenceView(props: DifferenceViewProps) {
  const { t } = useTranslation();
  const { base, head, words, names } = props;
  const difference = useMemo(() => differenceOf(base, head), [base, head]);
  const [chosen, setChosen] = useState<string | null>(null);
  const counts = countsOf(difference);
  const change = difference.steps.find(({ id }) => id === chosen);
  return (
    <ReactFlowProvider>
      <div className="difference">
        <div className="difference-list">
          <div className="flex items-baseline gap-2 px-4 py-3">
            <h3 className="flex-1 font-semibold">
              {difference.same
                ? t('canvas.difference.none')
                : t('canvas.difference.title', { count: difference.steps.length })}
            </h3>
            <span className="num text-xs text-muted">{`+${counts.added} · ~${counts.changed} · −${counts.removed}`}</span>
          </div>
          {difference.layoutOnly && !difference.same && (
            <p className="px-4 pb-2 text-xs text-muted">{t('canvas.difference.layout')}</p>
          )}
          <Changes difference={difference} words={words} chosen={chosen} onChoose={setChosen} />
        </div>
        <div className="difference-picture">
          <div className="legend" aria-hidden="true">
            {(['added', 'changed', 'removed'] as const).map((mark) => (
              <span key={mark}>
                <span className={`swatch ${mark}`} />
                {t(`canvas.difference.${mark}`)}
              </span>
            ))}
          </div>
          <div className="min-h-0 flex-1">
            <Picture {...props} difference={difference} chosen={chosen} />
          </div>
          {change && change.fields.length > 0 && (
            <section className="difference-fields" aria-label={stepTitle(change.node, words)}>
              <Fields fields={change.fields} names={names} />
            </section>
          )}
          {!change && difference.document.length > 0 && (
            <section className="difference-fields" aria-label={head.name}>
              <Fields fields={difference.document} names={names} />
            </section>
          )}
        </div>
      </div>
    </ReactFlowProvider>
  );
}
