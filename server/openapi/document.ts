import { Json } from '#runtime/json.ts';
import { ErrorAnswer } from '#runtime/protocol.ts';
import packageFile from '../../package.json' with { type: 'json' };
import { isScope, type Operation, type PlainAnswer, type Refusal, refusal } from './operation.ts';
import { operationGroups } from './operations.ts';
import { collectSchemas, fieldsOf, type Schema, type Schemas } from './schemas.ts';

const UUID: Schema = { type: 'string', format: 'uuid' };
const COUNT: Schema = { type: 'integer', minimum: 0 };

/** What stands for each part of an address. */
const PARAMETERS: Readonly<
  Record<string, { readonly about: string; readonly schema: Schema; readonly example: string }>
> = {
  tenant: { about: 'Number of the customer; a token knows its own.', schema: COUNT, example: '1' },
  flow: { about: 'Id of a flow.', schema: UUID, example: '3f8e2c64-5a1b-4c7d-9e0f-1a2b3c4d5e6f' },
  run: { about: 'Id of a run.', schema: UUID, example: '0195f2a4-7c3e-7d21-8b4f-6a5b4c3d2e1f' },
  connection: { about: 'Id of a connection.', schema: UUID, example: '7d9c1b2a-3e4f-4a5b-8c6d-7e8f9a0b1c2d' },
  finding: { about: 'Id of a finding.', schema: UUID, example: '1c2d3e4f-5a6b-4c7d-8e9f-0a1b2c3d4e5f' },
  member: { about: 'Id of a person.', schema: UUID, example: '5e6f7a8b-9c0d-4e1f-8a2b-3c4d5e6f7a8b' },
  invitation: { about: 'Id of an invitation.', schema: UUID, example: '2d3e4f5a-6b7c-4d8e-9f0a-1b2c3d4e5f6a' },
  session: { about: 'Id of a session, which opens nothing.', schema: { type: 'string' }, example: '9f86d081884c7d65…' },
  project: { about: 'Id of a project.', schema: UUID, example: '5b6c7d8e-9f0a-4b1c-8d2e-3f4a5b6c7d8e' },
  user: { about: 'Id of a person.', schema: UUID, example: '2a3b4c5d-6e7f-4081-92a3-b4c5d6e7f809' },
  version: { about: 'Number of a version, from 1.', schema: COUNT, example: '3' },
  step: { about: 'Id of a step in its flow.', schema: { type: 'string' }, example: 'call' },
  seq: { about: 'Number of an event in its run, from 0.', schema: COUNT, example: '12' },
  plugin: { about: 'Id of a plugin.', schema: { type: 'string' }, example: 'line-merge' },
  release: { about: 'Version of a plugin.', schema: { type: 'string' }, example: '1.2.0' },
  table: { about: 'Name of a table.', schema: { type: 'string' }, example: 'colours' },
  template: { about: 'Id of a template.', schema: { type: 'string' }, example: 'orders-to-erp' },
  token: {
    about: 'Id of a token, or a webhook’s own part of its address.',
    schema: { type: 'string' },
    example: 'nXv3…',
  },
};

export const examplesOf = (path: string): string =>
  path.replace(/[:*](\w+)/g, (_, name: string) => PARAMETERS[name]?.example ?? name);

/** Names of what an address leaves open. */
const openIn = (path: string): string[] => [...path.matchAll(/[:*](\w+)/g)].map((found) => found[1] ?? '');

/** Every refusal of an operation: its own, and those that follow from what it asks for. */
export function refusalsOf(operation: Operation): readonly Refusal[] {
  const { access, method, path, refusals = [] } = operation;
  const all = [...refusals];
  const open = access === 'anybody' || access === 'browser';
  if (!open) all.push(refusal(401, 'SIGN_IN_NEEDED', 'nobody is signed in and no token is shown'));
  const inHouse = access.startsWith('house.');
  if (!open) all.push(refusal(403, 'SECOND_STEP_NEEDED', 'the person must set up two-step sign-in first'));
  if (inHouse) all.push(refusal(403, 'NOT_ALLOWED', 'the person’s role does not allow it'));
  if (access === 'person' || access === 'browser' || inHouse)
    all.push(refusal(403, 'TOKEN_NOT_TAKEN', 'this is for people and their browsers'));
  else if (!open) all.push(refusal(401, 'TOKEN_INVALID', 'the token is wrong, expired or revoked'));
  if (isScope(access))
    all.push(
      refusal(403, 'SCOPE_NEEDED', `the token does not have the scope ${access}`),
      refusal(403, 'NOT_ALLOWED', 'the person’s role does not allow it'),
      refusal(404, 'TENANT_MISSING', 'there is no such customer, or it is none of the caller’s'),
    );
  if (!path.startsWith('/api/')) return all;
  if (method !== 'get')
    all.push(refusal(403, 'FOREIGN_ORIGIN', 'a browser says that it comes from another site’s page'));
  all.push(refusal(400, 'INPUT_INVALID', 'the request is not as it must be; `field` says where'));
  if (method !== 'get')
    all.push(
      refusal(413, 'TOO_LARGE', 'the body is larger than it may be'),
      refusal(415, 'INPUT_INVALID', 'the body is packed, or is not UTF-8'),
    );
  all.push(
    refusal(429, 'TOO_MANY_REQUESTS', 'too many calls; come again after Retry-After'),
    refusal(503, 'NOT_READY', 'not just now; come again after Retry-After'),
    refusal(500, 'INTERNAL', 'something in Weft failed'),
  );
  return all;
}

