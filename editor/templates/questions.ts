import type { FlowDocument, Param } from '#runtime/flow.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { ConnectionSummary, ConnectorSummary } from '#runtime/protocol.ts';
import type { Answers } from '#runtime/template.ts';

/** Connections that can do all that a question asks of them; what one can by its settings alone is found out later. */
export function fitting(
  { needs = [] }: Param,
  connections: readonly ConnectionSummary[],
  connectors: ReadonlyMap<string, ConnectorSummary>,
): readonly ConnectionSummary[] {
  return connections.filter(({ connector, state }) => {
    const offers = connectors.get(connector)?.offers ?? [];
    return state !== 'disabled' && (offers.length === 0 || needs.every((need) => offers.includes(need)));
  });
}

const both = (text: string) => ({ en: text, sv: text });

function fieldOf(param: Param, fits: readonly ConnectionSummary[]): JsonObject {
  const named = {
    title: param.title.en,
    titleSv: param.title.sv,
    ...(param.default === undefined ? {} : { default: param.default }),
  };
  switch (param.kind) {
    case 'connection':
      return {
        ...named,
        enum: fits.map(({ id }) => id),
        options: Object.fromEntries(fits.map(({ id, title }) => [id, both(title)])),
      };
    case 'choice':
      return {
        ...named,
        enum: (param.options ?? []).map(({ value }) => value),
        options: Object.fromEntries((param.options ?? []).map(({ value, title }) => [value, title])),
      };
    case 'text':
      return { ...named, type: 'string', minLength: 1, maxLength: 2000 };
    default:
      return { ...named, type: param.kind };
  }
}

/** A template's questions of some kinds, as the schema of a form. */
export function questionSchema(
  { params }: FlowDocument,
  asked: (param: Param) => boolean,
  fits: (param: Param) => readonly ConnectionSummary[],
): JsonObject {
  const questions = Object.entries(params).filter(([, param]) => asked(param));
  return {
    type: 'object',
    properties: Object.fromEntries(questions.map(([name, param]) => [name, fieldOf(param, fits(param))])),
    required: questions.filter(([, param]) => param.default === undefined).map(([name]) => name),
  };
}

/** The only connection that fits needs no choosing; one that is taken so is not meant where another fits, too. */
export function obvious({ params }: FlowDocument, fits: (param: Param) => readonly ConnectionSummary[]): JsonObject {
  const open = new Map(
    Object.entries(params)
      .filter(([, { kind }]) => kind === 'connection')
      .map(([name, param]) => [name, fits(param).map(({ id }) => id)]),
  );
  const chosen: Record<string, Json> = {};
  for (;;) {
    const [name, ids] = [...open].find(([, left]) => left.length === 1) ?? [];
    const [id] = ids ?? [];
    if (name === undefined || id === undefined) return chosen;
    chosen[name] = id;
    open.delete(name);
    for (const [other, left] of open)
      open.set(
        other,
        left.filter((each) => each !== id),
      );
  }
}

export function answersOf(value: JsonObject): Answers {
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string | number | boolean] => !(typeof entry[1] === 'object'),
  );
  return Object.fromEntries(entries);
}
