import type { AnyConnector } from './connector.ts';
import { type FieldShape, namedFieldShapes } from './field-shape.ts';
import { type AnyNode, manifestOf, type NodeManifest } from './node.ts';

/** Every node and connector there is, by name. */
export interface Catalog {
  node(type: string): AnyNode | undefined;
  connector(id: string): AnyConnector | undefined;
  readonly nodes: readonly AnyNode[];
  readonly connectors: readonly AnyConnector[];
  manifests(): readonly NodeManifest[];
  /** The shapes that ports have names for. */
  readonly shapes: ReadonlyMap<string, FieldShape>;
}

/** Throws when two nodes share a type or two connectors an id. */
export function createCatalog(nodes: readonly AnyNode[], connectors: readonly AnyConnector[]): Catalog {
  const byType = new Map(nodes.map((node) => [node.type, node]));
  const byId = new Map(connectors.map((connector) => [connector.id, connector]));
  if (byType.size !== nodes.length) throw new Error('two nodes share a type');
  if (byId.size !== connectors.length) throw new Error('two connectors share an id');
  let manifests: readonly NodeManifest[] | undefined;
  let shapes: ReadonlyMap<string, FieldShape> | undefined;
  return {
    node: (type) => byType.get(type),
    connector: (id) => byId.get(id),
    nodes,
    connectors,
    manifests: () => {
      manifests ??= nodes.map(manifestOf);
      return manifests;
    },
    get shapes() {
      shapes ??= namedFieldShapes(nodes);
      return shapes;
    },
  };
}

/** The catalog with more nodes beside its own: those of a tenant's plugins. */
export function withNodes(catalog: Catalog, nodes: readonly AnyNode[]): Catalog {
  return nodes.length === 0 ? catalog : createCatalog([...catalog.nodes, ...nodes], catalog.connectors);
}
