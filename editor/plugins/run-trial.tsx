import type { UseMutationResult } from '@tanstack/react-query';
import { CircleX, Play } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../state/preferences.ts';
import { pluginFailure } from './plugin-failure.ts';
import { usePluginTexts } from './plugin-texts.ts';

interface RunTrialProps {
  readonly trial: UseMutationResult<unknown, Error, void>;
  /** Whose words the button has: one call, or all examples. */
  readonly of: 'trial' | 'examples';
  /** Beside the button. */
  readonly children: ReactNode;
}

/** Runs code that is being written, and says why it could not be run. What it came to is for the page around it to show. */
export function RunTrial({ trial, of, children }: RunTrialProps) {
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { language } = usePreferences();
  const { isPending, error } = trial;
  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <button type="button" className="btn" aria-disabled={isPending} onClick={() => !isPending && trial.mutate()}>
          <Play className="i i-14" aria-hidden />
          {t(isPending ? `${of}.running` : `${of}.run`)}
        </button>
        {children}
      </div>
      {error && (
        <p role="alert" className="note bad">
          <CircleX className="i" aria-hidden />
          {'status' in error ? pluginFailure(error, house, language) : error.message}
        </p>
      )}
    </>
  );
}
