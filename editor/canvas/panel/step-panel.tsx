import { ChevronDown, CircleX, Copy, Link2, PowerOff, Scissors, Trash2, TriangleAlert, X } from 'lucide-react';
import { type KeyboardEvent, lazy, type ReactNode, Suspense, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import type { CodeTrial, ConnectionSummary, ConnectorSummary, Problem } from '#runtime/protocol.ts';
import { CodeFailure } from '../../code/code-failure.ts';
import { type StepWords, stepEffect, stepSystem, stepTitle } from '../../flows/step-words.ts';
import { SchemaForm } from '../../form/schema-form.tsx';
import { Bones } from '../../ui/states.tsx';
import { Tile } from '../../ui/tile.tsx';
import type { Commands } from '../commands.ts';
import { configure, renameStep, setOnError } from '../edit/step-edits.ts';
import { focusDrawing } from '../focus.ts';
import { outputsOf } from '../graph/rules.ts';
import { useFlow, useSession, useSessionState } from '../session.ts';
import { bindableFields } from './bindable.ts';
import { ConnectionField } from './connection-field.tsx';
import { OpenPlugin } from './open-plugin.tsx';

/** Fetched when the first step with code is opened. */
const CodeField = lazy(async () => ({ default: (await import('../../code/code-field.tsx')).CodeField }));

const AboutStep = lazy(async () => ({ default: (await import('./about-step.tsx')).AboutStep }));
const TryCode = lazy(async () => ({ default: (await import('./try-code.tsx')).TryCode }));

interface StepPanelProps {
  /** The flow's id. */
  readonly id: string;
  readonly node: FlowNode;
  readonly words: StepWords;
  readonly problems: readonly Problem[];
  readonly commands: Commands;
  readonly account: string;
  readonly connections: readonly ConnectionSummary[];
  readonly connectors: ReadonlyMap<string, ConnectorSummary>;
  /** Where the step is called from, for triggers that are. */
  readonly address?: ReactNode;
}

function Tools({ node, commands, words }: Pick<StepPanelProps, 'node' | 'commands' | 'words'>) {
  const { t } = useTranslation();
  const session = useSession();
  const flow = useFlow();
  const tools = [
    {
      icon: Link2,
      label: t('canvas.connect'),
      keys: 'C',
      run: () => {
        const ends = outputsOf(flow, words.nodes ?? new Map(), node).map((port) => ({
          step: node.id,
          port,
          side: 'out' as const,
        }));
        session.set({ adding: { ends, connect: true } });
      },
    },
    { icon: Copy, label: t('canvas.duplicate'), keys: 'Ctrl D', run: commands.duplicate },
    {
      icon: PowerOff,
      label: t(node.disabled ? 'canvas.enable' : 'canvas.disable'),
      keys: 'D',
      run: commands.toggleDisabled,
    },
    {
      icon: Scissors,
      label: t('canvas.removeHeal'),
      keys: 'Ctrl Del',
      run: () => commands.removeChosen({ heal: true }),
    },
    { icon: Trash2, label: t('canvas.remove'), keys: 'Del', run: () => commands.removeChosen() },
  ];
  return (
    <div className="flex gap-1" role="toolbar" aria-label={t('canvas.panel.tools')}>
      {tools.map(({ icon: Icon, label, keys, run }) => (
        <button
          key={label}
          type="button"
          className="btn ghost icon s28"
          aria-label={label}
          title={`${label} (${keys})`}
          onClick={run}
        >
          <Icon className="i" aria-hidden />
        </button>
      ))}
    </div>
  );
}

function Head({
  node,
  manifest,
  words,
}: Pick<StepPanelProps, 'node' | 'words'> & { readonly manifest: NodeManifest | undefined }) {
  const { t } = useTranslation();
  const session = useSession();
  const title = useRef<HTMLInputElement>(null);
  const panel = useSessionState((state) => state.panel);
  useEffect(() => {
    if (panel?.title) title.current?.select();
  }, [panel]);
  const system = stepSystem(node, words);
  const kind = manifest ? t(`flows.kind.${manifest.group}`) : node.type;
  return (
    <header className="panel-head">
      <Tile manifest={manifest} />
      <div className="min-w-0 flex-1">
        <input
          ref={title}
          className="panel-title"
          aria-label={t('canvas.panel.title')}
          value={node.title ?? ''}
          placeholder={manifest?.title[words.language] ?? node.id}
          maxLength={120}
          autoComplete="off"
          onChange={(event) => session.perform(renameStep(node.id, event.target.value))}
          onKeyDown={(event) => event.key === 'Enter' && event.currentTarget.blur()}
        />
        <p className="truncate text-xs text-muted">
          {[node.title ? manifest?.title[words.language] : kind, stepEffect(node, words, t), system?.title]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </div>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('shell.close')}
        onClick={() => session.set({ panel: null })}
      >
        <X className="i" aria-hidden />
      </button>
    </header>
  );
}

function OnError({ node }: { readonly node: FlowNode }) {
  const { t } = useTranslation();
  const session = useSession();
  const { wires } = useFlow();
  const id = useId();
  const caught = wires.some((wire) => wire.from === `${node.id}.failed`);
  return (
    <div className="field">
      <label htmlFor={id}>{t('canvas.panel.onError')}</label>
      <span className="select w-full">
        <select
          id={id}
          className="input max-w-none! w-full!"
          value={node.onError}
          aria-describedby={`${id}-help`}
          onChange={(event) => session.perform(setOnError(node.id, event.target.value === 'skip' ? 'skip' : 'stop'))}
        >
          <option value="stop">{t('canvas.panel.onErrorStop')}</option>
          <option value="skip">{t('canvas.panel.onErrorSkip')}</option>
        </select>
        <ChevronDown className="i i-14" aria-hidden />
      </span>
      <p id={`${id}-help`} className="text-xs text-muted">
        {t(caught ? 'canvas.panel.onErrorCaught' : 'canvas.panel.onErrorHelp')}
      </p>
    </div>
  );
}

function isOwn(problem: Problem, manifest: NodeManifest | undefined): boolean {
  if (problem.field === undefined || problem.field === 'config') return true;
  return manifest?.inputs.some(({ name }) => name === problem.field) === true && problem.code === 'INPUT_MISSING';
}

/** What is wrong with the step as a whole; what is wrong with a field stands at the field. */
function StepProblems({ problems, words }: { readonly problems: readonly Problem[]; readonly words: StepWords }) {
  return problems.map((problem) => (
    <p
      key={`${problem.code}${problem.field ?? ''}`}
      className={`note ${problem.severity === 'error' ? 'bad' : 'warn'}`}
    >
      {problem.severity === 'error' ? (
        <CircleX className="i" aria-hidden />
      ) : (
        <TriangleAlert className="i" aria-hidden />
      )}
      {problem.message[words.language]}
    </p>
  ));
}

/** The message without the field's name in front, which stands above it. */
function atField(problem: Problem, words: StepWords): string {
  const text = problem.message[words.language];
  const name = `${problem.field}: `;
  return text.startsWith(name) ? text.slice(name.length) : text;
}

/** The setting that is code of the step's own, where it has one. */
function codeFieldOf(manifest: NodeManifest | undefined): string | undefined {
  const properties = manifest?.group === 'plugin' ? undefined : manifest?.config['properties'];
  const isCode = (schema: unknown): boolean =>
    typeof schema === 'object' && schema !== null && Reflect.get(schema, 'contentMediaType') === 'text/typescript';
  return Object.entries(properties ?? {}).find(([, schema]) => isCode(schema))?.[0];
}

interface TrialProps extends Pick<StepPanelProps, 'id' | 'node'> {
  readonly manifest: NodeManifest;
  readonly field: string;
  readonly onFailure: (failure: CodeTrial['failure']) => void;
}

/** The step's own code, tried where it is written; fetched when somebody wants to. */
function Trial({ id, ...trial }: TrialProps) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState(false);
  return (
    <details className="about" onToggle={(event) => event.currentTarget.open && setWanted(true)}>
      <summary>{t('canvas.panel.tryCode')}</summary>
      {wanted && (
        <Suspense fallback={<Bones rows={3} height={28} />}>
          <TryCode flow={id} {...trial} />
        </Suspense>
      )}
    </details>
  );
}

