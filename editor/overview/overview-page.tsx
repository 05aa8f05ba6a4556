import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, ChevronRight, CirclePause, CircleX, List, Plug, Workflow } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionTenant } from '#runtime/people.ts';
import type { ConnectionSummary, FlowSummary, RunSummary } from '#runtime/protocol.ts';
import { connectionsQuery, flowsQuery, membersQuery, runsQuery, stoppedCodeQuery } from '../api/queries.ts';
import { CountLink, dayBefore, totals } from '../flows/counts.tsx';
import { FlowChip } from '../flows/flow-state.tsx';
import { FlowToggle } from '../flows/flow-toggle.tsx';
import { needTexts } from '../i18n.ts';
import { failureWords } from '../runs/failure-words.ts';
import { recordName } from '../runs/record-name.ts';
import { RunRows } from '../runs/run-rows.tsx';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant, useUser } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { usePreferences } from '../state/preferences.ts';
import { usePutAway } from '../state/put-away.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { useFormat, useNow } from '../ui/use-format.ts';
import { firstSteps, setsUp } from './first-steps.ts';
import { Stats } from './stats.tsx';
import { StoppedCode } from './stopped-code.tsx';

const FirstStepsList = lazy(async () => {
  const [list] = await Promise.all([import('./first-steps-list.tsx'), needTexts('firstSteps')]);
  return { default: list.FirstStepsList };
});

const SHORT = 8;

function greetingAt(hour: number): 'night' | 'morning' | 'day' | 'evening' {
  if (hour < 5) return 'night';
  if (hour < 10) return 'morning';
  return hour < 18 ? 'day' : 'evening';
}

function Hello({
  name,
  account,
  flows,
  since,
}: {
  readonly name: string;
  readonly account: string;
  readonly flows: readonly FlowSummary[] | undefined;
  readonly since: number;
}) {
  const { t } = useTranslation();
  const format = useFormat();
  const greeting = greetingAt(format.hour(useNow(60_000)));
  const sum = totals(flows ?? []);
  const toFix = sum.failed + sum.held;
  const state = flows?.some((flow) => flow.state === 'live' || flow.state === 'test')
    ? t(toFix > 0 ? 'flows.someStuck' : 'flows.allFlows')
    : t('flows.nothingOn');
  return (
    <header className="hello">
      <h1 className="title-l">{t(`flows.greeting.${greeting}`, { name })}</h1>
      <p className="lead text-muted">
        {flows && state}{' '}
        {toFix > 0 && (
          <Link
            to="/a/$account/runs"
            params={{ account }}
            search={{ status: sum.failed > 0 ? 'failed' : 'held', since }}
            className="link"
          >
            {t('flows.toFix', { count: toFix })}
          </Link>
        )}
      </p>
    </header>
  );
}

