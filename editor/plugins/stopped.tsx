import { CircleOff } from 'lucide-react';
import type { PluginList } from '#runtime/protocol.ts';
import { Moment } from '../ui/moment.tsx';
import { allowProgram } from './plugin-calls.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { usePluginChange } from './use-plugin-change.ts';

type StoppedProgram = PluginList['stopped'][number];

const KNOWN = ['time', 'never', 'memory', 'wall', 'cpu', 'crash'] as const;

/** Why code was stopped, as a sentence. */
export function useWhy(): (why: string) => string {
  const { t } = usePluginTexts();
  return (why) => {
    const known = KNOWN.find((each) => each === why);
    return known ? t(`why.${known}`) : t('why.other', { why });
  };
}

/** `ean-check 1.0.0 3f2a9c…` without the digest, which says nothing to people. */
export const programName = (program: string): string => program.replace(/ [0-9a-f]{12}$/, '');

function Row({ stopped }: { readonly stopped: StoppedProgram }) {
  const { t } = usePluginTexts();
  const why = useWhy();
  const allow = usePluginChange(allowProgram, () => t('allowed', { name: programName(stopped.program) }));
  return (
    <li className="item flex-wrap gap-y-2!">
      <CircleOff className="i text-danger" aria-hidden />
      <div className="min-w-0 flex-1 basis-60">
        <p className="font-semibold">{programName(stopped.program)}</p>
        <p className="text-sm text-muted">
          {why(stopped.why)} <Moment at={stopped.offAt} />
        </p>
      </div>
      <button
        type="button"
        className="btn"
        aria-disabled={allow.isPending}
        onClick={() => !allow.isPending && allow.mutate(stopped.program)}
      >
        {t('allow')}
        <span className="sr-only"> {programName(stopped.program)}</span>
      </button>
    </li>
  );
}

/** Code that is switched off, and a way to give it another chance. */
export function Stopped({ stopped }: { readonly stopped: readonly StoppedProgram[] }) {
  const { t } = usePluginTexts();
  if (stopped.length === 0) return null;
  return (
    <section aria-labelledby="plugin-stopped">
      <div className="sec-head">
        <div>
          <h2 id="plugin-stopped">{t('stopped')}</h2>
          <p className="text-sm text-muted">{t('stoppedHelp')}</p>
        </div>
      </div>
      <ul className="mb-6 border-y border-border">
        {stopped.map((each) => (
          <Row key={each.program} stopped={each} />
        ))}
      </ul>
    </section>
  );
}
