import { endOf, type FlowDocument } from './flow.ts';
import type { Feature } from './package.ts';

/** What package 800 adds to a ready flow: steps of these features may stand in it. */
const OWN_CODE: readonly Feature[] = ['plugins', 'code'];

type Drawn = Pick<FlowDocument, 'nodes' | 'wires'>;

/**
 * Whether the flow is drawn as the ready one is: the same steps, joined the same way. Titles, places, notes, groups, connections and
 * settings are the customer's own, a step may be switched off, and code of their own may stand in any of the wires.
 */
function isDrawnAs(flow: Drawn, ready: Drawn, featureOf: (type: string) => Feature | undefined): boolean {
  const types = new Map(flow.nodes.map(({ id, type }) => [id, type]));
  if (ready.nodes.some(({ id, type }) => types.get(id) !== type)) return false;
  const given = new Set(ready.nodes.map(({ id }) => id));
  const own = flow.nodes.filter(({ id }) => !given.has(id));
  const isOwnCode = (type: string): boolean => {
    const feature = featureOf(type);
    return feature !== undefined && OWN_CODE.includes(feature);
  };
  if (own.some(({ type }) => !isOwnCode(type))) return false;
  const textOf = ({ from, to }: Drawn['wires'][number]): string => `${from} ${to}`;
  const known = new Set(ready.wires.map(textOf));
  const fed = new Set(ready.wires.map(({ to }) => to));
  const throughOwn = new Set<string>();
  for (const wire of flow.wires) {
    const isFromOwn = !given.has(endOf(wire.from)[0]);
    const isToOwn = !given.has(endOf(wire.to)[0]);
    if (isToOwn) continue;
    if (!(isFromOwn ? fed.has(wire.to) : known.has(textOf(wire)))) return false;
    if (isFromOwn) throughOwn.add(wire.to);
  }
  const drawn = new Set(flow.wires.map(textOf));
  return ready.wires.every((wire) => drawn.has(textOf(wire)) || throughOwn.has(wire.to));
}

/** Whether the flow is one of the ready ones; another is drawn freely. */
export function isReadyFlow(
  flow: Drawn,
  ready: readonly Drawn[],
  featureOf: (type: string) => Feature | undefined,
): boolean {
  return ready.some((each) => isDrawnAs(flow, each, featureOf));
}
