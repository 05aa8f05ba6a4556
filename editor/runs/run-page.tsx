import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowRight, ChevronDown, ChevronRight, Clock } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { RunEvent } from '#runtime/event.ts';
import type { RunAnswer } from '#runtime/protocol.ts';
import { useLiveRun } from '../api/live.ts';
import { runQuery } from '../api/queries.ts';
import { Drawing } from '../flows/drawing.tsx';
import { groupKey, type StepMark } from '../flows/folding.ts';
import { stepSystem, stepTitle } from '../flows/step-words.ts';
import { useWords } from '../flows/use-words.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { usePreferences } from '../state/preferences.ts';
import { putAway, usePutAwayKeys } from '../state/put-away.ts';
import { WholeValue } from '../ui/json-tree.tsx';
import { Moment, Took } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { RunChip } from '../ui/status.tsx';
import { FailureCard } from './failure-card.tsx';
import { failureWords } from './failure-words.ts';
import { LogTable } from './log-table.tsx';
import { entityName, recordName } from './record-name.ts';
import { Decisions, RunActions } from './run-actions.tsx';
import { Facts, lookOf, Places, RunSteps } from './run-aside.tsx';
import { WarpHead, warpsOf } from './threads.tsx';
import { type Entry, type StepEntry, stepName, stepTotals, timelineOf } from './timeline.ts';
import { Timeline, type TimelineNames } from './timeline-list.tsx';
import { useWholeValues } from './whole-values.ts';

const route = getRouteApi('/a/$account/runs/$run');

function Head({ tenant, answer }: { readonly tenant: number; readonly answer: RunAnswer }) {
  const { t } = useTranslation();
  const { run, links } = answer;
  // a customer made on the way is not what the order became
  const main = links.find((link) => link.entity === run.entity);
  return (
    <header className="head">
      <div className="min-w-0 flex-1 basis-75">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="title-l num flex flex-wrap items-center gap-x-3">
            {recordName(run, t)}
            {main && (
              <>
                <ArrowRight className="i i-20 text-muted" aria-label={t('runs.became')} />
                {main.target}
              </>
            )}
          </h1>
          <RunChip status={run.status} />
          <span className="chip line num">{t('runs.version', { version: run.version })}</span>
        </div>
        <p className="num mt-0.5 text-sm text-muted">
          {run.flowName} · <Moment at={run.receivedAt} /> · <Took from={run.receivedAt} to={run.endedAt} />
          {run.attempt > 1 && ` · ${t('runs.attempt', { count: run.attempt })}`}
          {run.status === 'waiting' && run.dueAt !== null && (
            <>
              {' · '}
              {t('runs.statuses.waiting')} → <Moment at={run.dueAt} />
            </>
          )}
        </p>
      </div>
      <RunActions tenant={tenant} run={run} />
    </header>
  );
}

/** Says how far the run has come to those who listen, at most every two seconds. */
function Progress({ done, total, errors }: { readonly done: number; readonly total: number; readonly errors: number }) {
  const { t } = useTranslation();
  const text = t('runs.liveText', { done, total, errors });
  const [said, setSaid] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), 2000);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  );
}

interface WhyProps {
  readonly tenant: number;
  readonly answer: RunAnswer;
  readonly entries: readonly Entry[];
  readonly names: TimelineNames;
}

/** For a run that failed or is held: the sentence, and what one can do. */
function Why({ tenant, answer, entries, names }: WhyProps) {
  const { t } = useTranslation();
  const { run } = answer;
  if (!run.failure || (run.status !== 'failed' && run.status !== 'held')) return null;
  const steps = entries.filter((entry): entry is StepEntry => entry.kind === 'step');
  const at = steps.findLast(
    (entry) => entry.phase === 'held' || entry.phase === 'failed' || entry.failure !== undefined,
  );
  const name = at ? stepName(at.path) : undefined;
  const where = name && [names.step(name), names.system(name)].filter((part) => part !== undefined).join(' · ');
  const unknown = run.failure.code === 'OUTCOME_UNKNOWN';
  const reference = steps.findLast(
    (entry) => entry.reference !== undefined && stepName(entry.path) === name,
  )?.reference;
  const held = run.status === 'held';
  return (
    <FailureCard
      failure={run.failure}
      held={held}
      where={where}
      reference={reference}
      lead={unknown && held ? t('runs.decideLead') : undefined}
    >
      {held && run.hold === 'sign-in' && (
        <Link to="/a/$account/connections" params={{ account: String(tenant) }} className="btn primary">
          {t('runs.openConnections')}
        </Link>
      )}
      {held && (run.hold === 'review' || run.hold === 'quota') && (
        <Decisions tenant={tenant} run={run} unknown={unknown} />
      )}
      {held && unknown && reference && <span className="mono self-center text-sm text-muted">{reference}</span>}
    </FailureCard>
  );
}

