import type { Pool } from 'pg';
import type { ApiTokenCreated, ApiTokenSummary, CreateApiToken } from '#runtime/protocol.ts';
import { audit } from '../adapters/pg-audit.ts';
import type { Pools } from '../adapters/pg-pool.ts';
import { withTenant } from '../adapters/pg-pool.ts';
import { Refused } from '../adapters/refusal.ts';
import { type Action, actionsOf, belongs, FOR_PEOPLE_ONLY, type User } from './permission.ts';
import { hintOf, isTokenText, makeToken, tokenHash } from './token-text.ts';
import type { Users } from './users.ts';

/** Tokens of customers' own systems, tenant by tenant. */
export interface ApiTokens {
  list(tenant: number): Promise<ApiTokenSummary[]>;
  /** Rejects with Refused when a scope is more than the maker may do. */
  create(tenant: number, maker: User, wish: CreateApiToken): Promise<ApiTokenCreated>;
  /** Answers its name; rejects with Refused when there is no such token, or it is revoked already. */
  revoke(tenant: number, id: string): Promise<string>;
  /** The maker as this token lets them act; null for what is no token (any more). Writes down the use, at most once a minute. */
  find(text: string): Promise<User | null>;
}

/** Live ones a tenant can have. */
const MOST = 100;

/** What the person may let a token do in the tenant. */
export function grantable(person: User, tenant: number): Action[] {
  return actionsOf(person, tenant).filter((action) => !FOR_PEOPLE_ONLY.includes(action));
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly hint: string;
  readonly scopes: string[];
  readonly made_by: string;
  readonly created_at: Date;
  readonly expires_at: Date;
  readonly last_used_at: Date | null;
  readonly revoked_at: Date | null;
}

const SELECT = `select t.id, t.name, t.hint, t.scopes, u.email as made_by, t.created_at, t.expires_at, t.last_used_at, t.revoked_at
  from api_token t join app_user u on u.id = t.made_by`;

function summaryOf(row: Row): ApiTokenSummary {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: row.scopes,
    madeBy: row.made_by,
    createdAt: row.created_at.getTime(),
    expiresAt: row.expires_at.getTime(),
    lastUsedAt: row.last_used_at?.getTime() ?? null,
    revokedAt: row.revoked_at?.getTime() ?? null,
  };
}

async function create(pool: Pool, tenant: number, maker: User, wish: CreateApiToken): Promise<ApiTokenCreated> {
  const may = grantable(maker, tenant) as string[];
  const beyond = wish.scopes.find((scope) => !may.includes(scope));
  if (beyond !== undefined)
    throw new Refused(403, 'SCOPE_NOT_YOURS', `you cannot let a token do ${beyond}: your own role does not allow it`, {
      field: 'scopes',
    });
  const secret = makeToken();
  const token = await withTenant(pool, tenant, async (client) => {
    // one maker at a time, so that the count holds
    await client.query("select pg_advisory_xact_lock(hashtext('api_token'), $1)", [tenant]);
    await client.query(
      "delete from api_token where tenant_id = $1 and least(revoked_at, expires_at) < now() - interval '90 days'",
      [tenant],
    );
    const live = await client.query(
      'select from api_token where tenant_id = $1 and revoked_at is null and expires_at > now()',
      [tenant],
    );
    if ((live.rowCount ?? 0) >= MOST)
      throw new Refused(409, 'TOO_MANY_TOKENS', `a customer can have ${MOST} live tokens; revoke one first`);
    const made = await client.query<{ id: string }>(
      `insert into api_token (tenant_id, token_hash, name, hint, scopes, made_by, expires_at)
        values ($1, $2, $3, $4, $5, $6, now() + make_interval(days => $7)) returning id`,
      [tenant, tokenHash(secret), wish.name, hintOf(secret), [...new Set(wish.scopes)], maker.id, wish.days],
    );
    const id = made.rows[0]?.id ?? '';
    const after = { hint: hintOf(secret), scopes: [...wish.scopes], days: wish.days };
    await audit(client, { action: 'token.create', on: { id, title: wish.name }, after });
    return (await client.query<Row>(`${SELECT} where t.tenant_id = $1 and t.id = $2`, [tenant, id])).rows[0];
  });
  if (!token) throw new Error('the token was not stored');
  return { token: summaryOf(token), secret };
}

interface FoundRow {
  readonly tenant_id: number;
  readonly id: string;
  readonly name: string;
  readonly scopes: string[];
  readonly made_by: string;
  readonly expires_at: Date;
  readonly stale: boolean;
}

export function createApiTokens({ app, engine }: Pick<Pools, 'app' | 'engine'>, users: Users): ApiTokens {
  return {
    list: async (tenant) => {
      const { rows } = await withTenant(app, tenant, (client) =>
        client.query<Row>(`${SELECT} where t.tenant_id = $1 order by t.created_at desc, t.id`, [tenant]),
      );
      return rows.map(summaryOf);
    },
    create: (tenant, maker, wish) => create(app, tenant, maker, wish),
    revoke: (tenant, id) =>
      withTenant(app, tenant, async (client) => {
        const { rows } = await client.query<{ name: string }>(
          'update api_token set revoked_at = now() where tenant_id = $1 and id = $2 and revoked_at is null returning name',
          [tenant, id],
        );
        const [row] = rows;
        if (!row) throw new Refused(404, 'TOKEN_MISSING', 'there is no such token', { field: 'token' });
        await audit(client, { action: 'token.revoke', on: { id, title: row.name } });
        return row.name;
      }),
    find: async (text) => {
      if (!isTokenText(text)) return null;
      // whose it is only the token says, so the engine looks, as it does for webhooks
      const { rows } = await engine.query<FoundRow>(
        `select tenant_id, id, name, scopes, made_by, expires_at,
            last_used_at is null or last_used_at < now() - interval '1 minute' as stale
          from api_token where token_hash = $1 and revoked_at is null and expires_at > now()`,
        [tokenHash(text)],
      );
      const [row] = rows;
      const maker = row ? await users.find(row.made_by) : null;
      if (!row || !maker || !belongs(maker, row.tenant_id)) return null;
      if (row.stale)
        await engine.query(
          `update api_token set last_used_at = now() where tenant_id = $1 and id = $2
            and (last_used_at is null or last_used_at < now() - interval '1 minute')`,
          [row.tenant_id, row.id],
        );
      return {
        ...maker,
        // what is done with it says so wherever a name is written down
        email: `${maker.email} (${row.name})`,
        token: {
          id: row.id,
          tenant: row.tenant_id,
          name: row.name,
          scopes: new Set(row.scopes),
          expiresAt: row.expires_at.getTime(),
        },
      };
    },
  };
}
