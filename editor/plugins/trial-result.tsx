import { CircleCheck, CircleX } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { ErrorCode, errorTable } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { CodeTrial } from '#runtime/protocol.ts';
import { usePreferences } from '../state/preferences.ts';
import { useFormat } from '../ui/use-format.ts';
import { jsonText } from './plugin-document.ts';
import { usePluginTexts } from './plugin-texts.ts';

const TextDifference = lazy(async () => ({
  default: (await import('../code/text-difference.tsx')).TextDifference,
}));

interface TrialResultProps {
  readonly trial: CodeTrial;
  readonly input: Json;
}

function Figures({ trial }: { readonly trial: CodeTrial }) {
  const { t } = usePluginTexts();
  const format = useFormat();
  const { used } = trial;
  return (
    <p className="num flex flex-wrap items-center gap-x-3 text-sm text-muted">
      <span className={`chip ${trial.failure ? 'bad' : 'ok'}`}>
        {trial.failure ? <CircleX className="i i-12" aria-hidden /> : <CircleCheck className="i i-12" aria-hidden />}
        {t(trial.failure ? 'trial.failed' : 'trial.ok')}
      </span>
      <span>{t('trial.time', { ms: format.number(Math.ceil(trial.ms)) })}</span>
      {used && (
        <>
          <span>{t('trial.cpu', { ms: format.percent(used.cpuMs / 100) })}</span>
          <span>{t('trial.memory', { mb: format.percent(used.bytes / 1e8) })}</span>
        </>
      )}
    </p>
  );
}

function Failure({ failure }: { readonly failure: NonNullable<CodeTrial['failure']> }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const code = ErrorCode.safeParse(failure.code);
  return (
    <div className="note bad" role="alert">
      <CircleX className="i" aria-hidden />
      <div className="min-w-0">
        {code.success && <p className="font-medium">{errorTable[code.data].what[language]}</p>}
        <p className="mono wrap-anywhere">
          {failure.line !== undefined && `${t('trial.line', { line: failure.line })}: `}
          {failure.message}
        </p>
      </div>
    </div>
  );
}

/** What a call came to: what it gave against what it was given, what it wrote, and what it took. */
export function TrialResult({ trial, input }: TrialResultProps) {
  const { t } = usePluginTexts();
  const { output, failure, log } = trial;
  const nothing = output !== undefined && JSON.stringify(output) === '{}';
  return (
    <section className="flex flex-col gap-3" aria-live="polite" data-testid="trial-result">
      <Figures trial={trial} />
      {failure && <Failure failure={failure} />}
      {nothing && <p className="text-sm text-muted">{t('trial.nothing')}</p>}
      {output !== undefined && !nothing && (
        <div>
          <h3>{t('trial.output')}</h3>
          <div className="code-box">
            <Suspense fallback={null}>
              <TextDifference
                label={t('trial.outputLabel')}
                language="json"
                before={jsonText(input)}
                after={jsonText(output)}
              />
            </Suspense>
          </div>
        </div>
      )}
      <div>
        <h3>{t('trial.log')}</h3>
        {log.length === 0 ? (
          <p className="text-sm text-muted">{t('trial.noLog')}</p>
        ) : (
          <ol className="console">
            {log.map((line, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: lines come once and never change places
              <li key={at}>{line}</li>
            ))}
          </ol>
        )}
      </div>
    </section>
  );
}
