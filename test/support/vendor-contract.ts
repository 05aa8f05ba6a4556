import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';

/**
 * Judges requests and answers by the vendors' own API descriptions. The files are not part of the project: they lie in
 * `WEFT_CONTRACTS`, `../shared/contracts` beside the project when that is not set.
 */

export type Vendor = 'woocommerce' | 'fortnox';

/** One call as seen on the wire; `path` is under the API's base, such as `/orders/1?x=y` or `/3/orders`. */
export interface VendorCall {
  vendor: Vendor;
  method: string;
  path: string;
  request?: unknown;
  status?: number;
  response?: unknown;
}

/** Each violation in one line that says where; an empty list is a call without fault. */
export type ContractJudge = (call: VendorCall) => string[];

export const contractDirectory = resolve(
  process.env['WEFT_CONTRACTS'] ?? join(import.meta.dirname, '../../../shared/contracts'),
);

const files = { woocommerce: 'woocommerce-v3-openapi.yml', fortnox: 'derived/fortnox-subset.prism.json' };

/** Why the contracts cannot be read, in one line; null when they are all there. */
export function missingContracts(directory = contractDirectory): string | null {
  const missing = Object.values(files).filter((file) => !existsSync(join(directory, file)));
  if (missing.length === 0) return null;
  return `skipped: no vendor contracts in ${directory} (${missing.join(', ')}); set WEFT_CONTRACTS`;
}

type Schema = { [key: string]: unknown };
interface Operation {
  parameters?: { name: string; in: string; schema?: Schema }[];
  requestBody?: { content?: Record<string, { schema?: Schema }> };
  responses: Record<string, { content?: Record<string, { schema?: Schema }> }>;
}
interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema & { properties?: Record<string, Schema> }> };
}

/**
 * Where the community's WooCommerce file says less or other than WooCommerce does. Source of all: the REST
 * documentation, woocommerce/woocommerce-rest-api-docs `source/includes/wp-api-v3/` (_orders.md, _products.md,
 * _customers.md), whose sample answers show these values.
 */
const wooNullable = {
  Order: ['date_paid', 'date_paid_gmt', 'date_completed', 'date_completed_gmt'],
  OrderLineItem: ['parent_name'],
  Product: ['stock_quantity', 'date_on_sale_from', 'date_on_sale_from_gmt', 'date_on_sale_to', 'date_on_sale_to_gmt'],
  ProductVariation: ['stock_quantity', 'date_on_sale_from', 'date_on_sale_to', 'image'],
};
const wooOrderStatuses = [
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'trash',
  'checkout-draft',
];

function amendWoo(document: Document): void {
  const { schemas } = document.components;
  for (const [name, fields] of Object.entries(wooNullable))
    for (const field of fields) {
      const properties = schemas[name]?.properties;
      const schema = properties?.[field];
      if (properties !== undefined && schema !== undefined) properties[field] = { anyOf: [schema, { type: 'null' }] };
    }
  const orderStatus = schemas['Order']?.properties?.['status'];
  if (orderStatus !== undefined) orderStatus['enum'] = wooOrderStatuses;
  const taxLine = schemas['OrderTaxLine']?.properties;
  // Samples of tax_lines show a number, the table of properties says string.
  if (taxLine !== undefined) taxLine['rate_id'] = { type: ['string', 'integer'] };
  // Plug-ins keep texts, numbers and lists in meta data; the file allows objects alone.
  const metaData = schemas['MetaData']?.properties;
  if (metaData !== undefined) for (const field of ['value', 'display_value']) metaData[field] = {};
  // WC_REST_Customers_Controller::create_item answers 201; the file says 200.
  const created = document.paths['/customers']?.['post'];
  if (created?.responses['200'] !== undefined) created.responses['201'] = created.responses['200'];
}

/**
 * What Fortnox's file leaves out: lists carry MetaInformation and take page, limit, offset and sortorder
 * (fortnox.se/developer/guides-and-good-to-know/parameters), and errors come with lower-case keys, too
 * (…/guides-and-good-to-know/responses).
 */
