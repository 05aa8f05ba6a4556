import { createHash, createHmac } from 'node:crypto';

/** A call that claims to come from the source and does not. */
export interface Forgery {
  readonly name: string;
  readonly body: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Path in place of the true one. */
  path?(path: string): string;
}

export interface ForgeryTarget {
  /** Header of the signature, in lower case. */
  readonly header: string;
  readonly encoding: 'hex' | 'base64';
  /** What the forger has overheard: a call and its right signature. */
  readonly body: Buffer;
  readonly signature: string;
  /** Headers of a true call, beside the signature. */
  readonly headers: Readonly<Record<string, string>>;
}

const hmac = (key: string, body: Buffer, encoding: 'hex' | 'base64', algorithm = 'sha256'): string =>
  createHmac(algorithm, key).update(body).digest(encoding);

/** 25 forgeries; none of them may be stored. */
export function forgeriesFor(target: ForgeryTarget): readonly Forgery[] {
  const { header, encoding, signature, headers } = target;
  const other = encoding === 'hex' ? 'base64' : 'hex';
  const tampered: Buffer = Buffer.from(target.body);
  tampered[tampered.length - 2] = (tampered[tampered.length - 2] ?? 0) ^ 1;
  const fresh: Buffer = Buffer.from(target.body.toString().replace(/"id":(\d+)/, '"id":9$1'));
  const signed = (name: string, given: string, body = fresh): Forgery => ({
    name,
    body,
    headers: { ...headers, [header]: given },
  });
  return [
    { name: 'no signature', body: fresh, headers },
    signed('an empty signature', ''),
    signed('a blank signature', ' '),
    signed('the signature of another body', signature),
    signed('a byte of the body changed', signature, tampered),
    signed('a byte more', signature, Buffer.concat([target.body, Buffer.from(' ')])),
    signed('a byte less', signature, target.body.subarray(0, -1)),
    signed('no body', signature, Buffer.alloc(0)),
    signed('signed with an empty key', hmac('', fresh, encoding)),
    signed('signed with “undefined”', hmac('undefined', fresh, encoding)),
    signed('signed with “null”', hmac('null', fresh, encoding)),
    signed('signed with “secret”', hmac('secret', fresh, encoding)),
    signed('a plain hash', createHash('sha256').update(fresh).digest(encoding)),
    signed('SHA-1', hmac('secret', fresh, encoding, 'sha1')),
    signed('SHA-512', hmac('secret', fresh, encoding, 'sha512')),
    signed('written in the other encoding', hmac('secret', fresh, other)),
    signed('the first half of a signature', signature.slice(0, signature.length / 2), target.body),
    signed('a signature and more', `${signature}00`, target.body),
    signed('a signature and rubbish', `${signature}!!`, target.body),
    signed('two signatures', `${signature},${signature}`, target.body),
    signed('a scheme nobody agreed on', `sha1=${signature}`, target.body),
    signed('a megabyte of signature', 'a'.repeat(10_000)),
    { name: 'the signature under another header', body: fresh, headers: { ...headers, 'x-signature': signature } },
    { ...signed('at another address', signature, target.body), path: (path) => `${path}x` },
    {
      ...signed('at the address in other letters', signature, target.body),
      path: (path) =>
        path.replace(/[^/]+$/, (token) => (token === token.toUpperCase() ? token.toLowerCase() : token.toUpperCase())),
    },
  ];
}
