import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { Mailer } from '../mail/mailer.ts';
import { createLimits, type Limits } from './limits.ts';
import { createPasswords, type Passwords } from './passwords.ts';
import { createUsers, type Users } from './users.ts';

/** Everything about who may come in. */
export interface People {
  readonly users: Users;
  readonly limits: Limits;
  readonly passwords: Passwords;
  /** Null where mails cannot be sent. */
  readonly mailer: Mailer | null;
  stop(): Promise<void>;
}

export interface PeopleOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly mailer: Mailer | null;
  /** The address people use, without a slash at its end. */
  readonly publicUrl: string;
  /** Milliseconds between tries at sending a mail nobody waits for. */
  readonly retryMs?: readonly number[];
  readonly log: Logger;
}

export function createPeople(options: PeopleOptions): People {
  const { pool, mailer } = options;
  const passwords = createPasswords(options);
  return {
    users: createUsers(pool),
    limits: createLimits(pool),
    passwords,
    mailer,
    stop: async () => {
      await passwords.stop();
      mailer?.close();
    },
  };
}
