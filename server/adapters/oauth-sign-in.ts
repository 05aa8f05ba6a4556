import { createHash, randomBytes } from 'node:crypto';
import type { Pool } from 'pg';
import { TerminalError } from '#runtime/error.ts';
import { writeConnection } from './connection-rows.ts';
import type { FetchHttp } from './fetch-http.ts';
import type { KnownSecrets } from './known-secrets.ts';
import { requestTokens } from './oauth-request.ts';
import { type OAuthClient, saveTokens } from './oauth-tokens.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { Vault } from './vault.ts';

/** A person's way to the vendor's sign-in page and back. */
export interface OAuthSignIn {
  /** Answers the vendor's page to send the person to; good for ten minutes. */
  begin(client: OAuthClient, by: SignInBy): Promise<{ readonly url: string }>;
  /** What the state's sign-in is for; undefined when it is not (or no longer) good, or somebody else began it. */
  begun(state: string, user: string): Promise<SignedIn | undefined>;
  /**
   * Takes the person back: `state` and `code` are the vendor's query parameters. Works once, for the one who began.
   * Rejects with TerminalError TARGET_REFUSED when the state is not (or no longer) good, with HoldError when the vendor refuses the code.
   */
  finish(back: SignInBack, by: SignInTools): Promise<SignedIn>;
}

interface SignInTools {
  clientOf(tenant: number, connection: string): Promise<OAuthClient>;
  /** Rejects when the new token opens nothing; then those before stay. */
  prove(client: OAuthClient, accessToken: string): Promise<unknown>;
}

interface SignInBy {
  /** Id of the signed-in user. */
  readonly user: string;
  /** Where the vendor sends the person back to. */
  readonly redirectUri: string;
}

export interface SignInBack {
  readonly state: string;
  readonly code: string;
  readonly user: string;
}

export interface SignedIn {
  readonly tenant: number;
  readonly connection: string;
}

interface OAuthSignInOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly vault: Vault;
  readonly http: FetchHttp;
  readonly known: KnownSecrets;
}

const GOOD_FOR = '10 minutes';
const sha256 = (text: string) => createHash('sha256').update(text).digest();

/** The state names its tenant, since the vendor's way back names none; the rest cannot be guessed. */
const STATE = /^(\d{1,10})\.[A-Za-z0-9_-]{43}$/;

/** Of nobody (0) when it is no state of ours. */
export const tenantOfState = (state: string): number => Number(STATE.exec(state)?.[1] ?? 0);

export function createOAuthSignIn({ pool, vault, http, known }: OAuthSignInOptions): OAuthSignIn {
  return {
    async begin(client, { user, redirectUri }) {
      const { tenant, connection, contract, settings, secrets } = client;
      const state = `${tenant}.${randomBytes(32).toString('base64url')}`;
      const verifier = contract.pkce ? randomBytes(32).toString('base64url') : null;
      await withTenant(pool, tenant, async (database) => {
        await database.query('delete from connection_sign_in where expires_at < now()');
        await database.query(
          `insert into connection_sign_in (tenant_id, state_hash, connection_id, user_id, redirect_uri, verifier, expires_at)
            values ($1, $2, $3, $4, $5, $6, now() + interval '${GOOD_FOR}')`,
          [tenant, sha256(state), connection, user, redirectUri, verifier],
        );
      });
      const url = new URL(contract.authorizeUrl(settings));
      const query = {
        ...contract.extraAuthorizeParams,
        response_type: 'code',
        client_id: String(secrets[contract.clientId] ?? ''),
        redirect_uri: redirectUri,
        scope: contract.scopes.join(' '),
        state,
        ...(verifier ? { code_challenge: sha256(verifier).toString('base64url'), code_challenge_method: 'S256' } : {}),
      };
      for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
      return { url: url.href };
    },

    async begun(state, user) {
      const tenant = tenantOfState(state);
      const { rows } = await withTenant(pool, tenant, (database) =>
        database.query<Pick<BegunRow, 'connection_id'>>(
          `select connection_id from connection_sign_in
            where tenant_id = $1 and state_hash = $2 and user_id = $3 and expires_at > now()`,
          [tenant, sha256(state), user],
        ),
      );
      return rows[0] && { tenant, connection: rows[0].connection_id };
    },

    async finish({ state, code, user }, { clientOf, prove }) {
      const tenant = tenantOfState(state);
      const begun = await withTenant(pool, tenant, async (database) => {
        const { rows } = await database.query<BegunRow>(
          `delete from connection_sign_in where tenant_id = $1 and state_hash = $2 and user_id = $3 and expires_at > now()
            returning connection_id, redirect_uri, verifier, clock_timestamp()::text as asked_at`,
          [tenant, sha256(state), user],
        );
        return rows[0];
      });
      if (!begun) {
        throw new TerminalError('TARGET_REFUSED', 'this sign-in was not begun here, or too long ago: begin it again', {
          field: 'state',
        });
      }
      const client = await clientOf(tenant, begun.connection_id);
      const { contract, settings, secrets, grants, connection } = client;
      const tokens = await requestTokens(http, {
        url: contract.tokenUrl(settings),
        clientId: String(secrets[contract.clientId] ?? ''),
        clientSecret: String(secrets[contract.clientSecret] ?? ''),
        form: {
          grant_type: 'authorization_code',
          code,
          redirect_uri: begun.redirect_uri,
          ...(begun.verifier ? { code_verifier: begun.verifier } : {}),
        },
        grants,
      });
      const { access, refresh, expiresInMs } = tokens;
      known.add(tenant, connection, [access, ...(refresh ? [refresh] : [])], 'passing');
      await prove(client, access);
      const keys = await vault.keysOf(tenant);
      await withTenant(pool, tenant, async (database) => {
        // Takes the lock that renewals hold, so that neither overwrites the other's pair.
        await writeConnection(database, tenant, connection, { state: { is: 'ready', reason: null } });
        const sql = 'select version from connection_token where tenant_id = $1 and connection_id = $2';
        const { rows } = await database.query<{ version: number }>(sql, [tenant, connection]);
        const version = (rows[0]?.version ?? 0) + 1;
        await saveTokens(database, keys, client, { access, refresh }, version, begun.asked_at, expiresInMs);
        const titles = await database.query<{ title: string }>(
          'select title from connection where tenant_id = $1 and id = $2',
          [tenant, connection],
        );
        const title = titles.rows[0]?.title ?? '';
        await audit(database, { action: 'connection.sign-in', on: { id: connection, title } });
      });
      return { tenant, connection };
    },
  };
}

interface BegunRow {
  readonly connection_id: string;
  readonly redirect_uri: string;
  readonly verifier: string | null;
  readonly asked_at: string;
}
