import { createHmac, type KeyObject, randomInt } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Pool, PoolClient } from 'pg';
import { renderSVG } from 'uqr';
import type { SecondStepBegun } from '#runtime/people.ts';
import { audit, HOUSE } from '../adapters/pg-audit.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { type SealPlace, seal, unseal } from '../adapters/secret-box.ts';

/** Codes of an authenticator (RFC 6238), and codes for who has lost it. */
export interface SecondSteps {
  state(user: string): Promise<{ readonly on: boolean; readonly recoveryCodes: number }>;
  /** A secret to put into an authenticator; nothing counts until `confirm`. Rejects with Refused when it is on already. */
  begin(user: string, email: string): Promise<SecondStepBegun>;
  /** Turns it on; answers the recovery codes, this once, or null for a wrong code. */
  confirm(user: string, email: string, code: string): Promise<string[] | null>;
  /** Whether the code is right now; right ones are used up. */
  check(user: string, code: string): Promise<boolean>;
  /** Other recovery codes in place of those there were, told this once. Rejects with Refused where it is not on. */
  renewCodes(user: string, email: string): Promise<string[]>;
  /** False when it was not on. */
  off(user: string, email: string): Promise<boolean>;
}

const PERIOD = 30;
const RECOVERY_CODES = 10;
const CODE_LENGTH = 10;
/** Without letters and digits that look alike. */
const SIGNS = 'abcdefghjkmnpqrstuvwxyz23456789';

const newCode = (): string => {
  const signs = Array.from({ length: CODE_LENGTH }, () => SIGNS[randomInt(SIGNS.length)]).join('');
  return `${signs.slice(0, 5)}-${signs.slice(5)}`;
};

const placeOf = (user: string): SealPlace => ({ tenant: 0, connection: user, kind: 'second step', version: 0 });

/** `pool` runs as weft_app. */
/** `kept`: the key that outlives master keys. */
export function createSecondSteps(pool: Pool, kept: KeyObject): SecondSteps {
  const key = { id: 0, key: kept };
  const pepper = createHmac('sha256', kept).update('recovery code').digest();
  const hashOf = (user: string, code: string): Buffer =>
    createHmac('sha256', pepper)
      .update(`${user}\0${code.toLowerCase().replace(/[^a-z0-9]/g, '')}`)
      .digest();
  const totpOf = (secret: Buffer, label = ''): TOTP =>
    new TOTP({ issuer: 'Weft', label, period: PERIOD, secret: new Secret({ buffer: new Uint8Array(secret).buffer }) });

  const secretOf = async (client: Pool | PoolClient, user: string, confirmed: boolean): Promise<Buffer | null> => {
    const { rows } = await client.query<{ sealed: Buffer }>(
      `select sealed from second_step where user_id = $1 and (confirmed_at is not null) = $2`,
      [user, confirmed],
    );
    return rows[0] ? unseal(key, placeOf(user), rows[0].sealed) : null;
  };

  /** In the database, so that of two who send one code at the same time one is refused. */
  const takeCode = async (
    client: Pool | PoolClient,
    user: string,
    code: string,
    confirmed: boolean,
  ): Promise<boolean> => {
    const secret = await secretOf(client, user, confirmed);
    const now = Date.now();
    const delta =
      secret && /^\d{6}$/.test(code) ? totpOf(secret).validate({ token: code, timestamp: now, window: 1 }) : null;
    if (delta === null) return false;
    const step = Math.floor(now / 1000 / PERIOD) + delta;
    const { rowCount } = await client.query(
      'update second_step set last_step = $2 where user_id = $1 and last_step < $2',
      [user, step],
    );
    return rowCount === 1;
  };

  const makeCodes = async (client: PoolClient, user: string): Promise<string[]> => {
    const codes = Array.from({ length: RECOVERY_CODES }, newCode);
    await client.query('insert into recovery_code (user_id, hash) select $1, unnest($2::bytea[])', [
      user,
      codes.map((each) => hashOf(user, each)),
    ]);
    return codes;
  };

  return {
    state: async (user) => {
      const { rows } = await pool.query<{ codes: number }>(
        `select (select count(*)::int from recovery_code c where c.user_id = s.user_id) as codes
          from second_step s where s.user_id = $1 and s.confirmed_at is not null`,
        [user],
      );
      return { on: rows.length === 1, recoveryCodes: rows[0]?.codes ?? 0 };
    },
    begin: async (user, email) => {
      const secret = new Secret({ size: 20 });
      const { rowCount } = await pool.query(
        `insert into second_step (user_id, sealed) values ($1, $2)
          on conflict (user_id) do update set sealed = excluded.sealed where second_step.confirmed_at is null`,
        [user, seal(key, placeOf(user), Buffer.from(secret.bytes))],
      );
      if (rowCount !== 1) throw new Refused(409, 'SECOND_STEP_ON', 'two-step sign-in is on already; turn it off first');
      const address = totpOf(Buffer.from(secret.bytes), email).toString();
      const picture = Buffer.from(renderSVG(address, { border: 2 })).toString('base64');
      return { secret: secret.base32, address, picture: `data:image/svg+xml;base64,${picture}` };
    },
    confirm: (user, email, code) =>
      withTenant(pool, HOUSE, async (client) => {
        if (!(await takeCode(client, user, code, false))) return null;
        await client.query('update second_step set confirmed_at = now() where user_id = $1', [user]);
        const codes = await makeCodes(client, user);
        await audit(client, { action: 'user.second-step-on', on: { id: user, title: email } });
        return codes;
      }),
    check: async (user, code) => {
      if (await takeCode(pool, user, code.replace(/\s/g, ''), true)) return true;
      const { rowCount } = await pool.query(
        `delete from recovery_code where user_id = $1 and hash = $2
          and exists (select from second_step s where s.user_id = $1 and s.confirmed_at is not null)`,
        [user, hashOf(user, code)],
      );
      return rowCount === 1;
    },
    renewCodes: (user, email) =>
      withTenant(pool, HOUSE, async (client) => {
        const { rows } = await client.query(
          'select from second_step where user_id = $1 and confirmed_at is not null for update',
          [user],
        );
        if (rows.length === 0) throw new Refused(409, 'SECOND_STEP_OFF', 'two-step sign-in is not on');
        await client.query('delete from recovery_code where user_id = $1', [user]);
        const codes = await makeCodes(client, user);
        await audit(client, { action: 'user.recovery-codes', on: { id: user, title: email } });
        return codes;
      }),
    off: (user, email) =>
      withTenant(pool, HOUSE, async (client) => {
        const { rowCount } = await client.query('delete from second_step where user_id = $1', [user]);
        if (rowCount !== 1) return false;
        await client.query("select pg_notify('weft_account', $1::text)", [user]);
        await audit(client, { action: 'user.second-step-off', on: { id: user, title: email } });
        return true;
      }),
  };
}
