import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Check, CircleAlert, CircleCheck, CircleMinus, ListChecks, type LucideIcon, RotateCw } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Finding, FindingList, FindingState } from '#runtime/protocol.ts';
import { dismissFinding, startReconciliation } from '../api/actions.ts';
import { connectionsQuery, findingsQuery } from '../api/queries.ts';
import { entityName } from '../runs/record-name.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';

const LOOK: Readonly<Record<FindingState, { readonly icon: LucideIcon; readonly chip: string }>> = {
  open: { icon: CircleAlert, chip: 'warn' },
  repaired: { icon: Check, chip: 'ok' },
  resolved: { icon: CircleCheck, chip: '' },
  dismissed: { icon: CircleMinus, chip: '' },
};

function StateChip({ state }: { readonly state: FindingState }) {
  const { t } = useTranslation();
  const { icon: Icon, chip } = LOOK[state];
  return (
    <span className={`chip ${chip}`}>
      <Icon className="i i-12" aria-hidden />
      {t(`findings.states.${state}`)}
    </span>
  );
}

function Start({ tenant }: { readonly tenant: number }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const start = useMutation({
    mutationFn: () => startReconciliation(tenant),
    onSettled: () => client.invalidateQueries({ queryKey: findingsQuery(tenant).queryKey }),
  });
  return (
    <div className="flex flex-col items-end gap-1">
      <button
        type="button"
        className="btn"
        aria-disabled={start.isPending}
        onClick={() => !start.isPending && start.mutate()}
      >
        <RotateCw className="i i-14" aria-hidden />
        {start.isPending ? t('findings.starting') : t('findings.start')}
      </button>
      <p role="status" className="text-sm text-muted empty:hidden">
        {start.isSuccess &&
          (start.data.started === 0 ? t('findings.noneStarted') : t('findings.started', { count: start.data.started }))}
        {start.isError && failureText(start.error, t, language)}
      </p>
    </div>
  );
}

function Passes({ passes }: { readonly passes: FindingList['passes'] }) {
  const { t } = useTranslation();
  return (
    <section aria-labelledby="passes">
      <h2 id="passes" className="px-(--inset) pt-5 pb-2 text-sm font-semibold">
        {t('findings.passes')}
      </h2>
      <ul className="border-y border-border">
        {passes.map((pass) => (
          <li key={`${pass.flow} ${pass.trigger}`} className="item flex-wrap gap-y-1!">
            <span className="min-w-0 flex-1 basis-50 truncate">{pass.flowName}</span>
            <span className="text-sm text-muted">
              {pass.endedAt !== null && t('findings.seen', { records: pass.records, documents: pass.documents })}
            </span>
            <span className="num text-sm text-muted">
              {pass.running && t('findings.running')}
              {!pass.running && (pass.endedAt === null ? t('findings.never') : <Moment at={pass.endedAt} />)}
            </span>
            {pass.failure !== null && (
              <p className="order-last w-full text-sm text-warning">{t('findings.failed', { why: pass.failure })}</p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Dismiss({ tenant, finding }: { readonly tenant: number; readonly finding: Finding }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const dismiss = useMutation({
    mutationFn: () => dismissFinding(tenant, finding.id),
    onSettled: () => client.invalidateQueries({ queryKey: findingsQuery(tenant).queryKey }),
  });
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-disabled={dismiss.isPending}
        onClick={() => !dismiss.isPending && dismiss.mutate()}
      >
        {t('findings.dismiss')}
        <span className="sr-only"> {finding.record ?? finding.documents.join(', ')}</span>
      </button>
      {dismiss.isError && (
        <p role="alert" className="text-sm text-danger">
          {failureText(dismiss.error, t, language)}
        </p>
      )}
    </>
  );
}

function Row({ tenant, finding, target }: { tenant: number; finding: Finding; target: string }) {
  const { t } = useTranslation();
  const { record, documents, detail, run } = finding;
  const account = String(tenant);
  const where = documents.length === 0 ? '' : `${documents.join(', ')} ${t('findings.documentOf', { system: target })}`;
  return (
    <tr>
      <td className="w-full max-w-0">
        <p>{t(`findings.kinds.${finding.kind}`)}</p>
        <p className="truncate text-sm text-muted" title={detail}>
          {[where, detail].filter((text) => text !== '').join(' · ')}
        </p>
      </td>
      <td className="num">
        {record === null ? t('findings.unknownRecord') : `${entityName(finding.entity, t)} ${record}`}
        {run !== null && (
          <Link to="/a/$account/runs/$run" params={{ account, run }} className="block text-sm underline">
            {t('findings.showRun')}
            <span className="sr-only"> {record}</span>
          </Link>
        )}
      </td>
      <td>
        <StateChip state={finding.state} />
      </td>
      <td className="num hidden text-muted phone:table-cell">
        <Moment at={finding.foundAt} />
      </td>
      <td>{finding.state === 'open' && <Dismiss tenant={tenant} finding={finding} />}</td>
    </tr>
  );
}

function Rows({ tenant, findings }: { readonly tenant: number; readonly findings: readonly Finding[] }) {
  const { t } = useTranslation();
  const titles = new Map(useQuery(connectionsQuery(tenant)).data?.connections.map(({ id, title }) => [id, title]));
  return (
    <table className="tbl">
      <caption className="sr-only">{t('findings.title')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('findings.what')}</th>
          <th scope="col" className="num">
            {t('findings.record')}
          </th>
          <th scope="col">{t('findings.state')}</th>
          <th scope="col" className="num hidden phone:table-cell">
            {t('findings.when')}
          </th>
          <th scope="col">
            <span className="sr-only">{t('findings.dismiss')}</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {findings.map((finding) => (
          <Row key={finding.id} tenant={tenant} finding={finding} target={titles.get(finding.target ?? '') ?? ''} />
        ))}
      </tbody>
    </table>
  );
}

/** What reconciliations found, what they mended, and what waits for a person. */
export function FindingsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useQuery({ ...findingsQuery(tenant.id), refetchInterval: usePolling() });
  useCrumbs([{ label: t('findings.title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('findings.title')}</h1>
          <p className="text-sm text-muted">{t('findings.lead')}</p>
        </div>
        <Start tenant={tenant.id} />
      </header>
      {query.isPending && <Bones rows={6} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && query.data.findings.length === 0 && (
        <Empty icon={ListChecks} title={t('findings.none')} help={t('findings.noneHelp')} />
      )}
      {query.data && query.data.findings.length > 0 && <Rows tenant={tenant.id} findings={query.data.findings} />}
      {query.data && query.data.passes.length > 0 && <Passes passes={query.data.passes} />}
    </>
  );
}
