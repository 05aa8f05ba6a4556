import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { RunSummary } from '#runtime/protocol.ts';
import { usePreferences } from '../state/preferences.ts';
import { Moment, Took } from '../ui/moment.tsx';
import { RunState } from '../ui/status.tsx';
import { failureWords } from './failure-words.ts';
import { recordName } from './record-name.ts';

/** One line under the record: why it failed or waits, else when it goes on. */
function Why({ run }: { readonly run: RunSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  if (run.failure && run.status !== 'succeeded')
    return <span className="truncate">{failureWords(run.failure, language).what}</span>;
  if (run.status === 'waiting' && run.dueAt !== null)
    return (
      <span className="truncate">
        {t('runs.statuses.waiting')} → <Moment at={run.dueAt} />
      </span>
    );
  return null;
}

interface RowProps {
  readonly account: string;
  readonly run: RunSummary;
  readonly withFlow: boolean;
}

function Row({ account, run, withFlow }: RowProps) {
  const { t } = useTranslation();
  return (
    <tr>
      <td className="w-full max-w-0">
        <div className="flex min-w-0 items-baseline gap-3">
          <Link
            to="/a/$account/runs/$run"
            params={{ account, run: run.id }}
            className="row-link num max-w-full truncate font-semibold"
          >
            {recordName(run, t)}
          </Link>
          <span className="hidden min-w-0 flex-1 truncate text-muted phone:block">
            <Why run={run} />
          </span>
        </div>
        <div className="truncate text-xs text-muted phone:hidden">
          {run.failure ? <Why run={run} /> : withFlow ? run.flowName : null}
        </div>
      </td>
      <td>
        <RunState status={run.status} />
      </td>
      {withFlow && (
        <td className="hidden max-w-65 phone:table-cell">
          <Link
            to="/a/$account/flows/$flow"
            params={{ account, flow: run.flow }}
            className="over-row block truncate text-muted hover:text-text"
          >
            {run.flowName}
          </Link>
        </td>
      )}
      <td className="num hidden text-muted wide:table-cell">
        {run.status !== 'queued' && <Took from={run.receivedAt} to={run.endedAt} />}
      </td>
      <td className="num text-muted">
        <Moment at={run.receivedAt} />
      </td>
    </tr>
  );
}

interface RunRowsProps {
  readonly account: string;
  readonly runs: readonly RunSummary[];
  readonly withFlow?: boolean;
  readonly caption: string;
}

/** Runs as a table, newest first; each row leads to its run. */
export function RunRows({ account, runs, withFlow = true, caption }: RunRowsProps) {
  const { t } = useTranslation();
  return (
    <table className="tbl">
      <caption className="sr-only">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">{t('runs.record')}</th>
          <th scope="col">{t('runs.status')}</th>
          {withFlow && (
            <th scope="col" className="hidden phone:table-cell">
              {t('runs.flow')}
            </th>
          )}
          <th scope="col" className="num hidden wide:table-cell">
            {t('runs.took')}
          </th>
          <th scope="col" className="num">
            {t('runs.received')}
          </th>
        </tr>
      </thead>
      <tbody>
        {runs.map((run) => (
          <Row key={run.id} account={account} run={run} withFlow={withFlow} />
        ))}
      </tbody>
    </table>
  );
}
