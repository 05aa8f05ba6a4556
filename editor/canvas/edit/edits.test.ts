import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalText, FlowDocument } from '#runtime/flow.ts';
import {
  addNote,
  changeNote,
  describe as describeFlow,
  group,
  renameGroup,
  tintGroup,
  ungroup,
} from './document-edits.ts';
import type { Edit } from './edit.ts';
import { fragmentOf, paste, readFragment } from './fragment.ts';
import { GroupColour } from './group-colour.ts';
import { type History, historyOf, perform, redo, settle, undo } from './history.ts';
import {
  addStep,
  configure,
  connect,
  freeName,
  moveTo,
  reconnect,
  remove,
  renameStep,
  setConnection,
  setDisabled,
  setOnError,
  splice,
  wireKey,
} from './step-edits.ts';

const step = (id: string, x = 0): FlowDocument['nodes'][number] => ({
  id,
  type: 'core.set',
  version: 1,
  config: { note: '{{ steps.a.value }}' },
  onError: 'stop',
  at: { x, y: 0 },
});

const start: FlowDocument = {
  format: 1,
  name: 'Orders',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [step('a'), step('b', 320), step('c', 640)],
  wires: [
    { from: 'a.value', to: 'b.value' },
    { from: 'b.value', to: 'c.value' },
  ],
  groups: [{ id: 'group', title: 'Two', nodes: ['a', 'b'] }],
  notes: [{ id: 'note', text: 'why', at: { x: 0, y: 200 } }],
};

/** Makes an edit for the flow as it is at that moment, so that sequences meet real ids. */
type Move = (flow: FlowDocument) => Edit;
const pick = <Thing>(things: readonly Thing[], at: number): Thing | undefined =>
  things[at % Math.max(1, things.length)];
const idAt = (flow: FlowDocument, at: number): string => pick(flow.nodes, at)?.id ?? 'a';
const some = (flow: FlowDocument, at: number): Set<string> =>
  new Set(flow.nodes.filter((_, index) => (index + at) % 2 === 0).map(({ id }) => id));

