import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { en } from '#editor/locales/en/index.ts';
import { FOR_PEOPLE_ONLY, permissions } from '#server/auth/permission.ts';
import type { ApiDocument } from '#server/openapi/document.ts';
import { exampleOf } from '#server/openapi/example.ts';
import { isScope, type Operation } from '#server/openapi/operation.ts';
import { operationGroups } from '#server/openapi/operations.ts';
import type { Schema } from '#server/openapi/schemas.ts';
import { type HookDeps, hookRoutes } from '#server/routes/hooks.ts';
import { answerFault } from '../support/api-answers.ts';
import { clientOf } from '../support/client.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let document: ApiDocument;
beforeAll(async () => {
  web = await startWeb();
  document = (await clientOf(web.url, '', '').ask('GET', '/api/openapi.json')).body;
});
afterAll(() => web.stop());

const operations = operationGroups.flatMap((group) => group.operations);

/** What is known of Express's router: layers with a route, or with a router of their own, each with the path it was given. */
interface Layer {
  readonly rawPath: string;
  readonly route?: Route;
  readonly handle: { readonly stack?: readonly Layer[] };
}
interface Route {
  readonly path: string;
  readonly methods: Readonly<Record<string, boolean>>;
  readonly stack: readonly { readonly handle: { readonly action?: string } }[];
}

/** Every route by `get /api/…`, as calls would come to it. */
function routesIn(router: unknown, base = ''): Map<string, Route> {
  const found = new Map<string, Route>();
  for (const { rawPath, route, handle } of (router as { readonly stack: readonly Layer[] }).stack) {
    const path = `${base}${rawPath === '/' ? '' : rawPath}`;
    const inner = route
      ? new Map(Object.keys(route.methods).map((method) => [`${method} ${path}`, route]))
      : handle.stack && routesIn(handle, path);
    for (const [key, each] of inner ?? []) if (!found.has(key)) found.set(key, each);
  }
  return found;
}

/** The running server's, with the real door for webhooks in place of this test's stand-in. */
function routes(): Map<string, Route> {
  const found = routesIn(web.app.router);
  found.delete('post /hooks/:token');
  for (const [key, route] of routesIn(hookRoutes({} as HookDeps), '/hooks')) found.set(key, route);
  return found;
}

const keyOf = ({ method, path }: Operation): string => `${method} ${path}`;

test('every route of the running server is in the document, and everything in the document is a route', () => {
  const running = [...routes().keys()].sort();
  expect(running.length).toBeGreaterThan(40);
  expect(operations.map(keyOf).sort(), 'declare every route in server/openapi').toEqual(running);
});

test('each route asks for the very action that the document says', () => {
  const running = routes();
  for (const operation of operations) {
    const asked = running.get(keyOf(operation))?.stack.flatMap(({ handle }) => handle.action ?? []);
    const said = operation.access.includes('.') ? [operation.access] : [];
    expect([keyOf(operation), asked]).toEqual([keyOf(operation), said]);
  }
});

test('whoever makes a token is told in words what each scope lets it do', () => {
  const scopes = new Set(
    Object.values(permissions)
      .flat()
      .filter((action) => !FOR_PEOPLE_ONLY.includes(action)),
  );
  const wordless = [...scopes].filter((scope) => !Object.hasOwn(en.tokens.can, scope.replace('.', '-')));
  expect(wordless, 'say them in editor/locales, tokens.can').toEqual([]);
});

test('the document is OpenAPI 3.1, and its operations have names of their own', async () => {
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as unknown as Record<string, unknown>,
  );
  expect([valid, errors]).toEqual([true, undefined]);
  expect(document.openapi).toBe('3.1.0');
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map((each) => each['operationId']),
  );
  expect(ids).toHaveLength(operations.length);
  expect(new Set(ids).size).toBe(ids.length);
});

