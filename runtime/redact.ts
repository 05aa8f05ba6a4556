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

/** Cheap look before the expensive one: most logs hold no telling key. */
const SENSITIVE_HINT = /passw|secret|authoriz|api[_-]?key|token"|consumer[_-]?key|cookie/i;
