import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import { fittingPort, type OpenEnd, partnersOf, typeAt } from '../graph/rules.ts';
import type { Adding } from '../session.ts';

/** Something one can choose: a node not yet in the flow, or a port of a step that is. */
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
    };

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
}

const GROUPS: readonly NodeManifest['group'][] = ['triggers', 'match', 'transform', 'action', 'logic', 'plugin'];

/** How well a text answers a search: 0 not at all, more is better. Every word must be found somewhere. */
function score(words: readonly string[], title: string, rest: string): number {
  if (words.length === 0) return 1;
  const [name, all] = [title.toLowerCase(), `${title} ${rest}`.toLowerCase()];
  if (!words.every((word) => all.includes(word))) return 0;
  if (name.startsWith(words[0] ?? '')) return 3;
  return words.every((word) => name.includes(word)) ? 2 : 1;
}

/** The end of those open that a node can be joined to; null when it fits none. */
function endFor(node: NodeManifest, { flow, manifests, adding }: Asked): OpenEnd | undefined | null {
  if (adding.wire !== undefined) {
    const [from = '', to = ''] = adding.wire.split('>');
    const ends = [from.split('.'), to.split('.')] as const;
    const [[step = '', port = ''], [target = '', input = '']] = ends;
    const gives = typeAt(flow, manifests, { step, port, side: 'out' });
    const takes = typeAt(flow, manifests, { step: target, port: input, side: 'in' });
    return fittingPort(node, gives, 'out') !== undefined && fittingPort(node, takes, 'in') !== undefined
      ? undefined
      : null;
  }
  if (!adding.ends) return undefined;
  const end = adding.ends.find((each) => fittingPort(node, typeAt(flow, manifests, each), each.side) !== undefined);
  return end ?? null;
}

function newSteps(asked: Asked, words: readonly string[]): (Choice & { kind: 'new' })[] {
  const found = [...asked.manifests.values()].flatMap((node) => {
    if (asked.adding.group !== undefined && words.length === 0 && node.group !== asked.adding.group) return [];
    const rank = score(
      words,
      `${node.title.sv} ${node.title.en}`,
      `${node.summary.sv} ${node.summary.en} ${node.type}`,
    );
    const end = rank === 0 ? null : endFor(node, asked);
    if (end === null) return [];
    const locked = allows(asked.package, node.feature) ? undefined : packageOf(node.feature);
    return [{ rank, choice: { kind: 'new' as const, key: node.type, node, end, locked } }];
  });
  return found
    .sort(
      (one, other) =>
        Number(one.choice.locked !== undefined) - Number(other.choice.locked !== undefined) || other.rank - one.rank,
    )
    .map(({ choice }) => choice);
}

const MOST_STEPS = 60;

function knownSteps(asked: Asked, words: readonly string[]): Choice[] {
  return (asked.adding.ends ?? [])
    .flatMap((end) =>
      partnersOf(asked.flow, asked.manifests, end)
        .filter(({ step, port }) => score(words, asked.titleOf(step), port) > 0)
        .map(({ step, port }): Choice => ({ kind: 'step', key: `${end.port}>${step.id}.${port}`, step, port, end })),
    )
    .slice(0, MOST_STEPS);
}

/** What can be chosen, in the order it is shown; what fits comes first, what the package lacks last. */
export function choicesFor(asked: Asked): ChoiceGroup[] {
  const words = asked.text.toLowerCase().split(/\s+/).filter(Boolean);
  const fresh = newSteps(asked, words);
  const tied = asked.adding.ends !== undefined || asked.adding.wire !== undefined;
  const steps: ChoiceGroup = { name: 'steps', choices: knownSteps(asked, words) };
  const groups: ChoiceGroup[] =
    tied || words.length > 0
      ? [{ name: 'fits', choices: fresh }]
      : GROUPS.map((name) => ({ name, choices: fresh.filter(({ node }) => node.group === name) }));
  return (asked.adding.connect ? [steps, ...groups] : [...groups, steps]).filter(({ choices }) => choices.length > 0);
}