/** Every place where a schema stands, with what stands there. */
function* schemasIn(value: unknown, at: string): Generator<readonly [string, unknown]> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const here = `${at}/${key}`;
    if (['schema', 'items', 'additionalProperties'].includes(key)) yield [here, inner];
    if (['properties', 'anyOf', 'oneOf', 'schemas'].includes(key)) {
      // names of fields are no words of JSON Schema, though one may be called “properties”
      for (const [name, schema] of Object.entries(inner as object)) {
        yield [`${here}/${name}`, schema];
        yield* schemasIn(schema, `${here}/${name}`);
      }
      continue;
    }
    if (key !== 'default' && key !== 'enum' && key !== 'const') yield* schemasIn(inner, here);
  }
}

test('nothing in the document may be just anything', () => {
  const vague = [...schemasIn(document, '')].flatMap(([at, schema]) => {
    if (schema === false) return [];
    const says = typeof schema === 'object' && schema !== null ? Object.keys(schema) : [];
    return says.some((key) => ['type', '$ref', 'enum', 'const', 'anyOf', 'oneOf', 'allOf'].includes(key)) ? [] : [at];
  });
  expect(vague).toEqual([]);
});

test('every reference leads to a shape, and no shape is there for nothing', () => {
  const text = JSON.stringify(document);
  const wanted = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map((found) => found[1]));
  expect([...wanted].sort()).toEqual(Object.keys(document.components.schemas).sort());
});

test('the body each example sends is one that the server would take', () => {
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema({ $id: 'weft', components: document.components });
  let bodies = 0;
  for (const operation of operations) {
    // those for browsers have no example
    if (!operation.body || !isScope(operation.access)) continue;
    bodies++;
    const described = document.paths[operation.path.replace(/:(\w+)/g, '{$1}')]?.[operation.method];
    const content = described?.['requestBody'] as { content: { 'application/json': { schema: Schema } } };
    const { schema } = content.content['application/json'];
    const example = exampleOf(schema, document.components.schemas);
    const valid = ajv.compile({ $ref: `weft${schema['$ref']}` });
    expect([operation.path, valid(example), ajv.errorsText(valid.errors)]).toEqual([operation.path, true, 'No errors']);
    const read = operation.body.safeParse(example);
    expect([operation.path, read.success || z.prettifyError(read.error)]).toEqual([operation.path, true]);
  }
  expect(bodies).toBeGreaterThan(15);
});

test('an answer of another shape or status than the document says is noticed', () => {
  const flows = '/api/tenants/1/flows?x=1';
  expect(answerFault('GET', flows, 200, { flows: [] })).toBeNull();
  expect(answerFault('GET', flows, 200, { flows: [{ id: 'x' }] })).toMatch(/another shape/);
  expect(answerFault('GET', flows, 200, { flows: [], more: true })).toMatch(/another shape/);
  expect(answerFault('GET', flows, 418, {})).toMatch(/not said to answer 418/);
  expect(answerFault('GET', flows, 403, { error: 'no' })).toMatch(/another shape/);
});

test('the page for people needs no script, obeys the content policy, and all its links lead somewhere', async () => {
  const answer = await clientOf(web.url, '', '').ask('GET', '/api/docs');
  expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'");
  const html = String(answer.body);
  expect(html).not.toMatch(/<script|<style|\sstyle=|\son\w+=|<iframe|<img/i);
  const ids = new Set([...html.matchAll(/ id="([^"]+)"/g)].map((found) => found[1]));
  const links = [...html.matchAll(/href="#([^"]+)"/g)].map((found) => found[1]);
  expect(links.length).toBeGreaterThan(100);
  expect(links.filter((link) => !ids.has(link))).toEqual([]);
  for (const { path, method } of operations)
    expect(html).toContain(`${method.toUpperCase()}</b> <code>${path.replace(/[:*](\w+)/g, '{$1}')}</code>`);
  const css = await clientOf(web.url, '', '').ask('GET', '/api/docs.css');
  expect([css.status, css.headers.get('content-type')]).toEqual([200, 'text/css; charset=utf-8']);
});