/** For a run whose trigger took nothing: that nothing is wrong, and what the trigger said. */
function NotTaken({ events }: { readonly events: readonly RunEvent[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const last = events.findLast((event) => event.type === 'run.ignored');
  const words = last?.failure && failureWords(last.failure, language);
  return (
    <section className="fix quiet" aria-label={t('runs.what')}>
      <p className="text-lg font-semibold tracking-[-0.011em]">{words?.what ?? t('runs.ignoredWhat')}</p>
      <p className="mt-0.5 text-sm text-muted">{words?.next ?? t('runs.ignoredNext')}</p>
      {last?.reason && <p className="quoted mt-2">{last.reason}</p>}
    </section>
  );
}

function useNames(tenant: number, answer: RunAnswer) {
  const words = useWords(tenant);
  const names = useMemo<TimelineNames>(() => {
    const byId = new Map(answer.flow.nodes.map((node) => [node.id, node]));
    return {
      step: (name) => {
        const node = byId.get(name);
        return node ? stepTitle(node, words) : name;
      },
      system: (name) => {
        const node = byId.get(name);
        return node && stepSystem(node, words)?.title;
      },
    };
  }, [answer.flow, words]);
  return { words, names };
}

function ViewSwitch({ account, run, log }: { readonly account: string; readonly run: string; readonly log: boolean }) {
  const { t } = useTranslation();
  const params = { account, run };
  return (
    <nav className="seg" aria-label={t('runs.viewAs')}>
      <Link
        to="/a/$account/runs/$run"
        params={params}
        search={(now) => ({ ...now, view: undefined })}
        replace
        data-on={!log}
      >
        {t('runs.steps')}
      </Link>
      <Link
        to="/a/$account/runs/$run"
        params={params}
        search={(now) => ({ ...now, view: 'log' })}
        replace
        data-on={log}
      >
        {t('runs.log')}
      </Link>
    </nav>
  );
}

/** Groups this person has collapsed on the canvas or here; one with the chosen step in it is open. */
function useCollapsed({ run, flow }: RunAnswer, selected: string | undefined): ReadonlySet<string> {
  const keys = usePutAwayKeys();
  return useMemo(() => {
    const shut = flow.groups.filter(({ id, nodes }) => {
      const holds = selected !== undefined && nodes.includes(selected);
      return keys.includes(groupKey(run.flow, id)) && !holds;
    });
    return new Set(shut.map(({ id }) => id));
  }, [flow, run.flow, keys, selected]);
}

/** The groups of the flow, each to be shown as one box or as its steps. */
function Groups({ answer, collapsed }: { readonly answer: RunAnswer; readonly collapsed: ReadonlySet<string> }) {
  const { t } = useTranslation();
  const { run, flow } = answer;
  if (flow.groups.length === 0) return null;
  return (
    <ul className="hidden flex-wrap gap-2 px-(--inset) pb-3 phone:flex">
      {flow.groups.map(({ id, title }) => {
        const shut = collapsed.has(id);
        const Icon = shut ? ChevronRight : ChevronDown;
        return (
          <li key={id}>
            <button
              type="button"
              className="btn ghost s28"
              aria-expanded={!shut}
              aria-label={t(shut ? 'runs.openGroup' : 'runs.shutGroup', { name: title })}
              onClick={() => putAway(groupKey(run.flow, id), !shut)}
            >
              <Icon className="i i-14" aria-hidden />
              {title}
            </button>
          </li>
        );
      })}
    </ul>
  );
}

interface BodyProps {
  readonly tenant: number;
  readonly answer: RunAnswer;
  readonly log: boolean;
}

function Body({ tenant, answer, log }: BodyProps) {
  const { t } = useTranslation();
  const { run, flow } = answer;
  const { events, fetchWhole } = useWholeValues(tenant, run.id, answer.events);
  const account = String(tenant);
  const { words, names } = useNames(tenant, answer);
  const { step: selected } = route.useSearch();
  const navigate = route.useNavigate();
  const collapsed = useCollapsed(answer, selected);
  const entries = useMemo(() => timelineOf(events), [events]);
  const totals = useMemo(() => stepTotals(entries), [entries]);
  const warps = useMemo(() => warpsOf(flow), [flow]);
  const marks = useMemo(
    () =>
      new Map<string, StepMark>(
        flow.nodes.map((node) => {
          const total = totals.get(node.id);
          return [
            node.id,
            {
              look: lookOf(total, run.status),
              failed: total?.failed ?? 0,
              ports: portsOf(total?.ports, total?.failed),
            },
          ];
        }),
      ),
    [flow, totals, run.status],
  );
  const select = (step: string) => {
    void navigate({
      search: (before) => ({ ...before, step: step === selected ? undefined : step }),
      replace: true,
      resetScroll: false,
    });
    const last = totals.get(step)?.last;
    if (last && step !== selected) document.getElementById(`event-${last.seq}`)?.scrollIntoView({ block: 'nearest' });
  };
  const done = [...totals.values()].filter((total) => total.phase === 'succeeded').length;
  const errors = [...totals.values()].filter((total) => total.phase === 'failed' || total.phase === 'held').length;
  return (
    <>
      <Why tenant={tenant} answer={answer} entries={entries} names={names} />
      {run.status === 'ignored' && <NotTaken events={events} />}
      <div className="border-t border-border">
        <Drawing
          flow={flow}
          words={words}
          label={t('runs.picture')}
          marks={marks}
          selected={selected}
          onSelect={select}
          collapsed={collapsed}
          onOpen={(group) => putAway(groupKey(run.flow, group), false)}
        />
        <Groups answer={answer} collapsed={collapsed} />
      </div>
      <div className="run-grid">
        <div className="min-w-0">
          <div className="tl-head">
            {!log && (
              <WarpHead warps={warps} nameOf={(connection) => words.systems?.get(connection)?.kind ?? connection} />
            )}
            <h2 className="flex-1">{t('runs.timeline')}</h2>
            <ViewSwitch account={account} run={run.id} log={log} />
          </div>
          {events.length === 0 && (
            <Empty icon={Clock} title={t(`runs.statuses.${run.status}`)} help={t('runs.nothingYet')} />
          )}
          {events.length > 0 && (
            <WholeValue value={fetchWhole}>
              {log ? (
                <LogTable events={events} />
              ) : (
                <Timeline entries={entries} warps={warps} names={names} selected={selected} />
              )}
            </WholeValue>
          )}
          <Progress done={done} total={flow.nodes.length} errors={errors} />
        </div>
        <aside aria-label={entityName(run.entity, t)}>
          <Places answer={answer} words={words} />
          <RunSteps
            flow={flow}
            words={words}
            totals={totals}
            status={run.status}
            selected={selected}
            onSelect={select}
          />
          <Facts account={account} answer={answer} />
        </aside>
      </div>
    </>
  );
}

/** A step that failed and let the run go on leaves through its failed port, which is not among its outputs. */
function portsOf(ports: ReadonlySet<string> | undefined, failed: number | undefined): ReadonlySet<string> {
  return failed ? new Set([...(ports ?? []), 'failed']) : (ports ?? new Set<string>());
}

/** One record's way through a flow, live while it goes on. */
export function RunPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { run } = route.useParams();
  const { view } = route.useSearch();
  const query = useQuery({ ...runQuery(tenant.id, run), refetchInterval: usePolling() });
  useLiveRun(tenant.id, run, query.data !== undefined);
  const answer = query.data;
  useCrumbs([{ label: t('runs.title'), to: '/a/$account/runs' }, { label: answer ? recordName(answer.run, t) : '…' }]);
  if (query.isPending) return <Bones rows={8} height={56} />;
  if (query.isError || !answer) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return (
    <>
      <Head tenant={tenant.id} answer={answer} />
      <Body key={run} tenant={tenant.id} answer={answer} log={view === 'log'} />
    </>
  );
}
