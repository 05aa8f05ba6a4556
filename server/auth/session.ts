import type { IncomingMessage } from 'node:http';
import connectPgSimple from 'connect-pg-simple';
import type { RequestHandler } from 'express';
import session, { type Session, type SessionData } from 'express-session';
import type { Pool } from 'pg';
import type { PendingSignIn } from './oidc.ts';

declare module 'express-session' {
  interface SessionData {
    /** Id of the signed-in person. */
    user: string;
    /** When the person signed in: milliseconds since 1970. */
    since: number;
    /** The account's count when the person signed in; once that has gone up the session is over. */
    epoch: number;
    /** The browser, as it calls itself. */
    agent: string;
    /** Who has given the right password and owes a code; since when. */
    half: SignedIn & { readonly since: number };
    /** A sign-in that is under way at the identity provider, and where to go afterwards. */
    oidc: PendingSignIn & { readonly to: string };
  }
}

const IDLE_MS = 8 * 3_600_000;
const LONGEST_MS = 7 * 24 * 3_600_000;

export interface SessionDeps {
  /** Runs as weft_app, apart from the pool of the requests, so that sessions do not wait for slow answers. */
  readonly pool: Pool;
  /** Signs the cookie; the first signs, all are accepted. */
  readonly secrets: readonly string[];
  /** The address people use; with https the cookie goes over TLS only. */
  readonly publicUrl: string;
  readonly onError: (error: unknown) => void;
}

export interface Sessions {
  readonly middleware: RequestHandler;
  /** What the session of this id holds; null when it is over. */
  read(sid: string): Promise<Partial<SessionData> | null>;
  stop(): void;
}

/** Server-side sessions: the browser holds an opaque id, and the row decides. */
export function createSessions(deps: SessionDeps): Sessions {
  const Store = connectPgSimple(session);
  const store = new Store({
    pool: deps.pool,
    tableName: 'user_session',
    ttl: IDLE_MS / 1000,
    errorLog: (...parts: unknown[]) => deps.onError(parts),
  });
  const secure = deps.publicUrl.startsWith('https:');
  const middleware = session({
    // __Host-: sent to this host alone, over TLS alone, set by nobody else
    name: secure ? '__Host-weft' : 'weft',
    secret: [...deps.secrets],
    store,
    resave: false,
    saveUninitialized: false,
    rolling: true,
    proxy: secure,
    cookie: { path: '/', httpOnly: true, sameSite: 'lax', secure, maxAge: IDLE_MS },
  });
  return {
    middleware,
    read: (sid) =>
      new Promise((resolve, reject) => {
        store.get(sid, (error: unknown, data) => {
          if (error) reject(error);
          else resolve(data ?? null);
        });
      }),
    stop: () => store.close(),
  };
}

/** What a session says of who is signed in. */
export interface SignedIn {
  readonly user: string;
  readonly epoch: number;
}

/** Whose session it is; null for none and for one that has lasted a week. */
export function signedInAs(data: Partial<SessionData>): SignedIn | null {
  const { user, since, epoch = 0 } = data;
  if (user === undefined || since === undefined) return null;
  return Date.now() - since < LONGEST_MS ? { user, epoch } : null;
}

type WithSession = IncomingMessage & { session: Session & Partial<SessionData> };

/** Under a new id, never the one the browser came with; what it held before is gone. */
function renew(request: WithSession, data: Partial<SessionData>): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.regenerate((error: unknown) => {
      if (error) return reject(error);
      Object.assign(request.session, data);
      request.session.save((failure: unknown) => (failure ? reject(failure) : resolve()));
    });
  });
}

const agentOf = (request: IncomingMessage): string => (request.headers['user-agent'] ?? '').slice(0, 300);

/** A new session for a person who signed in. */
export function beginSession(request: WithSession, { user, epoch }: SignedIn): Promise<void> {
  return renew(request, { user, epoch, since: Date.now(), agent: agentOf(request) });
}

const HALF_MS = 10 * 60_000;

/** The password was right: the session knows for whom a code is wanted, and opens nothing. */
export function beginHalf(request: WithSession, who: SignedIn): Promise<void> {
  return renew(request, { half: { ...who, since: Date.now() } });
}

/** Who owes a code; null for nobody and once that has lasted ten minutes. */
export function halfSignedIn({ half }: Partial<SessionData>): SignedIn | null {
  return half && Date.now() - half.since < HALF_MS ? half : null;
}

export function endSession(request: IncomingMessage & { session: Session }): Promise<void> {
  return new Promise((resolve, reject) => {
    request.session.destroy((error: unknown) => (error ? reject(error) : resolve()));
  });
}
