import { Dialog } from '@base-ui/react/dialog';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { JsonObject } from '#runtime/json.ts';
import { PluginVersion } from '#runtime/plugin.ts';
import type { PluginSummary } from '#runtime/protocol.ts';
import { catalogQuery } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText } from '../ui/confirm.tsx';
import { sayDone } from '../ui/notices.ts';
import { useExamples } from './examples-pane.tsx';
import { pluginDraftQuery, pluginsQuery, pluginVersionQuery, publishDraft } from './plugin-calls.ts';
import { nextVersion, problemsOf, titleOf, versionOf } from './plugin-document.ts';
import type { WrittenPlugin } from './plugin-draft.ts';
import { pluginFailure } from './plugin-failure.ts';
import { usePluginTexts } from './plugin-texts.ts';

interface PublishPluginProps {
  readonly id: string;
  readonly written: WrittenPlugin;
  /** What is installed of it, if anything. */
  readonly installed: PluginSummary | undefined;
  readonly open: boolean;
  readonly onClose: () => void;
}

function usePublish({ id, written, onClose }: PublishPluginProps, document: JsonObject) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  const { keeper, change, take } = written;
  return useMutation({
    mutationFn: async () => {
      change(document);
      if (!(await keeper.flush()))
        throw new Error(t(keeper.store.getState().status === 'conflict' ? 'author.conflict' : 'author.refused'));
      const { revision } = keeper.store.getState();
      // nothing was changed, so nothing is saved yet: publishing saves it
      return publishDraft(tenant.id, id, revision);
    },
    onSuccess: async ({ title, version }) => {
      onClose();
      sayDone({ title: t('publish.done', { name: title[language], version }) });
      const draft = await client.fetchQuery({ ...pluginDraftQuery(tenant.id, id), staleTime: 0 });
      take(draft.revision, draft.document);
      client.removeQueries({ queryKey: pluginVersionQuery(tenant.id, id, version).queryKey });
    },
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: pluginsQuery(tenant.id).queryKey }),
        client.invalidateQueries({ queryKey: catalogQuery(tenant.id).queryKey }),
      ]),
  });
}

function Proof({ document }: { readonly document: JsonObject }) {
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { language } = usePreferences();
  const { mutate, data, isPending, error } = useExamples(document);
  // once, for what the dialog was opened on
  useEffect(() => mutate(), [mutate]);
  if (isPending) return <p role="status">{t('publish.checking')}</p>;
  if (error) return <p className="text-sm text-danger">{pluginFailure(error, house, language)}</p>;
  if (!data) return null;
  const { faults, examples } = data.results;
  const failed = examples.filter(({ fault }) => fault !== null);
  const fine = faults.length === 0 && failed.length === 0;
  return (
    <div className={`note ${fine ? 'ok' : 'bad'}`} role="status">
      {fine ? <CircleCheck className="i" aria-hidden /> : <CircleX className="i" aria-hidden />}
      <div className="min-w-0">
        <p>
          {faults.length > 0
            ? t('publish.problems')
            : t('examples.sum', { ok: examples.length - failed.length, all: examples.length })}
        </p>
        <ul className="mono wrap-anywhere">
          {faults.map((fault) => (
            <li key={fault}>{fault}</li>
          ))}
          {failed.map(({ title, fault }) => (
            <li key={title}>
              {title}: {fault}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Problems({ document }: { readonly document: JsonObject }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const problems = problemsOf(document, language);
  if (problems.length === 0) return null;
  return (
    <div className="note bad" role="alert">
      <CircleX className="i" aria-hidden />
      <div className="min-w-0">
        <p>{t('publish.problems')}</p>
        <ul className="mono wrap-anywhere">
          {problems.slice(0, 10).map(({ path, message }) => (
            <li key={`${path.map(String).join('.')} ${message}`}>
              {path.map(String).join('.')}: {message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

function Content(props: PublishPluginProps) {
  const { id, written, installed, onClose } = props;
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { language } = usePreferences();
  const taken = installed?.versions.map(({ version }) => version) ?? [];
  const [version, setVersion] = useState(() => nextVersion(versionOf(written.document), taken));
  const document = { ...written.document, version };
  const publish = usePublish(props, document);
  const name = titleOf(written.document, id, language);
  const fault = !PluginVersion.safeParse(version).success
    ? t('publish.versionWrong')
    : taken.includes(version)
      ? t('publish.versionTaken')
      : undefined;
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (!publish.isPending && fault === undefined && problemsOf(document, language).length === 0) publish.mutate();
      }}
    >
      <div className="flex max-h-[70vh] flex-col gap-3 overflow-y-auto p-5">
        <Dialog.Title className="text-lg font-semibold">{t('publish.title', { name })}</Dialog.Title>
        <Dialog.Description className="text-base text-muted">{t('publish.body')}</Dialog.Description>
        <AskText label={t('publish.version')} value={version} onChange={setVersion} maxLength={30} error={fault} />
        {installed && installed.usedBy.length > 0 && (
          <p className="text-sm text-muted">
            {t('publish.flows', { flows: installed.usedBy.map((flow) => flow.name).join(', ') })}
          </p>
        )}
        <Problems document={document} />
        <Proof document={written.document} />
        {publish.isError && (
          <p role="alert" className="wrap-anywhere whitespace-pre-line text-sm text-danger">
            {publish.error instanceof Error && !('status' in publish.error)
              ? publish.error.message
              : pluginFailure(publish.error, house, language)}
          </p>
        )}
      </div>
      <div className="flex flex-wrap justify-end gap-2 border-t border-border px-5 py-3">
        <button type="button" className="btn" onClick={onClose}>
          {house('shell.cancel')}
        </button>
        <button type="submit" className="btn primary" aria-disabled={publish.isPending}>
          {t('publish.action')}
        </button>
      </div>
    </form>
  );
}

/** Asks for the version's number, proves the examples, and publishes. */
export function PublishPlugin(props: PublishPluginProps) {
  return (
    <Dialog.Root open={props.open} onOpenChange={(next) => !next && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">{props.open && <Content {...props} />}</Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
