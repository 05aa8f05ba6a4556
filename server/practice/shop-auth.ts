import type { NextFunction, Request, Response } from 'express';
import { sameSecret } from './control.ts';
import { sendReply } from './reply.ts';
import { shopErrorReply } from './shop-error.ts';

/** Asks for the consumer key and secret, by Basic auth or in the query, as WooCommerce does over HTTPS. */
export function shopAuth(consumerKey: string, consumerSecret: string) {
  return (req: Request, res: Response, next: NextFunction) => {
    const given = basicPair(req.headers.authorization) ?? queryPair(req.url);
    if (given === null) {
      const message = 'Sorry, you cannot list resources.';
      return sendReply(res, shopErrorReply(401, 'woocommerce_rest_cannot_view', message));
    }
    const keyFits = sameSecret(given.key, consumerKey);
    if (keyFits && sameSecret(given.secret, consumerSecret)) return next();
    const what = keyFits ? 'Consumer secret is invalid.' : 'Consumer key is invalid.';
    sendReply(res, shopErrorReply(401, 'woocommerce_rest_authentication_error', what));
  };
}

interface Pair {
  key: string;
  secret: string;
}

export function basicPair(header: string | undefined): Pair | null {
  if (header === undefined || !/^basic /i.test(header)) return null;
  const text = Buffer.from(header.slice(6), 'base64').toString('utf8');
  const at = text.indexOf(':');
  return at < 0 ? null : { key: text.slice(0, at), secret: text.slice(at + 1) };
}

function queryPair(url: string): Pair | null {
  const at = url.indexOf('?');
  if (at < 0) return null;
  const query = new URLSearchParams(url.slice(at + 1));
  const key = query.get('consumer_key');
  const secret = query.get('consumer_secret');
  return key === null || secret === null ? null : { key, secret };
}
