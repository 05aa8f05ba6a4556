import { parse } from 'secure-json-parse';
import type { Json } from '#runtime/json.ts';

/** Levels of lists and objects a text from outside may nest; deeper ones break JSON.stringify and structuredClone. */
const MAX_JSON_DEPTH = 64;

const OPENERS = ['{', '['];
/** A number that JSON.parse would turn into Infinity, which no JSON can say; each run of digits is looked at once, from its start. */
const HUGE_NUMBER = /[0-9][eE]\+?[0-9]{3}|(?<![0-9])[0-9]{309}/;

/** How much a text may hold. */
interface JsonLimits {
  /** Levels of lists and objects; 64 unless told. */
  readonly depth?: number;
  /** Values in all: what a text costs to read grows with these more than with its length. Any number unless told. */
  readonly values?: number;
}

/**
 * Parses JSON from outside. Throws SyntaxError on text that is not JSON, nests too deep, holds too many values or a number
 * without end, or names `__proto__` or `constructor.prototype` in any spelling.
 */
export function parseJsonText(text: string, limits: JsonLimits = {}): Json {
  const { depth = MAX_JSON_DEPTH, values = Number.POSITIVE_INFINITY } = limits;
  if (mayHoldMore(text, OPENERS, depth) || mayHoldMore(text, [...OPENERS, ','], values))
    refuseExcess(text, depth, values);
  const value: Json = mayPoison(text)
    ? parse(text, null, { protoAction: 'error', constructorAction: 'error' })
    : JSON.parse(text);
  if (HUGE_NUMBER.test(text)) refuseInfinity(value);
  return value;
}

/** Whether a key may be spelled `__proto__` or `constructor`, or there is a byte order mark; nearly no text needs the closer look. */
function mayPoison(text: string): boolean {
  return (
    text.includes('__proto__') || text.includes('constructor') || text.includes('\\u') || text.charCodeAt(0) === 0xfeff
  );
}

/** Few signs cannot make much: this spares nearly every text the scan below. */
function mayHoldMore(text: string, signs: readonly string[], most: number): boolean {
  if (text.length <= most) return false;
  let count = 0;
  for (const sign of signs) {
    for (let at = text.indexOf(sign); at !== -1; at = text.indexOf(sign, at + 1)) {
      count += 1;
      if (count > most) return true;
    }
  }
  return false;
}

function refuseExcess(text: string, maxDepth: number, maxValues: number): void {
  let depth = 0;
  let values = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth += 1;
        values += 1;
        if (depth > maxDepth) throw new SyntaxError(`the JSON nests deeper than ${maxDepth} levels`);
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth -= 1;
        break;
      case 0x2c: // ,
        values += 1;
        if (values > maxValues) throw new SyntaxError(`the JSON holds more than ${maxValues} values`);
        break;
    }
  }
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
