import { type RequestHandler, Router } from 'express';
import { z } from 'zod';
import { fieldTitles } from '#nodes/index.ts';
import type { Catalog } from '#runtime/catalog.ts';
import type { AnyConnector } from '#runtime/connector.ts';
import { errorTable } from '#runtime/error.ts';
import { namedFieldShapes } from '#runtime/field-shape.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { CatalogAnswer, ConnectorSummary } from '#runtime/protocol.ts';
import type { FlowStore } from '../adapters/pg-flow-store.ts';
import { allow, tenantOf } from './access.ts';

/** `repeats`: forms whose parts come again and again say each once, under `$defs`. */
const formOf = (schema: z.ZodObject, repeats = false): JsonObject =>
  z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any', reused: repeats ? 'ref' : 'inline' }) as JsonObject;

/** Every one is write-only: a form shows whether it is saved, never what it is. */
function secretsForm(schema: z.ZodObject): JsonObject {
  const form = formOf(schema);
  const properties = Object.entries((form['properties'] ?? {}) as JsonObject);
  return {
    ...form,
    properties: Object.fromEntries(
      properties.map(([name, each]) => [name, { ...(each as JsonObject), writeOnly: true }]),
    ),
  };
}

function connectorSummary(connector: AnyConnector): ConnectorSummary {
  return {
    id: connector.id,
    title: connector.title,
    ...(connector.summary ? { summary: connector.summary } : {}),
    kind: connector.kind,
    feature: connector.feature,
    settings: formOf(connector.settings, connector.tailor !== undefined),
    secrets: secretsForm(connector.secrets),
    oauth: connector.oauth !== undefined,
    offers: connector.offers.map((offer) => offer.capability.name),
    cannot: { ...connector.cannot },
    changes: connector.changes.map(({ entity, webhookTopics, poll }) => ({
      entity,
      webhook: (webhookTopics?.length ?? 0) > 0,
      poll: poll ? { everyMs: poll.everyMs, overlapMs: poll.overlapMs, brings: poll.brings ?? 'changed' } : null,
    })),
  };
}

function shapesOf(catalog: Catalog): CatalogAnswer['shapes'] {
  const shapes = namedFieldShapes(catalog.nodes, (name) => fieldTitles[name]);
  return JSON.parse(JSON.stringify(Object.fromEntries(shapes))) as CatalogAnswer['shapes'];
}

export function catalogAnswer(catalog: Catalog): CatalogAnswer {
  return {
    nodes: [...catalog.manifests()],
    connectors: catalog.connectors.map(connectorSummary),
    errors: errorTable,
    shapes: shapesOf(catalog),
  };
}

/** A catalog never changes, so its answer is written once. */
const texts = new WeakMap<Catalog, string>();

function textOf(catalog: Catalog): string {
  const text = texts.get(catalog) ?? JSON.stringify(catalogAnswer(catalog));
  texts.set(catalog, text);
  return text;
}

/** The product's own catalog. */
export function catalogRoutes(catalog: Catalog, guard: readonly RequestHandler[]): Router {
  const router = Router();
  router.get('/', ...guard, (_request, response) => {
    response.set('Cache-Control', 'private, no-cache').type('json').send(textOf(catalog));
  });
  return router;
}

/** The catalog as one tenant has it, with the nodes of its plugins. */
export function tenantCatalogRoutes(flows: Pick<FlowStore, 'catalog'>): Router {
  const router = Router({ mergeParams: true });
  router.get('/', allow('flow.read'), async (request, response) => {
    response.type('json').send(textOf(await flows.catalog(tenantOf(request))));
  });
  return router;
}