const number = fc.nat(20);
const word = fc.string({ maxLength: 12 });
const move: fc.Arbitrary<Move> = fc.oneof(
  fc.tuple(number, number).map(
    ([x, y]): Move =>
      (flow) => {
        const id = freeName(new Set(flow.nodes.map((node) => node.id)), 'core.set');
        return addStep({ ...step(id), at: { x: x * 8, y: y * 8 } }, [
          { from: `${idAt(flow, x)}.value`, to: `${id}.value` },
        ]);
      },
  ),
  fc.tuple(number, number).map(
    ([at, by]): Move =>
      (flow) =>
        moveTo(
          new Map([
            [idAt(flow, at), { x: by * 8, y: 0 }],
            ['note:note', { x: by, y: by }],
          ]),
          'move',
          'drag',
        ),
  ),
  fc.tuple(number, fc.boolean()).map(
    ([at, heal]): Move =>
      (flow) =>
        remove({ steps: some(flow, at) }, heal ? { heal: () => true } : {}),
  ),
  number.map(
    (at): Move =>
      (flow) =>
        remove({ steps: new Set(), wires: new Set([pick(flow.wires.map(wireKey), at) ?? '']) }),
  ),
  fc.tuple(number, number).map(
    ([from, to]): Move =>
      (flow) =>
        connect({ from: `${idAt(flow, from)}.value`, to: `${idAt(flow, to)}.value` }),
  ),
  fc.tuple(number, number).map(
    ([at, to]): Move =>
      (flow) => {
        const wire = pick(flow.wires, at);
        return reconnect(wire ? wireKey(wire) : '', { from: wire?.from ?? 'a.value', to: `${idAt(flow, to)}.value` });
      },
  ),
  number.map(
    (at): Move =>
      (flow) => {
        const id = freeName(new Set(flow.nodes.map((node) => node.id)), 'core.filter');
        return splice({
          node: step(id),
          into: pick(flow.wires.map(wireKey), at) ?? '',
          input: 'value',
          output: 'value',
          moved: new Map([[idAt(flow, at), { x: 960, y: 0 }]]),
        });
      },
  ),
  fc.tuple(number, word).map(
    ([at, text]): Move =>
      (flow) =>
        configure(idAt(flow, at), { note: text }),
  ),
  fc.tuple(number, word).map(
    ([at, text]): Move =>
      (flow) =>
        renameStep(idAt(flow, at), text),
  ),
  fc.tuple(number, fc.boolean()).map(
    ([at, on]): Move =>
      (flow) =>
        setDisabled(some(flow, at), on),
  ),
  fc.tuple(number, fc.option(fc.constant('one'), { nil: undefined })).map(
    ([at, to]): Move =>
      (flow) =>
        setConnection(idAt(flow, at), to),
  ),
  number.map(
    (at): Move =>
      (flow) =>
        setOnError(idAt(flow, at), at % 2 === 0 ? 'skip' : 'stop'),
  ),
  fc.tuple(number, word).map(
    ([at, text]): Move =>
      (flow) =>
        group(some(flow, at), text),
  ),
  number.map(
    (at): Move =>
      (flow) =>
        ungroup(new Set([pick(flow.groups, at)?.id ?? ''])),
  ),
  fc.tuple(number, word).map(
    ([at, text]): Move =>
      (flow) =>
        renameGroup(pick(flow.groups, at)?.id ?? '', text),
  ),
  fc.tuple(number, fc.constantFrom(undefined, ...GroupColour.options)).map(
    ([at, colour]): Move =>
      (flow) =>
        tintGroup(pick(flow.groups, at)?.id ?? '', colour),
  ),
  fc.tuple(number, word).map(
    ([at, text]): Move =>
      () =>
        addNote({ x: at, y: at }, text),
  ),
  fc.tuple(number, word).map(
    ([at, text]): Move =>
      (flow) =>
        changeNote(pick(flow.notes, at)?.id ?? '', { text, width: 240 + at }),
  ),
  word.map(
    (name): Move =>
      () =>
        describeFlow({ name }),
  ),
  number.map(
    (at): Move =>
      (flow) =>
        paste(flow, fragmentOf(flow, some(flow, at), new Set(['note'])), {
          by: { x: 16, y: 16 },
          name: 'paste',
          connections: new Set(),
        }).edit,
  ),
);

function play(moves: readonly Move[]): { history: History; texts: string[] } {
  let history = historyOf(start);
  const texts = [canonicalText(start)];
  for (const [index, each] of moves.entries()) {
    const next = perform(history, each(history.present), index * 10_000);
    if (next !== history) texts.push(canonicalText(next.present));
    history = next;
  }
  return { history, texts };
}

describe('edits of a flow', () => {
  test('any sequence of edits, undone, gives back the same bytes at every step, and redone again', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        let { history, texts } = play(moves);
        for (let at = texts.length - 2; at >= 0; at--) {
          history = undo(history);
          expect(canonicalText(history.present)).toBe(texts[at]);
        }
        expect(undo(history)).toBe(history);
        for (const text of texts.slice(1)) {
          history = redo(history);
          expect(canonicalText(history.present)).toBe(text);
        }
        expect(redo(history)).toBe(history);
      }),
      { numRuns: 200 },
    );
  });

  test('every flow an edit makes is one the server takes, without a loose wire, a name twice or an empty frame', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        const flow = play(moves).history.present;
        expect(FlowDocument.safeParse(flow).error).toBeUndefined();
        const ids = new Set(flow.nodes.map((node) => node.id));
        expect(ids.size).toBe(flow.nodes.length);
        for (const wire of flow.wires)
          for (const end of [wire.from, wire.to]) expect(ids.has(end.split('.')[0] ?? '')).toBe(true);
        expect(new Set(flow.wires.map(wireKey)).size).toBe(flow.wires.length);
        for (const each of flow.groups) {
          expect(each.nodes.length).toBeGreaterThan(0);
          for (const id of each.nodes) expect(ids.has(id)).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('an edit leaves the flow it was given as it was', () => {
    fc.assert(
      fc.property(move, (each) => {
        const before = canonicalText(start);
        each(start).apply(start);
        expect(canonicalText(start)).toBe(before);
      }),
    );
  });
});

