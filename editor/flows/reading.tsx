import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { List } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { TenantSummary } from '#runtime/people.ts';
import type { FlowAnswer } from '#runtime/protocol.ts';
import { runsQuery } from '../api/queries.ts';
import { needTexts } from '../i18n.ts';
import { RunRows } from '../runs/run-rows.tsx';
import { usePolling } from '../state/contact.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { FlowChip, HealthChip } from './flow-state.tsx';
import { FlowToggle } from './flow-toggle.tsx';
import { ProblemList } from './problem-list.tsx';
import { StepList } from './step-list.tsx';
import { TestMode } from './test-mode.tsx';
import { useWords } from './use-words.ts';

const SHORT = 10;

const ReadingCanvas = lazy(async () => {
  const [page] = await Promise.all([import('../canvas/reading-canvas.tsx'), needTexts('canvas')]);
  return { default: page.ReadingCanvas };
});

function Head({ tenant, answer }: { readonly tenant: number; readonly answer: FlowAnswer }) {
  const { t } = useTranslation();
  const { flow, draft, live } = answer;
  const newer = live !== null && JSON.stringify(live) !== JSON.stringify(draft);
  return (
    <header className="head">
      <div className="min-w-0 flex-1 basis-70">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1>{flow.name}</h1>
          <FlowChip flow={flow} />
          <HealthChip flow={flow} />
          {flow.liveVersion !== null && (
            <span className="chip line num">{t('runs.version', { version: flow.liveVersion })}</span>
          )}
          {newer && <span className="chip draft">{t('flows.draftNewer')}</span>}
        </div>
        <p className="num mt-0.5 text-sm text-muted">
          {draft.summary !== '' && <span className="block">{draft.summary}</span>}
          {t('flows.stepCount', { count: draft.nodes.length })} · {t('flows.lastRun').toLowerCase()}{' '}
          {flow.lastRunAt === null ? t('flows.never') : <Moment at={flow.lastRunAt} />}
        </p>
      </div>
      <TestMode flow={flow} />
      <FlowToggle tenant={tenant} flow={flow} />
    </header>
  );
}

function Recent({ tenant, flow }: { readonly tenant: number; readonly flow: string }) {
  const { t } = useTranslation();
  const account = String(tenant);
  const query = useInfiniteQuery({ ...runsQuery(tenant, { flow }, SHORT), refetchInterval: usePolling() });
  const runs = query.data?.pages.flatMap((page) => page.runs).slice(0, SHORT) ?? [];
  return (
    <section aria-labelledby="recent" className="py-4">
      <div className="sec-head">
        <h2 id="recent">{t('flows.recent')}</h2>
        <Link to="/a/$account/runs" params={{ account }} search={{ flow }} className="link text-sm">
          {t('flows.all')}
        </Link>
      </div>
      {query.isPending && <Bones rows={4} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && runs.length === 0 && <Empty icon={List} title={t('flows.noRuns')} help={t('flows.noRunsHelp')} />}
      {runs.length > 0 && <RunRows account={account} runs={runs} withFlow={false} caption={t('flows.recent')} />}
    </section>
  );
}

function Problems({ answer, tenant }: { readonly answer: FlowAnswer; readonly tenant: number }) {
  const { t } = useTranslation();
  const words = useWords(tenant);
  const errors = answer.problems.filter((problem) => problem.severity === 'error').length;
  const warnings = answer.problems.length - errors;
  return (
    <section aria-labelledby="problems">
      <div className="sec-head">
        <h2 id="problems">{t('flows.problems')}</h2>
        {answer.problems.length > 0 && (
          <span className="num text-sm text-muted">
            {t('flows.problemCount', {
              errors: t('flows.errors', { count: errors }),
              warnings: t('flows.warnings', { count: warnings }),
            })}
          </span>
        )}
      </div>
      <ProblemList flow={answer.draft} problems={answer.problems} words={words} />
    </section>
  );
}

/** The flow to those who do not draw: the same picture, its steps, what is wrong, its runs. */
export function Reading({ tenant, answer }: { readonly tenant: TenantSummary; readonly answer: FlowAnswer }) {
  const { t } = useTranslation();
  const words = useWords(tenant.id);
  return (
    <>
      <Head tenant={tenant.id} answer={answer} />
      <figure className="reading-canvas hidden phone:block" aria-label={t('flows.picture')}>
        <Suspense fallback={null}>
          <ReadingCanvas flow={answer.draft} words={words} package={tenant.package} problems={answer.problems} />
        </Suspense>
      </figure>
      <div className="two">
        <section aria-labelledby="steps">
          <div className="sec-head">
            <h2 id="steps">{t('flows.steps')}</h2>
          </div>
          <StepList flow={answer.draft} words={words} problems={answer.problems} />
        </section>
        <Problems answer={answer} tenant={tenant.id} />
      </div>
      <Recent tenant={tenant.id} flow={answer.flow.id} />
    </>
  );
}
