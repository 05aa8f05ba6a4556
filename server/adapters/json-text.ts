import { parse } from 'secure-json-parse';
import type { Json } from '#runtime/json.ts';

/** Levels of lists and objects a text from outside may nest; deeper ones break JSON.stringify and structuredClone. */
const MAX_JSON_DEPTH = 64;

const OPENERS = ['{', '['];
/** A number that JSON.parse would turn into Infinity, which no JSON can say; each run of digits is looked at once, from its start. */
const HUGE_NUMBER = /[0-9][eE]\+?[0-9]{3}|(?<![0-9])[0-9]{309}/;

/**
 * Parses JSON from outside. Throws SyntaxError on text that is not JSON, nests too deep, holds a number without end,
 * or names `__proto__` or `constructor.prototype` in any spelling.
 */
export function parseJsonText(text: string, maxDepth = MAX_JSON_DEPTH): Json {
  if (mayBeDeep(text, maxDepth) && isDeep(text, maxDepth)) {
    throw new SyntaxError(`the JSON nests deeper than ${maxDepth} levels`);
  }
  const value: Json = parse(text, null, { protoAction: 'error', constructorAction: 'error' });
  if (HUGE_NUMBER.test(text)) refuseInfinity(value);
  return value;
}

/** Few openers cannot nest deep: this spares nearly every text the scan below. */
function mayBeDeep(text: string, maxDepth: number): boolean {
  let count = 0;
  for (const opener of OPENERS) {
    for (let at = text.indexOf(opener); at !== -1; at = text.indexOf(opener, at + 1)) {
      count += 1;
      if (count > maxDepth) return true;
    }
  }
  return false;
}

function isDeep(text: string, maxDepth: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        if (depth > maxDepth) return true;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
    }
  }
  return false;
}

/** Index of the quote that closes the string opened at `from`; the text's length when none does. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x5c) at += 1;
    else if (code === 0x22) return at;
  }
  return text.length;
}

function refuseInfinity(value: Json): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new SyntaxError('the JSON holds a number too large to keep');
  } else if (typeof value === 'object' && value !== null) {
    for (const part of Object.values(value)) refuseInfinity(part);
  }
}