const fortnoxPaging = ['page', 'limit', 'offset', 'sortorder'];

function amendFortnox(document: Document): void {
  const { schemas } = document.components;
  const error = schemas['fortnox_ErrorInformationWrap_ErrorInformation']?.properties;
  if (error !== undefined)
    for (const key of Object.keys(error))
      error[key.toLowerCase()] = key === 'Code' ? { type: ['integer', 'string'] } : (error[key] ?? {});
  for (const item of Object.values(document.paths)) {
    const schema = item['get']?.responses['200']?.content?.['application/json']?.schema;
    const name = typeof schema?.['$ref'] === 'string' ? (schema['$ref'].split('/').pop() ?? '') : '';
    const properties = schemas[name]?.properties;
    const lists = Object.values(properties ?? {}).some((property) => property['type'] === 'array');
    if (properties !== undefined && lists)
      properties['MetaInformation'] ??= { $ref: '#/components/schemas/fortnox_MetaInformation' };
  }
  for (const schema of Object.values(schemas))
    if (schema['type'] === 'object' && schema.properties !== undefined) schema['additionalProperties'] = false;
}

const text = { type: 'string' };
const whole = { type: 'integer' };
const wooDate = { type: 'string', format: 'date-time' };
const wooError = { $ref: 'woocommerce#/components/schemas/ApiError' };
const jsonOf = (schema: Schema) => ({ content: { 'application/json': { schema } } });
const listOf = (schema: Schema): Schema => ({ type: 'array', items: schema });

function objectOf(properties: Record<string, Schema>, required: string[] = Object.keys(properties)): Schema {
  return { type: 'object', properties, required };
}

/** Source: woocommerce-rest-api-docs `wp-api-v3/_order-notes.md`, tables "Order note properties". */
const orderNote = objectOf({
  id: whole,
  author: text,
  date_created: wooDate,
  date_created_gmt: wooDate,
  note: text,
  customer_note: { type: 'boolean' },
});
const newOrderNote = objectOf(
  { note: { type: 'string', minLength: 1 }, customer_note: { type: 'boolean' }, added_by_user: { type: 'boolean' } },
  ['note'],
);

/** Source: woocommerce-rest-api-docs `wp-api-v3/_webhooks.md`, table "Webhooks properties". */
const webhookInput = {
  name: text,
  status: { type: 'string', enum: ['active', 'paused', 'disabled'] },
  topic: {
    type: 'string',
    pattern: '^(order|product|customer|coupon)\\.(created|updated|deleted|restored)$|^action\\.',
  },
  delivery_url: { type: 'string', pattern: '^https?://' },
  secret: text,
};
const webhook = objectOf({
  id: whole,
  name: text,
  status: webhookInput.status,
  topic: text,
  resource: text,
  event: text,
  hooks: listOf(text),
  delivery_url: text,
  date_created: wooDate,
  date_created_gmt: wooDate,
  date_modified: wooDate,
  date_modified_gmt: wooDate,
});

/** Source: woocommerce-rest-api-docs `wp-api-v3/_refunds.md`, table "Order refund properties". */
const refund = objectOf({ id: whole, date_created: wooDate, date_created_gmt: wooDate, amount: text, reason: text });

/** Source: woocommerce-rest-api-docs `wp-api-v3/_taxes.md`, table "Tax rate properties". */
const taxRate = objectOf({
  id: whole,
  country: text,
  rate: text,
  name: text,
  priority: whole,
  compound: { type: 'boolean' },
  shipping: { type: 'boolean' },
  order: whole,
  class: text,
});

/** Source: woocommerce-rest-api-docs `wp-api-v3/_data.md`, "Currency properties". */
const currency = objectOf({ code: text, name: text, symbol: text });

const wooFailures = { default: jsonOf(wooError) };
const answers = (status: number, schema: Schema) => ({ [status]: jsonOf(schema), ...wooFailures });

