import { Dialog } from '@base-ui/react/dialog';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { ChevronDown, X } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { TenantSummary } from '#runtime/people.ts';
import type { FlowAnswer } from '#runtime/protocol.ts';
import { rollBackFlow } from '../../api/actions.ts';
import { refreshVersions, versionQuery, versionsQuery } from '../../api/queries.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { usePreferences } from '../../state/preferences.ts';
import { failureText } from '../../ui/failure-text.ts';
import { Moment } from '../../ui/moment.tsx';
import { sayDone, sayFailed } from '../../ui/notices.ts';
import { Bones, Failed } from '../../ui/states.tsx';
import { replaceWith } from '../edit/document-edits.ts';
import { useFlow, useSession } from '../session.ts';
import { useVersionAddress } from '../use-address.ts';
import { DifferenceView } from './difference-view.tsx';

interface VersionsDialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly tenant: TenantSummary;
  readonly answer: FlowAnswer;
  readonly words: StepWords;
}

function useRollBack({ tenant, answer, onClose }: VersionsDialogProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const { flow } = answer;
  const refresh = () => refreshVersions(client, tenant.id, flow.id);
  return useMutation({
    mutationFn: (version: number) =>
      rollBackFlow(tenant.id, flow.id, { version, note: t('canvas.versions.rolledNote', { version }) }),
    onSuccess: async (_, version) => {
      onClose();
      await refresh();
      sayDone({ title: t('canvas.versions.rolled', { version }) });
    },
    onError: (error) => {
      sayFailed({ title: failureText(error, t, language) });
      return refresh();
    },
  });
}

/** One version beside the draft or another, and what can be done with it. */
function Chosen({
  version,
  against,
  ...props
}: VersionsDialogProps & { readonly version: number; readonly against: number | 'draft' }) {
  const { t } = useTranslation();
  const { tenant, answer, words, onClose } = props;
  const session = useSession();
  const draft = useFlow();
  const query = useQuery(versionQuery(tenant.id, answer.flow.id, version));
  const other = useQuery({
    ...versionQuery(tenant.id, answer.flow.id, against === 'draft' ? version : against),
    enabled: against !== 'draft',
  });
  const rollBack = useRollBack(props);
  const document = query.data;
  const head = against === 'draft' ? draft : other.data;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  if (!document || !head) return <Bones rows={6} />;
  return (
    <>
      <DifferenceView
        base={document}
        head={head}
        names={{
          base: t('runs.version', { version }),
          head: against === 'draft' ? t('flows.draft') : t('runs.version', { version: against }),
        }}
        words={words}
        package={tenant.package}
      />
      <div className="publish-foot">
        <span className="flex-1 text-sm text-muted">{t('canvas.versions.help')}</span>
        <button
          type="button"
          className="btn"
          onClick={() => {
            session.perform(replaceWith(document, 'restore'));
            onClose();
            sayDone({
              title: t('canvas.versions.restored', { version }),
              action: { label: t('flows.undo'), run: session.undo },
            });
          }}
        >
          {t('canvas.versions.restore')}
        </button>
        <button
          type="button"
          className="btn primary"
          aria-disabled={version === answer.flow.liveVersion || rollBack.isPending}
          onClick={() => version !== answer.flow.liveVersion && !rollBack.isPending && rollBack.mutate(version)}
        >
          {version === answer.flow.liveVersion
            ? t('canvas.versions.isLive')
            : t('canvas.versions.rollBack', { version })}
        </button>
      </div>
    </>
  );
}

/** Every version that was ever live: what it was, how it differs, and the way back to it. */
export function VersionsDialog(props: VersionsDialogProps) {
  const { open, onClose, tenant, answer } = props;
  const { t } = useTranslation();
  const query = useQuery({ ...versionsQuery(tenant.id, answer.flow.id), enabled: open });
  const versions = query.data?.versions ?? [];
  const { version: chosen, against, set } = useVersionAddress();
  const version = chosen ?? versions[0]?.version;
  return (
    <Dialog.Root open={open} onOpenChange={(wanted) => !wanted && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog publish versions">
          <div className="flex items-center gap-3 border-b border-border px-6 py-4">
            <Dialog.Title className="flex-1 text-xl font-semibold">{t('canvas.versions.title')}</Dialog.Title>
            <label className="flex items-center gap-2 text-sm">
              {t('canvas.versions.against')}
              <span className="select">
                <select
                  className="input"
                  value={String(against)}
                  onChange={(event) =>
                    set({ against: event.target.value === 'draft' ? undefined : Number(event.target.value) })
                  }
                >
                  <option value="draft">{t('flows.draft')}</option>
                  {versions.map((each) => (
                    <option key={each.version} value={each.version}>
                      {t('runs.version', { version: each.version })}
                    </option>
                  ))}
                </select>
                <ChevronDown className="i i-14" aria-hidden />
              </span>
            </label>
            <Dialog.Close className="btn ghost icon" aria-label={t('shell.close')}>
              <X className="i" aria-hidden />
            </Dialog.Close>
          </div>
          {query.isPending && <Bones rows={6} />}
          {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
          {query.data && versions.length === 0 && (
            <p className="px-6 py-10 text-center text-muted">{t('canvas.versions.none')}</p>
          )}
          {version !== undefined && (
            <div className="versions-body">
              <ul className="version-list" aria-label={t('canvas.versions.title')}>
                {versions.map((each) => (
                  <li key={each.version}>
                    <button
                      type="button"
                      className="change"
                      aria-pressed={each.version === version}
                      onClick={() => set({ version: each.version })}
                    >
                      <span className="min-w-0 flex-1">
                        <span className="flex items-center gap-2 font-semibold">
                          {t('runs.version', { version: each.version })}
                          {each.version === answer.flow.liveVersion && (
                            <span className="chip live">{t('flows.stateLive')}</span>
                          )}
                        </span>
                        {each.note !== '' && <span className="block text-sm">{each.note}</span>}
                        <span className="block truncate text-xs text-muted">
                          <Moment at={each.publishedAt} /> · {each.author}
                        </span>
                      </span>
                    </button>
                  </li>
                ))}
              </ul>
              <div className="versions-main">
                <Chosen key={`${version} ${against}`} version={version} against={against} {...props} />
              </div>
            </div>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
