import { setTimeout as pause } from 'node:timers/promises';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Language, SentLink } from '#runtime/people.ts';
import { actorNow } from '../adapters/acting.ts';
import { audit, HOUSE } from '../adapters/pg-audit.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { passwordChangedLetter, resetLetter, staffLetter } from '../mail/letter.ts';
import { type Mail, type Mailer, MailFailed } from '../mail/mailer.ts';
import { linkTokenHash, newLinkToken } from './link-token.ts';
import { hashPassword } from './password.ts';

/** Passwords that change: by a mailed link, or by who knows the old one. */
export interface Passwords {
  /** Mails a link if there is such an account; answers before it has looked, so that the answer tells nothing. */
  forgotten(email: string, language: Language, ip: string | null): void;
  /** Mails a link on behalf of an administrator, who gets it to hand over when no mail is on its way. */
  sendLink(user: string): Promise<SentLink>;
  /** Mails the way to a first password, good for a week, to somebody whose account was just made; the link as with `sendLink`. */
  welcome(user: string, inviter: string): Promise<SentLink>;
  /** Whose password the link changes; null for a link that was used, is over, or never was. */
  emailOf(token: string): Promise<string | null>;
  /** Ends every session of the account; answers whose it was, or null as `emailOf`. */
  reset(token: string, password: string, ip: string | null): Promise<string | null>;
  /** Ends every session of the account; the caller begins its own anew. */
  change(user: string, password: string): Promise<void>;
  /** Waits for mails that are on their way. */
  stop(): Promise<void>;
}

export interface PasswordsDeps {
  /** Runs as weft_app. */
  readonly pool: Pool;
  /** Null where mails cannot be sent. */
  readonly mailer: Mailer | null;
  /** The address people use, without a slash at its end; links are made of it and of nothing a request says. */
  readonly publicUrl: string;
  readonly log: Logger;
  /** Milliseconds between tries at sending a mail. */
  readonly retryMs?: readonly number[];
}

const RETRY_MS = [2000, 15_000, 60_000];

/** Ends all sessions of the person $1 and tells every process, which cuts their live lines. */
export const END_SESSIONS = `
with gone as (delete from user_session where sess ->> 'user' = $1::text),
later as (update app_user set epoch = epoch + 1 where id = $1::uuid)
select pg_notify('weft_account', $1::text)`;

const CHANGE = 'update app_user set password_hash = $2 where id = $1 returning id, email, language';
const FIND = 'select user_id from password_reset where token_hash = $1 and expires_at > now()';
const USE = 'delete from password_reset where token_hash = $1 and expires_at > now() returning user_id';
const ADD = `insert into password_reset (token_hash, user_id, expires_at) values ($1, $2, now() + make_interval(hours => $3))`;
const WEEK_HOURS = 168;

interface Person {
  readonly id: string;
  readonly email: string;
  readonly language: Language | null;
}

/** Somebody who is signed in, or holds a mailed link. */
type Whose = { readonly user: string } | { readonly link: Buffer; readonly ip: string | null };

