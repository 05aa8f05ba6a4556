import { CloudOff, History, Pencil, Redo2, TriangleAlert, Undo2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { FlowAnswer, Problem } from '#runtime/protocol.ts';
import { HealthChip } from '../../flows/flow-state.tsx';
import type { StepWords } from '../../flows/step-words.ts';
import { BAR_SLOT } from '../../shell/top-bar.tsx';
import { Moment } from '../../ui/moment.tsx';
import { OnDemand } from '../../ui/on-demand.tsx';
import type { Attending } from '../draft/attending.ts';
import type { DraftKeeper } from '../draft/keeper.ts';
import { Others } from '../draft/others.tsx';
import { ProblemCount } from '../problems/problem-count.tsx';
import { useSession, useSessionState } from '../session.ts';
import { sameFlow } from '../versions/same-flow.ts';

// published flows only have it
const FlowToggle = lazy(async () => ({ default: (await import('../../flows/flow-toggle.tsx')).FlowToggle }));
const loadAbout = () => import('./flow-about.tsx');
const FlowAbout = lazy(async () => ({ default: (await loadAbout()).FlowAbout }));
const loadProblems = () => import('../problems/problem-menu.tsx');
const ProblemMenu = lazy(async () => ({ default: (await loadProblems()).ProblemMenu }));

interface EditorBarProps {
  readonly tenant: number;
  readonly answer: FlowAnswer;
  readonly problems: readonly Problem[];
  readonly words: StepWords;
  readonly keeper: DraftKeeper;
  readonly attending: Attending;
  readonly onGo: (step: string, field: string | undefined) => void;
  readonly onPublish: () => void;
  readonly onVersions: () => void;
}

/** Whether what one sees is safe, in words. */
function DraftState({ keeper }: { readonly keeper: DraftKeeper }) {
  const { t } = useTranslation();
  const status = useStore(keeper.store, (state) => state.status);
  const savedAt = useStore(keeper.store, (state) => state.savedAt);
  if (status === 'offline' || status === 'elsewhere' || status === 'refused')
    return (
      <span className="draft-state text-warning" role="status">
        {status === 'offline' ? (
          <CloudOff className="i i-14" aria-hidden />
        ) : (
          <TriangleAlert className="i i-14" aria-hidden />
        )}
        {t(`canvas.draft.${status}`)}
      </span>
    );
  return (
    <span className="draft-state" role="status">
      {status === 'saved' ? (
        <>
          {t('canvas.draft.saved')} {savedAt !== null && <Moment at={savedAt} />}
        </>
      ) : (
        t(status === 'conflict' ? 'canvas.draft.conflict' : 'canvas.draft.saving')
      )}
    </span>
  );
}

/** What undo or redo would take back, by name. */
function useStepName(side: 'past' | 'future'): string | undefined {
  const { t } = useTranslation();
  const entry = useSessionState((state) => state.history[side].at(-1));
  return entry && t(`canvas.edits.${entry.name}`, { count: entry.count });
}

function UndoButtons() {
  const { t } = useTranslation();
  const session = useSession();
  const [back, forth] = [useStepName('past'), useStepName('future')];
  const undo = back === undefined ? t('canvas.nothingToUndo') : t('canvas.undo', { what: back });
  const redo = forth === undefined ? t('canvas.nothingToRedo') : t('canvas.redo', { what: forth });
  return (
    <>
      <button
        type="button"
        className="btn ghost icon"
        aria-label={undo}
        title={`${undo} (Ctrl Z)`}
        aria-disabled={back === undefined}
        onClick={session.undo}
      >
        <Undo2 className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon"
        aria-label={redo}
        title={`${redo} (Ctrl Shift Z)`}
        aria-disabled={forth === undefined}
        onClick={session.redo}
      >
        <Redo2 className="i" aria-hidden />
      </button>
    </>
  );
}

const VERSION_WORDS = {
  live: 'canvas.versionLive',
  test: 'canvas.versionTest',
  off: 'canvas.versionOff',
  draft: 'canvas.versionOff',
} as const;
const VERSION_TONES = { live: 'text-success', test: 'text-warning', off: 'text-muted', draft: 'text-muted' } as const;

/** The place in the bar over every page that is for the page's own things. */
function useBarSlot(): HTMLElement | null {
  const [slot, setSlot] = useState<HTMLElement | null>(null);
  useEffect(() => setSlot(document.getElementById(BAR_SLOT)), []);
  return slot;
}

/** What one needs while drawing: is it saved, what can be taken back, what is wrong, and out into the world. */
export function EditorBar(props: EditorBarProps) {
  const { tenant, answer, problems, words, keeper, attending, onGo, onPublish, onVersions } = props;
  const { t } = useTranslation();
  const slot = useBarSlot();
  const { flow, live } = answer;
  const same = useSessionState((state) => live !== null && sameFlow(live, state.history.present));
  if (!slot) return null;
  return createPortal(
    <>
      <OnDemand
        className="btn ghost icon s28"
        opens="dialog"
        title={t('canvas.about.title')}
        load={loadAbout}
        face={
          <>
            <Pencil className="i i-14" aria-hidden />
            <span className="sr-only">{t('canvas.about.title')}</span>
          </>
        }
        view={<FlowAbout />}
      />
      {!same && <span className="chip draft">{t('flows.draft')}</span>}
      <DraftState keeper={keeper} />
      {flow.liveVersion !== null && (
        <span className={`num text-sm ${VERSION_TONES[flow.state]}`}>
          {t(VERSION_WORDS[flow.state], { version: flow.liveVersion })}
        </span>
      )}
      <HealthChip flow={flow} />
      <span className="flex-1" />
      <Others attending={attending} />
      <UndoButtons />
      <button
        type="button"
        className="btn ghost icon"
        aria-label={t('canvas.versions.title')}
        title={t('canvas.versions.title')}
        onClick={onVersions}
      >
        <History className="i" aria-hidden />
      </button>
      <span className="bar-rule" />
      <OnDemand
        className="btn ghost problem-chip"
        opens="dialog"
        load={loadProblems}
        face={<ProblemCount problems={problems} />}
        view={<ProblemMenu problems={problems} words={words} onGo={onGo} />}
      />
      <Suspense fallback={<span className="toggle" aria-hidden="true" />}>
        {flow.state !== 'draft' && <FlowToggle tenant={tenant} flow={flow} />}
      </Suspense>
      <button
        type="button"
        className="btn primary"
        title={`${t('flows.publish')} (Shift P)`}
        aria-disabled={same}
        onClick={() => !same && onPublish()}
      >
        {same ? t('canvas.publish.nothing') : t('flows.publish')}
      </button>
    </>,
    slot,
  );
}
