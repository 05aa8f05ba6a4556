import { TriangleAlert } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowAnswer } from '#runtime/protocol.ts';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';

const TestMode = lazy(async () => ({ default: (await import('../../flows/test-mode.tsx')).TestMode }));

interface RunningStripProps {
  readonly answer: FlowAnswer;
  readonly words: StepWords;
  readonly onGo: (step: string, field: string | undefined) => void;
}

/** What one must know of the live flow while drawing: it is only being tried, or something that should start it does not. */
export function RunningStrip({ answer, words, onGo }: RunningStripProps) {
  const { t } = useTranslation();
  const { flow, failing, draft } = answer;
  if (!flow.test && failing.length === 0) return null;
  return (
    <div className="running-strip">
      <Suspense fallback={null}>{flow.test && <TestMode flow={flow} />}</Suspense>
      {failing.map(({ trigger, failure }) => {
        const node = draft.nodes.find(({ id }) => id === trigger);
        return (
          <p key={trigger} className="flex min-w-0 items-center gap-2">
            <TriangleAlert className="i text-warning" aria-hidden />
            <span className="min-w-0 truncate" title={failure}>
              {t('canvas.failing', { step: node ? stepTitle(node, words) : trigger, failure })}
            </span>
            {node && (
              <button type="button" className="link" onClick={() => onGo(trigger, undefined)}>
                {t('canvas.publish.goThere')}
              </button>
            )}
          </p>
        );
      })}
    </div>
  );
}
