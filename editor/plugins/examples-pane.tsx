import { useMutation } from '@tanstack/react-query';
import { CircleCheck, CircleDashed, CircleX } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { JsonObject } from '#runtime/json.ts';
import type { PluginExample } from '#runtime/plugin.ts';
import type { ExampleResults } from '#runtime/protocol.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { runExamples } from './plugin-calls.ts';
import { jsonText, unfinishedOf } from './plugin-document.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { RunTrial } from './run-trial.tsx';

const TextDifference = lazy(async () => ({
  default: (await import('../code/text-difference.tsx')).TextDifference,
}));

type Result = ExampleResults['examples'][number];

/** Runs the examples of a draft; the answer is in their order. */
export function useExamples(document: JsonObject) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const tenant = useTenant();
  return useMutation({
    mutationFn: async (): Promise<{ readonly results: ExampleResults; readonly of: string }> => {
      const plugin = unfinishedOf(document, language);
      if (!('nodes' in plugin)) {
        const why = `${plugin.path.map(String).join('.')}: ${plugin.message}`;
        return { results: { faults: [t('trial.unready', { why })], examples: [] }, of: JSON.stringify(document) };
      }
      return { results: await runExamples(tenant.id, { plugin }), of: JSON.stringify(document) };
    },
  });
}

function Outcome({ example, result }: { readonly example: PluginExample; readonly result: Result }) {
  const { t } = usePluginTexts();
  if (result.fault === null) return null;
  if (result.output === undefined || example.output === undefined)
    return (
      <div>
        <h3 className="text-xs text-muted">{t('examples.fault')}</h3>
        <p className="mono wrap-anywhere text-sm text-danger">{result.fault}</p>
      </div>
    );
  return (
    <div>
      <h3 className="text-xs text-muted">{t('examples.expected')}</h3>
      <div className="code-box">
        <Suspense fallback={null}>
          <TextDifference
            label={t('examples.difference')}
            language="json"
            before={jsonText(example.output)}
            after={jsonText(result.output)}
          />
        </Suspense>
      </div>
    </div>
  );
}

interface RowProps {
  readonly example: PluginExample;
  readonly result: Result | undefined;
  readonly onTry: () => void;
  readonly onRemove: () => void;
}

function Row({ example, result, onTry, onRemove }: RowProps) {
  const { t } = usePluginTexts();
  const state = result === undefined ? 'untried' : result.fault === null ? 'holds' : 'fails';
  const Icon = { untried: CircleDashed, holds: CircleCheck, fails: CircleX }[state];
  return (
    <li className="flex flex-col gap-2 border-t border-hair py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className={`chip ${{ untried: '', holds: 'ok', fails: 'bad' }[state]}`}>
          <Icon className="i i-12" aria-hidden />
          {t(`examples.${state}`)}
        </span>
        <span className="min-w-0 flex-1 font-medium">{example.title}</span>
        <button type="button" className="btn s28" onClick={onTry}>
          {t('examples.tryIt')}
          <span className="sr-only"> {example.title}</span>
        </button>
        <button type="button" className="btn ghost s28" onClick={onRemove}>
          {t('examples.remove')}
          <span className="sr-only"> {example.title}</span>
        </button>
      </div>
      {example.fails !== undefined && (
        <p className="text-xs text-muted">{t('examples.shouldFail', { words: example.fails })}</p>
      )}
      {result && <Outcome example={example} result={result} />}
    </li>
  );
}

interface ExamplesPaneProps {
  readonly document: JsonObject;
  readonly examples: readonly PluginExample[];
  readonly onRemove: (at: number) => void;
  readonly onTry: (example: PluginExample) => void;
}

/** The examples of a plugin, which are its tests. */
export function ExamplesPane({ document, examples, onRemove, onTry }: ExamplesPaneProps) {
  const { t } = usePluginTexts();
  const run = useExamples(document);
  // results of another text would say nothing of this one
  const results = run.data?.of === JSON.stringify(document) ? run.data.results : undefined;
  const ok = results?.examples.filter(({ fault }) => fault === null).length ?? 0;
  return (
    <div className="flex flex-col gap-3">
      <p className="text-sm text-muted">{t('examples.help')}</p>
      <RunTrial trial={run} of="examples">
        <p role="status" className="num text-sm">
          {results && results.faults.length === 0 && t('examples.sum', { ok, all: results.examples.length })}
        </p>
      </RunTrial>
      {results?.faults.map((fault) => (
        <p key={fault} role="alert" className="note bad">
          <CircleX className="i" aria-hidden />
          <span className="mono wrap-anywhere">{fault}</span>
        </p>
      ))}
      {examples.length === 0 && <p className="text-sm text-muted">{t('examples.none')}</p>}
      <ul>
        {examples.map((example, at) => (
          <Row
            // biome-ignore lint/suspicious/noArrayIndexKey: two may be alike in all they say
            key={`${at} ${example.title}`}
            example={example}
            result={results?.examples[at]}
            onTry={() => onTry(example)}
            onRemove={() => onRemove(at)}
          />
        ))}
      </ul>
    </div>
  );
}
