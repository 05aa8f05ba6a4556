import { useMutation } from '@tanstack/react-query';
import { CircleX, Play } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowNode } from '#runtime/flow.ts';
import { Json } from '#runtime/json.ts';
import type { NodeManifest } from '#runtime/node.ts';
import type { CodeTrial } from '#runtime/protocol.ts';
import { tryStep } from '../../plugins/plugin-calls.ts';
import { jsonText } from '../../plugins/plugin-document.ts';
import { pluginFailure } from '../../plugins/plugin-failure.ts';
import { usePluginTexts } from '../../plugins/plugin-texts.ts';
import { SamplePicker } from '../../plugins/sample-picker.tsx';
import { TrialResult } from '../../plugins/trial-result.tsx';
import { useTenant } from '../../shell/tenant.ts';
import { usePreferences } from '../../state/preferences.ts';

const CodeEditor = lazy(async () => ({ default: (await import('../../code/code-editor.tsx')).CodeEditor }));

interface TryCodeProps {
  readonly flow: string;
  readonly node: FlowNode;
  readonly manifest: NodeManifest;
  /** The setting that is the code. */
  readonly field: string;
  readonly onFailure: (failure: CodeTrial['failure']) => void;
}

const PORT = 'value';

function valueIn(text: string): Json | undefined {
  try {
    return Json.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function useTrial({ node, field, onFailure }: TryCodeProps, text: string) {
  const { t } = usePluginTexts();
  const tenant = useTenant();
  return useMutation({
    mutationFn: async () => {
      const value = valueIn(text);
      if (value === undefined) throw new Error(t('trial.notJson'));
      // the code alone: what its input is bound to is what stands in the trial's own input
      const config = { [field]: node.config[field] ?? '' };
      const trial = await tryStep(tenant.id, { type: node.type, config, input: { [PORT]: value } });
      return { trial, input: { [PORT]: value } };
    },
    onSuccess: ({ trial }) => onFailure(trial.failure),
  });
}

/** One call of a step's own code, on a record of a recent run or on what is written here. */
export function TryCode(props: TryCodeProps) {
  const { t } = usePluginTexts();
  const { t: house } = useTranslation();
  const { language } = usePreferences();
  const { flow, node, manifest } = props;
  const [text, setText] = useState(() => jsonText(manifest.examples[0]?.input[PORT]));
  const trial = useTrial(props, text);
  const ports = manifest.inputs.flatMap(({ name, type, title }) =>
    name === PORT ? [{ name, type, title: title ?? { en: name, sv: name } }] : [],
  );
  return (
    <div className="flex flex-col gap-4 pt-2">
      <SamplePicker ports={ports} of={{ flow, step: node.id }} onTake={(_, value) => setText(jsonText(value))} />
      <div>
        <h4 className="text-xs text-muted">{t('trial.input')}</h4>
        <div className="code-box">
          <Suspense fallback={null}>
            <CodeEditor label={t('trial.inputLabel')} language="json" value={text} onChange={setText} />
          </Suspense>
        </div>
      </div>
      <div className="flex flex-col items-start gap-2">
        <button
          type="button"
          className="btn"
          aria-disabled={trial.isPending}
          onClick={() => !trial.isPending && trial.mutate()}
        >
          <Play className="i i-14" aria-hidden />
          {t(trial.isPending ? 'trial.running' : 'trial.run')}
        </button>
        <p className="text-xs text-muted">{t('trial.help')}</p>
      </div>
      {trial.isError && (
        <p role="alert" className="note bad">
          <CircleX className="i" aria-hidden />
          {trial.error instanceof Error && !('status' in trial.error)
            ? trial.error.message
            : pluginFailure(trial.error, house, language)}
        </p>
      )}
      {trial.data && <TrialResult trial={trial.data.trial} input={trial.data.input} />}
    </div>
  );
}
