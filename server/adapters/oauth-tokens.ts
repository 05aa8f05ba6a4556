import type { ClientBase, Pool } from 'pg';
import { z } from 'zod';
import type { OAuthContract } from '#runtime/connector.ts';
import { HoldError, RetryableError } from '#runtime/error.ts';
import { writeConnection } from './connection-rows.ts';
import { failPoint } from './fail-point.ts';
import type { FetchHttp } from './fetch-http.ts';
import type { KnownSecrets } from './known-secrets.ts';
import { requestTokens, type Tokens } from './oauth-request.ts';
import { withTenant } from './pg-pool.ts';
import type { TenantKeys, Vault } from './vault.ts';

/** All that is needed to renew a connection's tokens. */
export interface OAuthClient {
  readonly tenant: number;
  readonly connection: string;
  readonly contract: OAuthContract<unknown>;
  readonly settings: unknown;
  readonly secrets: Readonly<Record<string, unknown>>;
  readonly grants: ReadonlySet<string>;
}

/** Access tokens, renewed in time and by one worker at a time over all processes. */
export interface OAuthTokens {
  /**
   * A token good for a minute or more. `refused`: the one the vendor just refused, so that another is got.
   * Rejects with HoldError SIGN_IN_NEEDED when only a person can get one, with RetryableError (`beforeWork`) when it may help to wait.
   */
  access(client: OAuthClient, refused?: string): Promise<string>;
  /**
   * Renews the tokens with credentials that are not stored yet, and in the same transaction lets `store` put them there. Rejects
   * as `access` does when the vendor does not take them; then all stays as it was.
   */
  renewWith<T>(client: OAuthClient, store: (database: ClientBase) => Promise<T>): Promise<T>;
  forget(tenant: number, connection: string): void;
}

interface OAuthTokensOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly vault: Vault;
  readonly http: FetchHttp;
  readonly known: KnownSecrets;
}

/** Tokens this close to their end are renewed first: a request may take a while to arrive. */
const SPARE_MS = 60_000;
/** Longer than the holder of the lock can take to ask the vendor. */
const LOCK_TIMEOUT_MS = 40_000;

const Pair = z.strictObject({ access: z.string(), refresh: z.string().optional() });
type Pair = z.infer<typeof Pair>;

interface Held {
  readonly access: string;
  /** Of this process's monotonic clock. */
  readonly goodUntil: number;
}

/** A pair the vendor gave and the database did not take; kept, since the vendor will not give it again. */
interface Unsaved {
  readonly version: number;
  readonly tokens: Tokens;
}

export function createOAuthTokens(options: OAuthTokensOptions): OAuthTokens {
  const held = new Map<string, Held>();
  const renewing = new Map<string, Promise<string>>();
  const unsaved = new Map<string, Unsaved>();
  const keyOf = (tenant: number, connection: string) => `${tenant} ${connection}`;

  const renew = async (client: OAuthClient, wish: Wish): Promise<string> => {
    const key = keyOf(client.tenant, client.connection);
    const got = await obtain(options, client, wish, {
      get: () => unsaved.get(key),
      set: (pair) => void unsaved.set(key, pair),
    });
    unsaved.delete(key);
    options.known.add(client.tenant, client.connection, [got.access], 'passing');
    held.set(key, { access: got.access, goodUntil: performance.now() + got.leftMs - SPARE_MS });
    return got.access;
  };

  return {
    async access(client, refused) {
      const key = keyOf(client.tenant, client.connection);
      const known = held.get(key);
      if (known && known.access !== refused && performance.now() < known.goodUntil) return known.access;
      const running = renewing.get(key);
      if (running) return running;
      const renewal = renew(client, { refused }).finally(() => renewing.delete(key));
      renewing.set(key, renewal);
      return renewal;
    },
    async renewWith<T>(client: OAuthClient, store: (database: ClientBase) => Promise<T>) {
      let stored: { readonly value: T } | undefined;
      const keep = async (database: ClientBase) => {
        stored = { value: await store(database) };
      };
      await renew(client, { store: keep });
      if (!stored) throw new Error('the tokens were renewed without their credentials');
      return stored.value;
    },
    forget(tenant, connection) {
      held.delete(keyOf(tenant, connection));
    },
  };
}

interface TokenRow {
  readonly version: number;
  readonly sealed: Buffer;
  readonly left_ms: number;
  readonly asked_at: string;
}

type Got = { readonly access: string; readonly leftMs: number } | { readonly hold: HoldError };

/** A token other than the one refused; with `store` a new one in any case. */
interface Wish {
  readonly refused?: string | undefined;
  readonly store?: (database: ClientBase) => Promise<void>;
}

interface UnsavedSlot {
  get(): Unsaved | undefined;
  set(pair: Unsaved): void;
}

/**
 * Under the lock of the connection's row: takes what another worker has got meanwhile, else asks the vendor. The new pair is
 * committed before anybody uses it, since a single-use refresh token that is lost locks the customer out.
 */
