import { Switch } from '@base-ui/react/switch';
import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronDown, List, Search, SearchX, X } from 'lucide-react';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunFilter } from '#runtime/protocol.ts';
import { flowsQuery, type RunSearch, runsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { useFormat, useNow } from '../ui/use-format.ts';
import { RunRows } from './run-rows.tsx';

const route = getRouteApi('/a/$account/runs');

const STATUSES: readonly (RunFilter | undefined)[] = [undefined, 'active', 'held', 'failed', 'succeeded', 'cancelled'];

function StatusTabs({ account, search }: { readonly account: string; readonly search: RunSearch }) {
  const { t } = useTranslation();
  return (
    <nav className="tabs" aria-label={t('runs.status')}>
      {STATUSES.map((status) => (
        <Link
          key={status ?? 'all'}
          to="/a/$account/runs"
          params={{ account }}
          search={{ ...search, status }}
          activeOptions={{ exact: true, includeSearch: true, explicitUndefined: true }}
          data-on={search.status === status}
        >
          {status ? t(`runs.statuses.${status}`) : t('runs.all')}
        </Link>
      ))}
    </nav>
  );
}

/** Runs whose trigger took nothing are noise until one looks for them. */
function IgnoredToggle({ search }: { readonly search: RunSearch }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const id = useId();
  return (
    <div className="flex flex-none items-center gap-2 text-sm text-muted">
      <span id={id}>{t('runs.withIgnored')}</span>
      <Switch.Root
        className="toggle"
        checked={search.ignored === true}
        aria-labelledby={id}
        onCheckedChange={(on) => void navigate({ search: { ...search, ignored: on ? true : undefined } })}
      >
        <Switch.Thumb className="thumb" />
      </Switch.Root>
    </div>
  );
}

function FlowChoice({ tenant, search }: { readonly tenant: number; readonly search: RunSearch }) {
  const { t } = useTranslation();
  const id = useId();
  const navigate = route.useNavigate();
  const { data } = useQuery(flowsQuery(tenant));
  return (
    <div className="select min-w-0 max-w-40 phone:max-w-60">
      <label htmlFor={id} className="sr-only">
        {t('runs.flow')}
      </label>
      <select
        id={id}
        className="input"
        value={search.flow ?? ''}
        onChange={(event) => void navigate({ search: { ...search, flow: event.target.value || undefined } })}
      >
        <option value="">{t('runs.allFlows')}</option>
        {data?.flows.map((flow) => (
          <option key={flow.id} value={flow.id}>
            {flow.name}
          </option>
        ))}
      </select>
      <ChevronDown className="i i-14" aria-hidden />
    </div>
  );
}

function RecordSearch({ search }: { readonly search: RunSearch }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const record = String(new FormData(event.currentTarget).get('record') ?? '').trim();
    void navigate({ search: { ...search, record: record === '' ? undefined : record } });
  };
  return (
    <form onSubmit={submit} className="min-w-0 flex-1 basis-36 phone:max-w-60">
      <label className="input" key={search.record}>
        <Search className="i i-14 text-muted" aria-hidden />
        <span className="sr-only">{t('shell.findLabel')}</span>
        <input
          name="record"
          type="search"
          defaultValue={search.record}
          placeholder={t('shell.find')}
          maxLength={200}
          autoComplete="off"
        />
      </label>
    </form>
  );
}

/** What narrows the list beyond its tabs, each with a way to take it off. */
function Narrowed({ account, search }: { readonly account: string; readonly search: RunSearch }) {
  const { t } = useTranslation();
  const format = useFormat();
  const now = useNow(60_000);
  const chips = [
    search.record === undefined
      ? undefined
      : { key: 'record', label: search.record, rest: { ...search, record: undefined } },
    search.since === undefined
      ? undefined
      : {
          key: 'since',
          label: t('runs.since', { time: format.moment(search.since, now) }),
          rest: { ...search, since: undefined },
        },
  ].filter((chip) => chip !== undefined);
  if (chips.length === 0) return null;
  return (
    <div className="flex flex-wrap gap-2 px-(--inset) pb-3">
      {chips.map((chip) => (
        <Link
          key={chip.key}
          to="/a/$account/runs"
          params={{ account }}
          search={chip.rest}
          className="chip line min-h-6 hover:bg-surface-2"
          aria-label={t('runs.clearOne', { name: chip.label })}
        >
          {chip.label}
          <X className="i i-12 -mr-0.5 ml-0.5!" aria-hidden />
        </Link>
      ))}
    </div>
  );
}

function Result({
  tenant,
  account,
  search,
}: {
  readonly tenant: number;
  readonly account: string;
  readonly search: RunSearch;
}) {
  const { t } = useTranslation();
  const polling = usePolling();
  const query = useInfiniteQuery({
    ...runsQuery(tenant, search),
    refetchInterval: polling,
    placeholderData: keepPreviousData,
  });
  if (query.isPending) return <Bones rows={10} />;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  const runs = query.data.pages.flatMap((page) => page.runs);
  if (runs.length === 0) {
    const { ignored: _ignored, ...narrowing } = search;
    const narrowed = Object.values(narrowing).some((value) => value !== undefined);
    if (!narrowed) return <Empty icon={List} title={t('runs.empty')} help={t('runs.emptyHelp')} />;
    return (
      <Empty icon={SearchX} title={t('runs.noneMatch')} help={t('runs.noneMatchHelp')}>
        <Link to="/a/$account/runs" params={{ account }} search={{}} className="btn">
          {t('runs.clearFilters')}
        </Link>
      </Empty>
    );
  }
  return (
    <>
      <RunRows account={account} runs={runs} caption={t('runs.title')} />
      <div className="flex items-center gap-4 px-(--inset) py-4 text-sm text-muted">
        <span className="num">
          {query.hasNextPage ? t('runs.countMore', { count: runs.length }) : t('runs.count', { count: runs.length })}
        </span>
        {query.hasNextPage && (
          <button
            type="button"
            className="btn"
            aria-disabled={query.isFetchingNextPage}
            onClick={() => !query.isFetchingNextPage && void query.fetchNextPage()}
          >
            {query.isFetchingNextPage ? t('runs.loadingMore') : t('runs.loadMore')}
          </button>
        )}
      </div>
    </>
  );
}

export function RunsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const account = String(tenant.id);
  const search = route.useSearch();
  useCrumbs([{ label: t('runs.title') }]);
  return (
    <>
      <header className="head pb-3!">
        <div className="flex-1 basis-60">
          <h1>{t('runs.title')}</h1>
          <p className="text-sm text-muted">{t('runs.lead')}</p>
        </div>
        <div className="flex min-w-0 flex-1 basis-70 justify-end gap-2">
          <RecordSearch search={search} />
          <FlowChoice tenant={tenant.id} search={search} />
        </div>
      </header>
      <Narrowed account={account} search={search} />
      <div className="flex flex-wrap-reverse items-center justify-between gap-x-6 border-b border-border px-(--inset)">
        <StatusTabs account={account} search={search} />
        {search.status === undefined && <IgnoredToggle search={search} />}
      </div>
      <Result tenant={tenant.id} account={account} search={search} />
    </>
  );
}
