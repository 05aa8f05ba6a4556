import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { FlowDocument } from '#runtime/flow.ts';
import type { RunAnswer, RunStatus } from '#runtime/protocol.ts';
import { stepOrder } from '../flows/order.ts';
import { type StepWords, stepTitle } from '../flows/step-words.ts';
import { CopyId } from '../ui/copy.tsx';
import { Moment, Took } from '../ui/moment.tsx';
import { StepIcon, type StepLook } from '../ui/status.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { Tile } from '../ui/tile.tsx';
import { useFormat } from '../ui/use-format.ts';
import { entityName, recordName, viaName } from './record-name.ts';
import type { StepTotal } from './timeline.ts';

const ENDED: readonly RunStatus[] = ['succeeded', 'ignored', 'failed', 'cancelled'];

/** A step no event speaks of: not begun while the run goes on, not taken once it has ended. */
export function lookOf(total: StepTotal | undefined, status: RunStatus): StepLook {
  if (total) return total.phase;
  return ENDED.includes(status) ? 'skipped' : 'pending';
}

interface StepsProps {
  readonly flow: FlowDocument;
  readonly words: StepWords;
  readonly totals: ReadonlyMap<string, StepTotal>;
  readonly status: RunStatus;
  readonly selected: string | undefined;
  readonly onSelect: (step: string) => void;
}

/** Every step of the version that runs, with its state and time. */
export function RunSteps({ flow, words, totals, status, selected, onSelect }: StepsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const steps = stepOrder(flow);
  const done = steps.filter((step) => totals.get(step.id)?.phase === 'succeeded').length;
  return (
    <section className="aside-sec" aria-labelledby="run-steps">
      <div className="mb-1 flex items-center justify-between">
        <h2 id="run-steps">{t('runs.steps')}</h2>
        <span className="num text-sm text-muted">{t('runs.progress', { done, total: steps.length })}</span>
      </div>
      <ol className="steps">
        {steps.map((step) => {
          const total = totals.get(step.id);
          const look = lookOf(total, status);
          const content = (
            <>
              <Tile manifest={words.nodes?.get(step.type)} size="s20" />
              <span className="min-w-0 flex-1 truncate">{stepTitle(step, words)}</span>
              {total && total.turns > 1 && <span className="badge">{format.number(total.turns)}</span>}
              <span className="num text-xs text-muted">{total ? format.duration(total.ms) : '–'}</span>
              <StepIcon look={look} />
            </>
          );
          return (
            <li key={step.id}>
              {total ? (
                <button type="button" aria-pressed={selected === step.id} onClick={() => onSelect(step.id)}>
                  {content}
                </button>
              ) : (
                <span className="pending">{content}</span>
              )}
            </li>
          );
        })}
      </ol>
    </section>
  );
}

interface PlacesProps {
  readonly answer: RunAnswer;
  readonly words: StepWords;
}

/** The record's ids in every system it has reached. */
export function Places({ answer, words }: PlacesProps) {
  const { t } = useTranslation();
  const { links } = answer;
  return (
    <section className="aside-sec" aria-labelledby="places">
      <h2 id="places">{t('runs.result')}</h2>
      {links.length === 0 ? (
        <p className="mt-1 text-sm text-muted">{t('runs.noResult')}</p>
      ) : (
        <ul className="mt-1">
          {links.map((link) => {
            const { title: system, kind } = words.systems?.get(link.connection) ?? {
              title: link.connection,
              kind: link.connection,
            };
            return (
              <li
                key={`${link.connection}${link.reference}${link.target}`}
                className="flex min-h-9 items-center gap-3 border-b border-hair text-sm last:border-0"
              >
                <SystemMark name={kind} size="s" />
                <span className="min-w-0 flex-1 truncate">
                  {entityName(link.entity, t)} <span className="text-muted">{system}</span>
                </span>
                <CopyId value={link.target} what={`${entityName(link.entity, t)} ${system}`} />
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}

/** Where the run comes from and how to speak of it to support. */
export function Facts({ account, answer }: { readonly account: string; readonly answer: RunAnswer }) {
  const { t } = useTranslation();
  const { run, links } = answer;
  const reference = links[0]?.reference;
  return (
    <section className="aside-sec" aria-labelledby="facts">
      <h2 id="facts">{t('runs.facts')}</h2>
      <dl className="facts">
        <dt>{t('runs.flow')}</dt>
        <dd>
          <Link to="/a/$account/flows/$flow" params={{ account, flow: run.flow }} className="link">
            {run.flowName}
          </Link>{' '}
          <span className="text-muted">{t('runs.version', { version: run.version })}</span>
        </dd>
        <dt>{t('runs.received')}</dt>
        <dd className="num">
          <Moment at={run.receivedAt} /> <span className="text-muted">{viaName(run.via, t)}</span>
        </dd>
        <dt>{t('runs.duration')}</dt>
        <dd>
          <Took from={run.receivedAt} to={run.endedAt} />
        </dd>
        {reference && (
          <>
            <dt>{t('runs.reference')}</dt>
            <dd className="flex min-w-0">
              <CopyId value={reference} what={t('runs.reference')} />
            </dd>
          </>
        )}
        <dt>{t('runs.runId')}</dt>
        <dd className="flex min-w-0">
          <CopyId value={run.id} what={t('runs.runId')} />
        </dd>
      </dl>
      <Link
        to="/a/$account/runs"
        params={{ account }}
        search={{ record: run.record, ignored: run.status === 'ignored' ? true : undefined }}
        className="link mt-3 inline-block text-sm"
      >
        {t('runs.recordHistory', { record: recordName(run, t) })}
      </Link>
    </section>
  );
}
