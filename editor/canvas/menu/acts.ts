import type { TFunction } from 'i18next';
import {
  AlignCenterHorizontal,
  ChevronsDownUp,
  ChevronsUpDown,
  ClipboardPaste,
  Copy,
  CopyPlus,
  Group,
  Link2,
  List,
  type LucideIcon,
  Map as MapIcon,
  Maximize,
  MoveDown,
  MoveLeft,
  MoveRight,
  MoveUp,
  Palette,
  PanelRight,
  Pencil,
  Plus,
  PowerOff,
  Redo2,
  Rocket,
  Scissors,
  Search,
  SquareDashedMousePointer,
  StickyNote,
  Trash2,
  Undo2,
  Ungroup,
  Wand2,
} from 'lucide-react';
import { NO_PASTE } from '../clipboard-text.ts';
import { LEAST_NOTE, type Note, sizeOf, tintGroup } from '../edit/document-edits.ts';
import { colourOf, GroupColour } from '../edit/group-colour.ts';
import { downstream, GRID } from '../graph/place.ts';
import { outputsOf } from '../graph/rules.ts';
import { chosenSteps, type Session } from '../session.ts';
import { elsewhere, type Keys, startConnecting } from '../use-keys.ts';
import type { MenuTarget } from './target.ts';

/** Something one can do from a menu. `reason`: why it cannot be done now. */
export interface Act {
  readonly id: string;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly keys?: string;
  readonly reason?: string;
  readonly danger?: true;
  /** One of several ways it can be: whether it is so now. */
  readonly chosen?: boolean;
  /** Shown in place of the icon. */
  readonly swatch?: GroupColour | 'none';
  readonly run: () => void;
}

/** Acts under a heading of their own. */
interface Heap {
  readonly id: string;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly reason?: string;
  readonly acts: readonly Act[];
}

export type MenuEntry = Act | Heap | 'rule';

export interface ActSource extends Keys {
  readonly t: TFunction;
  readonly copy: (cut: boolean) => void;
  readonly paste: () => void;
  readonly rename: (group: string) => void;
  readonly write: (note: string) => void;
  /** Where in the flow the menu was opened. */
  readonly at: { readonly x: number; readonly y: number } | undefined;
  readonly screen: { readonly x: number; readonly y: number };
}

/** How many of each are chosen, as far as acts ask. */
function counted(session: Session) {
  const state = session.store.getState();
  const steps = chosenSteps(state);
  const { groups } = session.flow();
  const framed = groups.filter(
    (group) => state.selected.has(`group:${group.id}`) || group.nodes.some((id) => state.selected.has(id)),
  );
  return { steps, wires: [...state.wires], framed, count: state.selected.size };
}

function selectAlong(session: Session, side: 'in' | 'out'): void {
  const { steps } = counted(session);
  const { wires } = session.flow();
  session.select(new Set(steps.flatMap((id) => [...downstream(wires, id, side)])));
}

/** Shows one box in place of the group's steps, or its steps again. */
function collapsing({ t, commands, session }: ActSource): Act {
  const [group] = counted(session).framed;
  const shut = group !== undefined && session.store.getState().collapsed.has(group.id);
  return {
    id: 'collapse',
    icon: shut ? ChevronsUpDown : ChevronsDownUp,
    label: t(shut ? 'canvas.expandGroup' : 'canvas.collapseGroup'),
    ...(group ? {} : { reason: t('canvas.menu.noGroup') }),
    run: () => group && commands.toggleGroup(group.id),
  };
}

/** The colours the group can have. */
function tinting({ t, session }: ActSource): Heap {
  const [group] = counted(session).framed;
  const now = group && (colourOf(group) ?? 'none');
  return {
    id: 'colour',
    icon: Palette,
    label: t('canvas.menu.colour'),
    acts: (['none', ...GroupColour.options] as const).map((colour) => ({
      id: `colour-${colour}`,
      icon: Palette,
      label: t(`canvas.menu.colours.${colour}`),
      chosen: colour === now,
      swatch: colour,
      run: () => group && session.perform(tintGroup(group.id, colour === 'none' ? undefined : colour)),
    })),
  };
}

