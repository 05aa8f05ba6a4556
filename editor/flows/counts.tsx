import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { FlowSummary, RunFilter } from '#runtime/protocol.ts';
import { useFormat } from '../ui/use-format.ts';

const DAY_MS = 86_400_000;
const TO_MINUTE = 60_000;

/** Start of the 24 hours that counts are of; whole minutes, so that an address stays the same while one looks at it. */
export function dayBefore(now: number): number {
  return Math.floor((now - DAY_MS) / TO_MINUTE) * TO_MINUTE;
}

const SHOWN = [
  { of: 'succeeded', status: 'succeeded', word: 'flows.done', tone: '' },
  { of: 'active', status: 'active', word: 'flows.active', tone: '' },
  { of: 'held', status: 'held', word: 'flows.held', tone: 'text-warning' },
  { of: 'failed', status: 'failed', word: 'flows.failed', tone: 'text-danger' },
] as const satisfies readonly { of: keyof FlowSummary['counts']; status: RunFilter; word: string; tone: string }[];

/** A count that leads to the very runs it counts. */
export function CountLink({
  account,
  flow,
  of,
  since,
}: {
  readonly account: string;
  readonly flow: FlowSummary;
  readonly of: (typeof SHOWN)[number]['of'];
  readonly since: number;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const shown = SHOWN.find((each) => each.of === of);
  const count = flow.counts[of];
  if (!shown || count === 0) return <span className="text-muted">–</span>;
  return (
    <Link
      to="/a/$account/runs"
      params={{ account }}
      search={{ flow: flow.id, status: shown.status, since }}
      className={`over-row font-medium hover:underline ${shown.tone}`}
      aria-label={`${flow.name}: ${format.number(count)} ${t(shown.word)}, ${t('flows.last24')}`}
    >
      {format.number(count)}
    </Link>
  );
}

/** The sum of the counts of all flows. */
export function totals(flows: readonly FlowSummary[]): FlowSummary['counts'] {
  const sum = { active: 0, succeeded: 0, failed: 0, held: 0 };
  for (const { counts } of flows) for (const { of } of SHOWN) sum[of] += counts[of];
  return sum;
}
