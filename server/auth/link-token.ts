import { createHash, randomBytes } from 'node:crypto';

/** A key that travels in a mailed link, and what is kept of it. */
export interface NewLinkToken {
  readonly token: string;
  readonly hash: Buffer;
}

export function newLinkToken(): NewLinkToken {
  const token = randomBytes(32).toString('base64url');
  return { token, hash: linkTokenHash(token) };
}

export function linkTokenHash(token: string): Buffer {
  return createHash('sha256').update('weft link\0').update(token).digest();
}
