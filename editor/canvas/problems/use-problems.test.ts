import { describe, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import { onlyMoved, problemsNow } from './use-problems.ts';

const step = (id: string, config = {}): FlowDocument['nodes'][number] => ({
  id,
  type: 'orders.write',
  version: 1,
  config,
  onError: 'stop',
  at: { x: 0, y: 0 },
});
const document: FlowDocument = {
  format: 1,
  name: 'One',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [step('a'), step('b')],
  wires: [],
  groups: [],
  notes: [],
};
const problem = (code: string, of: string): Problem => ({
  severity: 'error',
  code,
  step: of,
  message: { en: code, sv: code },
});
const server = {
  document,
  problems: [problem('UNSUPPORTED', 'a'), problem('UNSUPPORTED', 'b'), problem('INPUT_MISSING', 'a')],
};

describe('what is wrong now', () => {
  test('is what the server said, while the flow is the one it said it of', () => {
    expect(problemsNow([problem('NEVER_RUNS', 'a')], server, document)).toBe(server.problems);
  });

  test('is what the page sees, and what only the server can know of steps that did not change since', () => {
    const moved = { ...step('a'), at: { x: 80, y: 0 } };
    const flow = { ...document, nodes: [moved, step('b', { mode: 'create' })] };
    const page = [problem('NEVER_RUNS', 'b')];
    expect(problemsNow(page, server, flow).map(({ code, step: of }) => [code, of])).toEqual([
      ['NEVER_RUNS', 'b'],
      ['UNSUPPORTED', 'a'],
    ]);
  });
});

describe('a flow whose steps only moved', () => {
  const [a, b] = document.nodes as [FlowDocument['nodes'][number], FlowDocument['nodes'][number]];
  const moved = { ...document, nodes: [{ ...a, at: { x: 80, y: 0 } }, b] };

  test('is not looked at anew', () => {
    expect(onlyMoved(document, document)).toBe(true);
    expect(onlyMoved(document, moved)).toBe(true);
  });

  test('is told from one in which anything else changed', () => {
    const others: FlowDocument[] = [
      { ...moved, nodes: [{ ...a, at: { x: 80, y: 0 }, config: { mode: 'create' } }, b] },
      { ...moved, nodes: [{ ...a, title: 'Named' }, b] },
      { ...moved, nodes: [a] },
      { ...moved, nodes: [b, a] },
      { ...moved, name: 'Two' },
      { ...moved, wires: [{ from: 'a.order', to: 'b.order' }] },
      { ...moved, groups: [{ id: 'g', title: 'Group', nodes: ['a'] }] },
    ];
    for (const other of others) expect(onlyMoved(document, other)).toBe(false);
  });
});