function changing(source: ActSource): MenuEntry[] {
  const { t, commands, session, copy } = source;
  const { steps, framed } = counted(session);
  const none = steps.length === 0 ? { reason: t('canvas.menu.noStep') } : {};
  const off = session
    .flow()
    .nodes.filter(({ id }) => steps.includes(id))
    .every(({ disabled }) => disabled);
  return [
    { id: 'cut', icon: Scissors, label: t('canvas.menu.cut'), keys: 'Ctrl X', run: () => copy(true) },
    { id: 'copy', icon: Copy, label: t('canvas.menu.copy'), keys: 'Ctrl C', run: () => copy(false) },
    { id: 'duplicate', icon: CopyPlus, label: t('canvas.duplicate'), keys: 'Ctrl D', run: commands.duplicate },
    'rule',
    {
      id: 'disable',
      icon: PowerOff,
      label: t(off && steps.length > 0 ? 'canvas.enable' : 'canvas.menu.disable'),
      keys: 'D',
      ...none,
      run: commands.toggleDisabled,
    },
    { id: 'group', icon: Group, label: t('canvas.group'), keys: 'Ctrl G', ...none, run: commands.group },
    {
      id: 'ungroup',
      icon: Ungroup,
      label: t('canvas.ungroup'),
      keys: 'Ctrl Shift G',
      ...(framed.length === 0 ? { reason: t('canvas.menu.noGroup') } : {}),
      run: commands.ungroup,
    },
    collapsing(source),
  ];
}

function placing({ t, commands, session }: ActSource): Heap {
  const { count } = counted(session);
  const few = (least: number) => (count < least ? { reason: t('canvas.menu.few', { count: least }) } : {});
  const sides = ['left', 'centre', 'right', 'top', 'middle', 'bottom'] as const;
  return {
    id: 'place',
    icon: AlignCenterHorizontal,
    label: t('canvas.menu.place'),
    ...few(2),
    acts: [
      ...sides.map((side) => ({
        id: side,
        icon: AlignCenterHorizontal,
        label: t(`canvas.align.${side}`),
        ...few(2),
        run: () => commands.align(side),
      })),
      ...(['x', 'y'] as const).map((axis) => ({
        id: `space-${axis}`,
        icon: MoveRight,
        label: t(`canvas.distribute.${axis}`),
        ...few(3),
        run: () => commands.distribute(axis),
      })),
    ],
  };
}

const tidying = ({ t, commands }: ActSource): Act => ({
  id: 'tidy',
  icon: Wand2,
  label: t('canvas.tidy'),
  keys: 'Shift A',
  run: commands.tidy,
});

function removing({ t, commands, session }: ActSource): MenuEntry[] {
  const { steps } = counted(session);
  const wired = session.flow().wires.some(({ from, to }) => {
    const [source, target] = [from.split('.')[0] ?? '', to.split('.')[0] ?? ''];
    return steps.includes(source) !== steps.includes(target);
  });
  return [
    'rule',
    {
      id: 'remove',
      icon: Trash2,
      label: t('canvas.remove'),
      keys: 'Del',
      danger: true,
      run: () => commands.removeChosen(),
    },
    {
      id: 'heal',
      icon: Trash2,
      label: t('canvas.removeHeal'),
      keys: 'Ctrl Del',
      danger: true,
      ...(wired ? {} : { reason: t('canvas.menu.noWires') }),
      run: () => commands.removeChosen({ heal: true }),
    },
  ];
}

