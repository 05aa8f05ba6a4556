import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Workflow } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '#runtime/protocol.ts';
import { flowsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { useNow } from '../ui/use-format.ts';
import { CountLink, dayBefore } from './counts.tsx';
import { FlowChip } from './flow-state.tsx';
import { FlowToggle } from './flow-toggle.tsx';

interface RowProps {
  readonly tenant: number;
  readonly flow: FlowSummary;
  readonly since: number;
}

function Row({ tenant, flow, since }: RowProps) {
  const { t } = useTranslation();
  const account = String(tenant);
  return (
    <tr>
      <td className="w-full max-w-0 max-phone:py-2">
        <Link
          to="/a/$account/flows/$flow"
          params={{ account, flow: flow.id }}
          className="row-link block font-semibold phone:truncate"
        >
          {flow.name}
        </Link>
        <div className="flex items-center gap-3 text-xs text-muted phone:hidden">
          <FlowChip flow={flow} />
          {flow.lastRunAt !== null && <Moment at={flow.lastRunAt} />}
        </div>
      </td>
      <td className="hidden phone:table-cell">
        <FlowChip flow={flow} />
      </td>
      <td className="num hidden text-muted wide:table-cell">
        {flow.liveVersion === null ? '–' : t('runs.version', { version: flow.liveVersion })}
      </td>
      {(['succeeded', 'active', 'held', 'failed'] as const).map((of) => (
        <td key={of} className="num hidden phone:table-cell">
          <CountLink account={account} flow={flow} of={of} since={since} />
        </td>
      ))}
      <td className="num hidden text-muted wide:table-cell">
        {flow.lastRunAt === null ? t('flows.never') : <Moment at={flow.lastRunAt} />}
      </td>
      <td className="text-right">
        <FlowToggle tenant={tenant} flow={flow} />
      </td>
    </tr>
  );
}

function Head() {
  const { t } = useTranslation();
  const columns = [
    { key: 'name', text: t('flows.name'), className: '' },
    { key: 'state', text: t('flows.state'), className: 'hidden phone:table-cell' },
    { key: 'version', text: t('flows.version'), className: 'num hidden wide:table-cell' },
    { key: 'done', text: t('flows.done'), className: 'num hidden phone:table-cell' },
    { key: 'active', text: t('flows.active'), className: 'num hidden phone:table-cell' },
    { key: 'held', text: t('flows.held'), className: 'num hidden phone:table-cell' },
    { key: 'failed', text: t('flows.failed'), className: 'num hidden phone:table-cell' },
    { key: 'last', text: t('flows.lastRun'), className: 'num hidden wide:table-cell' },
    { key: 'toggle', text: t('flows.on'), className: 'num' },
  ];
  return (
    <thead>
      <tr>
        {columns.map((column) => (
          <th key={column.key} scope="col" className={column.className}>
            {column.text}
          </th>
        ))}
      </tr>
    </thead>
  );
}

export function FlowsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const since = dayBefore(useNow(60_000));
  const query = useQuery({ ...flowsQuery(tenant.id), refetchInterval: usePolling() });
  useCrumbs([{ label: t('flows.title') }]);
  const flows = query.data?.flows ?? [];
  return (
    <>
      <header className="head">
        <div className="flex-1">
          <h1>{t('flows.title')}</h1>
          <p className="text-sm text-muted">
            {query.data && `${t('flows.lead', { count: flows.length })} · ${t('flows.last24')}`}
          </p>
        </div>
      </header>
      {query.isPending && <Bones />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && flows.length === 0 && (
        <Empty icon={Workflow} title={t('flows.empty')} help={t('flows.emptyHelp')} />
      )}
      {flows.length > 0 && (
        <table className="tbl border-t border-border">
          <caption className="sr-only">{t('flows.title')}</caption>
          <Head />
          <tbody>
            {flows.map((flow) => (
              <Row key={flow.id} tenant={tenant.id} flow={flow} since={since} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
