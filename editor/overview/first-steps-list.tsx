import { Link } from '@tanstack/react-router';
import { ChevronRight, CircleCheck, CircleDashed, ListChecks } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { FirstStep, FirstStepWay } from './first-steps.ts';

interface WayProps {
  readonly account: string;
  readonly way: FirstStepWay;
  readonly children: ReactNode;
}

function Way({ account, way, children }: WayProps) {
  const className = 'row-link block font-semibold';
  if (way.to === 'flow')
    return (
      <Link to="/a/$account/flows/$flow" params={{ account, flow: way.flow }} className={className}>
        {children}
      </Link>
    );
  return (
    <Link to={`/a/$account/${way.to}`} params={{ account }} className={className}>
      {children}
    </Link>
  );
}

function Line({ account, step }: { readonly account: string; readonly step: FirstStep }) {
  const { t } = useTranslation();
  const { id, done, count, way } = step;
  const title = t(`firstSteps.${id}.title`);
  const Icon = done ? CircleCheck : CircleDashed;
  const help = id === 'systems' ? t('firstSteps.systems.help', { count: count ?? 0 }) : t(`firstSteps.${id}.help`);
  return (
    <li className="item" data-done={done || undefined}>
      <Icon className={`i mt-0.5 self-start ${done ? 'text-success' : 'text-muted'}`} aria-hidden />
      <div className="min-w-0 flex-1">
        {done || !way ? (
          <span className={`block ${done ? 'text-muted' : 'font-semibold'}`}>{title}</span>
        ) : (
          <Way account={account} way={way}>
            {title}
          </Way>
        )}
        <span className="sr-only">{t(done ? 'firstSteps.done' : 'firstSteps.open')}</span>
        {!done && <span className="block text-sm text-muted">{way ? help : t('firstSteps.yourManager')}</span>}
      </div>
      {!done && way && <ChevronRight className="i text-muted" aria-hidden />}
    </li>
  );
}

interface FirstStepsListProps {
  readonly account: string;
  readonly steps: readonly FirstStep[];
  readonly away: boolean;
  readonly onPut: (away: boolean) => void;
}

/** What remains to be done first, or, where it is put away, the way to see it again. */
export function FirstStepsList({ account, steps, away, onPut }: FirstStepsListProps) {
  const { t } = useTranslation();
  // whoever puts the list away or brings it back stays where they are, at the button that undoes it
  const moved = useRef(false);
  const stay = (button: HTMLButtonElement | null) => {
    if (moved.current) button?.focus();
  };
  const put = (next: boolean) => {
    moved.current = true;
    onPut(next);
  };
  const values = { done: steps.filter(({ done }) => done).length, count: steps.length };
  if (away)
    return (
      <p className="first-steps-away">
        <button ref={stay} type="button" className="btn s28" onClick={() => put(false)}>
          <ListChecks className="i i-14" aria-hidden />
          {t('firstSteps.show', values)}
        </button>
      </p>
    );
  return (
    <section aria-labelledby="first-steps" className="first-steps">
      <div className="sec-head">
        <h2 id="first-steps">
          {t('firstSteps.title')}{' '}
          <span className="num ml-1 font-normal text-muted">{t('firstSteps.progress', values)}</span>
        </h2>
        <button ref={stay} type="button" className="btn ghost s28" onClick={() => put(true)}>
          {t('firstSteps.putAway')}
        </button>
      </div>
      <ol>
        {steps.map((step) => (
          <Line key={step.id} account={account} step={step} />
        ))}
      </ol>
    </section>
  );
}