async function obtain(
  options: OAuthTokensOptions,
  client: OAuthClient,
  { refused, store }: Wish,
  slot: UnsavedSlot,
): Promise<{ access: string; leftMs: number }> {
  const { tenant, connection } = client;
  const keys = await options.vault.keysOf(tenant);
  const got = await withTenant(options.pool, tenant, async (database): Promise<Got> => {
    await database.query(`set local lock_timeout = ${LOCK_TIMEOUT_MS}`);
    const hold = await lockConnection(database, tenant, connection);
    if (hold) return { hold };
    try {
      const row = await readTokens(database, tenant, connection);
      const pair = Pair.parse(JSON.parse(keys.open({ connection, kind: 'token', version: row.version }, row.sealed)));
      options.known.add(tenant, connection, [pair.access, pair.refresh ?? ''], 'passing');
      if (!store && pair.access !== refused && row.left_ms > SPARE_MS)
        return { access: pair.access, leftMs: row.left_ms };
      failPoint('oauth.before');
      const kept = slot.get();
      const tokens = kept?.version === row.version ? kept.tokens : await refresh(options, client, pair);
      slot.set({ version: row.version, tokens });
      failPoint('oauth.refreshed');
      const next = { access: tokens.access, refresh: tokens.refresh ?? pair.refresh };
      await saveTokens(database, keys, client, next, row.version + 1, row.asked_at, tokens.expiresInMs);
      await store?.(database);
      return { access: tokens.access, leftMs: tokens.expiresInMs };
    } catch (error) {
      // what was only tried leaves the connection as it is
      if (!(error instanceof HoldError) || store) throw error;
      const state = { is: 'sign-in-needed', reason: error.message } as const;
      await writeConnection(database, tenant, connection, { state });
      return { hold: error };
    }
  });
  if ('hold' in got) throw got.hold;
  failPoint('oauth.saved');
  return got;
}

/** Answers what another worker has found out already: that only a person can go on. */
async function lockConnection(
  database: ClientBase,
  tenant: number,
  connection: string,
): Promise<HoldError | undefined> {
  const { rows } = await database.query<{ state: string; state_reason: string | null }>(
    'select state, state_reason from connection where tenant_id = $1 and id = $2 for no key update',
    [tenant, connection],
  );
  if (rows[0]?.state !== 'sign-in-needed') return undefined;
  return new HoldError('SIGN_IN_NEEDED', 'sign-in', rows[0].state_reason ?? 'the connection must be signed in again');
}

/** A statement of its own after the lock: only so it sees what the holder before committed. */
async function readTokens(database: ClientBase, tenant: number, connection: string): Promise<TokenRow> {
  const { rows } = await database.query<TokenRow>(
    `select version, sealed, clock_timestamp()::text as asked_at,
      (extract(epoch from expires_at - clock_timestamp()) * 1000)::float8 as left_ms
    from connection_token where tenant_id = $1 and connection_id = $2`,
    [tenant, connection],
  );
  if (rows[0]) return rows[0];
  throw new HoldError('SIGN_IN_NEEDED', 'sign-in', 'nobody has signed in to this connection yet');
}

async function refresh(options: OAuthTokensOptions, client: OAuthClient, pair: Pair): Promise<Tokens> {
  const { contract, settings, secrets, grants } = client;
  if (pair.refresh === undefined) {
    throw new HoldError('SIGN_IN_NEEDED', 'sign-in', 'the sign-in has run out, and the vendor gave no way to renew it');
  }
  const tokens = await requestTokens(options.http, {
    url: contract.tokenUrl(settings),
    clientId: String(secrets[contract.clientId] ?? ''),
    clientSecret: String(secrets[contract.clientSecret] ?? ''),
    form: { grant_type: 'refresh_token', refresh_token: pair.refresh },
    grants,
  });
  if (contract.singleUseRefresh && tokens.refresh === undefined) {
    throw new RetryableError('TARGET_ANSWER_INVALID', 'the vendor renewed the sign-in without a new refresh token', {
      beforeWork: true,
    });
  }
  return tokens;
}

/** Stores a pair sealed under its number; `askedAt`: the database's time before the vendor was asked. */
export async function saveTokens(
  database: ClientBase,
  keys: TenantKeys,
  { tenant, connection }: Pick<OAuthClient, 'tenant' | 'connection'>,
  pair: { readonly access: string; readonly refresh: string | undefined },
  version: number,
  askedAt: string,
  expiresInMs: number,
): Promise<void> {
  const sealed = keys.seal({ connection, kind: 'token', version }, JSON.stringify(pair));
  await database.query(
    `insert into connection_token (tenant_id, connection_id, version, sealed, expires_at)
      values ($1, $2, $3, $4, $5::timestamptz + make_interval(secs => $6))
      on conflict (tenant_id, connection_id) do update set version = excluded.version, sealed = excluded.sealed,
        expires_at = excluded.expires_at, updated_at = now()`,
    [tenant, connection, version, sealed, askedAt, expiresInMs / 1000],
  );
}
