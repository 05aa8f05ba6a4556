import { z } from 'zod';
import type { Catalog } from '#runtime/catalog.ts';
import type { FieldShape } from '#runtime/field-shape.ts';
import type { JsonObject } from '#runtime/json.ts';
import { type AnyNode, FAILED_PORT, type NodeManifest, type Port } from '#runtime/node.ts';

/** A shape that has the port's type as its name, which is what ports are compared by. */
function shapesOf(ports: readonly Port[]): Record<string, z.ZodType> {
  return Object.fromEntries(
    ports.map(({ name, type, required }) => {
      const shape = z.unknown().meta({ id: type });
      return [name, required ? shape : shape.optional()];
    }),
  );
}

/** The config as its JSON Schema tells it; a schema that says more than this page understands is left to the server. */
function configOf(schema: JsonObject): z.ZodObject {
  try {
    const config = z.fromJSONSchema(schema);
    if (config instanceof z.ZodObject) return config;
  } catch {
    // a node may come with a schema of a later date
  }
  return z.looseObject({});
}

function nodeOf(manifest: NodeManifest): AnyNode {
  const {
    config,
    inputs,
    outputs,
    needs: _needs,
    starts,
    connection,
    portsFrom,
    control,
    examples: _examples,
    ...rest
  } = manifest;
  return {
    ...rest,
    config: configOf(config),
    inputs: shapesOf(inputs),
    outputs: shapesOf(outputs.filter(({ name }) => name !== FAILED_PORT)),
    portTitles: Object.fromEntries(
      [...inputs, ...outputs].flatMap(({ name, title }) => (title ? [[name, title]] : [])),
    ),
    ...(starts ? { starts: starts === 'change' ? { by: starts, entity: 'order' } : { by: starts } } : {}),
    ...(control ? { control } : {}),
    ...(portsFrom ? { portsFrom } : {}),
    ...(connection === 'none' ? {} : { connection }),
    run: () => ({}),
  };
}

/** The catalog as `check` reads it, made of what the server tells of its nodes. No node of it can run. */
export function pageCatalog(
  manifests: ReadonlyMap<string, NodeManifest>,
  shapes: ReadonlyMap<string, FieldShape>,
): Catalog {
  const nodes = new Map<string, AnyNode>();
  const node = (type: string): AnyNode | undefined => {
    const manifest = manifests.get(type);
    if (!manifest) return undefined;
    const known = nodes.get(type) ?? nodeOf(manifest);
    nodes.set(type, known);
    return known;
  };
  return {
    node,
    connector: () => undefined,
    get nodes() {
      return [...manifests.keys()].flatMap((type) => node(type) ?? []);
    },
    connectors: [],
    manifests: () => [...manifests.values()],
    shapes,
  };
}
