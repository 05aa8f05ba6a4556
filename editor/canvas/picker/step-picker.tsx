import { CornerDownLeft, Lock, Search } from 'lucide-react';
import { type KeyboardEvent, lazy, Suspense, useEffect, useId, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import { portName, type StepWords, stepTitle } from '../../flows/step-words.ts';
import { Tile } from '../../ui/tile.tsx';
import type { Commands } from '../commands.ts';
import type { Point } from '../edit/step-edits.ts';
import type { OpenEnd } from '../graph/rules.ts';
import { type Adding, useFlow } from '../session.ts';
import { type Choice, choicesFor, openChoice } from './choices.ts';

/** Fetched when somebody asks what the package lacks. */
const LockedChoice = lazy(async () => ({ default: (await import('./locked-choice.tsx')).LockedChoice }));

interface StepPickerProps {
  readonly adding: Adding;
  readonly words: StepWords;
  /** Whose flow it is, and what they may use. */
  readonly customer: { readonly name: string; readonly package: Package };
  readonly commands: Commands;
  /** Where on the canvas it stands, and how much room there is. */
  readonly place: Point;
  readonly onClose: () => void;
}

function ChoiceText({
  choice,
  words,
  several,
}: {
  readonly choice: Choice;
  readonly words: StepWords;
  readonly several: boolean;
}) {
  const { t } = useTranslation();
  const flow = useFlow();
  const from = choice.end && flow.nodes.find((node) => node.id === choice.end?.step);
  const way =
    several && choice.end && from
      ? t('canvas.picker.from', { port: portName(from, choice.end.port, words) })
      : undefined;
  if (choice.kind === 'new')
    return (
      <span className="min-w-0 flex-1 truncate">
        <span className="font-semibold">{choice.node.title[words.language]}</span>
        {way && <span className="text-muted"> {way}</span>}
      </span>
    );
  if (choice.kind === 'loose')
    return <span className="min-w-0 flex-1 truncate font-semibold">{stepTitle(choice.step, words)}</span>;
  const ports = words.nodes?.get(choice.step.type)?.inputs;
  const input = ports?.find(({ name }) => name === choice.port)?.title?.[words.language];
  const port = choice.end.side === 'out' ? (input ?? choice.port) : portName(choice.step, choice.port, words);
  return (
    <span className="min-w-0 flex-1 truncate">
      <span className="font-semibold">{stepTitle(choice.step, words)}</span>
      <span className="text-muted"> › {port}</span>
      {way && <span className="text-muted"> {way}</span>}
    </span>
  );
}

interface OptionProps {
  readonly id: string;
  readonly choice: Choice;
  readonly words: StepWords;
  readonly several: boolean;
  readonly active: boolean;
  readonly onPoint: () => void;
  readonly onChoose: () => void;
}

function Option({ id, choice, words, several, active, onPoint, onChoose }: OptionProps) {
  const { t } = useTranslation();
  const manifest = choice.kind === 'new' ? choice.node : words.nodes?.get(choice.step.type);
  const locked = choice.kind === 'new' ? choice.locked : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are heard in the search field, which has the focus
    <div
      id={id}
      role="option"
      tabIndex={-1}
      aria-selected={active}
      className="choice"
      data-active={active}
      onPointerMove={onPoint}
      onClick={onChoose}
    >
      <Tile manifest={manifest} size="s24" />
      <ChoiceText choice={choice} words={words} several={several} />
      {locked && (
        <span className="chip line">
          <Lock className="i i-12" aria-hidden />
          {t(`shell.packages.${locked}`)}
        </span>
      )}
      {active && !locked && <CornerDownLeft className="i i-14 text-muted" aria-hidden />}
    </div>
  );
}

/** What the choice under the pointer is for; for a locked one, why. */
function About({
  choice,
  words,
  owned,
}: {
  readonly choice: Choice | undefined;
  readonly words: StepWords;
  readonly owned: Package;
}) {
  const { t } = useTranslation();
  if (choice?.kind !== 'new') return null;
  const { node, locked } = choice;
  return (
    <div className="picker-about">
      <p>{node.summary[words.language]}</p>
      {locked && (
        <p>
          {t('canvas.picker.locked', {
            needed: t(`shell.packagesWithin.${locked}`),
            owned: t(`shell.packagesWithin.${owned}`),
          })}
        </p>
      )}
    </div>
  );
}

/** A node that was chosen though the package lacks it. */
interface LockedNode {
  readonly node: NodeManifest;
  readonly needed: Package;
}

