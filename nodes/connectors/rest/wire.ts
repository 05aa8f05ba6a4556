import type { HttpRequest, Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { afterWrite } from '../answer.ts';
import type { Answer } from '../configured/paging.ts';
import {
  compileBody,
  compileField,
  compilePath,
  type Fill,
  invalid,
  type Names,
  type Place,
  unreadable,
} from '../configured/template.ts';
import type { Wire } from '../configured/wire.ts';
import { parseXml, writeXml } from '../configured/xml.ts';
import type { RestRequest, RestSettings } from './settings.ts';

type Format = Pick<RestSettings, 'format' | 'xmlLists'>;

/** How bodies are read: JSON as it came, XML parsed. Throws TerminalError where XML cannot be read. */
export function bodyReader({ format, xmlLists }: Format): (body: Json) => Json {
  if (format === 'json') return (body) => body;
  const lists = new Set(xmlLists);
  return (body) => (typeof body === 'string' ? parseXml(body, lists) : null);
}

type Scalar = string | number | boolean;

/** Values of a query or headers; what is absent leaves its name out. */
function fields(
  given: Readonly<Record<string, Scalar>> | undefined,
  place: Place,
): Fill<Readonly<Record<string, Scalar | readonly (string | number)[]>>> {
  const fills = Object.entries(given ?? {}).map(([name, value]) => {
    const inner = { ...place, field: `${place.field}.${name}` };
    return [name, inner, typeof value === 'string' ? compileField(value, inner) : () => value] as const;
  });
  return (names) => {
    const made: Record<string, Scalar | readonly (string | number)[]> = {};
    for (const [name, { field }, fill] of fills) {
      const value = fill(names);
      if (value === undefined || value === null) continue;
      const scalars = Array.isArray(value) ? value : [value];
      if (scalars.some((each) => typeof each === 'object')) {
        throw new TerminalError('INPUT_INVALID', `${field}: a list or an object cannot stand there`, { field });
      }
      made[name] = value as Scalar;
    }
    return made;
  };
}

function headersOf(settings: RestSettings, request: RestRequest, place: Place): Fill<Record<string, string>> {
  const own = fields({ ...settings.headers, ...request.headers }, { ...place, field: `${place.field}.headers` });
  const xml = settings.format === 'xml' ? { accept: 'application/xml, text/xml' } : {};
  return (names) => {
    const made: Record<string, string> = { ...xml };
    for (const [name, value] of Object.entries(own(names))) {
      if (/[\r\n\0]/.test(String(value))) {
        const field = `${place.field}.headers.${name}`;
        throw new TerminalError('INPUT_INVALID', `${field}: a line break cannot stand in a header`, { field });
      }
      made[name.toLowerCase()] = String(value);
    }
    return made;
  };
}

/** Requests by method, path, query, headers and body, below the base address. */
export function restWire(settings: RestSettings, base: string): Wire<RestRequest> {
  const read = bodyReader(settings);
  const send = async (session: Session, request: HttpRequest, place: Place): Promise<Answer> => {
    const { body, headers } = await session.http(request);
    if (settings.format === 'xml' && body !== null && typeof body !== 'string') {
      throw unreadable(place.field, 'was answered in JSON, and XML was expected');
    }
    return { body: afterWrite(() => read(body)), headers };
  };
  return {
    emptyListsAreAbsent: settings.format === 'xml',
    compile(request, place, usually) {
      const method = request.method ?? usually;
      const path = compilePath(request.path, { ...place, field: `${place.field}.path` });
      const query = fields(request.query, { ...place, field: `${place.field}.query` });
      const headers = headersOf(settings, request, place);
      if (request.body !== undefined && method === 'GET') throw invalid(`${place.field}.body`, 'is not sent by GET');
      const body =
        request.body === undefined ? undefined : compileBody(request.body, { ...place, field: `${place.field}.body` });
      return (session, names) => {
        const made = { method, path: path(names), query: query(names), headers: headers(names) };
        const filled = body?.(names);
        return send(
          session,
          { ...made, ...(body ? packed(settings, filled ?? null, made.headers, place) : {}) },
          place,
        );
      };
    },
    async follow(session, address, request, place) {
      const at = /\{\{/.test(request.path) ? base : new URL(request.path.replace(/^\/+/, ''), base).href;
      const url = URL.parse(address, at);
      const home = new URL(base);
      if (url?.origin !== home.origin) {
        const message = `${place.field}: the next page is at ${url?.origin ?? 'no address'}, and not at ${home.origin}`;
        throw new TerminalError('HOST_NOT_ALLOWED', message, { field: place.field });
      }
      const headers = headersOf(settings, request, place)({} satisfies Names);
      return send(session, { method: 'GET', path: url.href, headers }, place);
    },
  };
}

function packed(
  { format }: Format,
  body: Json,
  headers: Readonly<Record<string, string>>,
  place: Place,
): Pick<HttpRequest, 'body' | 'headers'> {
  if (format === 'json') return { body };
  try {
    return { body: writeXml(body), headers: { 'content-type': 'application/xml; charset=utf-8', ...headers } };
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    const field = `${place.field}.body`;
    throw new TerminalError(error.code, `${field}: ${error.message}`, { field, cause: error });
  }
}
