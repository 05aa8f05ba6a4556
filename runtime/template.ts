import { TerminalError } from './error.ts';
import type { FlowDocument, Param } from './flow.ts';
import type { JsonObject } from './json.ts';

/** A flow document whose params are open, with what a gallery shows of it. */
export type Answers = Readonly<Record<string, string | number | boolean>>;

const PARAM = /^\{\{\s*params\.([a-z][a-z0-9-]*)\s*\}\}$/;

function answerOf(name: string, param: Param, answers: Answers): string | number | boolean {
  const answer = answers[name] ?? param.default;
  if (answer === undefined || answer === '')
    throw new TerminalError('CONFIG_INVALID', `${param.title.en} is not answered`, { field: `params.${name}` });
  const type = param.kind === 'number' ? 'number' : param.kind === 'boolean' ? 'boolean' : 'string';
  if (typeof answer !== type || (typeof answer === 'number' && !Number.isFinite(answer)))
    throw new TerminalError('CONFIG_INVALID', `${param.title.en} must be a ${type}`, { field: `params.${name}` });
  if (param.kind === 'choice' && !param.options?.some((option) => option.value === answer)) {
    throw new TerminalError('CONFIG_INVALID', `${param.title.en} is none of its choices`, { field: `params.${name}` });
  }
  return answer;
}

/**
 * A flow with no question left: connections are put in their places, other answers are kept as `params` for the bindings.
 * Throws TerminalError naming the unanswered or wrong param.
 */
export function instantiate(
  template: FlowDocument,
  answers: Answers,
): { readonly flow: FlowDocument; readonly params: JsonObject } {
  const unknown = Object.keys(answers).find((name) => !Object.hasOwn(template.params, name));
  if (unknown !== undefined)
    throw new TerminalError('CONFIG_INVALID', `there is no question “${unknown}”`, { field: `params.${unknown}` });
  const values: Record<string, string | number | boolean> = {};
  for (const [name, param] of Object.entries(template.params)) values[name] = answerOf(name, param, answers);
  const nodes = template.nodes.map((node) => {
    const name = PARAM.exec(node.connection ?? '')?.[1];
    if (name === undefined) return node;
    const value = values[name];
    if (typeof value !== 'string')
      throw new TerminalError('CONFIG_INVALID', `${node.id} asks for a connection called ${name}`, {
        field: `params.${name}`,
      });
    return { ...node, connection: value };
  });
  return { flow: { ...template, nodes }, params: values };
}
