import type { FlowDocument } from '#runtime/flow.ts';
import type { Edit } from './edit.ts';
import type { GroupColour } from './group-colour.ts';
import { freeName, type Point } from './step-edits.ts';

export type Note = FlowDocument['notes'][number];

/** Smaller, a note has no room for words. */
export const LEAST_NOTE = { width: 120, height: 48 };

/** How large a note is, also one that does not say so. */
export const sizeOf = ({ width = 240, height = 80 }: Note): { width: number; height: number } => ({ width, height });

/** Puts steps into one frame; a step is in one frame at most. */
export function group(steps: ReadonlySet<string>, title: string): Edit {
  return {
    name: 'group',
    count: steps.size,
    apply: (flow) => {
      const nodes = flow.nodes.filter((node) => steps.has(node.id)).map((node) => node.id);
      if (nodes.length === 0) return flow;
      const left = flow.groups
        .map((each) => ({ ...each, nodes: each.nodes.filter((id) => !steps.has(id)) }))
        .filter((each) => each.nodes.length > 0);
      const id = freeName(new Set(left.map((each) => each.id)), 'group');
      return { ...flow, groups: [...left, { id, title, nodes }] };
    },
  };
}

export function ungroup(ids: ReadonlySet<string>): Edit {
  return {
    name: 'ungroup',
    count: ids.size,
    apply: (flow) => {
      const groups = flow.groups.filter((each) => !ids.has(each.id));
      return groups.length === flow.groups.length ? flow : { ...flow, groups };
    },
  };
}

/** No colour takes it away. */
export function tintGroup(id: string, colour: GroupColour | undefined): Edit {
  return {
    name: 'tint',
    count: 1,
    apply: (flow) => {
      if (!flow.groups.some((each) => each.id === id && each.colour !== colour)) return flow;
      const tinted = ({ colour: _before, ...each }: FlowDocument['groups'][number]) =>
        colour === undefined ? each : { ...each, colour };
      return { ...flow, groups: flow.groups.map((each) => (each.id === id ? tinted(each) : each)) };
    },
  };
}

export function renameGroup(id: string, title: string): Edit {
  return {
    name: 'rename',
    count: 1,
    merge: `group:${id}`,
    apply: (flow) => {
      if (!flow.groups.some((each) => each.id === id && each.title !== title)) return flow;
      return {
        ...flow,
        groups: flow.groups.map((each) => (each.id === id ? { ...each, title: title.slice(0, 120) } : each)),
      };
    },
  };
}

export function addNote(at: Point, text: string): Edit {
  return {
    name: 'note',
    count: 1,
    apply: (flow) => {
      const id = freeName(new Set(flow.notes.map((note) => note.id)), 'note');
      return { ...flow, notes: [...flow.notes, { id, text, at: { x: at.x, y: at.y }, width: 240, height: 80 }] };
    },
  };
}

export function changeNote(id: string, change: Partial<Omit<Note, 'id'>>): Edit {
  return {
    name: 'note',
    count: 1,
    merge: `note:${id}`,
    apply: (flow) => {
      const note = flow.notes.find((each) => each.id === id);
      if (!note) return flow;
      const next = { ...note, ...change, ...(change.text === undefined ? {} : { text: change.text.slice(0, 4000) }) };
      if (JSON.stringify(next) === JSON.stringify(note)) return flow;
      return { ...flow, notes: flow.notes.map((each) => (each === note ? next : each)) };
    },
  };
}

/** The flow's own name and what it says about itself. An empty name is none and changes nothing. */
export function describe(change: Partial<Pick<FlowDocument, 'name' | 'summary'>>): Edit {
  return {
    name: 'describe',
    count: 1,
    merge: `flow:${Object.keys(change).join()}`,
    apply: (flow) => {
      const name = (change.name ?? flow.name).trim().slice(0, 120);
      const summary = (change.summary ?? flow.summary).slice(0, 1000);
      if (name === '' || (name === flow.name && summary === flow.summary)) return flow;
      return { ...flow, name, summary };
    },
  };
}

/** Another document in this one's place: an older version, or what somebody else saved. */
export function replaceWith(document: FlowDocument, name: 'restore' | 'take' | 'merge'): Edit {
  return { name, count: 1, apply: (flow) => (JSON.stringify(flow) === JSON.stringify(document) ? flow : document) };
}