export function createPasswords(deps: PasswordsDeps): Passwords {
  const { pool, mailer, publicUrl, log, retryMs = RETRY_MS } = deps;
  const stopping = new AbortController();
  const working = new Set<Promise<void>>();

  const later = (what: string, work: () => Promise<void>): void => {
    const running = work()
      .catch((error: unknown) => log.error({ err: error }, what))
      .finally(() => working.delete(running));
    working.add(running);
  };

  const sendWithRetry = async (mail: Mail): Promise<void> => {
    if (!mailer) return;
    for (const wait of [...retryMs, null]) {
      try {
        return await mailer.send(mail);
      } catch (error) {
        if (wait === null || stopping.signal.aborted) throw error;
        log.warn({ err: error }, 'a mail was not taken; it is tried again');
        await pause(wait, undefined, { signal: stopping.signal, ref: false }).catch(() => undefined);
      }
    }
  };

  const makeLink = async (user: string, hours = 1): Promise<string> => {
    const { token, hash } = newLinkToken();
    await pool.query(ADD, [hash, user, hours]);
    return `${publicUrl}/reset#${token}`;
  };

  /** The link to hand over where no mail takes it. */
  const sendOrTell = async (link: string, mail: Mail): Promise<SentLink> => {
    if (!mailer) return { mailFailure: 'mails cannot be sent from here', link };
    try {
      await mailer.send(mail);
      return { mailFailure: null, link: null };
    } catch (error) {
      if (!(error instanceof MailFailed)) throw error;
      return { mailFailure: error.message.slice(0, 300), link };
    }
  };

  /** Answers whose password it is now; null when the link is no good any more. */
  const write = async (whose: Whose, hash: string) => {
    const person = await withTenant(pool, HOUSE, async (client) => {
      const used = 'link' in whose ? (await client.query<{ user_id: string }>(USE, [whose.link])).rows[0] : undefined;
      const user = 'user' in whose ? whose.user : used?.user_id;
      if (user === undefined) return null;
      const { rows } = await client.query<Person>(CHANGE, [user, hash]);
      await client.query('delete from password_reset where user_id = $1', [user]);
      await client.query(END_SESSIONS, [user]);
      const [changed] = rows;
      if (!changed) return null;
      const on = { id: user, title: changed.email };
      const by =
        'link' in whose ? { id: user, name: changed.email, role: null, guest: null, ip: whose.ip } : actorNow();
      await audit(client, { action: 'user.password', on }, by);
      return changed;
    });
    if (person)
      later('the mail about a changed password could not be sent', () =>
        sendWithRetry(passwordChangedLetter(person.email, person.language ?? 'en', `${publicUrl}/forgotten`)),
      );
    return person?.id ?? null;
  };

  return {
    forgotten: (email, language, ip) => {
      if (!mailer) return;
      later('the mail with a way to a new password could not be sent', async () => {
        const { rows } = await pool.query<Person>('select id, email, language from app_user where email = $1', [email]);
        const [person] = rows;
        if (!person) return;
        const by = { id: person.id, name: person.email, role: null, guest: null, ip };
        const on = { id: person.id, title: person.email };
        await withTenant(pool, HOUSE, (client) => audit(client, { action: 'user.reset-asked', on }, by));
        await sendWithRetry(resetLetter(person.email, person.language ?? language, await makeLink(person.id)));
      });
    },
    sendLink: async (user) => {
      const { rows } = await pool.query<Person>('select id, email, language from app_user where id = $1', [user]);
      const [person] = rows;
      if (!person) throw new Refused(404, 'MEMBER_MISSING', 'there is no such account');
      const link = await makeLink(user);
      await withTenant(pool, HOUSE, (client) =>
        audit(client, { action: 'user.reset', on: { id: user, title: person.email } }),
      );
      return sendOrTell(link, resetLetter(person.email, person.language ?? 'en', link));
    },
    welcome: async (user, inviter) => {
      const { rows } = await pool.query<Person>('select id, email, language from app_user where id = $1', [user]);
      const [person] = rows;
      if (!person) throw new Refused(404, 'USER_MISSING', 'there is no such account');
      const link = await makeLink(user, WEEK_HOURS);
      const { email: to, language } = person;
      return sendOrTell(link, staffLetter({ to, language: language ?? 'en', link, inviter }));
    },
    emailOf: async (token) => {
      const { rows } = await pool.query<{ email: string }>(`select email from app_user where id in (${FIND})`, [
        linkTokenHash(token),
      ]);
      return rows[0]?.email ?? null;
    },
    reset: async (token, password, ip) => {
      const hash = linkTokenHash(token);
      // a hash costs: none is made for who has no link
      if ((await pool.query(FIND, [hash])).rows.length === 0) return null;
      return write({ link: hash, ip }, await hashPassword(password));
    },
    change: async (user, password) => {
      await write({ user }, await hashPassword(password));
    },
    stop: async () => {
      stopping.abort();
      await Promise.all(working);
    },
  };
}
