import type { FlowDocument } from '#runtime/flow.ts';

/** What a part of a flow is as text; parts never change, so it is made once of each. */
const texts = new WeakMap<object, string>();

function textOf(part: object): string {
  const known = texts.get(part);
  if (known !== undefined) return known;
  const text = JSON.stringify(part);
  texts.set(part, text);
  return text;
}

const alike = (one: readonly object[], other: readonly object[]): boolean =>
  one.length === other.length &&
  one.every((part, index) => part === other[index] || textOf(part) === textOf(other[index] ?? {}));

/** Whether two flows are the same to the letter; cheap to ask again when one of them has changed a little. */
export function sameFlow(one: FlowDocument, other: FlowDocument): boolean {
  if (one === other) return true;
  const { nodes, wires, ...rest } = one;
  const { nodes: otherNodes, wires: otherWires, ...otherRest } = other;
  return alike(nodes, otherNodes) && alike(wires, otherWires) && JSON.stringify(rest) === JSON.stringify(otherRest);
}
