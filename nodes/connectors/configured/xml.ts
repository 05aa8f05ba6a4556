import sax from 'sax';
import { TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';

/** Levels and elements a document may have; texts are held by the size of an answer. */
const MAX_DEPTH = 64;
const MAX_ELEMENTS = 200_000;

/** Only XML's own entities, which @types/sax does not know of yet. */
const OPTIONS = { xmlns: true, strictEntities: true };

const refuse = (message: string): TerminalError => new TerminalError('INPUT_INVALID', `the XML ${message}`);

/** `soap:Body` is `Body`: prefixes are the writer's choice, so names are compared without. */
const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

interface Open {
  readonly name: string;
  readonly fields: Record<string, Json>;
  readonly text: string[];
  readonly nil: boolean;
}

/**
 * XML as JSON: an element with a text alone is that text, any other an object of its children, `@name` its attributes, `#text`
 * the text beside them. Elements that come more than once, and those in `lists`, are lists. Prefixes and declarations of
 * namespaces are dropped, `xsi:nil` is null, all values are text. Throws TerminalError on what is not well-formed, too deep or too
 * large, and on every DOCTYPE: no entity but the five of XML itself and character numbers is ever read.
 */
export function parseXml(text: string, lists: ReadonlySet<string>): Json {
  const parser = sax.parser(true, OPTIONS);
  const root: Open = { name: '', fields: {}, text: [], nil: false };
  const open: Open[] = [root];
  let elements = 0;

  parser.onerror = (error) => {
    throw refuse(`cannot be read: ${error.message.replaceAll('\n', ' ')}`);
  };
  parser.ondoctype = () => {
    throw refuse('has a DOCTYPE, which is never read');
  };
  parser.onopentag = (tag) => {
    if (open.length === 1 && elements > 0) throw refuse('has more than one root');
    if (open.length > MAX_DEPTH) throw refuse(`nests deeper than ${MAX_DEPTH} levels`);
    elements += 1;
    if (elements > MAX_ELEMENTS) throw refuse(`has more than ${MAX_ELEMENTS} elements`);
    const fields: Record<string, Json> = {};
    let nil = false;
    for (const { name, value, prefix, local } of Object.values(
      tag.attributes as Record<string, sax.QualifiedAttribute>,
    )) {
      if (prefix === 'xmlns' || name === 'xmlns') continue;
      if (prefix !== '' && local === 'nil' && value === 'true') nil = true;
      else fields[`@${localName(name)}`] = value;
    }
    open.push({ name: localName(tag.name), fields, text: [], nil });
  };
  parser.ontext = (part) => void open.at(-1)?.text.push(part);
  parser.oncdata = (part) => void open.at(-1)?.text.push(part);
  parser.onclosetag = () => {
    const closed = open.pop();
    const around = open.at(-1);
    if (closed && around) addChild(around.fields, closed.name, contentOf(closed), lists);
  };
  parser.write(text).close();
  if (elements === 0) throw refuse('is empty');
  return root.fields;
}

function contentOf({ fields, text, nil }: Open): Json {
  if (nil) return null;
  const whole = text.join('');
  if (Object.keys(fields).length === 0) return whole.trim() === '' ? '' : whole;
  return whole.trim() === '' ? fields : { ...fields, '#text': whole.trim() };
}

function addChild(fields: Record<string, Json>, name: string, value: Json, lists: ReadonlySet<string>): void {
  if (name === '__proto__') throw refuse('has an element called __proto__');
  const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (Array.isArray(before)) before.push(value);
  else if (before !== undefined) fields[name] = [before, value];
  else fields[name] = lists.has(name) ? [value] : value;
}

const NAME = /^[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?$/;
const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\r': '&#13;',
};
/** What XML 1.0 has no way to write. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must be found
const UNWRITABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/;

function escaped(value: Json, name: string): string {
  const text = String(value);
  if (UNWRITABLE.test(text) || !text.isWellFormed()) {
    throw new TerminalError('INPUT_INVALID', `${name} holds a character that XML cannot write`, { field: name });
  }
  return text.replace(/[&<>"\r]/g, (sign) => ESCAPES[sign] ?? sign);
}

const isObject = (value: Json): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function element(name: string, value: Json, depth: number): string {
  if (depth > MAX_DEPTH) throw refuse(`nests deeper than ${MAX_DEPTH} levels`);
  if (!NAME.test(name)) throw new TerminalError('CONFIG_INVALID', `“${name}” is no name of an XML element`);
  if (Array.isArray(value)) return value.map((each) => element(name, each, depth)).join('');
  if (value === null) return `<${name}/>`;
  if (!isObject(value)) return `<${name}>${escaped(value, name)}</${name}>`;
  let attributes = '';
  let content = '';
  for (const [key, inner] of Object.entries(value)) {
    if (key === '#text') content += inner === null ? '' : escaped(inner as Json, name);
    else if (!key.startsWith('@')) content += element(key, inner as Json, depth + 1);
    else if (!NAME.test(key.slice(1)))
      throw new TerminalError('CONFIG_INVALID', `“${key}” is no name of an XML attribute`);
    else if (inner !== null)
      attributes += ` ${key.slice(1)}="${escaped(inner as Json, name).replaceAll('\n', '&#10;')}"`;
  }
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

/** JSON of the same form as XML; its one key is the root. Throws TerminalError on what XML cannot hold. */
export function writeXml(body: Json): string {
  const [root, ...more] = isObject(body) ? Object.entries(body) : [];
  if (root === undefined || more.length > 0 || Array.isArray(root[1])) {
    throw new TerminalError('CONFIG_INVALID', 'a body in XML is an object with one key, the root element');
  }
  return `<?xml version="1.0" encoding="UTF-8"?>${element(root[0], root[1] as Json, 1)}`;
}
