import type { KeyObject } from 'node:crypto';
import type { Logger } from 'pino';
import type { Pools } from '../adapters/pg-pool.ts';
import type { Mailer } from '../mail/mailer.ts';
import { type Acceptance, createAcceptance } from './acceptance.ts';
import { type AccountSessions, createAccountSessions } from './account-sessions.ts';
import { createInvitations, type Invitations } from './invitations.ts';
import { createLimits, type Limits } from './limits.ts';
import { createMembers, type Members } from './members.ts';
import { createOidc, type Oidc, type OidcOptions } from './oidc.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createRefusals, type Refusals } from './refusals.ts';
import { createSecondSteps, type SecondSteps } from './second-steps.ts';
import { createUsers, type Users } from './users.ts';

/** Everything about who may come in. */
export interface People {
  readonly users: Users;
  readonly limits: Limits;
  readonly refusals: Refusals;
  readonly passwords: Passwords;
  readonly secondSteps: SecondSteps;
  readonly sessions: AccountSessions;
  readonly members: Members;
  readonly invitations: Invitations;
  readonly acceptance: Acceptance;
  /** Null where no identity provider is set. */
  readonly oidc: Oidc | null;
  /** Null where mails cannot be sent. */
  readonly mailer: Mailer | null;
  stop(): Promise<void>;
}

export interface PeopleOptions {
  readonly pools: Pick<Pools, 'app' | 'engine'>;
  /** Seals the secrets of authenticators; outlives master keys. */
  readonly secondStepKey: KeyObject;
  /** Whether people with strong roles must sign in in two steps. */
  readonly secondStep?: boolean;
  readonly oidc?: Omit<OidcOptions, 'publicUrl'> | null;
  readonly mailer: Mailer | null;
  /** The address people use, without a slash at its end. */
  readonly publicUrl: string;
  /** Milliseconds between tries at sending a mail nobody waits for. */
  readonly retryMs?: readonly number[];
  readonly log: Logger;
}

export function createPeople(options: PeopleOptions): People {
  const { pools, mailer, publicUrl } = options;
  const pool = pools.app;
  const passwords = createPasswords({ ...options, pool });
  const limits = createLimits(pool);
  return {
    users: createUsers(pool, { secondStep: options.secondStep ?? false }),
    secondSteps: createSecondSteps(pool, options.secondStepKey),
    sessions: createAccountSessions(pool),
    limits,
    refusals: createRefusals(pool, limits),
    passwords,
    members: createMembers(pool),
    invitations: createInvitations({ pool, mailer, publicUrl }),
    acceptance: createAcceptance(pools),
    oidc: options.oidc ? createOidc({ ...options.oidc, publicUrl }) : null,
    mailer,
    stop: async () => {
      await passwords.stop();
      mailer?.close();
    },
  };
}
