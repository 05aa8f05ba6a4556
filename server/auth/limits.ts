import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

/** Tries at one thing, counted over all processes. */
export interface Tries {
  /** Counts a try; answers 0 when it may be made, else the seconds until it may. */
  take(): Promise<number>;
  /** The try was right: it counts no more. */
  clear(): Promise<void>;
}

/** How often things may be tried that somebody could guess at, or that mail strangers. */
export interface Limits {
  /** A password for an account from an address. */
  signIn(email: string, address: string): Tries;
  /** The own password or code, by somebody who is signed in. */
  proof(user: string): Tries;
  /** The code at sign-in, from wherever: whoever gets here has the password already. */
  code(user: string): Tries;
  /** A mail to an address that anybody may have typed. */
  mail(email: string, address: string): Tries;
  /** A mail that a member of a customer has sent to somebody. */
  invitation(to: string, by: string): Tries;
  /** Whether a refusal is new to the log, one of those it knows already, or the first that is one too many for this hour. */
  refusal(why: string, email: string, address: string): Promise<'new' | 'known' | 'flood'>;
}

interface Rule {
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
}

const QUARTER = 15 * 60;
const HOUR = 3600;
const RULES = {
  pair: { points: 5, duration: QUARTER },
  /** One guesser at many accounts. */
  address: { points: 100, duration: QUARTER },
  /** Many guessers at one account; whoever has signed in from an address before is not shut out by them. */
  account: { points: 50, duration: HOUR },
  proof: { points: 5, duration: QUARTER },
  mailTo: { points: 3, duration: HOUR },
  mailFrom: { points: 20, duration: HOUR },
  inviteTo: { points: 5, duration: HOUR },
  inviteBy: { points: 60, duration: HOUR },
  told: { points: 1, duration: QUARTER },
  toldInAll: { points: 240, duration: HOUR },
} as const satisfies Record<string, Rule>;
const KNOWN_SECONDS = 30 * 86_400;

/** Only digests are stored: the table tells nobody who signs in from where. */
const keyOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** The network a caller can choose addresses in: of IPv6 the first half. */
export function networkOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed.kind() === 'ipv6' ? parsed.toByteArray().slice(0, 8).join('.') : parsed.toString();
}

type Limiter = RateLimiterPostgres;

async function consume(limiter: Limiter, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (refused) {
    if (!(refused instanceof RateLimiterRes)) throw refused;
    return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
  }
}

export function createLimits(pool: Pool): Limits {
  const limiter = (rule: Rule, cleans = false): Limiter =>
    new RateLimiterPostgres({
      ...rule,
      storeClient: pool,
      storeType: 'pool',
      tableName: 'sign_in_attempt',
      tableCreated: true,
      keyPrefix: '',
      clearExpiredByTimeout: cleans,
      // without the store nobody can sign in anyway, but nobody may guess for free either
      insuranceLimiter: new RateLimiterMemory(rule),
    });
  const pair = limiter(RULES.pair, true);
  const address = limiter(RULES.address);
  const account = limiter(RULES.account);
  const proof = limiter(RULES.proof);
  const mailTo = limiter(RULES.mailTo);
  const mailFrom = limiter(RULES.mailFrom);
  const inviteTo = limiter(RULES.inviteTo);
  const inviteBy = limiter(RULES.inviteBy);

  const told = limiter(RULES.told);
  const toldInAll = limiter(RULES.toldInAll);

  const own = (what: string, user: string): Tries => {
    const key = keyOf(what, user);
    return {
      take: () => consume(proof, key),
      clear: async () => {
        await proof.delete(key);
      },
    };
  };

  return {
    signIn: (email, from) => {
      const network = networkOf(from);
      const keys = {
        pair: keyOf(email, network),
        address: keyOf('address', network),
        account: keyOf('account', email),
      };
      const known = keyOf('known', email, network);
      let counted = false;
      return {
        // what one rule refuses counts for none of the others, or one guesser could shut everybody out
        take: async () => {
          const wait = (await consume(pair, keys.pair)) || (await consume(address, keys.address));
          if (wait > 0 || (await account.get(known))) return wait;
          counted = true;
          return consume(account, keys.account);
        },
        clear: async () => {
          await pair.delete(keys.pair);
          await address.reward(keys.address);
          if (counted) await account.reward(keys.account);
          await account.set(known, 1, KNOWN_SECONDS);
        },
      };
    },
    proof: (user) => own('proof', user),
    code: (user) => own('code', user),
    mail: (email, from) => {
      const keys = { to: keyOf('mail to', email), from: keyOf('mail from', networkOf(from)) };
      return {
        take: async () => (await consume(mailFrom, keys.from)) || (await consume(mailTo, keys.to)),
        clear: async () => undefined,
      };
    },
    refusal: async (why, email, address) => {
      if ((await consume(told, keyOf('told', why, email, networkOf(address)))) > 0) return 'known';
      const count = await toldInAll.consume(keyOf('told in all')).then(
        ({ consumedPoints }) => consumedPoints,
        (refused: unknown) => {
          if (refused instanceof RateLimiterRes) return refused.consumedPoints;
          throw refused;
        },
      );
      if (count <= RULES.toldInAll.points) return 'new';
      return count === RULES.toldInAll.points + 1 ? 'flood' : 'known';
    },
    invitation: (to, by) => {
      const keys = { to: keyOf('invite', to), by: keyOf('invited by', by) };
      return {
        take: async () => (await consume(inviteBy, keys.by)) || (await consume(inviteTo, keys.to)),
        clear: async () => undefined,
      };
    },
  };
}
