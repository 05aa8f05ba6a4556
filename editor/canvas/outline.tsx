import {
  Check,
  ChevronsDownUp,
  ChevronsUpDown,
  CircleX,
  Copy,
  Ellipsis,
  Link2,
  Plus,
  PowerOff,
  StickyNote,
  Trash2,
  TriangleAlert,
  Ungroup,
  Wand,
  X,
} from 'lucide-react';
import { type KeyboardEvent, type RefObject, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { endOf, type FlowNode } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import { stepOrder } from '../flows/order.ts';
import { portName, type StepWords, stepEffect, stepSystem, stepTitle } from '../flows/step-words.ts';
import { Tile } from '../ui/tile.tsx';
import type { Commands } from './commands.ts';
import { changeNote, renameGroup, ungroup } from './edit/document-edits.ts';
import { remove, setDisabled, wireKey } from './edit/step-edits.ts';
import { outputsOf } from './graph/rules.ts';
import { openMenuAt } from './menu/open-menu.ts';
import { useFlow, useSession, useSessionState } from './session.ts';
import { SelectionBar } from './tools/selection-bar.tsx';
import { useClipboard } from './use-clipboard.ts';
import { elsewhere } from './use-keys.ts';
import { NoteText } from './view/note-node.tsx';

interface OutlineProps {
  readonly words: StepWords;
  readonly problems: readonly Problem[];
  readonly commands: Commands;
  /** The keys of the canvas. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

function Wires({ node, words }: { readonly node: FlowNode; readonly words: StepWords }) {
  const { t } = useTranslation();
  const session = useSession();
  const flow = useFlow();
  const wires = flow.wires.filter((wire) => endOf(wire.from)[0] === node.id);
  if (wires.length === 0) return null;
  return (
    <ul className="outline-wires" aria-label={t('canvas.outlineWires', { step: stepTitle(node, words) })}>
      {wires.map((wire) => {
        const target = flow.nodes.find((each) => each.id === endOf(wire.to)[0]);
        const name = t('canvas.wireTo', {
          port: portName(node, endOf(wire.from)[1], words),
          step: target ? stepTitle(target, words) : endOf(wire.to)[0],
        });
        return (
          <li key={wireKey(wire)}>
            <span>{name}</span>
            <button
              type="button"
              className="btn ghost icon s28"
              aria-label={`${t('canvas.addInto')}: ${name}`}
              title={t('canvas.addInto')}
              onClick={() => session.set({ adding: { wire: wireKey(wire) } })}
            >
              <Plus className="i i-14" aria-hidden />
            </button>
            <button
              type="button"
              className="btn ghost icon s28"
              aria-label={`${t('canvas.moveWire')}: ${name}`}
              title={t('canvas.moveWire')}
              onClick={() => session.set({ adding: elsewhere(wireKey(wire)) })}
            >
              <Link2 className="i i-14" aria-hidden />
            </button>
            <button
              type="button"
              className="btn ghost icon s28"
              aria-label={`${t('canvas.removeWire')}: ${name}`}
              title={t('canvas.removeWire')}
              onClick={() => session.perform(remove({ steps: new Set(), wires: new Set([wireKey(wire)]) }))}
            >
              <X className="i i-14" aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** Whether the step is among the chosen; the others stay chosen. */
function Choice({ id, title }: { readonly id: string; readonly title: string }) {
  const { t } = useTranslation();
  const session = useSession();
  const chosen = useSessionState((state) => state.selected.has(id));
  const toggle = () => {
    const { selected, wires } = session.store.getState();
    session.select(chosen ? [...selected].filter((each) => each !== id) : [...selected, id], wires);
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: the keys of the canvas hold on it, as they do not in a field
    <button
      type="button"
      role="checkbox"
      aria-checked={chosen}
      className="outline-choice"
      aria-label={t('canvas.chooseStep', { step: title })}
      onClick={toggle}
    >
      {chosen && <Check className="i i-12" aria-hidden />}
    </button>
  );
}

/** The menu that the canvas has for the same thing. */
function More({ label }: { readonly label: string }) {
  const { t } = useTranslation();
  const session = useSession();
  return (
    <button
      type="button"
      className="btn ghost icon s28"
      aria-haspopup="menu"
      aria-label={t('canvas.more', { name: label })}
      title={t('canvas.more', { name: label })}
      onClick={(event) => {
        const { left, bottom } = event.currentTarget.getBoundingClientRect();
        openMenuAt(event.currentTarget, { x: left, y: bottom }, session);
      }}
    >
      <Ellipsis className="i" aria-hidden />
    </button>
  );
}

interface RowProps extends Pick<OutlineProps, 'words' | 'problems' | 'commands'> {
  readonly node: FlowNode;
}

function Row({ node, words, problems, commands }: RowProps) {
  const { t } = useTranslation();
  const session = useSession();
  const flow = useFlow();
  const selected = useSessionState((state) => state.selected.has(node.id));
  const title = stepTitle(node, words);
  const manifest = words.nodes?.get(node.type);
  const system = stepSystem(node, words);
  const mine = problems.filter((problem) => problem.step === node.id);
  const about = [
    manifest && t(`flows.kind.${manifest.group}`),
    stepEffect(node, words, t),
    system?.title,
    node.disabled && t('flows.disabled'),
  ];
  const connect = () => {
    const ends = outputsOf(flow, words.nodes ?? new Map(), node).map((port) => ({
      step: node.id,
      port,
      side: 'out' as const,
    }));
    session.set({ adding: { ends, connect: true } });
  };
  return (
    <li className="outline-row" data-step={node.id} data-menu-of={node.id} data-selected={selected}>
      <Choice id={node.id} title={title} />
      <Tile manifest={manifest} size="s24" />
      <div className="min-w-0 flex-1">
        <button
          type="button"
          className="outline-title"
          data-title-of={node.id}
          aria-pressed={selected}
          onFocus={() => !selected && session.select([node.id])}
          onClick={() => commands.open(node.id, { enter: true })}
        >
          {title}
        </button>
        <div className="text-xs text-muted">{about.filter(Boolean).join(' · ')}</div>
        {mine.map((problem) => (
          <p
            key={`${problem.code}${problem.field ?? ''}`}
            className={`flex items-center gap-1 text-xs ${problem.severity === 'error' ? 'text-danger' : 'text-warning'}`}
          >
            {problem.severity === 'error' ? (
              <CircleX className="i i-12" aria-hidden />
            ) : (
              <TriangleAlert className="i i-12" aria-hidden />
            )}
            {problem.message[words.language]}
          </p>
        ))}
        <Wires node={node} words={words} />
      </div>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.connectFrom', { step: title })}
        title={t('canvas.connect')}
        onClick={connect}
      >
        <Link2 className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.duplicateStep', { step: title })}
        title={t('canvas.duplicate')}
        onClick={() => {
          session.select([node.id]);
          commands.duplicate();
        }}
      >
        <Copy className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.disableStep', { step: title })}
        aria-pressed={node.disabled ?? false}
        title={t('canvas.disable')}
        onClick={() => session.perform(setDisabled(new Set([node.id]), !node.disabled))}
      >
        <PowerOff className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.removeStep', { step: title })}
        title={t('canvas.remove')}
        onClick={() => session.perform(remove({ steps: new Set([node.id]) }))}
      >
        <Trash2 className="i" aria-hidden />
      </button>
      <More label={title} />
    </li>
  );
}

/** A text that reads otherwise than it is written; its links are in reach of the keyboard here. */
const MARKED = /[*_`#>[]|^\s*[-+\d]|https?:/m;

function Notes() {
  const { t } = useTranslation();
  const session = useSession();
  const { notes } = useFlow();
  const box = useRef<HTMLElement>(null);
  const writing = useSessionState((state) => state.writing);
  useEffect(() => {
    if (writing === null) return;
    box.current?.querySelector<HTMLElement>(`[data-menu-of="note:${CSS.escape(writing)}"] textarea`)?.focus();
    session.set({ writing: null });
  }, [writing, session]);
  if (notes.length === 0) return null;
  return (
    <section ref={box} aria-label={t('canvas.notes')} className="px-6 pb-6">
      <h3 className="py-2 font-semibold">{t('canvas.notes')}</h3>
      {notes.map((note, index) => (
        <div key={note.id} className="mb-2 flex gap-2" data-menu-of={`note:${note.id}`}>
          <div className="min-w-0 flex-1">
            <textarea
              className="input h-auto! w-full py-2"
              rows={2}
              aria-label={t('canvas.noteNumber', { number: index + 1 })}
              value={note.text}
              maxLength={4000}
              onChange={(event) => session.perform(changeNote(note.id, { text: event.target.value }))}
            />
            {MARKED.test(note.text) && (
              <div className="marked px-3 py-2 text-sm text-muted">
                <NoteText text={note.text} />
              </div>
            )}
          </div>
          <button
            type="button"
            className="btn ghost icon"
            aria-label={t('canvas.removeNote', { number: index + 1 })}
            onClick={() => session.perform(remove({ steps: new Set(), notes: new Set([note.id]) }))}
          >
            <Trash2 className="i" aria-hidden />
          </button>
          <More label={t('canvas.noteNumber', { number: index + 1 })} />
        </div>
      ))}
    </section>
  );
}

function Groups({ commands }: Pick<OutlineProps, 'commands'>) {
  const { t } = useTranslation();
  const session = useSession();
  const collapsed = useSessionState((state) => state.collapsed);
  const { groups } = useFlow();
  if (groups.length === 0) return null;
  return (
    <section aria-label={t('canvas.groups')} className="px-6 pb-6">
      <h3 className="py-2 font-semibold">{t('canvas.groups')}</h3>
      {groups.map(({ id, title, nodes }, index) => (
        <div key={id} className="mb-2 flex items-center gap-2" data-menu-of={`group:${id}`}>
          <input
            className="input"
            aria-label={t('canvas.groupNumber', { number: index + 1 })}
            value={title}
            maxLength={120}
            onChange={(event) => session.perform(renameGroup(id, event.target.value))}
          />
          <span className="num flex-none text-sm text-muted">{t('flows.stepCount', { count: nodes.length })}</span>
          <button
            type="button"
            className="btn ghost icon"
            aria-expanded={!collapsed.has(id)}
            aria-label={`${t('canvas.groupOnCanvas')}: ${title}`}
            title={t(collapsed.has(id) ? 'canvas.expandGroup' : 'canvas.collapseGroup')}
            onClick={() => commands.toggleGroup(id)}
          >
            {collapsed.has(id) ? (
              <ChevronsUpDown className="i" aria-hidden />
            ) : (
              <ChevronsDownUp className="i" aria-hidden />
            )}
          </button>
          <button
            type="button"
            className="btn ghost icon"
            aria-label={`${t('canvas.ungroup')}: ${title}`}
            title={t('canvas.ungroup')}
            onClick={() => session.perform(ungroup(new Set([id])))}
          >
            <Ungroup className="i" aria-hidden />
          </button>
          <More label={title} />
        </div>
      ))}
    </section>
  );
}

/** The row the keyboard has come to is in sight and has the focus; where it is gone, the list has it. */
function useCurrentRow(box: RefObject<HTMLElement | null>): () => void {
  const current = useSessionState((state) => state.current);
  const { nodes } = useFlow();
  const listening = useRef(false);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a step that was removed takes the focus with it
  useEffect(() => {
    const { activeElement } = document;
    if (activeElement === document.body && listening.current) box.current?.focus({ preventScroll: true });
    listening.current = false;
  }, [nodes, box]);
  useEffect(() => {
    const row = box.current?.querySelector<HTMLElement>(`[data-title-of="${current}"]`);
    row?.scrollIntoView({ block: 'nearest' });
    const { activeElement } = document;
    if (activeElement === box.current || activeElement?.classList.contains('outline-title')) row?.focus();
  }, [current, box]);
  return () => {
    listening.current = true;
  };
}

/** The flow as a list in the order it runs, with everything the canvas can do: for the keyboard, a screen reader, a phone. */
export function Outline({ onKeyDown, ...props }: OutlineProps) {
  const { t } = useTranslation();
  const session = useSession();
  const flow = useFlow();
  const box = useRef<HTMLElement>(null);
  const { commands } = props;
  const listens = useCurrentRow(box);
  useClipboard(session, commands, nowhere);
  const listen = (event: KeyboardEvent) => {
    // a button does what it says
    if ((event.key === 'Enter' || event.key === ' ') && event.target !== box.current) return;
    listens();
    onKeyDown(event);
  };
  return (
    <section
      ref={box}
      className="outline-view"
      aria-labelledby="outline-title"
      tabIndex={-1}
      onKeyDown={listen}
      onContextMenu={(event) => {
        const { left, bottom } = (event.target as Element).getBoundingClientRect();
        // asked for by key it has no place of its own
        const screen =
          event.clientX === 0 && event.clientY === 0 ? { x: left, y: bottom } : { x: event.clientX, y: event.clientY };
        if ((event.target as Element).closest('[data-menu-of]') && openMenuAt(event.target, screen, session))
          event.preventDefault();
      }}
    >
      <header className="flex flex-wrap items-center gap-2 px-6 pt-5 pb-3">
        <h2 id="outline-title" className="flex-1">
          {t('flows.steps')}
        </h2>
        <button
          type="button"
          className="btn ghost icon"
          aria-label={t('canvas.addNote')}
          title={`${t('canvas.addNote')} (Shift S)`}
          onClick={commands.note}
        >
          <StickyNote className="i" aria-hidden />
        </button>
        <button
          type="button"
          className="btn ghost icon"
          aria-label={t('canvas.tidy')}
          title={`${t('canvas.tidy')} (Shift A)`}
          onClick={() => void commands.tidy()}
        >
          <Wand className="i" aria-hidden />
        </button>
        <button type="button" className="btn" onClick={() => session.set({ adding: {} })}>
          {t('canvas.addStep')}
        </button>
        <button type="button" className="btn" onClick={() => session.set({ view: 'canvas' })}>
          {t('canvas.showCanvas')}
        </button>
        <More label={t('flows.steps')} />
      </header>
      <SelectionBar commands={commands} />
      {flow.nodes.length === 0 && <p className="px-6 py-4 text-muted">{t('canvas.emptyHelp')}</p>}
      <ol>
        {stepOrder(flow).map((node) => (
          <Row key={node.id} node={node} {...props} />
        ))}
      </ol>
      <Groups commands={commands} />
      <Notes />
    </section>
  );
}

const nowhere = (): undefined => undefined;
