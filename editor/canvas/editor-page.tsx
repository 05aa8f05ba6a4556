import { useQuery } from '@tanstack/react-query';
import { useBlocker } from '@tanstack/react-router';
import { ReactFlowProvider, useReactFlow } from '@xyflow/react';
import { Zap } from 'lucide-react';
import { type KeyboardEvent, lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { FlowDocument } from '#runtime/flow.ts';
import { allows } from '#runtime/package.ts';
import type { SessionAnswer, TenantSummary } from '#runtime/people.ts';
import type { FlowAnswer, Problem } from '#runtime/protocol.ts';
import { connectionsQuery, templatesQuery } from '../api/queries.ts';
import { stepTitle } from '../flows/step-words.ts';
import { useWords } from '../flows/use-words.ts';
import { offerSteps } from '../palette/open-flow.ts';
import { useConnectors } from '../shell/tenant.ts';
import { whenIdle } from '../state/when-idle.ts';
import { Confirm, useOpenedOnce } from '../ui/confirm.tsx';
import { Bones } from '../ui/states.tsx';
import { EditorBar } from './bar/editor-bar.tsx';
import { RunningStrip } from './bar/running-strip.tsx';
import { useKeptCollapse } from './collapsing.ts';
import { Coming } from './coming.tsx';
import { type Commands, commandsOf } from './commands.ts';
import type { Attending } from './draft/attending.ts';
import type { DraftKeeper } from './draft/keeper.ts';
import { useAttending } from './draft/use-attending.ts';
import { replaceWith } from './edit/document-edits.ts';
import { EditorCanvas } from './editor-canvas.tsx';
import { focusDrawing } from './focus.ts';
import { shapesOf } from './graph/shape.ts';
import { loadActsMenu, MenuHere } from './menu/menu-here.tsx';
import { useProblems } from './problems/use-problems.ts';
import {
  type Adding,
  chosenSteps,
  framesChosen,
  SessionContext,
  useFlow,
  useSession,
  useSessionState,
} from './session.ts';
import { Palette } from './tools/palette.tsx';
import { SearchBar } from './tools/search-bar.tsx';
import { ZoomBar } from './tools/zoom-bar.tsx';
import { useAddress, useDialogAddress } from './use-address.ts';
import { type ServerView, useDraft } from './use-draft.ts';
import { useGlobalKeys, useKeys } from './use-keys.ts';
import type { Element, WireElement } from './view/elements.ts';
import { useElements } from './view/use-elements.ts';

// what is not there when the flow opens is fetched when it is wanted
const HookAddress = lazy(async () => ({ default: (await import('../webhooks/hook-address.tsx')).HookAddress }));
const loadPanel = () => import('./panel/step-panel.tsx');
const StepPanel = lazy(async () => ({ default: (await loadPanel()).StepPanel }));
const loadPicker = () => import('./picker/step-picker.tsx');
const StepPicker = lazy(async () => ({ default: (await loadPicker()).StepPicker }));
const loadSelectionBar = () => import('./tools/selection-bar.tsx');
const SelectionBar = lazy(async () => ({ default: (await loadSelectionBar()).SelectionBar }));
const Watching = lazy(async () => ({ default: (await import('./draft/watching.tsx')).Watching }));
const Outline = lazy(async () => ({ default: (await import('./outline.tsx')).Outline }));
const PublishDialog = lazy(async () => ({ default: (await import('./versions/publish-dialog.tsx')).PublishDialog }));
const VersionsDialog = lazy(async () => ({ default: (await import('./versions/versions-dialog.tsx')).VersionsDialog }));
const Reading = lazy(async () => ({ default: (await import('../flows/reading.tsx')).Reading }));
const ConflictDialog = lazy(async () => ({ default: (await import('./draft/conflict-dialog.tsx')).ConflictDialog }));

/** What is likely to be wanted next comes while nothing else is to do; what cannot be fetched now is fetched when it is wanted. */
function fetchNext(): void {
  for (const load of [loadPanel, loadPicker, loadActsMenu, loadSelectionBar]) load().catch(() => undefined);
}

interface EditorProps {
  readonly tenant: TenantSummary;
  readonly answer: FlowAnswer;
}

interface InsideProps extends EditorProps {
  readonly keeper: DraftKeeper;
  readonly server: ServerView;
  readonly attending: Attending;
}

/** Leaving with something unsaved saves it first, and asks where that does not work. */
function LeaveGuard({ keeper }: { readonly keeper: DraftKeeper }) {
  const { t } = useTranslation();
  const blocker = useBlocker({
    // what is seen of the same flow may change at any time
    shouldBlockFn: async ({ current, next }) => current.pathname !== next.pathname && !(await keeper.flush()),
    enableBeforeUnload: () => keeper.store.getState().status !== 'saved',
    withResolver: true,
  });
  return (
    <Confirm
      open={blocker.status === 'blocked'}
      onClose={() => blocker.reset?.()}
      title={t('canvas.leave.title')}
      body={t('canvas.leave.body')}
      action={t('canvas.leave.do')}
      onConfirm={() => blocker.proceed?.()}
    />
  );
}

/** The list of what can start a flow. */
const FIRST: Adding = { group: 'triggers', first: true };

function EmptyFlow() {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <div className="empty-flow">
      <button type="button" className="ghost-step" onClick={() => session.set({ adding: FIRST })}>
        <Zap className="i i-20" aria-hidden />
        <span className="text-left">
          <span className="block font-semibold">{t('canvas.emptyTitle')}</span>
          <span className="block text-xs text-muted">{t('canvas.emptyHelp')}</span>
        </span>
      </button>
    </div>
  );
}

