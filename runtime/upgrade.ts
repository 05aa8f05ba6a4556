import { z } from 'zod';
import type { Catalog } from './catalog.ts';
import { fieldPath, TerminalError } from './error.ts';
import { FLOW_FORMAT, FlowDocument, type FlowNode } from './flow.ts';
import { firstIssue } from './issue-words.ts';
import type { JsonObject } from './json.ts';

/** `documents[n]` turns a document of format `n` into one of format `n + 1`. */
const documents: Readonly<Record<number, (document: JsonObject) => JsonObject>> = {};

const Versioned = z.looseObject({ format: z.int().positive() });

/** Any stored or imported document as today's; throws TerminalError FLOW_INVALID naming the field. */
export function readFlow(value: unknown, catalog: Catalog): FlowDocument {
  const versioned = Versioned.safeParse(value);
  if (!versioned.success) throw invalid(versioned.error);
  let document = versioned.data as JsonObject & { format: number };
  if (document.format > FLOW_FORMAT) {
    throw new TerminalError(
      'FLOW_INVALID',
      `format ${document.format} is newer than this Weft, which reads ${FLOW_FORMAT}`,
      { field: 'format' },
    );
  }
  for (let format = document.format; format < FLOW_FORMAT; format++) {
    const upgrade = documents[format];
    if (!upgrade)
      throw new TerminalError('FLOW_INVALID', `format ${format} cannot be read any more`, { field: 'format' });
    document = { ...upgrade(document), format: format + 1 };
  }
  const parsed = FlowDocument.safeParse(document);
  if (!parsed.success) throw invalid(parsed.error);
  return { ...parsed.data, nodes: parsed.data.nodes.map((node, index) => upgradeNode(node, index, catalog)) };
}

function invalid(error: z.ZodError): TerminalError {
  const issue = error.issues[0];
  const field = fieldPath(issue?.path ?? []);
  return new TerminalError('FLOW_INVALID', `${field === '' ? 'the document' : field}: ${firstIssue(error)}`, { field });
}

/** The node's config at its declaration's version; unknown types are left for `check` to name. */
function upgradeNode(node: FlowNode, index: number, catalog: Catalog): FlowNode {
  const declared = catalog.node(node.type);
  if (!declared || node.version === declared.version) return node;
  if (node.version > declared.version) {
    throw new TerminalError(
      'FLOW_INVALID',
      `${node.id} has version ${node.version} of ${node.type}; this Weft has ${declared.version}`,
      {
        field: `nodes[${index}].version`,
      },
    );
  }
  let config = node.config;
  for (let version = node.version; version < declared.version; version++)
    config = declared.upgrade?.[version]?.(config) ?? config;
  return { ...node, version: declared.version, config };
}
