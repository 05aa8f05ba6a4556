import { Puzzle } from 'lucide-react';
import type { StarterPlugin } from '#runtime/protocol.ts';
import { usePreferences } from '../state/preferences.ts';
import { installStarter } from './plugin-calls.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { usePluginChange } from './use-plugin-change.ts';

function Card({ starter }: { readonly starter: StarterPlugin }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const name = starter.title[language];
  const install = usePluginChange(installStarter, ({ version }) => t('installed', { name, version }));
  return (
    <li className="starter">
      <h3 className="flex items-center gap-2">
        <Puzzle className="i k-plugin" aria-hidden />
        {name}
      </h3>
      <p className="flex-1 text-sm text-muted">{starter.summary[language]}</p>
      <button
        type="button"
        className="btn self-start"
        aria-disabled={install.isPending}
        onClick={() => !install.isPending && install.mutate(starter.id)}
      >
        {t('install')}
        <span className="sr-only"> {name}</span>
      </button>
    </li>
  );
}

/** Plugins that come with Weft and are not installed yet. */
export function Starters({ starters }: { readonly starters: readonly StarterPlugin[] }) {
  const { t } = usePluginTexts();
  if (starters.length === 0) return null;
  return (
    <section aria-labelledby="plugin-starters" className="pb-8">
      <div className="sec-head">
        <div>
          <h2 id="plugin-starters">{t('starters')}</h2>
          <p className="text-sm text-muted">{t('startersHelp')}</p>
        </div>
      </div>
      <ul className="starters">
        {starters.map((starter) => (
          <Card key={starter.id} starter={starter} />
        ))}
      </ul>
    </section>
  );
}
