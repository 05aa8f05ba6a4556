import { createHash, generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A small OpenID Connect provider over real HTTP, at which one person is always signed in. */
export interface OidcIssuer {
  readonly url: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Claims of whoever signs in next. */
  person: Record<string, unknown>;
  /** Bends the ID token before it is signed. */
  bend: (claims: Record<string, unknown>) => Record<string, unknown>;
  /** Follows the address a browser was sent to, as the browser would; answers where it is sent back to. */
  visit(address: string): Promise<URL>;
  close(): void;
}

interface Asked {
  readonly nonce: string;
  readonly challenge: string;
  readonly redirect: string;
}

const base64 = (value: object | Buffer): string =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url');

async function bodyOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return new URLSearchParams(text);
}

export async function startOidcIssuer(): Promise<OidcIssuer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const codes = new Map<string, Asked>();
  const server = createServer(async (request, response) => {
    const at = new URL(request.url ?? '/', issuer.url);
    const json = (body: object, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (at.pathname === '/.well-known/openid-configuration')
      return json({
        issuer: issuer.url,
        authorization_endpoint: `${issuer.url}/authorize`,
        token_endpoint: `${issuer.url}/token`,
        jwks_uri: `${issuer.url}/keys`,
        response_types_supported: ['code'],
        id_token_signing_alg_values_supported: ['RS256'],
        code_challenge_methods_supported: ['S256'],
      });
    if (at.pathname === '/keys')
      return json({ keys: [{ ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }] });
    if (at.pathname === '/authorize') {
      const wish = (name: string): string => at.searchParams.get(name) ?? '';
      const code = randomUUID();
      codes.set(code, { nonce: wish('nonce'), challenge: wish('code_challenge'), redirect: wish('redirect_uri') });
      const back = new URL(wish('redirect_uri'));
      back.searchParams.set('code', code);
      back.searchParams.set('state', wish('state'));
      response.writeHead(302, { location: back.href });
      return response.end();
    }
    const given = await bodyOf(request);
    const asked = codes.get(given.get('code') ?? '');
    codes.delete(given.get('code') ?? '');
    const proof = createHash('sha256')
      .update(given.get('code_verifier') ?? '')
      .digest('base64url');
    if (!asked || proof !== asked.challenge || given.get('redirect_uri') !== asked.redirect)
      return json({ error: 'invalid_grant' }, 400);
    const now = Math.floor(Date.now() / 1000);
    const claims = issuer.bend({
      iss: issuer.url,
      aud: issuer.clientId,
      sub: 'person-1',
      iat: now,
      exp: now + 60,
      nonce: asked.nonce,
      ...issuer.person,
    });
    const head = `${base64({ alg: 'RS256', kid: 'one', typ: 'JWT' })}.${base64(claims)}`;
    const token = `${head}.${base64(sign('sha256', Buffer.from(head), privateKey))}`;
    return json({ access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: token });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const issuer: OidcIssuer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clientId: 'weft',
    clientSecret: 'a secret of the issuer',
    person: {},
    bend: (claims) => claims,
    visit: async (address) => {
      const answer = await fetch(address, { redirect: 'manual' });
      return new URL(answer.headers.get('location') ?? '');
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return issuer;
}
