import { createHmac, type KeyObject } from 'node:crypto';
import type { References } from '#runtime/ports.ts';
import { deriveKey, type MasterKey } from './master-key.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
/** 15 bytes are 24 characters of 5 bits: short enough for every vendor's reference field, too long to guess or to meet twice. */
const BYTES = 15;

/** References by HMAC-SHA256 under a key of their own; another master key gives others, so it must outlive the database's backups. */
export function createReferences(master: MasterKey): References {
  return referencesBy(deriveKey(master, 'references'));
}

/** The same under a key that outlived its master key. */
export function referencesBy(key: KeyObject): References {
  return {
    of(parts) {
      // Lengths keep ['ab', 'c'] and ['a', 'bc'] apart.
      let text = '';
      for (const part of parts) text += `${part.length}:${part}`;
      return base32(createHmac('sha256', key).update(text).digest());
    },
  };
}

function base32(bytes: Buffer): string {
  let text = '';
  for (let at = 0; at < BYTES; at += 5) {
    // Five bytes are eight characters; 40 bits are too many for one integer, so four and four.
    const high = bytes.readUIntBE(at, 3) >>> 4;
    const low = bytes.readUIntBE(at + 2, 3) & 0xfffff;
    for (const half of [high, low]) {
      for (let shift = 15; shift >= 0; shift -= 5) text += ALPHABET[(half >>> shift) & 31];
    }
  }
  return text;
}
