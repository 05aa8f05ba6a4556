import { createHash, randomBytes } from 'node:crypto';
import { type Request, type RequestHandler, Router, urlencoded } from 'express';
import { sameSecret } from './control.ts';
import { erpError } from './erp-error.ts';
import type { ErpState } from './erp-state.ts';
import { openGuard } from './page.ts';
import { type Reply, sendReply } from './reply.ts';
import { basicPair } from './shop-auth.ts';

/** A token that was given out, by its SHA-256 so that the journal holds no key. */
export interface Signed {
  token: string;
  kind: 'code' | 'access' | 'refresh';
  scope: string;
  /** Unix milliseconds. */
  expiresAt: number;
  redirectUri?: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  scope: string;
  /** When the access token ends, in Unix milliseconds. */
  expiresAt: number;
}

export interface ErpOAuthOptions {
  state: ErpState;
  clientId: string;
  clientSecret: string;
  accessTokenMs: number;
  clock: () => number;
  guard: RequestHandler | undefined;
}

export interface ErpOAuth {
  /** `/oauth-v1/auth` and `/oauth-v1/token`. */
  router: Router;
  issue(scope?: string): Tokens;
  /** Throws a VendorError (401) unless the header carries a living access token. */
  check(header: string | undefined): void;
}

const refreshMs = 45 * 24 * 3_600_000;
const codeMs = 10 * 60_000;
const allScopes = 'companyinformation customer article order invoice price costcenter settings currency';

const hashed = (token: string) => createHash('sha256').update(token).digest('base64url');

/** Fortnox's sign-in: code 10 minutes, access token an hour, refresh token 45 days and good for one use. */
export function createErpOAuth(options: ErpOAuthOptions): ErpOAuth {
  const { state, clock } = options;
  // Hashing each call's token would cost more than the look-up; the newest are known by heart.
  const living = new Map<string, number>();

  const sign = (kind: Signed['kind'], lifeMs: number, scope: string, redirectUri?: string) => {
    const token = randomBytes(kind === 'code' ? 16 : 32).toString('base64url');
    const key = hashed(token);
    const expiresAt = clock() + lifeMs;
    state.tokens.put(key, {
      token: key,
      kind,
      scope,
      expiresAt,
      ...(redirectUri === undefined ? {} : { redirectUri }),
    });
    return { token, expiresAt };
  };

  /** Takes a code or refresh token out of use; null when it was used, is too old or was never given. */
  const spend = (token: string, kind: 'code' | 'refresh'): Signed | null => {
    const signed = state.tokens.get(hashed(token));
    if (signed === undefined || signed.kind !== kind) return null;
    state.tokens.delete(signed.token);
    return signed.expiresAt > clock() ? signed : null;
  };

  const issue = (scope = allScopes): Tokens => {
    for (const signed of [...state.tokens.values()]) if (signed.expiresAt <= clock()) state.tokens.delete(signed.token);
    const access = sign('access', options.accessTokenMs, scope);
    const refresh = sign('refresh', refreshMs, scope);
    return { accessToken: access.token, refreshToken: refresh.token, scope, expiresAt: access.expiresAt };
  };

  const check = (header: string | undefined) => {
    const token = header !== undefined && /^bearer /i.test(header) ? header.slice(7).trim() : '';
    if (token === '') throw erpError('noToken');
    let expiresAt = living.get(token);
    if (expiresAt === undefined) {
      const signed = state.tokens.get(hashed(token));
      if (signed?.kind !== 'access') throw erpError('login');
      expiresAt = signed.expiresAt;
      if (living.size > 100) living.clear();
      living.set(token, expiresAt);
    }
    if (expiresAt <= clock()) throw erpError('login');
  };

  const exchange = (body: Record<string, unknown>): Reply => {
    const { grant_type: grant, code, refresh_token: refresh, redirect_uri: uri } = body;
    if (grant === 'authorization_code' && typeof code === 'string') {
      const signed = spend(code, 'code');
      if (signed === null || signed.redirectUri !== uri)
        return oauthError('invalid_grant', 'Invalid authorization code');
      return tokenReply(issue(signed.scope), clock());
    }
    if (grant === 'refresh_token' && typeof refresh === 'string') {
      const signed = spend(refresh, 'refresh');
      if (signed === null) return oauthError('invalid_grant', 'Invalid refresh token');
      return tokenReply(issue(signed.scope), clock());
    }
    return oauthError('unsupported_grant_type', 'Use authorization_code or refresh_token');
  };

  const router = Router();
  router.post('/token', urlencoded({ extended: false, limit: '16kb' }), (req, res) => {
    const given = basicPair(req.headers.authorization);
    const known =
      given !== null && sameSecret(given.key, options.clientId) && sameSecret(given.secret, options.clientSecret);
    if (!known) return sendReply(res, { ...oauthError('invalid_client', 'Invalid client credentials'), status: 401 });
    sendReply(res, exchange((req.body ?? {}) as Record<string, unknown>));
  });
  signInPage(router, options, (scope, uri) => sign('code', codeMs, scope, uri).token);
  return { router, issue, check };
}