function Stuck({ account, run }: { readonly account: string; readonly run: RunSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const held = run.status === 'held';
  return (
    <li className="item">
      {held ? (
        <CirclePause className="i mt-0.5 self-start text-warning" aria-hidden />
      ) : (
        <CircleX className="i mt-0.5 self-start text-danger" aria-hidden />
      )}
      <div className="min-w-0 flex-1">
        <Link to="/a/$account/runs/$run" params={{ account, run: run.id }} className="row-link block font-semibold">
          {run.failure ? failureWords(run.failure, language).what : t(`runs.statuses.${run.status}`)}
        </Link>
        <span className="num block truncate text-sm text-muted">
          {recordName(run, t)} · <Moment at={run.receivedAt} />
        </span>
      </div>
      <ChevronRight className="i text-muted" aria-hidden />
    </li>
  );
}

function SignInNeeded({ account, connection }: { readonly account: string; readonly connection: ConnectionSummary }) {
  const { t } = useTranslation();
  return (
    <li className="item">
      <Plug className="i mt-0.5 self-start text-warning" aria-hidden />
      <div className="min-w-0 flex-1">
        <Link to="/a/$account/connections" params={{ account }} className="row-link block font-semibold">
          {t('connections.expired', { count: 1, names: connection.title })}
        </Link>
      </div>
      <ChevronRight className="i text-muted" aria-hidden />
    </li>
  );
}

const MOST_STUCK = 6;

function ToFix({ tenant }: { readonly tenant: number }) {
  const { t } = useTranslation();
  const account = String(tenant);
  const refetchInterval = usePolling();
  const held = useInfiniteQuery({ ...runsQuery(tenant, { status: 'held' }, MOST_STUCK), refetchInterval });
  const failed = useInfiniteQuery({ ...runsQuery(tenant, { status: 'failed' }, MOST_STUCK), refetchInterval });
  const connections = useQuery(connectionsQuery(tenant));
  // asked for by the shell, where the package has code at all
  const stopped = useQuery({ ...stoppedCodeQuery(tenant), enabled: false }).data ?? [];
  const runs = [held, failed].flatMap((query) => query.data?.pages.flatMap((page) => page.runs) ?? []);
  const expired = connections.data?.connections.filter((each) => each.state === 'sign-in-needed') ?? [];
  return (
    <section aria-labelledby="to-fix">
      <div className="sec-head">
        <h2 id="to-fix">{t('flows.toFixTitle')}</h2>
      </div>
      {held.isPending || failed.isPending ? (
        <Bones rows={3} height={60} />
      ) : runs.length + expired.length + stopped.length === 0 ? (
        <p className="item text-sm text-muted hover:bg-transparent!">
          <Check className="i text-success" aria-hidden />
          <span>
            {t('flows.nothingToFix')}. {t('flows.nothingToFixHelp')}
          </span>
        </p>
      ) : (
        <ul>
          {stopped.map((each) => (
            <StoppedCode key={each.program} stopped={each} />
          ))}
          {expired.map((connection) => (
            <SignInNeeded key={connection.id} account={account} connection={connection} />
          ))}
          {runs.slice(0, MOST_STUCK).map((run) => (
            <Stuck key={run.id} account={account} run={run} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Latest({ tenant }: { readonly tenant: number }) {
  const { t } = useTranslation();
  const account = String(tenant);
  const query = useInfiniteQuery({ ...runsQuery(tenant, {}, SHORT), refetchInterval: usePolling() });
  const runs = query.data?.pages.flatMap((page) => page.runs).slice(0, SHORT) ?? [];
  return (
    <section aria-labelledby="latest">
      <div className="sec-head">
        <h2 id="latest">{t('flows.latest')}</h2>
        <Link to="/a/$account/runs" params={{ account }} search={{}} className="link text-sm">
          {t('flows.all')}
        </Link>
      </div>
      {query.isPending && <Bones rows={SHORT} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && runs.length === 0 && <Empty icon={List} title={t('flows.noRuns')} help={t('flows.noRunsHelp')} />}
      {runs.length > 0 && <RunRows account={account} runs={runs} withFlow={false} caption={t('flows.latest')} />}
    </section>
  );
}

function FlowLine({
  tenant,
  flow,
  since,
}: {
  readonly tenant: number;
  readonly flow: FlowSummary;
  readonly since: number;
}) {
  const { t } = useTranslation();
  const account = String(tenant);
  return (
    <li className="item min-h-16">
      <div className="min-w-0 flex-1">
        <Link
          to="/a/$account/flows/$flow"
          params={{ account, flow: flow.id }}
          className="row-link block truncate font-semibold"
        >
          {flow.name}
        </Link>
        <span className="num flex items-center gap-2 text-sm text-muted">
          <FlowChip flow={flow} />
          <span className="truncate">
            {flow.lastRunAt === null ? (
              t('flows.noRuns')
            ) : (
              <>
                {t('flows.lastRun')} <Moment at={flow.lastRunAt} />
              </>
            )}
          </span>
        </span>
      </div>
      <span className="num wide-only text-right text-sm text-muted">
        {flow.counts.succeeded > 0 && (
          <>
            <CountLink account={account} flow={flow} of="succeeded" since={since} /> {t('flows.last24')}
          </>
        )}
        {flow.counts.failed > 0 && (
          <>
            {flow.counts.succeeded > 0 && ' · '}
            <CountLink account={account} flow={flow} of="failed" since={since} />{' '}
            <span className="text-danger">{t('flows.failed').toLowerCase()}</span>
          </>
        )}
      </span>
      <FlowToggle tenant={tenant} flow={flow} />
    </li>
  );
}

/** What a new customer does first; nothing once all of it is done. */
function FirstSteps({
  tenant,
  flows,
}: {
  readonly tenant: SessionTenant;
  readonly flows: readonly FlowSummary[] | undefined;
}) {
  const user = useUser();
  const enabled = setsUp(tenant.may);
  const refetchInterval = usePolling();
  const connections = useQuery(connectionsQuery(tenant.id)).data?.connections;
  const people = useQuery({ ...membersQuery(tenant.id), enabled }).data;
  const runs = useInfiniteQuery({ ...runsQuery(tenant.id, { status: 'succeeded' }, 1), enabled, refetchInterval }).data;
  const carried = runs?.pages.some((page) => page.runs.length > 0);
  const [away, put] = usePutAway(`first-steps/${user.id}/${tenant.id}`);
  const steps = firstSteps({ may: tenant.may, user: user.id, flows, connections, people, carried });
  if (!steps) return null;
  return (
    <Suspense fallback={null}>
      <FirstStepsList account={String(tenant.id)} steps={steps} away={away} onPut={put} />
    </Suspense>
  );
}

export function OverviewPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const account = String(tenant.id);
  const since = dayBefore(useNow(60_000));
  const query = useQuery({ ...flowsQuery(tenant.id), refetchInterval: usePolling() });
  const flows = query.data?.flows;
  useCrumbs([{ label: t('shell.overview') }]);
  return (
    <>
      <Hello name={tenant.name} account={account} flows={flows} since={since} />
      {query.isError ? (
        <Failed error={query.error} retry={() => void query.refetch()} />
      ) : (
        <Stats account={account} counts={flows && totals(flows)} since={since} />
      )}
      <FirstSteps tenant={tenant} flows={flows} />
      <div className="two last-first">
        <Latest tenant={tenant.id} />
        <ToFix tenant={tenant.id} />
      </div>
      <section aria-labelledby="flows" className="py-4">
        <div className="sec-head">
          <h2 id="flows">{t('flows.title')}</h2>
          <Link to="/a/$account/flows" params={{ account }} className="link text-sm">
            {t('flows.all')}
          </Link>
        </div>
        {query.isPending && <Bones rows={3} height={64} />}
        {flows?.length === 0 && <Empty icon={Workflow} title={t('flows.empty')} help={t('flows.emptyHelp')} />}
        <ul>
          {flows?.map((flow) => (
            <FlowLine key={flow.id} tenant={tenant.id} flow={flow} since={since} />
          ))}
        </ul>
      </section>
    </>
  );
}