function onStep(source: ActSource): MenuEntry[] {
  const { t, commands, session, manifests } = source;
  const { steps } = counted(session);
  const [only, ...more] = steps;
  const one = only !== undefined && more.length === 0 ? {} : { reason: t('canvas.menu.oneStep') };
  const node = session.flow().nodes.find(({ id }) => id === only);
  const ways = node ? outputsOf(session.flow(), manifests, node).length : 0;
  const open = (panel: { readonly enter?: true; readonly title?: true }) => () => only && commands.open(only, panel);
  return [
    { id: 'open', icon: PanelRight, label: t('canvas.menu.open'), keys: 'Enter', ...one, run: open({ enter: true }) },
    { id: 'rename', icon: Pencil, label: t('canvas.menu.rename'), keys: 'F2', ...one, run: open({ title: true }) },
    {
      id: 'connect',
      icon: Link2,
      label: t('canvas.connect'),
      keys: 'C',
      ...(ways === 0 && !('reason' in one) ? { reason: t('canvas.menu.noOutputs') } : one),
      run: () => startConnecting(source),
    },
    'rule',
    ...changing(source),
    'rule',
    {
      id: 'before',
      icon: SquareDashedMousePointer,
      label: t('canvas.menu.before'),
      keys: 'Shift ←',
      run: () => selectAlong(session, 'in'),
    },
    {
      id: 'after',
      icon: SquareDashedMousePointer,
      label: t('canvas.menu.after'),
      keys: 'Shift →',
      run: () => selectAlong(session, 'out'),
    },
    placing(source),
    tidying(source),
    ...removing(source),
  ];
}

function onWire({ t, commands, session, screen }: ActSource): MenuEntry[] {
  const [wire] = counted(session).wires;
  return [
    {
      id: 'into',
      icon: Plus,
      label: t('canvas.addInto'),
      run: () => wire !== undefined && session.set({ adding: { screen, wire } }),
    },
    {
      id: 'elsewhere',
      icon: Link2,
      label: t('canvas.moveWire'),
      run: () => wire !== undefined && session.set({ adding: { screen, ...elsewhere(wire) } }),
    },
    'rule',
    {
      id: 'remove',
      icon: Trash2,
      label: t('canvas.removeWire'),
      keys: 'Del',
      danger: true,
      run: () => commands.removeChosen(),
    },
  ];
}

function onGroup(source: ActSource): MenuEntry[] {
  const { t, session, commands, rename } = source;
  const { framed } = counted(session);
  const [group] = framed;
  const naming: Act = {
    id: 'rename',
    icon: Pencil,
    label: t('canvas.menu.rename'),
    run: () => group && rename(group.id),
  };
  // collapsed it is its steps: what can be done to them can be done to it
  if (group && session.store.getState().collapsed.has(group.id))
    return [naming, tinting(source), 'rule', ...changing(source), ...removing(source)];
  return [
    naming,
    tinting(source),
    collapsing(source),
    {
      id: 'steps',
      icon: SquareDashedMousePointer,
      label: t('canvas.menu.groupSteps'),
      run: () => group && session.select(group.nodes),
    },
    { id: 'ungroup', icon: Ungroup, label: t('canvas.ungroup'), keys: 'Ctrl Shift G', run: commands.ungroup },
  ];
}

const MORE = 4 * GRID;

/** The size of a note, for whoever does not drag its corners. */
function sizing({ t, commands }: ActSource, note: Note | undefined): Heap {
  const { width, height } = note ? sizeOf(note) : LEAST_NOTE;
  const least = (small: boolean) => (small ? { reason: t('canvas.menu.smallest') } : {});
  const by = (change: { readonly width?: number; readonly height?: number }) => () =>
    note && commands.resizeNote(note.id, change);
  return {
    id: 'size',
    icon: Maximize,
    label: t('canvas.menu.size'),
    acts: [
      { id: 'wider', icon: MoveRight, label: t('canvas.menu.wider'), run: by({ width: MORE }) },
      {
        id: 'narrower',
        icon: MoveLeft,
        label: t('canvas.menu.narrower'),
        ...least(width - MORE < LEAST_NOTE.width),
        run: by({ width: -MORE }),
      },
      { id: 'taller', icon: MoveDown, label: t('canvas.menu.taller'), run: by({ height: MORE }) },
      {
        id: 'lower',
        icon: MoveUp,
        label: t('canvas.menu.lower'),
        ...least(height - MORE < LEAST_NOTE.height),
        run: by({ height: -MORE }),
      },
    ],
  };
}