function tokenReply(tokens: Tokens, now: number): Reply {
  return {
    status: 200,
    headers: { 'cache-control': 'no-store' },
    body: {
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      scope: tokens.scope,
      expires_in: Math.round((tokens.expiresAt - now) / 1000),
      token_type: 'bearer',
    },
  };
}

function oauthError(error: string, description: string): Reply {
  return { status: 400, body: { error, error_description: description } };
}

const escapes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => escapes[sign] ?? '');

interface SignInAsk {
  redirectUri: URL;
  scope: string;
  state: string;
}

/** What the caller wants, or what is wrong with it; nothing is sent to an address that was not understood. */
function askOf(given: Record<string, unknown>, clientId: string): SignInAsk | string {
  const textOf = (name: string) => (typeof given[name] === 'string' ? (given[name] as string) : '');
  if (textOf('client_id') !== clientId) return 'client_id is not known here';
  if (textOf('response_type') !== 'code') return 'response_type must be "code"';
  const uri = textOf('redirect_uri');
  if (!/^https?:\/\//.test(uri) || !URL.canParse(uri)) return 'redirect_uri must be an http or https address';
  return { redirectUri: new URL(uri), scope: textOf('scope') || allScopes, state: textOf('state') };
}

function signInPage(router: Router, options: ErpOAuthOptions, codeFor: (scope: string, uri: string) => string): void {
  const guard = options.guard ?? openGuard;
  router.get('/auth', guard, (req: Request, res) => {
    const ask = askOf(req.query as Record<string, unknown>, options.clientId);
    if (typeof ask === 'string') return void res.status(400).type('text').send(ask);
    const hidden = { ...req.query, scope: ask.scope } as Record<string, string>;
    const inputs = ['client_id', 'redirect_uri', 'scope', 'state', 'response_type']
      .map((name) => `<input type="hidden" name="${name}" value="${escaped(String(hidden[name] ?? ''))}">`)
      .join('');
    // Browsers hold form-action against the redirect that follows, too.
    const policy = `default-src 'self'; form-action 'self' ${ask.redirectUri.origin}; frame-ancestors 'none'`;
    res.setHeader('content-security-policy', policy);
    const scopes = ask.scope.split(' ').map((scope) => `<li>${escaped(scope)}</li>`);
    res.type('html').send(`<!doctype html><html lang="sv"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Övningsbolaget – godkänn</title>
<link rel="stylesheet" href="../page.css"><main class="sheet narrow"><h1>Godkänn anslutning</h1>
<p>En app vill läsa och skriva i <strong>Övningsbolaget AB</strong>. / An app asks for access.</p><ul>${scopes.join('')}</ul>
<form method="post" action="auth">${inputs}<button class="primary" type="submit" name="answer" value="yes">Godkänn / Approve</button>
<button type="submit" name="answer" value="no">Avbryt / Deny</button></form></main></html>`);
  });
  router.post('/auth', guard, urlencoded({ extended: false, limit: '16kb' }), (req: Request, res) => {
    const given = (req.body ?? {}) as Record<string, unknown>;
    const ask = askOf(given, options.clientId);
    if (typeof ask === 'string') return void res.status(400).type('text').send(ask);
    const target = new URL(ask.redirectUri);
    if (given['answer'] === 'yes') target.searchParams.set('code', codeFor(ask.scope, String(given['redirect_uri'])));
    else target.searchParams.set('error', 'access_denied');
    target.searchParams.set('state', ask.state);
    res.redirect(303, target.href);
  });
}
