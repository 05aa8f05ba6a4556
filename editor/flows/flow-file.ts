import { z } from 'zod';
import type { FlowDocument } from '#runtime/flow.ts';
import { JsonObject } from '#runtime/json.ts';
import type { FlowFile } from '#runtime/protocol.ts';

/** What is asked of the server; a larger body would be refused. */
export const LARGEST_FILE = 2_000_000;

/** A file as it was read: the document, and the systems it names. */
export interface OpenedFile {
  readonly document: JsonObject;
  readonly connections: FlowFile['connections'];
}

const Connections = z
  .array(z.object({ name: z.string().max(80), connector: z.string().max(80), title: z.string().max(120) }))
  .max(1000)
  .catch([]);

/** A file of Weft, or a bare document; throws SyntaxError when it is not JSON, Error when it is something else. */
export function openFile(text: string): OpenedFile {
  const value = JsonObject.parse(JSON.parse(text));
  if (value['kind'] !== 'weft-flow') return { document: value, connections: [] };
  return { document: JsonObject.parse(value['flow']), connections: Connections.parse(value['connections']) };
}

/** The document with connections put in the places the file names. */
export function withConnections(document: JsonObject, chosen: Readonly<Record<string, string>>): JsonObject {
  const { nodes } = document;
  if (!Array.isArray(nodes)) return document;
  return {
    ...document,
    nodes: nodes.map((node: JsonObject) => {
      const own = typeof node === 'object' && node !== null ? node['connection'] : undefined;
      const next = typeof own === 'string' ? chosen[own] : undefined;
      return next === undefined ? node : { ...node, connection: next };
    }),
  };
}

/** Connections a bare document names that this customer does not have. */
export function unknownConnections(flow: FlowDocument, own: readonly string[]): readonly string[] {
  const named = flow.nodes.flatMap(({ connection }) => (connection === undefined ? [] : [connection]));
  return [...new Set(named)].filter((each) => !own.includes(each));
}
