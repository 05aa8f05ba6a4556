import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary, RunFilter } from '#runtime/protocol.ts';
import { useFormat } from '../ui/use-format.ts';

interface StatProps {
  readonly label: string;
  readonly value: string;
  readonly unit?: string;
  readonly children: ReactNode;
}

function Stat({ label, value, unit, children }: StatProps) {
  return (
    <div>
      <div className="truncate text-sm text-muted">{label}</div>
      <div className="num text-2xl font-semibold tracking-[-0.022em]">
        {value}
        {unit && <span className="unit">{unit}</span>}
      </div>
      <div className="num mt-1 min-h-5 text-sm text-muted">{children}</div>
    </div>
  );
}

interface StatsProps {
  readonly account: string;
  readonly counts: FlowSummary['counts'] | undefined;
  readonly since: number;
}

/** The last 24 hours in four numbers, each a way to the runs behind it. */
export function Stats({ account, counts, since }: StatsProps) {
  const { t } = useTranslation();
  const format = useFormat();
  const ended = counts ? counts.succeeded + counts.failed : 0;
  const toFix = counts ? counts.failed + counts.held : 0;
  const show = (value: number | undefined) => (value === undefined ? '–' : format.number(value));
  const all = (status: RunFilter, count: number | undefined) =>
    count ? (
      <Link to="/a/$account/runs" params={{ account }} search={{ status, since }} className="link">
        {t('flows.showAll', { count, formatted: format.number(count) })}
      </Link>
    ) : null;
  const some = (status: 'failed' | 'held', count: number | undefined) =>
    count ? (
      <Link to="/a/$account/runs" params={{ account }} search={{ status, since }} className="link">
        {format.number(count)} {t(`runs.statuses.${status}`).toLowerCase()}
      </Link>
    ) : null;
  return (
    <div className="stats">
      <Stat label={`${t('flows.done')}, ${t('flows.last24')}`} value={show(counts?.succeeded)}>
        {all('succeeded', counts?.succeeded)}
      </Stat>
      <Stat
        label={t('flows.doneRate')}
        value={ended === 0 ? '–' : format.percent((counts?.succeeded ?? 0) / ended)}
        {...(ended === 0 ? {} : { unit: '%' })}
      >
        {ended === 0
          ? t('flows.noEnded')
          : t('flows.ofEnded', { done: show(counts?.succeeded), ended: format.number(ended) })}
      </Stat>
      <Stat label={t('flows.toFixTitle')} value={show(counts && toFix)}>
        {some('failed', counts?.failed)}
        {counts && counts.failed > 0 && counts.held > 0 && ' · '}
        {some('held', counts?.held)}
      </Stat>
      <Stat label={t('flows.active')} value={show(counts?.active)}>
        {all('active', counts?.active)}
      </Stat>
    </div>
  );
}