function parametersOf({ path, query }: Operation): Schema[] {
  const inPath = openIn(path).map((name) => {
    const known = PARAMETERS[name];
    if (!known) throw new Error(`nothing says what :${name} is`);
    return { name, in: 'path', required: true, description: known.about, schema: known.schema };
  });
  const inQuery = query ? fieldsOf(query).map((field) => ({ ...field, in: 'query' })) : [];
  return [...inPath, ...inQuery];
}

const PLAIN: Readonly<Record<PlainAnswer, string>> = {
  empty: 'Done; nothing to say.',
  redirect: 'Go to the address in Location.',
  'text/html': 'A page.',
  'text/css': 'A style sheet.',
  'text/csv': 'A table, with a byte order mark.',
  'text/plain': 'Text.',
  'application/json': 'An OpenAPI 3.1 document.',
};

function answerOf(answer: Operation['answers'][number], schemas: Schemas): Schema {
  if (typeof answer === 'object') {
    const schema = schemas.answerRef(answer);
    return { description: 'Done.', content: { 'application/json': { schema } } };
  }
  const description = PLAIN[answer];
  if (answer === 'empty') return { description };
  if (answer === 'redirect')
    return { description, headers: { Location: { schema: { type: 'string', format: 'uri-reference' } } } };
  const schema = { type: answer === 'application/json' ? 'object' : 'string' };
  return { description, content: { [answer]: { schema } } };
}

const ERROR = { 'application/json': { schema: { $ref: '#/components/schemas/ErrorAnswer' } } };
const RETRY = { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } };

function responsesOf(operation: Operation, schemas: Schemas): Schema {
  const responses: Record<string, Schema> = {};
  for (const [status, answer] of Object.entries(operation.answers)) responses[status] = answerOf(answer, schemas);
  const refusals = Map.groupBy(refusalsOf(operation), ({ status }) => status);
  for (const [status, list] of [...refusals].sort(([one], [other]) => one - other)) {
    const known = responses[String(status)];
    const description = list.map(({ code, when }) => `${code}: ${when}.`).join('\n');
    const retry = status === 429 || status === 503 ? { headers: RETRY } : {};
    const content = known ? either(known, ERROR) : ERROR;
    responses[String(status)] = { description, ...retry, content };
  }
  if (operation.otherwise !== undefined)
    responses['default'] = {
      description: operation.otherwise,
      content: { 'application/json': { schema: { $ref: '#/components/schemas/Json' } } },
    };
  return responses;
}

/** A status that may be an answer or a refusal. */
function either(known: Schema, error: typeof ERROR): Schema {
  const content = known['content'] as typeof ERROR;
  return {
    'application/json': { schema: { anyOf: [content['application/json'].schema, error['application/json'].schema] } },
  };
}

function securityOf(access: Operation['access']): Schema[] {
  if (access === 'anybody' || access === 'browser') return [];
  if (access === 'person' || access.startsWith('house.')) return [{ session: [] }];
  return [{ token: isScope(access) ? [access] : [] }, { session: [] }];
}

function idOf({ method, path }: Operation): string {
  const words = path.replace(/^\/api\//, '').split(/[^A-Za-z]+/);
  return [method, ...words].filter((word) => word !== '').join('-');
}

function operationOf(operation: Operation, group: string, schemas: Schemas): Schema {
  const { summary, description, access, body } = operation;
  return {
    operationId: idOf(operation),
    tags: [group],
    summary,
    ...(description === undefined ? {} : { description }),
    security: securityOf(access),
    parameters: parametersOf(operation),
    ...(body
      ? { requestBody: { required: true, content: { 'application/json': { schema: schemas.bodyRef(body) } } } }
      : {}),
    responses: responsesOf(operation, schemas),
  };
}

/** Express's `:flow` and `*token` as OpenAPI writes them. */
export const templateOf = (path: string): string => path.replace(/[:*](\w+)/g, '{$1}');

export interface ApiDocument {
  readonly openapi: string;
  readonly info: Schema;
  readonly servers: readonly { readonly url: string }[];
  readonly tags: readonly Schema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>>; readonly securitySchemes: Schema };
}

/** The API as OpenAPI 3.1. */
export function apiDocument(publicUrl: string): ApiDocument {
  const all = operationGroups.flatMap(({ operations }) => operations);
  const answers = all.flatMap((each) => Object.values(each.answers)).filter((each) => typeof each === 'object');
  const schemas = collectSchemas(
    all.flatMap(({ body }) => body ?? []),
    [...answers, ErrorAnswer, Json],
  );
  const paths: Record<string, Record<string, Schema>> = {};
  for (const { title, operations } of operationGroups)
    for (const operation of operations) {
      const path = templateOf(operation.path);
      paths[path] = { ...paths[path], [operation.method]: operationOf(operation, title, schemas) };
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Weft',
      version: packageFile.version,
      description:
        'Flows between webshops and ERP systems. Systems show an API token as bearer token; people have a session.',
    },
    servers: [{ url: publicUrl }],
    tags: operationGroups.map(({ title, about }) => ({ name: title, description: about })),
    paths,
    components: {
      schemas: schemas.components,
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'weft_…',
          description: 'An API token; its scopes are the actions named.',
        },
        session: { type: 'apiKey', in: 'cookie', name: publicUrl.startsWith('https:') ? '__Host-weft' : 'weft' },
      },
    },
  };
}