const PICKER = { width: 396, height: 440 };
/** Where the list of first steps stands, so that what asks for one is still seen. */
const BELOW_GHOST = 208;

/** The list of steps, near where the wish for it was made and never outside the canvas. */
function Picker({
  tenant,
  commands,
  words,
  area,
}: {
  readonly tenant: TenantSummary;
  readonly commands: Commands;
  readonly words: ReturnType<typeof useWords>;
  readonly area: React.RefObject<HTMLDivElement | null>;
}) {
  const session = useSession();
  const adding = useSessionState((state) => state.adding);
  const close = useCallback(() => {
    session.set({ adding: null });
    focusDrawing();
  }, [session]);
  if (!adding) return null;
  const box = area.current?.getBoundingClientRect() ?? { left: 0, top: 0, width: 800, height: 600 };
  const wanted = adding.screen ?? {
    x: box.left + (box.width - PICKER.width) / 2,
    y: box.top + (adding.first ? BELOW_GHOST : 72),
  };
  const within = (value: number, room: number) => Math.max(8, Math.min(value, room - 8));
  const place = {
    x: within(wanted.x - box.left, box.width - PICKER.width),
    y: within(wanted.y - box.top, box.height - PICKER.height),
  };
  return (
    <Suspense fallback={<Coming />}>
      <StepPicker
        key={JSON.stringify(adding)}
        adding={adding}
        words={words}
        customer={tenant}
        commands={commands}
        place={place}
        onClose={close}
      />
    </Suspense>
  );
}

function useCommands(tenant: number, words: ReturnType<typeof useWords>): Commands {
  const { t } = useTranslation();
  const session = useSession();
  const drawing = useReactFlow<Element, WireElement>();
  const connectors = useConnectors();
  const { data } = useQuery(connectionsQuery(tenant));
  const connections = useMemo(
    () =>
      new Map(
        (data?.connections ?? []).map(({ id, connector }) => [
          id,
          { connector, offers: connectors?.get(connector)?.offers ?? [] },
        ]),
      ),
    [data, connectors],
  );
  return useMemo(() => {
    const manifests = words.nodes ?? new Map();
    return commandsOf({
      session,
      manifests,
      shapes: () => shapesOf(session.flow(), manifests),
      drawing,
      connections,
      groupTitle: t('canvas.newGroup'),
    });
  }, [session, words.nodes, drawing, connections, t]);
}

/** The chosen step's panel, while exactly one is chosen and the panel is open. */
function Panel(
  props: Omit<React.ComponentProps<typeof StepPanel>, 'node' | 'connections' | 'connectors' | 'account'> & {
    readonly tenant: TenantSummary;
    readonly id: string;
  },
) {
  const { tenant } = props;
  const node = useSessionState((state) => {
    const [only, ...others] = state.panel === null ? [] : chosenSteps(state);
    return others.length === 0 ? state.history.present.nodes.find((each) => each.id === only) : undefined;
  });
  const written = useSessionState(({ panel }) => panel !== null && Object.keys(panel).length > 0);
  const connectors = useConnectors();
  const { data } = useQuery(connectionsQuery(tenant.id));
  if (!node) return null;
  return (
    <Suspense fallback={written && <Coming />}>
      <StepPanel
        key={node.id}
        {...props}
        account={String(tenant.id)}
        node={node}
        address={
          <Suspense fallback={null}>
            <HookAddress
              flow={props.id}
              step={node.id}
              called={props.words.nodes?.get(node.type)?.starts === 'webhook'}
              connection={node.connection}
            />
          </Suspense>
        }
        connections={data?.connections ?? []}
        connectors={connectors ?? new Map()}
      />
    </Suspense>
  );
}