const ownWoo: Document['paths'] = {
  '/orders/{id}/notes': {
    get: { responses: answers(200, listOf(orderNote)) },
    post: { requestBody: jsonOf(newOrderNote), responses: answers(201, orderNote) },
  },
  '/orders/{id}/notes/{note}': {
    get: { responses: answers(200, orderNote) },
    delete: { responses: answers(200, orderNote) },
  },
  '/orders/{id}/refunds': {
    get: { responses: answers(200, listOf(refund)) },
    post: {
      requestBody: jsonOf(objectOf({ amount: text, reason: text }, ['amount'])),
      responses: answers(201, refund),
    },
  },
  '/webhooks': {
    get: { responses: answers(200, listOf(webhook)) },
    post: {
      requestBody: jsonOf(objectOf(webhookInput, ['topic', 'delivery_url'])),
      responses: answers(201, webhook),
    },
  },
  '/webhooks/{id}': {
    get: { responses: answers(200, webhook) },
    put: { requestBody: jsonOf(objectOf(webhookInput, [])), responses: answers(200, webhook) },
    delete: { responses: answers(200, webhook) },
  },
  '/taxes': { get: { responses: answers(200, listOf(taxRate)) } },
  '/data/currencies': { get: { responses: answers(200, listOf(currency)) } },
  '/data/currencies/current': { get: { responses: answers(200, currency) } },
  '/system_status': {
    get: { responses: answers(200, objectOf({ environment: { type: 'object' }, settings: { type: 'object' } })) },
  },
};

/** Sources: fortnox.se/developer/authorization (get-access-token, refresh-access-token); errors: RFC 6749 5.2. */
const fortnoxTokens = {
  ...objectOf({
    access_token: text,
    refresh_token: text,
    scope: text,
    expires_in: whole,
    token_type: { type: 'string', enum: ['bearer'] },
  }),
  additionalProperties: false,
};
const fortnoxGrant: Schema = {
  oneOf: [
    {
      ...objectOf({ grant_type: { type: 'string', enum: ['authorization_code'] }, code: text, redirect_uri: text }),
      additionalProperties: false,
    },
    {
      ...objectOf({ grant_type: { type: 'string', enum: ['refresh_token'] }, refresh_token: text }),
      additionalProperties: false,
    },
  ],
};
const oauthError = objectOf({ error: text, error_description: text }, ['error']);

const ownFortnox: Document['paths'] = {
  '/oauth-v1/token': {
    post: { requestBody: jsonOf(fortnoxGrant), responses: { 200: jsonOf(fortnoxTokens), default: jsonOf(oauthError) } },
  },
};

interface Contract {
  ajv: Ajv;
  paths: { pattern: RegExp; literal: number; operations: Record<string, Operation> }[];
  validators: Map<Schema, ValidateFunction>;
  allowedQuery(operation: Operation): Set<string> | null;
}

function readContract(vendor: Vendor, directory: string): Contract {
  const source = readFileSync(join(directory, files[vendor]), 'utf8');
  const document = (vendor === 'woocommerce' ? parse(source) : JSON.parse(source)) as Document;
  if (vendor === 'woocommerce') amendWoo(document);
  else amendFortnox(document);
  // JSON Schema knows no `readOnly` duty nor OpenAPI's formats; only what both understand is judged.
  const ajv = new Ajv({ allErrors: true, strict: false });
  const zone = vendor === 'woocommerce' ? '' : '(Z|[+-]\\d\\d:\\d\\d)?';
  ajv.addFormat('date-time', new RegExp(`^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?${zone}$`));
  ajv.addFormat('date', /^\d{4}-\d\d-\d\d$/);
  ajv.addFormat('int32', { type: 'number', validate: (value) => Number.isInteger(value) && Math.abs(value) < 2 ** 31 });
  ajv.addFormat('int64', { type: 'number', validate: (value) => Number.isInteger(value) });
  ajv.addFormat('double', { type: 'number', validate: () => true });
  ajv.addFormat('byte', true);
  ajv.addSchema({ $id: vendor, components: document.components });
  const own = vendor === 'woocommerce' ? ownWoo : ownFortnox;
  const paths = Object.entries({ ...document.paths, ...own }).map(([path, operations]) => ({
    pattern: new RegExp(`^${path.replace(/\{[^}]+\}/g, '[^/]+')}/?$`),
    literal: path.split('/').filter((part) => !part.startsWith('{')).length,
    operations,
  }));
  paths.sort((a, b) => b.literal - a.literal);
  return { ajv, paths, validators: new Map(), allowedQuery: vendor === 'fortnox' ? fortnoxQuery : () => null };
}

