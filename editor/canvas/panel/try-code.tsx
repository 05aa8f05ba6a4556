import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { FlowNode } from '#runtime/flow.ts';
import { Json } from '#runtime/json.ts';
import type { NodeManifest } from '#runtime/node.ts';
import type { CodeTrial } from '#runtime/protocol.ts';
import { tryStep } from '../../plugins/plugin-calls.ts';
import { jsonText } from '../../plugins/plugin-document.ts';
import { usePluginTexts } from '../../plugins/plugin-texts.ts';
import { RunTrial } from '../../plugins/run-trial.tsx';
import { SamplePicker } from '../../plugins/sample-picker.tsx';
import { TrialResult } from '../../plugins/trial-result.tsx';
import { useTenant } from '../../shell/tenant.ts';

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
        <h3 className="text-xs text-muted">{t('trial.input')}</h3>
        <div className="code-box">
          <Suspense fallback={null}>
            <CodeEditor label={t('trial.inputLabel')} language="json" value={text} onChange={setText} />
          </Suspense>
        </div>
      </div>
      <RunTrial trial={trial} of="trial">
        <p className="min-w-0 flex-1 basis-60 text-xs text-muted">{t('trial.help')}</p>
      </RunTrial>
      {trial.data && <TrialResult trial={trial.data.trial} input={trial.data.input} />}
    </div>
  );
}
