import '../style/plugins.css';
import { useQuery } from '@tanstack/react-query';
import { Lock, Plus, Puzzle } from 'lucide-react';
import { useState } from 'react';
import { allows, packageOf } from '#runtime/package.ts';
import type { PluginList } from '#runtime/protocol.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { DraftRow } from './draft-row.tsx';
import { InstallFile } from './install-file.tsx';
import { NewPlugin } from './new-plugin.tsx';
import { pluginsQuery } from './plugin-calls.ts';
import { PluginRow } from './plugin-row.tsx';
import { usePluginTexts } from './plugin-texts.ts';
import { Starters } from './starters.tsx';
import { Stopped } from './stopped.tsx';

/** Why there are no plugins to see here; undefined where there are. */
export function useShut(): { readonly title: string; readonly help: string } | undefined {
  const { t } = usePluginTexts();
  const tenant = useTenant();
  if (!allows(tenant.package, 'plugins'))
    return { title: t('locked'), help: t('lockedHelp', { package: tenant.package }) };
  if (!tenant.may.includes('plugin.manage')) return { title: t('notAllowed'), help: t('notAllowedHelp') };
  return undefined;
}

function Lists({ list }: { readonly list: PluginList }) {
  const { t } = usePluginTexts();
  const { plugins, drafts, starters, stopped } = list;
  const ids = new Set(plugins.map(({ id }) => id));
  const unborn = drafts.filter(({ id }) => !ids.has(id));
  return (
    <>
      <Stopped stopped={stopped} />
      {unborn.length > 0 && (
        <section aria-labelledby="plugin-drafts">
          <div className="sec-head">
            <h2 id="plugin-drafts">{t('drafts')}</h2>
          </div>
          <ul className="mb-6 border-y border-border">
            {unborn.map((draft) => (
              <DraftRow key={draft.id} draft={draft} />
            ))}
          </ul>
        </section>
      )}
      <section aria-labelledby="plugin-installed">
        <div className="sec-head">
          <h2 id="plugin-installed">{t('installedHeading')}</h2>
        </div>
        {plugins.length === 0 ? (
          <Empty icon={Puzzle} title={t('none')} help={t('noneHelp')} />
        ) : (
          <ul className="mb-6 border-y border-border">
            {plugins.map((plugin) => (
              <PluginRow
                key={plugin.id}
                plugin={plugin}
                draft={drafts.find(({ id }) => id === plugin.id)}
                stopped={stopped.filter(({ program }) => program.startsWith(`${plugin.id} ${plugin.version} `))}
              />
            ))}
          </ul>
        )}
      </section>
      <Starters starters={starters.filter(({ id }) => !ids.has(id))} />
    </>
  );
}

/** The plugins of an account: what is installed, what is being written, and what to begin from. */
export function PluginsPage() {
  const { t } = usePluginTexts();
  const tenant = useTenant();
  const shut = useShut();
  const query = useQuery({ ...pluginsQuery(tenant.id), enabled: shut === undefined });
  const [making, setMaking] = useState(false);
  useCrumbs([{ label: t('title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('title')}</h1>
          <p className="text-sm text-muted">{t('lead')}</p>
        </div>
        {shut ? (
          <span className="chip">
            <Lock className="i i-12" aria-hidden />
            {packageOf('plugins')}
          </span>
        ) : (
          <>
            <InstallFile />
            <button type="button" className="btn primary" disabled={!query.data} onClick={() => setMaking(true)}>
              <Plus className="i i-14" aria-hidden />
              {t('make')}
            </button>
          </>
        )}
      </header>
      {shut && <Empty icon={Lock} title={shut.title} help={shut.help} />}
      {!shut && query.isPending && <Bones rows={3} height={88} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <>
          <Lists list={query.data} />
          <NewPlugin
            open={making}
            onClose={() => setMaking(false)}
            taken={[...query.data.plugins, ...query.data.drafts].map(({ id }) => id)}
          />
        </>
      )}
    </>
  );
}
