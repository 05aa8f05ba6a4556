import { useMutation } from '@tanstack/react-query';
import { lazy, Suspense, useId, useState } from 'react';
import { JsonObject } from '#runtime/json.ts';
import type { PluginExample, PluginNode } from '#runtime/plugin.ts';
import type { CodeTrial } from '#runtime/protocol.ts';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { sayDone } from '../ui/notices.ts';
import { Select } from '../ui/select.tsx';
import { Bones } from '../ui/states.tsx';
import { tryPlugin } from './plugin-calls.ts';
import { jsonText, nodesOf, unfinishedOf } from './plugin-document.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { RunTrial } from './run-trial.tsx';
import { SamplePicker } from './sample-picker.tsx';
import { TrialResult } from './trial-result.tsx';

const CodeEditor = lazy(async () => ({ default: (await import('../code/code-editor.tsx')).CodeEditor }));
const SchemaForm = lazy(async () => ({ default: (await import('../form/schema-form.tsx')).SchemaForm }));

/** What is tried: which step, with what. */
export interface Attempt {
  readonly node: string;
  readonly config: JsonObject;
  readonly input: string;
}

export const attemptOf = ({ node, config, input }: Pick<PluginExample, 'node' | 'config' | 'input'>): Attempt => ({
  node,
  config,
  input: jsonText(input),
});

interface TrialPaneProps {
  readonly document: JsonObject;
  readonly examples: readonly PluginExample[];
  readonly attempt: Attempt;
  readonly onAttempt: (attempt: Attempt) => void;
  readonly onFailure: (failure: CodeTrial['failure']) => void;
  readonly onKeep: (example: PluginExample) => void;
}

function inputIn(text: string): JsonObject | null {
  try {
    const read = JsonObject.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** Only what the step has a port for: what is left of another step's example is none of its business. */
function atPorts(input: JsonObject, { inputs }: PluginNode): JsonObject {
  return Object.fromEntries(Object.entries(input).filter(([name]) => inputs.some((port) => port.name === name)));
}

function useTrial(document: JsonObject, attempt: Attempt, onFailure: TrialPaneProps['onFailure']) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const tenant = useTenant();
  return useMutation({
    mutationFn: async () => {
      const input = inputIn(attempt.input);
      if (!input) throw new Error(t('trial.notJson'));
      const plugin = unfinishedOf(document, language);
      if (!('nodes' in plugin))
        throw new Error(t('trial.unready', { why: `${plugin.path.map(String).join('.')}: ${plugin.message}` }));
      const { node, config } = attempt;
      const trial = await tryPlugin(tenant.id, { plugin: { ...plugin, examples: [] }, node, config, input });
      return { trial, input, node, config };
    },
    onSuccess: ({ trial }) => onFailure(trial.failure),
  });
}

interface KeepProps {
  readonly result: {
    readonly trial: CodeTrial;
    readonly input: JsonObject;
    readonly node: string;
    readonly config: JsonObject;
  };
  readonly onKeep: TrialPaneProps['onKeep'];
}

/** Makes an example of what was tried. */
function Keep({ result, onKeep }: KeepProps) {
  const { t } = usePluginTexts();
  const [asking, setAsking] = useState(false);
  const [title, setTitle] = useState('');
  const [asked, setAsked] = useState(false);
  const { trial, input, node, config } = result;
  const keep = () => {
    const came = trial.failure ? { fails: trial.failure.code } : { output: JsonObject.parse(trial.output ?? {}) };
    onKeep({ node, title: title.trim(), config, input, ...came });
    setAsking(false);
    setAsked(false);
    setTitle('');
    sayDone({ title: t('trial.saved') });
  };
  return (
    <>
      <button type="button" className="btn self-start" onClick={() => setAsking(true)}>
        {t('trial.save')}
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('trial.saveTitle')}
        body={t('trial.saveBody')}
        action={t('trial.save')}
        onConfirm={() => (title.trim() === '' ? setAsked(true) : keep())}
      >
        <AskText
          label={t('name')}
          value={title}
          onChange={setTitle}
          maxLength={200}
          error={asked && title.trim() === '' ? t('nameMissing') : undefined}
        />
      </Confirm>
    </>
  );
}

