import '../style/plugins.css';
import { Dialog } from '@base-ui/react/dialog';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CircleX, History, Lock, TriangleAlert } from 'lucide-react';
import { lazy, Suspense, useCallback, useMemo, useState } from 'react';
import { JsonObject } from '#runtime/json.ts';
import type { CodeTrial, PluginDraft } from '#runtime/protocol.ts';
import { failedAt } from '../code/failed-at.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant, useUser } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { CompareVersions } from './compare-versions.tsx';
import { ExamplesPane } from './examples-pane.tsx';
import { codeTypesQuery, pluginDraftQuery, pluginsQuery, pluginVersionQuery, readDraft } from './plugin-calls.ts';
import {
  aboutOf,
  codeOf,
  examplesOf,
  jsonText,
  nodesOf,
  problemsOf,
  samePlugin,
  titleOf,
  withExample,
  withoutExample,
} from './plugin-document.ts';
import { usePluginDraft, type WrittenPlugin } from './plugin-draft.ts';
import { usePluginTexts } from './plugin-texts.ts';
import { pluginTypes } from './plugin-types.ts';
import { useShut } from './plugins-page.tsx';
import { PublishPlugin } from './publish-plugin.tsx';
import { type Attempt, attemptOf, TrialPane } from './trial-pane.tsx';

const CodeEditor = lazy(async () => ({ default: (await import('../code/code-editor.tsx')).CodeEditor }));
const ManifestForm = lazy(async () => ({ default: (await import('./manifest-form.tsx')).ManifestForm }));
const route = getRouteApi('/a/$account/plugins/$plugin');

interface TabsProps<Name extends string> {
  readonly label: string;
  readonly names: Readonly<Record<Name, string>>;
  readonly chosen: Name;
  readonly onChoose: (name: Name) => void;
}

