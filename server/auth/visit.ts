import type { Session, SessionData } from 'express-session';
import type { User } from './permission.ts';

declare module 'express-session' {
  interface SessionData {
    /** Tenants of others in which an administrator may change things: until when, in milliseconds since 1970. */
    confirmed: Record<string, number>;
  }
}

type Held = Session & Partial<SessionData>;

const CONFIRMED_MS = 30 * 60_000;

/** Until when the session may change things in the tenant; null when it may not. */
export function confirmedUntil(session: Held, tenant: number): number | null {
  const until = session.confirmed?.[tenant] ?? 0;
  return until > Date.now() ? until : null;
}

/** Answers until when. */
export function confirm(session: Held, tenant: number): number {
  const until = Date.now() + CONFIRMED_MS;
  session.confirmed = { ...session.confirmed, [tenant]: until };
  return until;
}

export function withdraw(session: Held, tenant: number): void {
  const { [tenant]: _gone, ...rest } = session.confirmed ?? {};
  session.confirmed = rest;
}

/** The person with what the session has confirmed. */
export function withConfirmed<Person extends User>(person: Person, session: Partial<SessionData>): Person {
  if (person.role !== 'admin' || session.confirmed === undefined) return person;
  const now = Date.now();
  const open = Object.entries(session.confirmed).filter(([, until]) => until > now);
  return { ...person, confirmed: new Set(open.map(([tenant]) => Number(tenant))) };
}
