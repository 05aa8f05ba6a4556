import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { apiDocument } from '#server/openapi/document.ts';
import type { Schema } from '#server/openapi/schemas.ts';

const document = apiDocument('http://weft.example');
const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: false });
ajv.addSchema({ $id: 'weft', components: document.components });

/** What the document says of one answer. */
interface Declared {
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

const routes = Object.entries(document.paths).map(([path, methods]) => ({
  path,
  pattern: new RegExp(`^${path.replace(/\{\w+\}/g, '[^/]+')}$`),
  methods,
}));
const compiled = new Map<string, ValidateFunction>();

function validatorOf(schema: Schema): ValidateFunction {
  const key = JSON.stringify(schema);
  const known = compiled.get(key);
  if (known) return known;
  const made = ajv.compile(JSON.parse(key.replaceAll('"#/components/', '"weft#/components/')));
  compiled.set(key, made);
  return made;
}

/** Why an answer is not what the API's document says; null when it is, or when the address is not in it. */
export function answerFault(method: string, address: string, status: number, body: unknown): string | null {
  const [path = ''] = address.split('?');
  const route = routes.find((each) => each.pattern.test(path) && each.methods[method.toLowerCase()]);
  if (!route) return null;
  const name = `${method} ${route.path}`;
  const responses = route.methods[method.toLowerCase()]?.['responses'] as Readonly<Record<string, Declared>>;
  const declared = responses[String(status)] ?? responses['default'];
  if (!declared)
    return `${name} is not said to answer ${status} (${JSON.stringify(body)}): declare it in server/openapi`;
  const schema = declared.content?.['application/json']?.schema;
  if (!schema) return null;
  const valid = validatorOf(schema);
  return valid(body) ? null : `${name} answered ${status} with another shape: ${ajv.errorsText(valid.errors)}`;
}