function Tabs<Name extends string>({ label, names, chosen, onChoose }: TabsProps<Name>) {
  return (
    <div className="tabs px-(--inset)" role="tablist" aria-label={label}>
      {(Object.entries(names) as [Name, string][]).map(([name, text]) => (
        <button
          key={name}
          type="button"
          role="tab"
          aria-selected={chosen === name}
          data-on={chosen === name}
          onClick={() => onChoose(name)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

function DraftState({ status }: Pick<WrittenPlugin, 'status'>) {
  const { t } = usePluginTexts();
  const known = {
    saved: 'saved',
    unsaved: 'saving',
    saving: 'saving',
    offline: 'offline',
    elsewhere: 'offline',
    refused: 'refused',
    conflict: 'conflict',
  } as const;
  const word = known[status];
  return (
    <span role="status" className={`text-sm ${['saved', 'saving'].includes(word) ? 'text-muted' : 'text-warning'}`}>
      {t(`author.${word}`)}
    </span>
  );
}

function objectIn(text: string): JsonObject | null {
  try {
    const read = JsonObject.safeParse(JSON.parse(text));
    return read.success ? read.data : null;
  } catch {
    return null;
  }
}

/** The plugin without its code, as text; what is no JSON yet stays in the editor alone. */
function JsonPane({ document, change }: Pick<WrittenPlugin, 'document' | 'change'>) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const about = jsonText(aboutOf(document));
  const [own, setOwn] = useState({ text: about, about });
  // what was changed elsewhere, such as an example that was saved, is shown and not written over
  const text = own.about === about ? own.text : about;
  const broken = objectIn(text) === null;
  const write = (next: string) => {
    const read = objectIn(next);
    const whole = read && { ...read, code: codeOf(document) };
    setOwn({ text: next, about: whole ? jsonText(aboutOf(whole)) : about });
    if (whole) change(whole);
  };
  const problems = useCallback((now: string) => problemsOf({ ...objectIn(now), code: 'x' }, language), [language]);
  return (
    <>
      {broken && (
        <p role="status" className="note warn m-3">
          <TriangleAlert className="i" aria-hidden />
          {t('author.notJson')}
        </p>
      )}
      <Suspense fallback={<Bones rows={8} height={20} />}>
        <CodeEditor
          label={t('author.jsonLabel')}
          language="json"
          value={text}
          onChange={write}
          problems={problems}
          className="tall"
        />
      </Suspense>
    </>
  );
}

type LeftTab = 'code' | 'about' | 'json';

interface LeftProps {
  readonly written: WrittenPlugin;
  readonly failure: CodeTrial['failure'];
  /** The code is another than the one that failed. */
  readonly onMended: () => void;
}

function Left({ written, failure, onMended }: LeftProps) {
  const { t } = usePluginTexts();
  const tenant = useTenant();
  const [tab, setTab] = useState<LeftTab>('code');
  const model = useQuery(codeTypesQuery(tenant.id)).data?.text ?? '';
  const { document, change } = written;
  const nodes = JSON.stringify(document['nodes']);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the nodes are what matters, by their content
  const types = useMemo(() => `${model}\n${pluginTypes(nodesOf(document))}`, [model, nodes]);
  const problems = useCallback(() => failedAt(failure), [failure]);
  return (
    <section className="author-left">
      <h2 className="sr-only">{t('author.parts')}</h2>
      <Tabs
        label={t('author.parts')}
        names={{ code: t('author.code'), about: t('author.about'), json: t('author.json') }}
        chosen={tab}
        onChoose={setTab}
      />
      {tab === 'code' && (
        <Suspense fallback={<Bones rows={8} height={20} />}>
          <CodeEditor
            label={t('author.codeLabel')}
            language="typescript"
            value={codeOf(document)}
            onChange={(code) => {
              onMended();
              change({ ...document, code });
            }}
            types={types}
            problems={problems}
            className="tall"
          />
        </Suspense>
      )}
      {tab === 'about' && (
        <Suspense fallback={<Bones rows={8} height={28} />}>
          <ManifestForm document={document} onChange={change} />
        </Suspense>
      )}
      {tab === 'json' && <JsonPane document={document} change={change} />}
    </section>
  );
}

type RightTab = 'try' | 'examples';

function Right({
  written,
  onFailure,
}: {
  readonly written: WrittenPlugin;
  readonly onFailure: (failure: CodeTrial['failure']) => void;
}) {
  const { t } = usePluginTexts();
  const { document, change } = written;
  const [tab, setTab] = useState<RightTab>('try');
  const examples = examplesOf(document);
  const [attempt, setAttempt] = useState<Attempt>(() => {
    const [first] = examples;
    return first ? attemptOf(first) : { node: nodesOf(document)[0]?.type ?? '', config: {}, input: '{}' };
  });
  return (
    <section className="author-right">
      <h2 className="sr-only">{t('author.proof')}</h2>
      <Tabs
        label={t('author.proof')}
        names={{ try: t('author.try'), examples: `${t('author.examples')} (${examples.length})` }}
        chosen={tab}
        onChoose={setTab}
      />
      <div className="px-(--inset) py-4">
        {tab === 'try' ? (
          <TrialPane
            document={document}
            examples={examples}
            attempt={attempt}
            onAttempt={setAttempt}
            onFailure={onFailure}
            onKeep={(example) => change(withExample(document, example))}
          />
        ) : (
          <ExamplesPane
            document={document}
            examples={examples}
            onRemove={(at) => change(withoutExample(document, at))}
            onTry={(example) => {
              setAttempt(attemptOf(example));
              setTab('try');
            }}
          />
        )}
      </div>
    </section>
  );
}

/** Somebody else saved meanwhile: nothing is overwritten and nothing lost, a person chooses. */
function Conflict({ id, written }: { readonly id: string; readonly written: WrittenPlugin }) {
  const { t } = usePluginTexts();
  const tenant = useTenant();
  const [busy, setBusy] = useState(false);
  const { document, take, change } = written;
  const settle = async (mine: boolean) => {
    setBusy(true);
    try {
      const theirs = await readDraft(tenant.id, id);
      take(theirs.revision, theirs.document);
      if (mine) change(document);
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog.Root open onOpenChange={() => undefined}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <div className="flex flex-col gap-2 p-5">
            <Dialog.Title className="text-lg font-semibold">{t('author.conflictTitle')}</Dialog.Title>
            <Dialog.Description className="text-muted">{t('author.conflictBody')}</Dialog.Description>
          </div>
          <div className="foot">
            <button type="button" className="btn" aria-disabled={busy} onClick={() => !busy && void settle(true)}>
              {t('author.conflictMine')}
            </button>
            <button
              type="button"
              className="btn primary"
              aria-disabled={busy}
              onClick={() => !busy && void settle(false)}
            >
              {t('author.conflictTake')}
            </button>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function Author({ answer }: { readonly answer: PluginDraft }) {
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const tenant = useTenant();
  const { id } = answer;
  const written = usePluginDraft(answer, tenant.id, useUser().id);
  const { document, status } = written;
  const [failure, setFailure] = useState<CodeTrial['failure']>();
  const [dialog, setDialog] = useState<'publish' | 'compare' | null>(null);
  const installed = useQuery(pluginsQuery(tenant.id)).data?.plugins.find((each) => each.id === id);
  const active = useQuery({
    ...pluginVersionQuery(tenant.id, id, installed?.version ?? ''),
    enabled: installed !== undefined,
  }).data;
  const same = active !== undefined && samePlugin(JsonObject.parse(active), document);
  const problems = problemsOf(document, language).length;
  const name = titleOf(document, id, language);
  const close = () => setDialog(null);
  return (
    <>
      <header className="head">
        <div className="min-w-0 flex-1 basis-60">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="truncate">{name}</h1>
            {same ? (
              <span className="chip">{t('author.same', { version: installed?.version ?? '' })}</span>
            ) : (
              <span className="chip draft">{t('author.draft')}</span>
            )}
            <DraftState status={status} />
          </div>
          <p className="mono text-sm text-muted">
            {id}
            {installed ? ` ${installed.version}` : ` · ${t('author.notInstalled')}`}
          </p>
        </div>
        {problems > 0 && (
          <span className="chip bad">
            <CircleX className="i i-12" aria-hidden />
            {t('author.problems', { count: problems })}
          </span>
        )}
        {installed && (
          <button type="button" className="btn" onClick={() => setDialog('compare')}>
            <History className="i i-14" aria-hidden />
            {t('author.versions')}
          </button>
        )}
        <button
          type="button"
          className="btn primary"
          aria-disabled={same}
          onClick={() => !same && setDialog('publish')}
        >
          {t('author.publish')}
        </button>
      </header>
      <div className="author">
        <Left written={written} failure={failure} onMended={() => setFailure(undefined)} />
        <Right written={written} onFailure={setFailure} />
      </div>
      <PublishPlugin id={id} written={written} installed={installed} open={dialog === 'publish'} onClose={close} />
      <CompareVersions written={written} installed={installed} open={dialog === 'compare'} onClose={close} />
      {status === 'conflict' && <Conflict id={id} written={written} />}
    </>
  );
}

/** Where one plugin is written, tried, proved and published. */
export function PluginPage() {
  const { plugin } = route.useParams();
  const tenant = useTenant();
  const shut = useShut();
  const { t } = usePluginTexts();
  const { language } = usePreferences();
  const query = useQuery({ ...pluginDraftQuery(tenant.id, plugin), enabled: shut === undefined });
  const name = query.data ? titleOf(query.data.document, plugin, language) : plugin;
  useCrumbs([{ label: t('title'), to: '/a/$account/plugins' }, { label: name }]);
  if (shut) return <Empty icon={Lock} title={shut.title} help={shut.help} />;
  if (query.isPending) return <Bones rows={6} />;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Author key={plugin} answer={query.data} />;
}
