import { createHmac } from 'node:crypto';

/** Header and encoding of a webhook of a flow's own, where its step says nothing else. */
export const OWN_SIGNATURE = { header: 'x-weft-signature', encoding: 'hex' } as const;

export function signature(secret: string, body: string | Uint8Array, encoding: 'hex' | 'base64' = 'hex'): string {
  return createHmac('sha256', secret).update(body).digest(encoding);
}

/** Calls a webhook of a flow's own, signed as it asks. */
export function signedCall(url: string, secret: string, value: unknown): Promise<Response> {
  const body = JSON.stringify(value);
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [OWN_SIGNATURE.header]: signature(secret, body) },
    body,
  });
}
