import type { NodeChange, OnNodesChange } from '@xyflow/react';
import { useCallback } from 'react';
import { changeNote } from './edit/document-edits.ts';
import { moveTo, type Point } from './edit/step-edits.ts';
import type { Session } from './session.ts';
import type { Element } from './view/elements.ts';

type Change = NodeChange<Element>;

function selectionAfter(changes: readonly Change[], selected: ReadonlySet<string>): Set<string> | null {
  let next: Set<string> | null = null;
  for (const change of changes) {
    if (change.type !== 'select') continue;
    next ??= new Set(selected);
    if (change.selected) next.add(change.id);
    else next.delete(change.id);
  }
  return next;
}

/** Where things go; a frame takes its steps along. */
function placesAfter(changes: readonly Change[], session: Session, elements: readonly Element[]): Map<string, Point> {
  const places = new Map<string, Point>();
  const flow = session.flow();
  for (const change of changes) {
    if (change.type !== 'position' || !change.position || !change.id.startsWith('group:')) continue;
    const frame = elements.find((each) => each.id === change.id);
    const group = flow.groups.find((each) => `group:${each.id}` === change.id);
    if (!frame || !group) continue;
    const by = { x: change.position.x - frame.position.x, y: change.position.y - frame.position.y };
    for (const node of flow.nodes)
      if (group.nodes.includes(node.id)) places.set(node.id, { x: node.at.x + by.x, y: node.at.y + by.y });
  }
  for (const change of changes)
    if (change.type === 'position' && change.position && !change.id.startsWith('group:'))
      places.set(change.id, change.position);
  return places;
}

/** What the canvas reports, as edits of the flow: it owns neither places nor selection. */
export function useNodeChanges(session: Session, elements: () => readonly Element[]): OnNodesChange<Element> {
  return useCallback(
    (changes) => {
      const state = session.store.getState();
      const selected = selectionAfter(changes, state.selected);
      if (selected) session.select(selected, state.wires);
      const places = placesAfter(changes, session, elements());
      if (places.size > 0) session.perform(moveTo(places, 'move', `drag:${[...places.keys()].sort().join()}`));
      for (const change of changes) {
        if (change.type !== 'dimensions' || !change.resizing || !change.dimensions) continue;
        const { width, height } = change.dimensions;
        session.perform(
          changeNote(change.id.replace('note:', ''), { width: Math.round(width), height: Math.round(height) }),
        );
      }
    },
    [session, elements],
  );
}
