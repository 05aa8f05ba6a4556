import { FLOW_LIMITS, type FlowDocument } from '#runtime/flow.ts';

/** Whether a flow holds more than the server takes. */
export function isTooMuch(flow: FlowDocument): boolean {
  return (
    flow.nodes.length > FLOW_LIMITS.nodes ||
    flow.wires.length > FLOW_LIMITS.wires ||
    flow.groups.length > FLOW_LIMITS.groups ||
    flow.notes.length > FLOW_LIMITS.notes ||
    flow.groups.some((group) => group.nodes.length > FLOW_LIMITS.grouped)
  );
}