function onNote(source: ActSource): MenuEntry[] {
  const { t, session, write, copy, commands } = source;
  const id = [...session.store.getState().selected].find((each) => each.startsWith('note:'))?.slice('note:'.length);
  return [
    { id: 'write', icon: Pencil, label: t('canvas.menu.write'), run: () => id !== undefined && write(id) },
    sizing(
      source,
      session.flow().notes.find((note) => note.id === id),
    ),
    'rule',
    { id: 'cut', icon: Scissors, label: t('canvas.menu.cut'), keys: 'Ctrl X', run: () => copy(true) },
    { id: 'copy', icon: Copy, label: t('canvas.menu.copy'), keys: 'Ctrl C', run: () => copy(false) },
    { id: 'duplicate', icon: CopyPlus, label: t('canvas.duplicate'), keys: 'Ctrl D', run: commands.duplicate },
    'rule',
    {
      id: 'remove',
      icon: Trash2,
      label: t('canvas.remove'),
      keys: 'Del',
      danger: true,
      run: () => commands.removeChosen(),
    },
  ];
}

/** Undo and redo, by the name of what they take back. */
function history({ t, session }: ActSource): Act[] {
  const { past, future } = session.store.getState().history;
  const [back, forth] = [past.at(-1), future.at(-1)];
  const named = (entry: typeof back, say: 'canvas.undo' | 'canvas.redo') =>
    entry && t(say, { what: t(`canvas.edits.${entry.name}`, { count: entry.count }) });
  return [
    {
      id: 'undo',
      icon: Undo2,
      label: named(back, 'canvas.undo') ?? t('canvas.menu.undo'),
      keys: 'Ctrl Z',
      ...(back ? {} : { reason: t('canvas.nothingToUndo') }),
      run: session.undo,
    },
    {
      id: 'redo',
      icon: Redo2,
      label: named(forth, 'canvas.redo') ?? t('canvas.menu.redo'),
      keys: 'Ctrl Y',
      ...(forth ? {} : { reason: t('canvas.nothingToRedo') }),
      run: session.redo,
    },
  ];
}

function onPane(source: ActSource): MenuEntry[] {
  const { t, session, commands, paste, publish, at, screen } = source;
  const { nodes, notes } = session.flow();
  const empty = nodes.length === 0 ? { reason: t('canvas.menu.empty') } : {};
  return [
    {
      id: 'add',
      icon: Plus,
      label: t('canvas.addStep'),
      keys: 'N',
      run: () => session.set({ adding: { screen, ...(at ? { at } : {}) } }),
    },
    { id: 'note', icon: StickyNote, label: t('canvas.addNote'), keys: 'Shift S', run: commands.note },
    {
      id: 'paste',
      icon: ClipboardPaste,
      label: t('canvas.menu.paste'),
      keys: 'Ctrl V',
      ...(NO_PASTE() ? { reason: t('canvas.menu.pasteByKey') } : {}),
      run: paste,
    },
    'rule',
    ...history(source),
    {
      id: 'all',
      icon: SquareDashedMousePointer,
      label: t('canvas.menu.all'),
      keys: 'Ctrl A',
      ...(nodes.length + notes.length === 0 ? empty : {}),
      run: () => session.select([...nodes.map(({ id }) => id), ...notes.map(({ id }) => `note:${id}`)]),
    },
    { ...tidying(source), ...empty },
    'rule',
    { id: 'fit', icon: Maximize, label: t('canvas.fit'), keys: '1', ...empty, run: () => commands.fit() },
    {
      id: 'minimap',
      icon: MapIcon,
      label: t('canvas.minimap'),
      run: () => session.set({ minimap: !session.store.getState().minimap }),
    },
    {
      id: 'search',
      icon: Search,
      label: t('canvas.search'),
      keys: 'Ctrl F',
      run: () => session.set({ searching: true, view: 'canvas' }),
    },
    {
      id: 'outline',
      icon: List,
      label: t('canvas.outline'),
      keys: 'Ctrl Shift O',
      run: () => session.set({ view: 'outline' }),
    },
    'rule',
    { id: 'publish', icon: Rocket, label: t('flows.publish'), keys: 'Shift P', run: publish },
  ];
}

const MENUS = { step: onStep, wire: onWire, pane: onPane, group: onGroup, note: onNote } as const;

/** All that can be done to what the menu was opened on, which is what is chosen by now. */
export function entriesOf(target: MenuTarget, source: ActSource): MenuEntry[] {
  return MENUS[target](source);
}
