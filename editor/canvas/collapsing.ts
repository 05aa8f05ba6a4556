import { useEffect } from 'react';
import type { FlowDocument } from '#runtime/flow.ts';
import { groupKey } from '../flows/folding.ts';
import { isPutAway, putAway } from '../state/put-away.ts';
import type { Session } from './session.ts';

type Groups = FlowDocument['groups'];

const NOTHING: ReadonlyMap<string, string> = new Map();

/** The steps that collapsed groups stand for, each with its group. */
export function stepsWithin(groups: Groups, collapsed: ReadonlySet<string>): ReadonlyMap<string, string> {
  if (collapsed.size === 0) return NOTHING;
  return new Map(
    groups.filter(({ id }) => collapsed.has(id)).flatMap(({ id, nodes }) => nodes.map((step) => [step, id] as const)),
  );
}

/** A group that stands for its steps shows them again, or the other way round; what is chosen is what is then seen. */
export function toggleGroup(session: Session, id: string): void {
  const { collapsed, selected, current } = session.store.getState();
  const group = session.flow().groups.find((each) => each.id === id);
  if (!group) return;
  const opens = collapsed.has(id);
  const others = [...selected].filter((each) => each !== `group:${id}` && !group.nodes.includes(each));
  session.set({ collapsed: new Set(opens ? [...collapsed].filter((each) => each !== id) : [...collapsed, id]) });
  if (!opens) session.select([...others, `group:${id}`]);
  else session.select(current !== null && group.nodes.includes(current) ? [current] : [`group:${id}`]);
}

/** Opens the group that hides a step, so that what leads to the step can show it. */
export function reveal(session: Session, step: string): void {
  const { collapsed } = session.store.getState();
  const group = stepsWithin(session.flow().groups, collapsed).get(step);
  if (group !== undefined) session.set({ collapsed: new Set([...collapsed].filter((each) => each !== group)) });
}

/** The collapsed group that is chosen alone. */
export function chosenCollapsed(session: Session): string | undefined {
  const { selected, collapsed } = session.store.getState();
  const [only, ...others] = [...selected];
  const id = only?.startsWith('group:') ? only.slice('group:'.length) : undefined;
  return id !== undefined && others.length === 0 && collapsed.has(id) ? id : undefined;
}

/** What is collapsed is a person's own view of a flow: it is kept in the browser, and is no part of the flow. */
export function useKeptCollapse(session: Session, flow: string): void {
  useEffect(() => {
    const keyOf = (group: string) => groupKey(flow, group);
    const kept = session.flow().groups.filter(({ id }) => isPutAway(keyOf(id)));
    if (kept.length > 0) session.set({ collapsed: new Set(kept.map(({ id }) => id)) });
    return session.store.subscribe(({ collapsed }, { collapsed: before }) => {
      if (collapsed === before) return;
      for (const id of collapsed) if (!before.has(id)) putAway(keyOf(id), true);
      for (const id of before) if (!collapsed.has(id)) putAway(keyOf(id), false);
    });
  }, [session, flow]);
}
