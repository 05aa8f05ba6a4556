import { type ApiDocument, examplesOf, refusalsOf, templateOf } from './document.ts';
import { exampleOf } from './example.ts';
import { isScope, type Operation, type OperationGroup } from './operation.ts';
import { operationGroups } from './operations.ts';
import { escapeHtml, schemaHtml } from './schema-text.ts';
import type { Schema } from './schemas.ts';

const slug = (text: string): string => text.toLowerCase().replace(/[^a-z]+/g, '-');
const code = (text: string): string => `<code>${escapeHtml(text)}</code>`;
/** Words between backticks are code. */
const prose = (text: string): string => escapeHtml(text).replace(/`([^`]+)`/g, '<code>$1</code>');

interface Response {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Described {
  readonly operationId: string;
  readonly parameters: readonly { name: string; in: string; required: boolean; description?: string; schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<Record<string, Response>>;
}

function accessHtml(access: Operation['access']): string {
  if (access === 'anybody') return 'Anybody may call it.';
  if (access === 'browser') return 'For browsers; no token is taken.';
  if (access === 'person') return 'For signed-in people; no token is taken.';
  if (access === 'person or token') return 'Any token will do.';
  return isScope(access)
    ? `Scope ${code(access)}.`
    : `For signed-in people who may ${code(access)}; no token is taken.`;
}

function curlOf(operation: Operation, described: Described, document: ApiDocument): string {
  const parts = [`curl ${document.servers[0]?.url ?? ''}${examplesOf(operation.path)}`];
  if (operation.method !== 'get') parts.push(`-X ${operation.method.toUpperCase()}`);
  if (operation.access !== 'anybody') parts.push('-H "Authorization: Bearer $WEFT_TOKEN"');
  const body = described.requestBody?.content['application/json']?.schema;
  if (body)
    parts.push(
      '-H "Content-Type: application/json"',
      `-d '${JSON.stringify(exampleOf(body, document.components.schemas))}'`,
    );
  return parts.join(' \\\n  ');
}

function parametersHtml({ parameters }: Described): string {
  if (parameters.length === 0) return '';
  const rows = parameters.map(
    ({ name, in: where, required, description = '', schema }) =>
      `<tr><th scope="row">${code(name)}</th><td>${where}${required ? '' : ', may be left out'}</td><td><span class="type">${schemaHtml(schema)}</span> ${prose(description)}</td></tr>`,
  );
  return `<div class="wide"><table><caption>Parameters</caption>${rows.join('')}</table></div>`;
}

function answersHtml(operation: Operation, described: Described): string {
  const answers = Object.keys(operation.answers).map((status) => {
    const { content, description } = described.responses[status] ?? { description: '' };
    const schema = content?.['application/json']?.schema;
    const what =
      schema && operation.answers[Number(status)] !== 'application/json'
        ? `<span class="type">${schemaHtml(schema)}</span>`
        : prose(description);
    return `<tr><th scope="row">${status}</th><td></td><td>${what}</td></tr>`;
  });
  const refusals = [...refusalsOf(operation)]
    .sort((one, other) => one.status - other.status)
    .map(
      ({ status, code: name, when }) =>
        `<tr><th scope="row">${status}</th><td>${/^[A-Z_]+$/.test(name) ? code(name) : escapeHtml(name)}</td><td>${prose(when)}</td></tr>`,
    );
  const other =
    operation.otherwise === undefined
      ? ''
      : `<tr><th scope="row">else</th><td></td><td>${prose(operation.otherwise)}</td></tr>`;
  return `<div class="wide"><table><caption>Answers</caption>${answers.join('')}${other}${refusals.join('')}</table></div>`;
}

function operationHtml(operation: Operation, document: ApiDocument): string {
  const { method, path, summary, description, access } = operation;
  const described = document.paths[templateOf(path)]?.[method] as unknown as Described;
  const body = described.requestBody?.content['application/json']?.schema;
  // a cookie is nothing to call by hand
  const curl =
    access === 'person' || access === 'browser'
      ? ''
      : `<pre>${escapeHtml(curlOf(operation, described, document))}</pre>`;
  return `<section class="operation" id="${described.operationId}">
<h3>${escapeHtml(summary)}</h3>
<p class="route"><b class="${method}">${method.toUpperCase()}</b> ${code(templateOf(path))}</p>
<p>${accessHtml(access)}${description === undefined ? '' : ` ${prose(description)}`}</p>
${curl}${parametersHtml(described)}
${body ? `<p>Body: <span class="type">${schemaHtml(body)}</span></p>` : ''}${answersHtml(operation, described)}
</section>`;
}

function groupHtml({ title, about, operations }: OperationGroup, document: ApiDocument): string {
  return `<section><h2 id="${slug(title)}">${escapeHtml(title)}</h2><p>${escapeHtml(about)}</p>
${operations.map((each) => operationHtml(each, document)).join('\n')}</section>`;
}

function schemasHtml({ components }: ApiDocument): string {
  const each = Object.entries(components.schemas).map(
    ([name, schema]) =>
      `<section class="schema"><h3 id="schema-${name}">${name}</h3><pre>${schemaHtml(schema)}</pre></section>`,
  );
  return `<section><h2 id="shapes">Shapes</h2><p>What goes in and comes out. A question mark: may be left out. No other fields are taken.</p>${each.join('\n')}</section>`;
}

const INTRODUCTION = `<p>Make a token in Weft under <b>API tokens</b>, tick what it may do, and show it as a bearer token. It belongs to one customer, whose number
<code>GET /api/token</code> tells. Every refusal is <code>{"error":{"code","message","field"}}</code>; a program goes by the code. 429 and 503 come with <code>Retry-After</code> in seconds.
For machines: <a href="/api/openapi.json">openapi.json</a> (OpenAPI 3.1).</p>`;

/** The document as one page without scripts. */
export function docsPage(document: ApiDocument): string {
  const links = [...operationGroups.map(({ title }) => title), 'Shapes'].map(
    (title) => `<li><a href="#${slug(title)}">${escapeHtml(title)}</a></li>`,
  );
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Weft API</title><link rel="stylesheet" href="/api/docs.css"></head>
<body><nav aria-label="Contents"><p class="mark">weft API</p><ul>${links.join('')}</ul></nav>
<main><h1>Weft API</h1>${INTRODUCTION}
${operationGroups.map((group) => groupHtml(group, document)).join('\n')}
${schemasHtml(document)}</main></body></html>`;
}
