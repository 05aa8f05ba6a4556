import { useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleOff, Download, PencilLine, Trash2 } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { PluginDraftSummary, PluginList, PluginSummary } from '#runtime/protocol.ts';
import { useNodes, useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Moment } from '../ui/moment.tsx';
import { sayFailed } from '../ui/notices.ts';
import { Discard } from './draft-row.tsx';
import { activateVersion, pluginVersionQuery, removePlugin } from './plugin-calls.ts';
import { pluginFailure } from './plugin-failure.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { useWhy } from './stopped.tsx';
import { usePluginChange } from './use-plugin-change.ts';

interface PluginRowProps {
  readonly plugin: PluginSummary;
  readonly draft: PluginDraftSummary | undefined;
  /** Of its active version, what is switched off. */
  readonly stopped: PluginList['stopped'];
}

function Flows({ plugin }: { readonly plugin: PluginSummary }) {
  const tenant = useTenant();
  return (
    <ul className="flex flex-wrap gap-x-3">
      {plugin.usedBy.map(({ id, name }) => (
        <li key={id}>
          <Link to="/a/$account/flows/$flow" params={{ account: String(tenant.id), flow: id }} className="link">
            {name}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The file that `Install from a file` takes. */
function useDownload(plugin: string): (version: string) => Promise<void> {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const client = useQueryClient();
  return async (version) => {
    try {
      const document = await client.fetchQuery(pluginVersionQuery(tenant.id, plugin, version));
      const address = URL.createObjectURL(new Blob([`${JSON.stringify(document)}\n`], { type: 'application/json' }));
      const link = window.document.createElement('a');
      link.href = address;
      link.download = `${plugin}-${version}.json`;
      link.click();
      URL.revokeObjectURL(address);
    } catch (error) {
      sayFailed({ title: pluginFailure(error, t, language) });
    }
  };
}

function Version({
  plugin,
  release,
}: {
  readonly plugin: PluginSummary;
  readonly release: PluginSummary['versions'][number];
}) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const [asking, setAsking] = useState(false);
  const name = plugin.title[language];
  const { version } = release;
  const download = useDownload(plugin.id);
  const activate = usePluginChange(
    (tenant, wanted: string) => activateVersion(tenant, plugin.id, wanted),
    () => t('used', { name, version }),
  );
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-1 py-1">
      <span className="num font-medium">{version}</span>
      {version === plugin.version && <span className="chip ok">{t('active')}</span>}
      <span className="min-w-0 flex-1 text-sm text-muted">
        {t('installedBy', { who: release.installedBy })} <Moment at={release.installedAt} />
      </span>
      {version !== plugin.version && (
        <button type="button" className="btn s28" aria-disabled={activate.isPending} onClick={() => setAsking(true)}>
          {t('use')}
          <span className="sr-only"> {version}</span>
        </button>
      )}
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={`${t('download')} ${name} ${version}`}
        title={t('download')}
        onClick={() => void download(version)}
      >
        <Download className="i i-14" aria-hidden />
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('useTitle', { name, version })}
        body={t('useBody')}
        action={t('use')}
        busy={activate.isPending}
        onConfirm={() => {
          setAsking(false);
          activate.mutate(version);
        }}
      />
    </li>
  );
}

/** Asks before uninstalling; what flows use stays, and they are named. */
function Remove({ plugin }: { readonly plugin: PluginSummary }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const [asking, setAsking] = useState(false);
  const name = plugin.title[language];
  const remove = usePluginChange(removePlugin, () => t('removed', { name }));
  const used = plugin.usedBy.length > 0;
  return (
    <>
      <button
        type="button"
        className="btn ghost icon"
        aria-label={`${t('remove')} ${name}`}
        title={t('remove')}
        aria-disabled={remove.isPending}
        onClick={() => setAsking(true)}
      >
        <Trash2 className="i" aria-hidden />
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t(used ? 'removeUsed' : 'removeTitle', { name })}
        body={t(used ? 'removeUsedBody' : 'removeBody')}
        action={t(used ? 'removeClose' : 'remove')}
        danger={!used}
        busy={remove.isPending}
        onConfirm={() => {
          setAsking(false);
          if (!used) remove.mutate(plugin.id);
        }}
      >
        {used && <Flows plugin={plugin} />}
      </Confirm>
    </>
  );
}

function Facts({ plugin }: { readonly plugin: PluginSummary }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const nodes = useNodes();
  const steps = plugin.nodes.map((type) => nodes?.get(type)?.title[language] ?? type);
  return (
    <dl className="plugin-facts">
      <dt>{t('steps')}</dt>
      <dd>{steps.join(', ')}</dd>
      <dt>{t('usedBy')}</dt>
      <dd>{plugin.usedBy.length === 0 ? t('notUsed') : <Flows plugin={plugin} />}</dd>
      {plugin.hosts.length > 0 && (
        <>
          <dt>{t('reaches')}</dt>
          <dd className="mono">{plugin.hosts.join(', ')}</dd>
        </>
      )}
    </dl>
  );
}

/** An installed plugin: what it is, who uses it, and what can be done with it. */
export function PluginRow({ plugin, draft, stopped }: PluginRowProps) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const tenant = useTenant();
  const why = useWhy();
  const to = { to: '/a/$account/plugins/$plugin', params: { account: String(tenant.id), plugin: plugin.id } } as const;
  return (
    <li className="item items-start! flex-wrap gap-y-2!">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link {...to} className="font-semibold">
            {plugin.title[language]}
          </Link>
          <span className="chip num">{plugin.version}</span>
          {draft && (
            <span className="chip draft">
              <PencilLine className="i i-12" aria-hidden />
              {t('draftChip')}
            </span>
          )}
          {stopped.length > 0 && (
            <span className="chip bad" title={stopped.map((each) => why(each.why)).join(' ')}>
              <CircleOff className="i i-12" aria-hidden />
              {t('stoppedChip')}
            </span>
          )}
        </div>
        <p className="text-sm text-muted">{plugin.summary[language]}</p>
        <Facts plugin={plugin} />
        <details className="fold mt-1">
          <summary>{t('versions', { count: plugin.versions.length })}</summary>
          <ul className="pt-1">
            {plugin.versions.map((release) => (
              <Version key={release.version} plugin={plugin} release={release} />
            ))}
          </ul>
        </details>
      </div>
      <div className="flex items-center gap-2">
        <Remove plugin={plugin} />
        {draft && <Discard draft={draft} />}
        <Link {...to} className="btn">
          {t(draft ? 'write' : 'edit')}
          <span className="sr-only"> {plugin.title[language]}</span>
        </Link>
      </div>
    </li>
  );
}
