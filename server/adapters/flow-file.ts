import { type CheckContext, check } from '#runtime/check.ts';
import { fieldPath, TerminalError } from '#runtime/error.ts';
import { FlowDocument, type Param } from '#runtime/flow.ts';
import { issueWords } from '#runtime/issue-words.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { DocumentChecked, FlowFile, Problem } from '#runtime/protocol.ts';
import { readFlow } from '#runtime/upgrade.ts';

/** A connection as a file names it. */
export interface FileConnection {
  readonly connector: string;
  readonly title: string;
}

/** An answer, as the default of its question; connections stand in their steps and are no answer any more. */
function answered(param: Param, answer: unknown): Param {
  const single = typeof answer === 'string' || typeof answer === 'number' || typeof answer === 'boolean';
  return single && param.kind !== 'connection' ? { ...param, default: answer } : param;
}

/** The flow as a file: connections are told by connector and title, and named anew. */
export function fileOf(
  flow: FlowDocument,
  answers: JsonObject,
  connections: readonly (FileConnection & { readonly id: string })[],
): FlowFile {
  const used = [...new Set(flow.nodes.flatMap(({ connection }) => (connection === undefined ? [] : [connection])))];
  const named = new Map(used.map((id, index) => [id, `connection-${index + 1}`]));
  const open = Object.entries(flow.params).filter(([, { kind }]) => kind !== 'connection');
  return {
    kind: 'weft-flow',
    v: 1,
    flow: {
      ...flow,
      params: Object.fromEntries(open.map(([name, param]) => [name, answered(param, answers[name])])),
      nodes: flow.nodes.map(({ connection, ...node }) =>
        connection === undefined ? node : { ...node, connection: named.get(connection) ?? connection },
      ),
    },
    connections: used.map((id) => {
      const { connector = '', title = '' } = connections.find((each) => each.id === id.toLowerCase()) ?? {};
      return { name: named.get(id) ?? id, connector, title };
    }),
  };
}

/** The answers that a document brings along as the defaults of its questions. */
export function broughtAnswers({ params }: FlowDocument): JsonObject {
  const entries = Object.entries(params).flatMap(([name, { default: preset }]) =>
    preset === undefined ? [] : [[name, preset] as const],
  );
  return Object.fromEntries(entries);
}

const MOST_PROBLEMS = 200;

/** Every way in which a document has the wrong shape, where `readFlow` names the first. */
function shapeProblems(document: JsonObject, error: TerminalError): Problem[] {
  const parsed = FlowDocument.safeParse(document);
  const told = parsed.success
    ? [{ field: error.field ?? '', message: { en: error.message, sv: error.message } }]
    : parsed.error.issues
        .slice(0, MOST_PROBLEMS)
        .map((issue) => ({ field: fieldPath(issue.path), message: issueWords(issue) }));
  return told.map(({ field, message }) => ({
    severity: 'error',
    code: 'FLOW_INVALID',
    ...(field === '' ? {} : { field }),
    message,
  }));
}

export function checkDocument(document: JsonObject, context: CheckContext): DocumentChecked {
  try {
    const flow = readFlow(document, context.catalog);
    return { flow, problems: check(flow, { ...context, params: broughtAnswers(flow) }).slice(0, MOST_PROBLEMS) };
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    return { flow: null, problems: shapeProblems(document, error) };
  }
}