function fortnoxQuery(operation: Operation): Set<string> {
  const names = (operation.parameters ?? []).filter((one) => one.in === 'query').map((one) => one.name);
  return new Set([...names, ...fortnoxPaging, 'lastmodified']);
}

function violations(contract: Contract, vendor: Vendor, schema: Schema, value: unknown, what: string): string[] {
  let validate = contract.validators.get(schema);
  if (validate === undefined) {
    const absolute = JSON.parse(JSON.stringify(schema).replaceAll('"#/components', `"${vendor}#/components`)) as Schema;
    validate = contract.ajv.compile(absolute);
    contract.validators.set(schema, validate);
  }
  if (validate(value)) return [];
  return (validate.errors ?? []).map((error) => {
    const extra = (error.params as { additionalProperty?: string }).additionalProperty;
    const detail = extra === undefined ? JSON.stringify(error.params) : extra;
    return `${what}${error.instancePath} ${error.message} (${detail})`;
  });
}

function queryViolations(contract: Contract, operation: Operation, search: string): string[] {
  const allowed = contract.allowedQuery(operation);
  if (allowed === null) return [];
  const names = [...new URLSearchParams(search).keys()];
  return names.filter((name) => !allowed.has(name)).map((name) => `query: no parameter "${name}"`);
}

/** Makes the judge; read `missingContracts()` first. Contracts are read at the first call that needs them. */
export function createContractJudge(directory = contractDirectory): ContractJudge {
  const contracts = new Map<Vendor, Contract>();
  const contractOf = (vendor: Vendor): Contract => {
    const contract = contracts.get(vendor) ?? readContract(vendor, directory);
    contracts.set(vendor, contract);
    return contract;
  };
  return ({ vendor, method, path, request, status, response }) => {
    const contract = contractOf(vendor);
    const [plain = '', search = ''] = path.split('?');
    const verb = method.toLowerCase();
    const item = contract.paths.find((one) => one.pattern.test(plain) && one.operations[verb] !== undefined);
    const operation = item?.operations[verb];
    const name = `${vendor} ${method} ${plain}`;
    const known = contract.paths.some((one) => one.pattern.test(plain));
    if (operation === undefined) return [`${name}: no such ${known ? 'method' : 'path'} in the contract`];
    const found = queryViolations(contract, operation, search);
    const body = operation.requestBody?.content?.['application/json']?.schema;
    if (request !== undefined && body !== undefined) {
      // An update carries only what changes: a field that must be there at creation may be left out.
      const partly = verb === 'put' ? / must have required property / : null;
      const faults = violations(contract, vendor, body, request, 'request');
      found.push(...faults.filter((fault) => partly === null || !partly.test(fault)));
    }
    if (request !== undefined && body === undefined) found.push('request: this operation takes no body');
    if (status !== undefined) found.push(...answerViolations(contract, vendor, operation, status, response));
    return found.map((violation) => `${name}: ${violation}`);
  };
}

function answerViolations(
  contract: Contract,
  vendor: Vendor,
  operation: Operation,
  status: number,
  response: unknown,
): string[] {
  const listed = operation.responses[String(status)];
  // A status that is not listed may only be a failure, in the vendor's own shape.
  if (listed === undefined && status < 400) return [`answer: status ${status} is not in the contract`];
  const failure: Schema =
    vendor === 'woocommerce' ? wooError : { $ref: '#/components/schemas/fortnox_ErrorInformationWrap' };
  const declared = listed ?? operation.responses['default'];
  const schema = declared?.content?.['application/json']?.schema ?? (status >= 400 ? failure : undefined);
  if (schema === undefined)
    return response === undefined || response === '' ? [] : [`answer: status ${status} has no body in the contract`];
  return violations(contract, vendor, schema, response, `answer ${status}`);
}
