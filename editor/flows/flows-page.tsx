import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Ellipsis, Plus, Search, Workflow } from 'lucide-react';
import { lazy } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowSummary } from '#runtime/protocol.ts';
import { flowsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { Moment } from '../ui/moment.tsx';
import { OnDemand } from '../ui/on-demand.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { useNow } from '../ui/use-format.ts';
import { CountLink, dayBefore } from './counts.tsx';
import { FlowChip, HealthChip } from './flow-state.tsx';
import { FlowToggle } from './flow-toggle.tsx';

const loadMenu = () => import('./flow-menu.tsx');
const FlowMenu = lazy(async () => ({ default: (await loadMenu()).FlowMenu }));
const loadNew = () => import('./new-flow.tsx');
const NewFlow = lazy(async () => ({ default: (await loadNew()).NewFlow }));

function RowMenu({ tenant, flow }: { readonly tenant: number; readonly flow: FlowSummary }) {
  const { t } = useTranslation();
  const face = (
    <>
      <span className="sr-only">{t('flows.actions', { name: flow.name })}</span>
      <Ellipsis className="i" aria-hidden />
    </>
  );
  return (
    <OnDemand
      className="btn ghost icon over-row"
      load={loadMenu}
      face={face}
      view={<FlowMenu tenant={tenant} flow={flow} />}
    />
  );
}

function NewFlowMenu() {
  const { t } = useTranslation();
  const face = (
    <>
      <Plus className="i i-14" aria-hidden />
      {t('flows.newFlow')}
    </>
  );
  return <OnDemand className="btn primary" load={loadNew} face={face} view={<NewFlow />} />;
}

const route = getRouteApi('/a/$account/flows');

interface RowProps {
  readonly tenant: number;
  readonly flow: FlowSummary;
  readonly since: number;
}

function Row({ tenant, flow, since }: RowProps) {
  const { t } = useTranslation();
  const edits = useTenant().may.includes('flow.edit');
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
        {flow.owner !== null && (
          <div className="hidden truncate text-xs text-muted phone:block">
            {t('flows.owner')}: {flow.owner}
          </div>
        )}
        <div className="flex items-center gap-3 text-xs text-muted phone:hidden">
          <FlowChip flow={flow} /> <HealthChip flow={flow} />
          {flow.lastRunAt !== null && <Moment at={flow.lastRunAt} />}
        </div>
      </td>
      <td className="hidden phone:table-cell">
        <FlowChip flow={flow} />
      </td>
      <td className="hidden wide:table-cell">
        <span className="chip line">{t(`shell.packages.${flow.package}`)}</span>
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
        <span className="inline-flex items-center gap-2">
          <FlowToggle tenant={tenant} flow={flow} />
          {edits && <RowMenu tenant={tenant} flow={flow} />}
        </span>
      </td>
    </tr>
  );
}

function Head() {
  const { t } = useTranslation();
  const columns = [
    { key: 'name', text: t('flows.name'), className: '' },
    { key: 'state', text: t('flows.state'), className: 'hidden phone:table-cell' },
    { key: 'package', text: t('flows.included'), className: 'hidden wide:table-cell' },
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

const FILTERS = ['all', 'live', 'off', 'draft'] as const;

/** What is on for test records only is on. */
function isIn({ state }: FlowSummary, filter: (typeof FILTERS)[number]): boolean {
  return filter === 'all' || state === filter || (filter === 'live' && state === 'test');
}

function Filters({ flows }: { readonly flows: readonly FlowSummary[] }) {
  const { t } = useTranslation();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const { state, q = '' } = search;
  return (
    <div className="flex flex-wrap items-center gap-3 px-(--inset) pb-4">
      <label className="input max-w-80 flex-1 basis-50">
        <Search className="i i-14 text-muted" aria-hidden />
        <span className="sr-only">{t('flows.search')}</span>
        <input
          type="search"
          placeholder={t('flows.search')}
          value={q}
          onChange={(event) => {
            const text = event.target.value;
            void navigate({ search: { ...search, q: text === '' ? undefined : text }, replace: true });
          }}
        />
      </label>
      <nav className="seg" aria-label={t('flows.state')}>
        {FILTERS.map((each) => (
          <Link
            key={each}
            from="/a/$account/flows"
            search={{ ...search, state: each === 'all' ? undefined : each }}
            data-on={(state ?? 'all') === each}
            aria-current={(state ?? 'all') === each ? 'true' : undefined}
          >
            {t(`flows.filter.${each}`)} <span className="num">{flows.filter((flow) => isIn(flow, each)).length}</span>
          </Link>
        ))}
      </nav>
    </div>
  );
}

function Nothing() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const edits = tenant.may.includes('flow.edit');
  return (
    <Empty icon={Workflow} title={t('flows.empty')} help={edits ? t('flows.emptyBuilder') : t('flows.emptyHelp')}>
      {tenant.may.includes('template.use') && (
        <Link to="/a/$account/templates" params={{ account: String(tenant.id) }} className="btn primary">
          {t('flows.fromTemplate')}
        </Link>
      )}
    </Empty>
  );
}

function NoMatch() {
  const { t } = useTranslation();
  return (
    <Empty icon={Search} title={t('flows.noMatch')} help={t('flows.noMatchHelp')}>
      <Link from="/a/$account/flows" search={{}} className="btn">
        {t('flows.showAllFlows')}
      </Link>
    </Empty>
  );
}

export function FlowsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { q = '', state } = route.useSearch();
  const since = dayBefore(useNow(60_000));
  const query = useQuery({ ...flowsQuery(tenant.id), refetchInterval: usePolling() });
  useCrumbs([{ label: t('flows.title') }]);
  const flows = query.data?.flows ?? [];
  const wanted = q.toLowerCase();
  const shown = flows.filter((flow) => isIn(flow, state ?? 'all') && flow.name.toLowerCase().includes(wanted));
  return (
    <>
      <header className="head">
        <div className="flex-1">
          <h1>{t('flows.title')}</h1>
          <p className="text-sm text-muted">
            {query.data && `${t('flows.lead', { count: flows.length })} · ${t('flows.last24')}`}
          </p>
        </div>
        {tenant.may.includes('flow.edit') && <NewFlowMenu />}
      </header>
      {query.isPending && <Bones />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && flows.length === 0 && <Nothing />}
      {flows.length > 0 && <Filters flows={flows} />}
      {flows.length > 0 && shown.length === 0 && <NoMatch />}
      {shown.length > 0 && (
        <table className="tbl border-t border-border">
          <caption className="sr-only">{t('flows.title')}</caption>
          <Head />
          <tbody>
            {shown.map((flow) => (
              <Row key={flow.id} tenant={tenant.id} flow={flow} since={since} />
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
