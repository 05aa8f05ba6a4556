import { createConnectionSystem } from '../../server/adapters/connection-system.ts';
import { masterKeyOf } from '../../server/adapters/master-key.ts';
import { createPools } from '../../server/adapters/pg-pool.ts';
import { oauthConnector } from './test-vendor.ts';

// A worker that makes one call through a connection: prints the answer's status, or dies at the fail-point it was told of.
const [url = '', tenant = '', connection = '', key = ''] = process.argv.slice(2);
const pools = createPools({ connectionString: url }, () => {});
const system = createConnectionSystem({
  pools,
  master: masterKeyOf(Buffer.from(key, 'base64')),
  connectors: [oauthConnector],
  clock: { now: () => Date.now() },
});
const { session } = await system.door.open(Number(tenant), connection, {
  signal: new AbortController().signal,
  note: () => {},
});
const answer = await session.http({ method: 'GET', path: 'orders' });
console.log(answer.status);
await system.close();
await pools.end();