/** Escape that means the panel itself: not one of a list over it, nor the code editor's, which then lets Tab out. */
function isOut({ key, defaultPrevented, currentTarget, target }: KeyboardEvent): boolean {
  if (key !== 'Escape' || defaultPrevented || !(target instanceof Element)) return false;
  return currentTarget.contains(target) && target.closest('.cm-editor') === null;
}

/** Everything about one step, at the right of the canvas. */
export function StepPanel(props: StepPanelProps) {
  const { id, node, words, problems, commands, account, connections, connectors, address } = props;
  const { t } = useTranslation();
  const session = useSession();
  const flow = useFlow();
  const panel = useSessionState((state) => state.panel);
  const body = useRef<HTMLDivElement>(null);
  const manifest = words.nodes?.get(node.type);
  useEffect(() => {
    if (!panel?.enter && panel?.field === undefined) return;
    const wanted = panel.field === undefined ? null : body.current?.querySelector<HTMLElement>('[aria-invalid="true"]');
    const field = wanted ?? body.current?.querySelector<HTMLElement>('input, select, textarea, button');
    field?.focus();
  }, [panel]);
  const field = codeFieldOf(manifest);
  const [failed, setFailed] = useState<{ readonly code: unknown; readonly failure: CodeTrial['failure'] }>();
  const code = field === undefined ? undefined : node.config[field];
  // the code is another than the one that failed
  const failure = failed?.code === code ? failed?.failure : undefined;
  const mine = problems.filter((problem) => problem.step === node.id);
  const bindings = useMemo(
    () => ({ fields: manifest ? bindableFields(flow, node, manifest, words, t('canvas.panel.settings')) : [] }),
    [flow, node, manifest, words, t],
  );
  const fields = mine
    .filter((problem) => !isOwn(problem, manifest) && problem.field !== 'connection')
    .map((problem) => ({ field: problem.field ?? '', message: atField(problem, words), severity: problem.severity }));
  const connection = mine.find((problem) => problem.field === 'connection');
  return (
    <aside
      className="panel nokey"
      aria-label={t('canvas.panel.label')}
      onKeyDown={(event) => {
        if (!isOut(event)) return;
        session.set({ panel: null });
        focusDrawing();
      }}
    >
      <h2 className="sr-only">{stepTitle(node, words)}</h2>
      <Head node={node} manifest={manifest} words={words} />
      <div className="panel-tools">
        <Tools node={node} commands={commands} words={words} />
        {node.disabled && <span className="chip">{t('flows.disabled')}</span>}
      </div>
      <div className="panel-body" ref={body}>
        <StepProblems problems={mine.filter((problem) => isOwn(problem, manifest))} words={words} />
        {manifest && manifest.connection !== 'none' && (
          <ConnectionField
            node={node}
            manifest={manifest}
            account={account}
            connections={connections}
            connectors={connectors}
            problem={connection?.message[words.language]}
          />
        )}
        {manifest && (
          <CodeFailure value={failure}>
            <SchemaForm
              key={node.id}
              schema={manifest.config}
              value={node.config}
              onChange={(config) => session.perform(configure(node.id, config))}
              problems={fields}
              bindings={bindings}
              codeField={CodeField}
            />
          </CodeFailure>
        )}
        {manifest && field !== undefined && (
          <Trial
            id={id}
            node={node}
            manifest={manifest}
            field={field}
            onFailure={(next) => setFailed({ code, failure: next })}
          />
        )}
        {manifest?.starts && address}
        {manifest?.outputs.some(({ name }) => name === 'failed') && <OnError node={node} />}
        {manifest?.group === 'plugin' && <OpenPlugin account={account} type={node.type} />}
        {manifest && (
          <Suspense fallback={null}>
            <AboutStep manifest={manifest} language={words.language} />
          </Suspense>
        )}
      </div>
    </aside>
  );
}