/** What can be chosen, which of it one stands on, and what the keys do. */
function useChoices({ adding, words, customer, commands, onClose }: Omit<StepPickerProps, 'place'>) {
  const owned = customer.package;
  const flow = useFlow();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [refused, setRefused] = useState<LockedNode | null>(null);
  const asked = useMemo(
    () => ({
      flow,
      manifests: words.nodes ?? new Map<string, NodeManifest>(),
      adding,
      package: owned,
      text,
      titleOf: (step: FlowNode) => stepTitle(step, words),
      systemsOf: (node: NodeManifest) =>
        commands
          .ableTo(node)
          .map((id) => words.systems?.get(id))
          .map((system) => (system ? `${system.kind} ${system.title}` : ''))
          .join(' '),
      endName: (end: OpenEnd) => {
        const step = flow.nodes.find(({ id }) => id === end.step);
        return step ? portName(step, end.port, words) : end.port;
      },
    }),
    [flow, words, adding, owned, text, commands],
  );
  const groups = useMemo(() => choicesFor(asked), [asked]);
  const instead = refused?.node.instead === undefined ? undefined : openChoice(asked, refused.node.instead);
  const choices = groups.flatMap((group) => group.choices);
  const place = Math.min(at, choices.length - 1);
  const active = choices[place];
  const choose = (choice: Choice | undefined) => {
    if (!choice) return;
    if (choice.kind === 'new' && choice.locked) {
      setRefused({ node: choice.node, needed: choice.locked });
      return;
    }
    onClose();
    if (choice.kind === 'new') commands.add(choice.node, adding, choice.end);
    else if (choice.kind === 'loose') commands.spliceIn(choice.step.id, adding.wire ?? '', true);
    else commands.join(choice.end, choice.step.id, choice.port, adding.moves);
  };
  const move = (to: number) => {
    setRefused(null);
    setAt((to + choices.length) % Math.max(1, choices.length));
  };
  const listen = (event: KeyboardEvent) => {
    if (event.key === 'ArrowDown') move(place + 1);
    else if (event.key === 'ArrowUp') move(place - 1);
    else if (event.key === 'Enter') choose(active);
    else if (event.key === 'Escape' || event.key === 'Tab') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const write = (next: string) => {
    setText(next);
    move(0);
  };
  return { text, write, groups, choices, active, place, refused, instead, move, choose, listen };
}

interface ChoicesProps
  extends Pick<ReturnType<typeof useChoices>, 'groups' | 'choices' | 'active' | 'place' | 'move' | 'choose'> {
  readonly list: string;
  readonly words: StepWords;
  readonly several: boolean;
  readonly owned: Package;
}

/** The list itself, what the chosen one is for, and the keys. */
function Choices({ list, words, several, owned, groups, choices, active, place, move, choose }: ChoicesProps) {
  const { t } = useTranslation();
  return (
    <>
      <div id={list} role="listbox" aria-label={t('canvas.picker.title')} className="picker-list">
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset cannot stand inside a listbox
          <div key={group.name} role="group" aria-label={t(`canvas.picker.groups.${group.name}`)}>
            <div className="grp" aria-hidden="true">
              {t(`canvas.picker.groups.${group.name}`)}
            </div>
            {group.choices.map((choice) => {
              const mine = choices.indexOf(choice);
              return (
                <Option
                  key={choice.key}
                  id={`${list}-${mine}`}
                  choice={choice}
                  words={words}
                  several={several}
                  active={choice === active}
                  onPoint={() => mine !== place && move(mine)}
                  onChoose={() => {
                    move(mine);
                    choose(choice);
                  }}
                />
              );
            })}
          </div>
        ))}
      </div>
      {choices.length === 0 && <p className="px-4 py-6 text-center text-sm text-muted">{t('canvas.picker.nothing')}</p>}
      <About choice={active} words={words} owned={owned} />
      {!allows(owned, 'free-flows') && (
        <p className="picker-free">
          <Lock className="i i-14" aria-hidden />
          {t('flows.freeLocked', {
            needed: t(`shell.packagesWithin.${packageOf('free-flows')}`),
            owned: t(`shell.packagesWithin.${owned}`),
          })}
        </p>
      )}
      <div className="picker-foot">
        <span>{t('canvas.picker.keys')}</span>
        <span className="num">{t('canvas.picker.count', { count: choices.length })}</span>
      </div>
    </>
  );
}

/** A list of steps to add or to join, with search first; what does not fit the port is not in it. */
export function StepPicker(props: StepPickerProps) {
  const { adding, words, customer, commands, place: at, onClose } = props;
  const { t } = useTranslation();
  const list = useId();
  const box = useRef<HTMLDivElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const chosen = useChoices(props);
  const { text, write, active, place, refused, instead, move, choose, listen } = chosen;
  const several = (adding.ends?.length ?? 0) > 1;
  const [end] = adding.ends ?? [];
  useEffect(() => {
    document.getElementById(`${list}-${place}`)?.scrollIntoView({ block: 'nearest' });
  }, [list, place]);
  useEffect(() => {
    const leave = (event: PointerEvent) => {
      if (event.target instanceof Node && !box.current?.contains(event.target)) onClose();
    };
    document.addEventListener('pointerdown', leave, true);
    return () => document.removeEventListener('pointerdown', leave, true);
  }, [onClose]);
  return (
    <div
      ref={box}
      role="dialog"
      aria-label={t('canvas.picker.title')}
      className="picker nowheel"
      style={{ left: at.x, top: at.y }}
    >
      <div className="picker-search">
        <Search className="i" aria-hidden />
        <input
          ref={search}
          // biome-ignore lint/a11y/noAutofocus: whoever opens a search wants to write in it
          autoFocus
          role="combobox"
          aria-expanded={refused === null}
          aria-controls={refused ? undefined : list}
          aria-activedescendant={active && !refused ? `${list}-${place}` : undefined}
          aria-label={t('canvas.picker.search')}
          placeholder={t('canvas.picker.search')}
          value={text}
          maxLength={80}
          autoComplete="off"
          onChange={(event) => write(event.target.value)}
          onKeyDown={listen}
        />
        {end && !several && (
          <span className="text-xs text-muted">{t('canvas.picker.fits', { type: commands.typeOf(end) })}</span>
        )}
      </div>
      {refused ? (
        <Suspense fallback={null}>
          <LockedChoice
            {...refused}
            customer={customer}
            instead={instead?.node}
            language={words.language}
            onInstead={() => choose(instead)}
            onBack={() => {
              move(place);
              search.current?.focus();
            }}
          />
        </Suspense>
      ) : (
        <Choices {...chosen} list={list} words={words} several={several} owned={customer.package} />
      )}
    </div>
  );
}
