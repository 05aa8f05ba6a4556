import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import { wireKey } from '../edit/step-edits.ts';
import { fittingPort, type OpenEnd, partnersOf, typeAt } from '../graph/rules.ts';
import type { Adding } from '../session.ts';

/** Something one can choose: a node not yet in the flow, a port of a step that is, or a step that nothing leads to or from. */
export type Choice =
  | {
      readonly kind: 'new';
      readonly key: string;
      readonly node: NodeManifest;
      readonly end: OpenEnd | undefined;
      /** The package it asks for, where the customer has less. */
      readonly locked: Package | undefined;
    }
  | {
      readonly kind: 'step';
      readonly key: string;
      readonly step: FlowNode;
      readonly port: string;
      readonly end: OpenEnd;
    }
  | { readonly kind: 'loose'; readonly key: string; readonly step: FlowNode; readonly end: undefined };

export interface ChoiceGroup {
  /** `fits`, `steps`, or a group of nodes. */
  readonly name: 'fits' | 'steps' | NodeManifest['group'];
  readonly choices: readonly Choice[];
}

interface Asked {
  readonly flow: FlowDocument;
  readonly manifests: ReadonlyMap<string, NodeManifest>;
  readonly adding: Adding;
  readonly package: Package;
  readonly text: string;
  readonly titleOf: (step: FlowNode) => string;
  /** What the systems are called in which a node can work. */
  readonly systemsOf: (node: NodeManifest) => string;
  /** What an open end is called. */
  readonly endName: (end: OpenEnd) => string;
}

const GROUPS: readonly NodeManifest['group'][] = ['triggers', 'match', 'transform', 'action', 'logic', 'plugin'];

/** How well a text answers a search: 0 not at all, more is better. Every word must be found somewhere. */
function score(words: readonly string[], title: string, systems: string, rest: string): number {
  if (words.length === 0) return 1;
  const name = title.toLowerCase();
  const known = `${name} ${systems.toLowerCase()}`;
  const all = `${known} ${rest.toLowerCase()}`;
  if (!words.every((word) => all.includes(word))) return 0;
  if (!words.every((word) => known.includes(word))) return 1;
  return name.startsWith(words[0] ?? '') ? 3 : 2;
}

/** The ends of those open that a node can be joined to; `undefined` among them: it need not be joined. */
function endsFor(node: NodeManifest, { flow, manifests, adding }: Asked): readonly (OpenEnd | undefined)[] {
  if (adding.wire !== undefined) {
    const [from = '', to = ''] = adding.wire.split('>');
    const ends = [from.split('.'), to.split('.')] as const;
    const [[step = '', port = ''], [target = '', input = '']] = ends;
    const gives = typeAt(flow, manifests, { step, port, side: 'out' });
    const takes = typeAt(flow, manifests, { step: target, port: input, side: 'in' });
    return fittingPort(node, gives, 'out') !== undefined && fittingPort(node, takes, 'in') !== undefined
      ? [undefined]
      : [];
  }
  if (!adding.ends) return [undefined];
  return adding.ends.filter((each) => fittingPort(node, typeAt(flow, manifests, each), each.side) !== undefined);
}

function newSteps(asked: Asked, words: readonly string[]): (Choice & { kind: 'new' })[] {
  if (asked.adding.moves !== undefined) return [];
  const found = [...asked.manifests.values()].flatMap((node) => {
    if (asked.adding.group !== undefined && words.length === 0 && node.group !== asked.adding.group) return [];
    const locked = allows(asked.package, node.feature) ? undefined : packageOf(node.feature);
    const ends = endsFor(node, asked);
    const rest = `${node.summary.sv} ${node.summary.en} ${node.type}`;
    // what the list was opened for comes first
    const wanted = node.group === asked.adding.group ? 0.5 : 0;
    // once for every end where one has said what one looks for; the list of everything is long enough as it is
    return (words.length === 0 ? ends.slice(0, 1) : ends).flatMap((end, index) => {
      const from = end && ends.length > 1 ? asked.endName(end) : '';
      const rank = score(words, `${node.title.sv} ${node.title.en}`, `${asked.systemsOf(node)} ${from}`, rest);
      const key = index === 0 ? node.type : `${node.type} ${end?.port}`;
      return rank === 0 ? [] : [{ rank: rank + wanted, choice: { kind: 'new' as const, key, node, end, locked } }];
    });
  });
  return found
    .sort(
      (one, other) =>
        Number(one.choice.locked !== undefined) - Number(other.choice.locked !== undefined) || other.rank - one.rank,
    )
    .map(({ choice }) => choice);
}

/** A node by its type, where it fits and the package has it. */
export function openChoice(asked: Asked, type: string): (Choice & { kind: 'new' }) | undefined {
  const { group: _any, ...adding } = asked.adding;
  return newSteps({ ...asked, adding }, []).find(({ key, locked }) => key === type && locked === undefined);
}

const MOST_STEPS = 60;

function knownSteps(asked: Asked, words: readonly string[]): Choice[] {
  const { ends = [], moves } = asked.adding;
  // a wire that goes elsewhere is in nobody's way, and where it is it need not go
  const flow = { ...asked.flow, wires: asked.flow.wires.filter((wire) => wireKey(wire) !== moves) };
  return ends
    .flatMap((end) =>
      partnersOf(flow, asked.manifests, end)
        .filter(({ step, port }) => `${end.step}.${end.port}>${step.id}.${port}` !== moves)
        .filter(({ step, port }) => score(words, asked.titleOf(step), '', `${port} ${asked.endName(end)}`) > 0)
        .map(({ step, port }): Choice => ({ kind: 'step', key: `${end.port}>${step.id}.${port}`, step, port, end })),
    )
    .slice(0, MOST_STEPS);
}

/** Steps that stand on their own and fit into the wire. */
function looseSteps(asked: Asked, words: readonly string[]): Choice[] {
  if (asked.adding.wire === undefined) return [];
  const tied = new Set(asked.flow.wires.flatMap(({ from, to }) => [endOf(from)[0], endOf(to)[0]]));
  return asked.flow.nodes.flatMap((step): Choice[] => {
    const manifest = asked.manifests.get(step.type);
    const fits = manifest !== undefined && !tied.has(step.id) && endsFor(manifest, asked).length > 0;
    const found = fits && score(words, asked.titleOf(step), '', step.type) > 0;
    return found ? [{ kind: 'loose', key: step.id, step, end: undefined }] : [];
  });
}

/** What can be chosen, in the order it is shown; what fits comes first, what the package lacks last. */
export function choicesFor(asked: Asked): ChoiceGroup[] {
  const words = asked.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fresh = newSteps(asked, words);
  const tied = asked.adding.ends !== undefined || asked.adding.wire !== undefined;
  const steps: ChoiceGroup = { name: 'steps', choices: [...knownSteps(asked, words), ...looseSteps(asked, words)] };
  const groups: ChoiceGroup[] =
    tied || words.length > 0
      ? [{ name: 'fits', choices: fresh }]
      : GROUPS.map((name) => ({ name, choices: fresh.filter(({ node }) => node.group === name) }));
  return (asked.adding.connect ? [steps, ...groups] : [...groups, steps]).filter(({ choices }) => choices.length > 0);
}
