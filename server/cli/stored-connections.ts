import { pino } from 'pino';
import { connectorsOfStored } from '../adapters/connection-form.ts';
import { createDatabaseClock } from '../adapters/db-clock.ts';
import { readKeptKey } from '../adapters/kept-key.ts';
import { createPlans } from '../adapters/pg-flows.ts';
import { createGuestTables } from '../adapters/pg-guest-tables.ts';
import { createLinks } from '../adapters/pg-links.ts';
import { createNotifications } from '../adapters/pg-notify.ts';
import { createPools, type Pools, withTenant } from '../adapters/pg-pool.ts';
import { referencesBy } from '../adapters/references.ts';
import { StartError } from '../adapters/start-error.ts';
import { createWorld } from '../surroundings.ts';
import { catalog } from './catalog.ts';
import type { Terminal } from './command.ts';
import { type OpenDatabase, withDatabase } from './database.ts';
import { catalogOfTenant } from './given-plugins.ts';
import { createLinkBook, type LinkBook } from './headless-run.ts';
import { keptKey } from './kept-key.ts';
import type { RunGround } from './run.ts';

/** Opens a customer's stored connections; `live` keeps the cross-references of what is written, as the server does. */
export async function openStored(
  terminal: Terminal,
  tenant: number,
  options: { readonly live: boolean; readonly grants: readonly string[] },
): Promise<RunGround> {
  const opened = Promise.withResolvers<RunGround>();
  const over = Promise.withResolvers<void>();
  const working = withDatabase(terminal, {}, async (database) => {
    const ground = await open(database, tenant, options);
    opened.resolve({ ...ground, close: async () => over.resolve() });
    await over.promise;
    await ground.close();
  });
  working.catch(opened.reject);
  const ground = await opened.promise;
  return {
    ...ground,
    close: async () => {
      await ground.close();
      await working;
    },
  };
}

async function open(
  { database, config }: OpenDatabase,
  tenant: number,
  { live, grants }: { readonly live: boolean; readonly grants: readonly string[] },
): Promise<RunGround> {
  const master = keptKey(config);
  if (!master) throw new StartError(`There is no master key in ${config.DATA_DIR}, and MASTER_KEY is not set.`);
  const pools = createPools(database, () => undefined, 2);
  const closers: (() => unknown)[] = [() => pools.end()];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    const own = await catalogOfTenant(pools, tenant);
    const clock = await createDatabaseClock(
      () => databaseTime(pools),
      () => undefined,
    );
    closers.push(() => clock.stop());
    const notifications = await createNotifications(database, pools.engine);
    closers.push(() => notifications.stop());
    const plans = createPlans(pools.engine, catalog);
    const log = pino({ level: 'silent' });
    const world = await createWorld(
      { database, pools, clock, notifications, plans, catalog, log },
      { master, publicUrl: config.PUBLIC_URL ?? '', plainGrants: grants },
    );
    closers.push(() => world.stop());
    const connections = await world.admin.list(tenant);
    return {
      tenant,
      catalog: own,
      tables: createGuestTables(pools.app),
      connections: world.door,
      connectors: connectorsOfStored(catalog, connections),
      titles: new Map(connections.map(({ id, title }) => [title, id])),
      references: referencesBy(await readKeptKey(database, master, 'references')),
      links: live ? storedLinks(pools) : createLinkBook(storedLinks(pools)),
      redact: (text) => world.known.redactorOf(tenant)(text),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function databaseTime(pools: Pools): Promise<number> {
  const { rows } = await pools.engine.query<{ ms: number }>(
    'select extract(epoch from clock_timestamp())::float8 * 1000 as ms',
  );
  return rows[0]?.ms ?? 0;
}

/** The cross-references the server keeps, so that neither writes what the other has written. */
function storedLinks(pools: Pools): LinkBook {
  return {
    ...createLinks(pools.engine),
    known: async (tenant, reference) => {
      const { rows } = await pools.engine.query<{ target_id: string }>(
        'select target_id from xref where reference = $1 and tenant_id = $2',
        [reference, tenant],
      );
      return rows[0]?.target_id ?? null;
    },
    keep: (tenant, run, links) =>
      withTenant(pools.app, tenant, async (client) => {
        for (const { reference, source, target } of links)
          await client.query(
            `insert into xref (tenant_id, reference, entity, source_connection, source_id, target_connection, target_id, run_id)
              values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing`,
            [tenant, reference, source.entity, source.connection, source.id, target.connection, target.id, run],
          );
      }),
  };
}
