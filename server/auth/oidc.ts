import * as client from 'openid-client';
import { z } from 'zod';

/** Signing in at an organisation's own identity provider, by OpenID Connect (code flow with PKCE). */
export interface Oidc {
  /** Words on the button; null for Weft's own. */
  readonly button: string | null;
  /** Where the browser goes, and what must be kept of it until it comes back. */
  begin(): Promise<{ readonly address: string; readonly pending: PendingSignIn }>;
  /** Who came back, by an address the provider has verified; null when it has not. Rejects when anything does not fit. */
  finish(query: string, pending: PendingSignIn): Promise<VerifiedPerson | null>;
}

export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

export interface VerifiedPerson {
  readonly email: string;
  readonly name: string;
}

/** Of the ID token; an address that the provider has not verified may be anybody's. */
const Claims = z.object({ email: z.string().max(200), email_verified: z.literal(true), name: z.string().optional() });

export interface OidcOptions {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly button: string | null;
  /** The address people use; the way back is made of it and of nothing a request says. */
  readonly publicUrl: string;
}

/** Where the provider sends people back to, under the public address. */
export const OIDC_RETURN = '/api/oidc/return';
const PATIENCE_S = 10;

export function createOidc(options: OidcOptions): Oidc {
  const { issuer, clientId, clientSecret, publicUrl } = options;
  const back = `${publicUrl}${OIDC_RETURN}`;
  let found: Promise<client.Configuration> | undefined;
  const provider = (): Promise<client.Configuration> => {
    // only this machine's own provider may speak without TLS, which the settings see to
    const execute = issuer.startsWith('http:') ? [client.allowInsecureRequests] : [];
    found ??= client
      .discovery(new URL(issuer), clientId, clientSecret, undefined, { execute, timeout: PATIENCE_S })
      .catch((error: unknown) => {
        found = undefined;
        throw error;
      });
    return found;
  };
  return {
    button: options.button,
    begin: async () => {
      const config = await provider();
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        verifier: client.randomPKCECodeVerifier(),
      };
      const address = client.buildAuthorizationUrl(config, {
        redirect_uri: back,
        scope: 'openid email profile',
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      });
      return { address: address.href, pending };
    },
    finish: async (query, { state, nonce, verifier }) => {
      const tokens = await client.authorizationCodeGrant(await provider(), new URL(`${back}${query}`), {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: verifier,
        idTokenExpected: true,
      });
      const claims = Claims.safeParse(tokens.claims());
      if (!claims.success) return null;
      const { email, name = '' } = claims.data;
      return { email: email.trim().toLowerCase(), name: name.trim().slice(0, 200) || email };
    },
  };
}