/** What can be done to several things, while several are chosen. */
function Chosen({ commands }: { readonly commands: Commands }) {
  const several = useSessionState((state) => state.selected.size > 1 || framesChosen(state));
  return <Suspense fallback={null}>{several && <SelectionBar commands={commands} />}</Suspense>;
}

interface CanvasProps {
  readonly tenant: TenantSummary;
  readonly words: ReturnType<typeof useWords>;
  readonly problems: readonly Problem[];
  readonly commands: Commands;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

/** The drawing: the one part of the page that is made anew at every edit. */
function Canvas({ tenant, words, problems, commands, onKeyDown }: CanvasProps) {
  const flow = useFlow();
  const selected = useSessionState((state) => state.selected);
  const wires = useSessionState((state) => state.wires);
  const current = useSessionState((state) => state.current);
  const collapsed = useSessionState((state) => state.collapsed);
  const { nodes, edges, shapes } = useElements({
    flow,
    words,
    package: tenant.package,
    problems,
    selected,
    wires,
    current,
    collapsed,
    readOnly: false,
  });
  const drawing = useReactFlow<Element, WireElement>();
  return (
    <>
      <EditorCanvas
        nodes={nodes}
        edges={edges}
        shapes={shapes}
        words={words}
        commands={commands}
        drawing={drawing}
        onKeyDown={onKeyDown}
      />
      {flow.nodes.length === 0 && <EmptyFlow />}
    </>
  );
}

/** The ready flows, for a customer who may publish no others; undefined where any may be. */
function useReady({ id, package: owned }: TenantSummary): readonly FlowDocument[] | undefined {
  const { data } = useQuery({ ...templatesQuery(id), enabled: !allows(owned, 'free-flows') });
  return useMemo(() => data?.templates.map(({ flow }) => flow), [data]);
}

function Inside({ tenant, answer, keeper, server, attending }: InsideProps) {
  const session = useSession();
  const words = useWords(tenant.id);
  const area = useRef<HTMLDivElement>(null);
  const [dialog, setDialog] = useDialogAddress();
  useKeptCollapse(session, answer.flow.id);
  useAddress(session);
  const view = useSessionState((state) => state.view);
  const searching = useSessionState((state) => state.searching);
  const ready = useReady(tenant);
  const problems = useProblems(session, { ...words, package: tenant.package, ready }, server);
  const commands = useCommands(tenant.id, words);
  const publish = useCallback(() => setDialog('publish'), [setDialog]);
  const keys = useMemo(
    () => ({ session, commands, manifests: words.nodes ?? new Map(), publish }),
    [session, commands, words.nodes, publish],
  );
  const onKeyDown = useKeys(keys);
  useGlobalKeys(session, keeper);
  const go = useCallback(
    (step: string, field: string | undefined) => {
      commands.open(step, field === undefined ? { enter: true } : { field });
      commands.show(step);
    },
    [commands],
  );
  useEffect(
    () =>
      offerSteps({
        steps: () =>
          session.flow().nodes.map((node) => {
            const title = stepTitle(node, words);
            const about = words.nodes?.get(node.type)?.title[words.language] ?? node.type;
            return { id: node.id, title, about: about === title ? '' : about };
          }),
        go: (step) => {
          commands.open(step);
          commands.show(step);
        },
      }),
    [session, words, commands],
  );
  const close = useCallback(() => setDialog(undefined), [setDialog]);
  const shared = { tenant, answer, words, onClose: close };
  return (
    <div className="editor-sheet">
      <EditorBar
        tenant={tenant.id}
        answer={answer}
        problems={problems}
        words={words}
        keeper={keeper}
        attending={attending}
        onGo={go}
        onPublish={publish}
        onVersions={() => setDialog('versions')}
      />
      <RunningStrip answer={answer} words={words} onGo={go} />
      <div className="editor" ref={area}>
        {view === 'outline' ? (
          <Suspense fallback={<Bones rows={8} />}>
            <Outline words={words} problems={problems} commands={commands} onKeyDown={onKeyDown} />
          </Suspense>
        ) : (
          <>
            <Canvas tenant={tenant} words={words} problems={problems} commands={commands} onKeyDown={onKeyDown} />
            <Palette commands={commands} />
            <ZoomBar commands={commands} />
            <Chosen commands={commands} />
          </>
        )}
        {searching && <SearchBar words={words} commands={commands} />}
        <Panel words={words} problems={problems} commands={commands} tenant={tenant} id={answer.flow.id} />
        <MenuHere keys={keys} />
        <Picker tenant={tenant} commands={commands} words={words} area={area} />
        <Suspense fallback={null}>
          {useOpenedOnce(dialog === 'publish') && (
            <PublishDialog {...shared} open={dialog === 'publish'} problems={problems} keeper={keeper} onGo={go} />
          )}
          {useOpenedOnce(dialog === 'versions') && <VersionsDialog {...shared} open={dialog === 'versions'} />}
        </Suspense>
      </div>
    </div>
  );
}

/** The flow as it stands here, to read until there is room to draw again. */
function Narrow({ tenant, answer }: EditorProps) {
  const { t } = useTranslation();
  const flow = useFlow();
  const edited = useSessionState(({ history }) => history.past.length + history.future.length > 0);
  return (
    <Suspense fallback={<Bones rows={8} />}>
      {edited && (
        <p className="watch-strip text-sm" role="status">
          {t('canvas.narrow')}
        </p>
      )}
      <Reading tenant={tenant} answer={{ ...answer, draft: flow }} />
    </Suspense>
  );
}

interface DrawingProps extends EditorProps {
  readonly user: SessionAnswer['user'];
  readonly attending: Attending;
  readonly roomy: boolean;
}

function Drawing({ tenant, answer, user, attending, roomy }: DrawingProps) {
  const { session, keeper, server, status } = useDraft(answer, tenant.id, user.id, attending);
  const words = useWords(tenant.id);
  useEffect(() => {
    focusDrawing();
    // whoever opens a flow without steps is about to choose the first
    if (session.flow().nodes.length === 0) session.set({ adding: FIRST });
    return whenIdle(fetchNext);
  }, [session]);
  return (
    <SessionContext value={session}>
      <ReactFlowProvider>
        {roomy ? (
          <Inside tenant={tenant} answer={answer} keeper={keeper} server={server} attending={attending} />
        ) : (
          <Narrow tenant={tenant} answer={answer} />
        )}
        <LeaveGuard keeper={keeper} />
        {status === 'conflict' && (
          <Suspense fallback={null}>
            <ConflictDialog
              tenant={tenant}
              flow={answer.flow.id}
              words={words}
              base={keeper.base()}
              onSettle={(theirs, kept) => {
                keeper.settle(theirs.flow.revision, theirs.draft);
                session.perform(kept ? replaceWith(kept, 'merge') : replaceWith(theirs.draft, 'take'));
              }}
            />
          </Suspense>
        )}
      </ReactFlowProvider>
    </SessionContext>
  );
}

/**
 * The page around the canvas makes room for it. Told here, where a rule with `:has(.editor)` would do: with one, every step that
 * comes into view has the browser style the whole page anew.
 */
function useRoom(wanted: boolean): void {
  useLayoutEffect(() => {
    const page = document.querySelector('.app');
    page?.toggleAttribute('data-drawing', wanted);
    return () => page?.removeAttribute('data-drawing');
  }, [wanted]);
}

/** The editor of one flow: for whoever edits it, and to look on for everybody else until they take over. */
export function Editor(props: Omit<DrawingProps, 'attending'>) {
  const { tenant, answer, roomy } = props;
  useRoom(roomy);
  const attending = useAttending(tenant.id, answer.flow.id, answer.flow.revision);
  const holder = useStore(attending.store, (state) => state.holder);
  if (holder)
    return (
      <Suspense fallback={<Bones rows={8} />}>
        <Watching tenant={tenant} answer={answer} attending={attending} holder={holder} />
      </Suspense>
    );
  return <Drawing {...props} attending={attending} />;
}
