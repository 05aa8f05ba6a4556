import { createHash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const PREFIX = 'weft_';
/** 30 characters of 62 are 178 bits. */
const RANDOM = 30;
const CHECKSUM = 6;
const TOKEN = new RegExp(`^${PREFIX}([0-9A-Za-z]{${RANDOM}})([0-9A-Za-z]{${CHECKSUM}})$`);

function base62(value: number): string {
  let text = '';
  for (let left = value; left > 0; left = Math.floor(left / 62)) text = ALPHABET.charAt(left % 62) + text;
  return text.padStart(CHECKSUM, '0');
}

/** A new token: `weft_`, 30 random characters and the CRC-32 of these, so that a scanner tells a token from other text. */
export function makeToken(): string {
  const random = Array.from({ length: RANDOM }, () => ALPHABET.charAt(randomInt(ALPHABET.length))).join('');
  return `${PREFIX}${random}${base62(crc32(random))}`;
}

/** Whether the text can be a token at all; most of what is mistyped or made up need not be looked for. */
export function isTokenText(text: string): boolean {
  const [, random, checksum] = TOKEN.exec(text) ?? [];
  return random !== undefined && checksum === base62(crc32(random));
}

/** What is stored of a token. A slow hash would protect nothing: the token cannot be guessed. */
export function tokenHash(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** What lists show of a token. */
export const hintOf = (token: string): string => token.slice(0, PREFIX.length + 4);
