import type { IncomingMessage } from 'node:http';

/**
 * Whether a browser says that the request comes from our own pages. Clients that are no browser send neither header,
 * and no page can make a browser leave both out of an unsafe request.
 */
export function isSameOrigin(request: Pick<IncomingMessage, 'headers'>, publicUrl?: string): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  const { origin, host } = request.headers;
  if (origin === undefined) return true;
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  return from.host === host || (publicUrl !== undefined && from.origin === new URL(publicUrl).origin);
}