function StepChoice({
  nodes,
  attempt,
  onAttempt,
}: Pick<TrialPaneProps, 'attempt' | 'onAttempt'> & { readonly nodes: readonly PluginNode[] }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const id = useId();
  if (nodes.length < 2) return null;
  return (
    <div className="field">
      <label htmlFor={id}>{t('trial.step')}</label>
      <Select
        id={id}
        value={attempt.node}
        onChange={(event) => onAttempt({ ...attempt, node: event.target.value, config: {} })}
      >
        {nodes.map(({ type, title }) => (
          <option key={type} value={type}>
            {title[language]}
          </option>
        ))}
      </Select>
    </div>
  );
}

/** Where a trial's input comes from: an example, or a record of a recent run. */
function Source({
  examples,
  attempt,
  onAttempt,
  node,
}: Pick<TrialPaneProps, 'examples' | 'attempt' | 'onAttempt'> & { readonly node: PluginNode | undefined }) {
  const { t } = usePluginTexts();
  const id = useId();
  const [from, setFrom] = useState('');
  return (
    <>
      <div className="field">
        <label htmlFor={id}>{t('trial.from')}</label>
        <Select
          id={id}
          value={from}
          onChange={({ target }) => {
            setFrom(target.value);
            const example = examples[Number(target.value)];
            if (target.value !== '' && example) onAttempt(attemptOf(example));
          }}
        >
          <option value="">{t('trial.own')}</option>
          {node && <option value="run">{t('trial.runs')}</option>}
          <optgroup label={t('trial.examples')}>
            {examples.map((example, at) => (
              <option key={`${example.node} ${example.title}`} value={at}>
                {example.title}
              </option>
            ))}
          </optgroup>
        </Select>
      </div>
      {from === 'run' && node && (
        <SamplePicker
          key={node.type}
          ports={node.inputs}
          onTake={(port, value) =>
            onAttempt({ ...attempt, input: jsonText(atPorts({ ...inputIn(attempt.input), [port]: value }, node)) })
          }
        />
      )}
    </>
  );
}

/** One call of a step that is being written, on a record one knows. */
export function TrialPane({ document, examples, attempt, onAttempt, onFailure, onKeep }: TrialPaneProps) {
  const { t } = usePluginTexts();
  const nodes = nodesOf(document);
  const node = nodes.find(({ type }) => type === attempt.node) ?? nodes[0];
  const trial = useTrial(document, { ...attempt, node: node?.type ?? attempt.node }, onFailure);
  const change = (next: Attempt) => onAttempt(next);
  return (
    <div className="flex flex-col gap-4">
      <StepChoice nodes={nodes} attempt={{ ...attempt, node: node?.type ?? '' }} onAttempt={change} />
      <Source examples={examples} attempt={attempt} onAttempt={change} node={node} />
      <div>
        <h3>{t('trial.input')}</h3>
        <div className="code-box">
          <Suspense fallback={null}>
            <CodeEditor
              label={t('trial.inputLabel')}
              language="json"
              value={attempt.input}
              onChange={(input) => change({ ...attempt, input })}
            />
          </Suspense>
        </div>
      </div>
      {node && Object.keys(node.config.properties).length > 0 && (
        <details className="fold">
          <summary>{t('trial.settings')}</summary>
          <Suspense fallback={<Bones rows={3} height={28} />}>
            <SchemaForm
              schema={JsonObject.parse(node.config)}
              value={attempt.config}
              onChange={(config) => change({ ...attempt, config })}
            />
          </Suspense>
        </details>
      )}
      <RunTrial trial={trial} of="trial">
        <p className="min-w-0 flex-1 basis-60 text-xs text-muted">{t('trial.help')}</p>
      </RunTrial>
      {trial.data && (
        <>
          <TrialResult trial={trial.data.trial} input={trial.data.input} />
          <Keep result={trial.data} onKeep={onKeep} />
        </>
      )}
    </div>
  );
}
