import type { FlowDocument, FlowNode, Wire } from '#runtime/flow.ts';

const COLUMNS = 25;
const ROWS = 40;
const WIRES = 1500;
const COLUMN = 320;
const ROW = 136;

const TITLES = ['Kontrollera ordern', 'Räkna om priserna', 'Är kunden känd?', 'Välj lager och leveranssätt', 'Frakt'];
const KINDS: readonly Pick<FlowNode, 'type' | 'config'>[] = [
  { type: 'core.set', config: { fields: [{ to: 'checked', value: true }] } },
  { type: 'core.filter', config: { conditions: [{ left: 'paid', operator: 'equals', right: 'paid' }] } },
  { type: 'core.branch', config: { conditions: [{ left: 1250, operator: 'greater', right: '1000' }] } },
  { type: 'core.set', config: { fields: [{ to: 'delivery.method', value: 'pickup' }] } },
];

const idAt = (column: number, row: number): string => (column === 0 && row === 0 ? 'start' : `s${column}-${row}`);

function stepAt(column: number, row: number): FlowNode {
  const index = row * COLUMNS + column;
  const kind = index === 0 ? { type: 'core.manual', config: {} } : (KINDS[index % KINDS.length] as (typeof KINDS)[0]);
  return {
    id: idAt(column, row),
    version: 1,
    ...kind,
    title: `${TITLES[index % TITLES.length]} ${index}`,
    onError: 'stop',
    at: { x: column * COLUMN, y: row * ROW },
  };
}

function output({ type, id }: FlowNode): string {
  return `${id}.${type === 'core.manual' ? 'body' : type === 'core.branch' ? 'true' : 'value'}`;
}

/** A valid flow of 1,000 steps in rows, each wired to the next, and to the row below as far as 1,500 wires go. */
export function thousandSteps(): FlowDocument {
  const nodes = Array.from({ length: COLUMNS * ROWS }, (_, index) =>
    stepAt(index % COLUMNS, Math.floor(index / COLUMNS)),
  );
  const [start] = nodes as [FlowNode];
  const at = (column: number, row: number) => nodes[row * COLUMNS + column] as FlowNode;
  const wire = (from: FlowNode, to: FlowNode): Wire => ({ from: output(from), to: `${to.id}.value` });
  const wires: Wire[] = [];
  for (let row = 0; row < ROWS; row++) {
    if (row > 0) wires.push(wire(start, at(0, row)));
    for (let column = 1; column < COLUMNS; column++) wires.push(wire(at(column - 1, row), at(column, row)));
  }
  for (let row = 1; wires.length < WIRES; row++)
    for (let column = 1; column < COLUMNS && wires.length < WIRES; column++)
      wires.push(wire(at(column - 1, row - 1), at(column, row)));
  return {
    format: 1,
    name: 'Tusen steg',
    summary: '',
    trace: 'all',
    params: {},
    nodes,
    wires,
    groups: [],
    notes: [],
  };
}
