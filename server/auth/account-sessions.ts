import type { Pool } from 'pg';
import type { SessionSummary } from '#runtime/people.ts';
import { END_SESSIONS } from './passwords.ts';

/** The sessions of one account, told apart by ids that open nothing. */
export interface AccountSessions {
  list(user: string, current: string): Promise<SessionSummary[]>;
  /** False when there is no such session of the person. */
  end(user: string, id: string): Promise<boolean>;
  endAll(user: string): Promise<void>;
}

interface Row {
  readonly id: string;
  readonly agent: string;
  readonly since: string;
  readonly seen: Date;
  readonly current: boolean;
}

/** A session is written down eight hours ahead each time it is used. */
const LIST = `
select encode(sha256(convert_to(sid, 'UTF8')), 'hex') as id, coalesce(sess ->> 'agent', '') as agent, sess ->> 'since' as since,
  expire - interval '8 hours' as seen, sid = $2 as current
from user_session
where sess ->> 'user' = $1 and expire > now() and (sess ->> 'since')::float8 > extract(epoch from now() - interval '7 days') * 1000
order by sid = $2 desc, expire desc`;

/** `pool` runs as weft_app. */
export function createAccountSessions(pool: Pool): AccountSessions {
  return {
    list: async (user, current) => {
      const { rows } = await pool.query<Row>(LIST, [user, current]);
      return rows.map(({ id, agent, since, seen, current: here }) => ({
        id,
        agent,
        since: Number(since),
        lastSeenAt: seen.getTime(),
        current: here,
      }));
    },
    end: async (user, id) => {
      const { rows } = await pool.query(
        `with gone as (delete from user_session where sess ->> 'user' = $1 and encode(sha256(convert_to(sid, 'UTF8')), 'hex') = $2 returning 1)
          select pg_notify('weft_account', $1) from gone`,
        [user, id],
      );
      return rows.length > 0;
    },
    endAll: async (user) => {
      await pool.query(END_SESSIONS, [user]);
    },
  };
}
