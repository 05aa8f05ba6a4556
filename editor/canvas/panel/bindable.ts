import { shapeByType } from '#runtime/field-shape.ts';
import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { portName, type StepWords, stepTitle } from '../../flows/step-words.ts';
import type { BindableField } from '../../form/form-context.ts';
import { withNested } from '../../form/nested-fields.ts';
import { downstream } from '../graph/place.ts';

const KINDS: Readonly<Record<string, BindableField['type']>> = {
  text: 'text',
  number: 'number',
  boolean: 'boolean',
  any: 'any',
};

function kindOf(type: string): BindableField['type'] {
  return KINDS[type] ?? (type.endsWith('[]') ? 'list' : 'object');
}

/** What a step's fields may be bound to: what its wires bring, what steps before it made, what the flow asks (`settings` is what that is called). */
export function bindableFields(
  flow: FlowDocument,
  node: FlowNode,
  manifest: NodeManifest,
  words: StepWords,
  settings: string,
): BindableField[] {
  const wires = flow.wires.filter((wire) => endOf(wire.to)[0] === node.id);
  const titleOf = (id: string): string => {
    const step = flow.nodes.find((each) => each.id === id);
    return step ? stepTitle(step, words) : id;
  };
  const nested = (field: BindableField, type: string): BindableField[] =>
    withNested(field, words.shapes && shapeByType(words.shapes, type), words.language);
  const inputs = manifest.inputs.flatMap((port): BindableField[] => {
    const sources = wires.filter((wire) => endOf(wire.to)[1] === port.name).map((wire) => titleOf(endOf(wire.from)[0]));
    const title = port.title?.[words.language] ?? port.name;
    const from = [...new Set(sources)].join(', ');
    return nested({ path: [port.name], from, title, type: kindOf(port.type) }, port.type);
  });
  const before = downstream(flow.wires, node.id, 'in');
  before.delete(node.id);
  const steps = flow.nodes
    .filter((each) => before.has(each.id))
    .flatMap((each) =>
      (words.nodes?.get(each.type)?.outputs ?? [])
        .filter(({ name }) => name !== 'failed')
        .flatMap(({ name, type }): BindableField[] =>
          nested(
            {
              path: ['steps', each.id, name],
              from: stepTitle(each, words),
              title: portName(each, name, words),
              type: kindOf(type),
            },
            type,
          ),
        ),
    );
  const params = Object.entries(flow.params)
    .filter(([, param]) => param.kind !== 'connection')
    .map(
      ([name, param]): BindableField => ({
        path: ['params', name],
        from: settings,
        title: param.title[words.language],
        type: param.kind === 'number' || param.kind === 'boolean' ? param.kind : 'text',
      }),
    );
  return [...inputs, ...steps, ...params];
}