describe('undo', () => {
  const to = (x: number) => moveTo(new Map([['a', { x, y: 0 }]]), 'move', 'drag:a');

  test('takes a drag back as one step, and a second drag as another', () => {
    let history = historyOf(start);
    for (const [at, x] of [8, 16, 24].entries()) history = perform(history, to(x), at * 16);
    history = perform(settle(history), to(32), 64);
    expect(history.past.map(({ name, count }) => [name, count])).toEqual([
      ['move', 1],
      ['move', 1],
    ]);
    expect(undo(history).present.nodes[0]?.at.x).toBe(24);
    expect(undo(undo(history)).present).toBe(start);
  });

  test('takes typing back by the pause, not by the letter', () => {
    let history = historyOf(start);
    for (const [at, title] of ['H', 'He', 'Hej'].entries())
      history = perform(history, renameStep('a', title), at * 100);
    history = perform(history, renameStep('a', 'Hej du'), 5000);
    expect(undo(history).present.nodes[0]?.title).toBe('Hej');
    expect(undo(undo(history)).present).toBe(start);
  });

  test('forgets what was undone once something else is done', () => {
    const history = perform(undo(perform(historyOf(start), to(8), 0)), renameStep('b', 'B'), 1);
    expect(history.future).toEqual([]);
  });
});

describe('taking steps away', () => {
  test('takes their wires too, and joins what stood on both sides when asked to heal', () => {
    const plain = remove({ steps: new Set(['b']) }).apply(start);
    expect(plain.wires).toEqual([]);
    const mended = remove({ steps: new Set(['b']) }, { heal: () => true }).apply(start);
    expect(mended.wires).toEqual([{ from: 'a.value', to: 'c.value' }]);
    expect(remove({ steps: new Set(['b']) }, { heal: () => false }).apply(start).wires).toEqual([]);
  });

  test('heals across several removed steps in a row', () => {
    const longer: FlowDocument = {
      ...start,
      nodes: [...start.nodes, step('d')],
      wires: [...start.wires, { from: 'c.value', to: 'd.value' }],
    };
    expect(remove({ steps: new Set(['b', 'c']) }, { heal: () => true }).apply(longer).wires).toEqual([
      { from: 'a.value', to: 'd.value' },
    ]);
  });
});

describe('a fragment on the clipboard', () => {
  const other: FlowDocument = {
    ...start,
    nodes: [
      { ...step('a'), connection: 'c-1' },
      { ...step('b'), connection: 'c-2' },
    ],
    wires: [{ from: 'a.value', to: 'b.value' }],
  };

  test('is text that another flow takes under names of its own, with bindings that follow', () => {
    const text = JSON.stringify(fragmentOf(other, new Set(['a', 'b']), new Set()));
    const fragment = readFragment(text);
    if (!fragment) throw new Error('unreadable');
    const { edit, steps } = paste(start, fragment, {
      by: { x: 8, y: 8 },
      name: 'paste',
      connections: new Set(['c-1']),
    });
    const flow = edit.apply(start);
    expect(steps).toEqual(['a-2', 'b-2']);
    expect(flow.wires).toContainEqual({ from: 'a-2.value', to: 'b-2.value' });
    const [copy, unconnected] = flow.nodes.slice(-2);
    expect(copy).toMatchObject({ id: 'a-2', connection: 'c-1', config: { note: '{{ steps.a-2.value }}' } });
    expect(unconnected?.connection).toBeUndefined();
  });

  test('is refused when it is anything else, or has a field too many', () => {
    expect(readFragment('hello')).toBeNull();
    expect(readFragment('{"kind":"flow-fragment","v":2,"nodes":[],"wires":[],"groups":[],"notes":[]}')).toBeNull();
    const fragment = fragmentOf(start, new Set(['a']), new Set());
    expect(readFragment(JSON.stringify({ ...fragment, secrets: { key: 'x' } }))).toBeNull();
    expect(readFragment(JSON.stringify({ ...fragment, nodes: [{ ...step('a'), run: 'alert(1)' }] }))).toBeNull();
  });

  test('may be a whole flow, as a file holds it', () => {
    expect(readFragment(canonicalText(start))?.nodes.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  });
});
