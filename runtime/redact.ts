import type { RunEvent } from './event.ts';

/** What stands where a secret stood. */
export const REDACTED = '•••';

/** Shorter values would redact half the text and protect nothing. */
const SHORTEST = 6;

const SENSITIVE_KEY =
  /("(?:[a-z_-]*(?:password|passwd|secret|authorization|api[_-]?key|access[_-]?token|refresh[_-]?token|client[_-]?secret|consumer[_-]?key|cookie)[a-z_-]*)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;

/** Base64 by hand: this room has no Buffer, and secrets are short. */
function base64(bytes: Uint8Array): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  let out = '';
  for (let index = 0; index < bytes.length; index += 3) {
    const word = ((bytes[index] ?? 0) << 16) | ((bytes[index + 1] ?? 0) << 8) | (bytes[index + 2] ?? 0);
    out += alphabet[(word >> 18) & 63];
    out += alphabet[(word >> 12) & 63];
    out += index + 1 < bytes.length ? alphabet[(word >> 6) & 63] : '=';
    out += index + 2 < bytes.length ? alphabet[word & 63] : '=';
  }
  return out;
}

/** The spellings a secret may appear in: plain, JSON, URL, base64 at each of the three byte offsets. */
function spellings(secret: string): string[] {
  const bytes = new TextEncoder().encode(secret);
  const encoded = [0, 1, 2].map((offset) => {
    const shifted = new Uint8Array(bytes.length + offset);
    shifted.set(bytes, offset);
    // characters that also hold a neighbour's bits are left off
    return base64(shifted)
      .replace(/=+$/, '')
      .slice(offset === 0 ? 0 : offset + 1, -1);
  });
  const json = JSON.stringify(secret).slice(1, -1);
  const url = encodeURIComponent(secret.toWellFormed());
  return [
    secret,
    json,
    JSON.stringify(json).slice(1, -1),
    url,
    url.replaceAll('%20', '+'),
    ...encoded,
    ...encoded.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    ...encoded.map(encodeURIComponent),
  ];
}

/** Takes secrets out of text by value, and values of telling keys out of JSON text. One per tenant, remade when its secrets change. */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const needles = [...new Set(secrets.filter((secret) => secret.length >= SHORTEST).flatMap(spellings))]
    .filter((needle) => needle.length >= SHORTEST)
    .sort((a, b) => b.length - a.length);
  return (text) => {
    let out = text;
    for (const needle of needles) if (out.includes(needle)) out = out.replaceAll(needle, REDACTED);
    return SENSITIVE_HINT.test(out) ? out.replace(SENSITIVE_KEY, `$1"${REDACTED}"`) : out;
  };
}

/** What of an event comes from outside; the rest is the engine's own, and a secret that reads like a step's name must not break the log. */
const CARRIED = new Set(['message', 'data', 'answer', 'failure', 'reason', 'body']);

/** Events as JSON text without secrets; types, names and references stay whole. */
export function redactedLog(events: readonly RunEvent[], redact: (text: string) => string): string {
  const text = JSON.stringify(events);
  return redact(text) === text ? text : `[${events.map((event) => eventText(event, redact)).join(',')}]`;
}

type Redact = (text: string) => string;

function eventText(event: RunEvent, redact: Redact): string {
  return objectText(event, (key, value) => {
    if (key === 'output')
      return plain(
        key,
        objectText(value as object, (port, inner) => hidden(port, inner, redact)),
      );
    if (key === 'failure') return plain(key, failureText(value as object, redact));
    return CARRIED.has(key) ? hidden(key, value, redact) : plain(key, JSON.stringify(value));
  });
}

/** The code is the engine's, and a reference is what the next attempt looks for. */
function failureText(failure: object, redact: Redact): string {
  return objectText(failure, (key, value) => {
    if (key === 'code') return plain(key, JSON.stringify(value));
    if (key !== 'details') return hidden(key, value, redact);
    const text = (name: string, inner: unknown): string =>
      name === 'reference' ? plain(name, JSON.stringify(inner)) : hidden(name, inner, redact);
    return plain(key, objectText(value as object, text));
  });
}

function objectText(value: object, field: (key: string, value: unknown) => string): string {
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  return `{${fields.map(([key, inner]) => field(key, inner)).join(',')}}`;
}

function plain(key: string, text: string): string {
  return `${JSON.stringify(key)}:${text}`;
}

/** Redacted together with its key, since some keys tell that their value is secret; the key itself stays. */
function hidden(key: string, value: unknown, redact: Redact): string {
  const name = JSON.stringify(key);
  if (redact(name) !== name) return plain(key, redact(JSON.stringify(value)));
  return redact(JSON.stringify({ [key]: value })).slice(1, -1);
}

/** Cheap look before the expensive one: most logs hold no telling key. */
const SENSITIVE_HINT = /passw|secret|authoriz|api[_-]?key|token"|consumer[_-]?key|cookie/i;
