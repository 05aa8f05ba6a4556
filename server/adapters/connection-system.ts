import type { AnyConnector } from '#runtime/connector.ts';
import type { Clock } from '#runtime/ports.ts';
import { createAnsweredNote } from './answered.ts';
import { createCircuitBreakers } from './circuit-breaker.ts';
import { createConcurrencyLimiter } from './concurrency-limiter.ts';
import { type ConnectionAdmin, createConnectionAdmin } from './connection-admin.ts';
import { type ConnectionDoor, createConnections } from './connections.ts';
import { createFetchHttp } from './fetch-http.ts';
import { createKnownSecrets, type KnownSecrets } from './known-secrets.ts';
import type { MasterKey } from './master-key.ts';
import { createOAuthSignIn } from './oauth-sign-in.ts';
import { createOAuthTokens } from './oauth-tokens.ts';
import { createLaneClient } from './pg-lane.ts';
import type { Pools } from './pg-pool.ts';
import { createWriteTurns } from './pg-write-turns.ts';
import { createRateLimiter } from './rate-limiter.ts';
import { createVault, type Vault } from './vault.ts';

/** All that a process needs to work through connections, wired. */
export interface ConnectionSystem {
  readonly door: ConnectionDoor;
  readonly admin: ConnectionAdmin;
  readonly known: KnownSecrets;
  readonly vault: Vault;
  /** Heard on `weft_connection`: another process changed a connection. */
  heard(notice: string): void;
  /** After the last step ended: gives permits back and hangs up. */
  close(): Promise<void>;
}

interface ConnectionSystemOptions {
  readonly pools: Pools;
  readonly master: MasterKey;
  readonly connectors: readonly AnyConnector[];
  readonly clock: Clock;
  /** `host:port` on private networks that steps without a connection may reach. */
  readonly plainGrants?: readonly string[];
  /** Milliseconds a step may stand still for a vendor's limit before its run is parked. */
  readonly maxRateWaitMs?: number;
}

export function createConnectionSystem(options: ConnectionSystemOptions): ConnectionSystem {
  const { pools, master, connectors, clock, plainGrants = [], maxRateWaitMs } = options;
  const pool = pools.app;
  const http = createFetchHttp();
  const known = createKnownSecrets();
  const vault = createVault(pool, master);
  const tokens = createOAuthTokens({ pool, vault, http, known });
  const limiter = createRateLimiter({
    pool: pools.engine,
    ...(maxRateWaitMs === undefined ? {} : { maxWaitMs: maxRateWaitMs }),
  });
  const turnClient = createLaneClient({ ...pools.engine.options, application_name: 'weft turns' });
  const breakers = createCircuitBreakers();
  const door = createConnections({
    pool,
    connectors,
    http,
    limiter,
    concurrency: createConcurrencyLimiter(),
    turns: createWriteTurns(turnClient),
    breakers,
    tokens,
    vault,
    known,
    answered: createAnsweredNote(pool),
    clock,
    plainGrants,
  });
  const signIn = createOAuthSignIn({ pool, vault, http, known });
  return {
    door,
    admin: createConnectionAdmin({ pool, connectors, vault, door, signIn, tokens }),
    known,
    vault,
    heard(notice) {
      const [tenant, connection] = notice.split(' ');
      if (tenant !== undefined && connection !== undefined) door.forget(Number(tenant), connection);
    },
    close: async () => {
      await limiter.close();
      await turnClient.end();
      await http.close();
    },
  };
}
