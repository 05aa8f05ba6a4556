import { setTimeout as pause } from 'node:timers/promises';
import { builtInConnectors, builtInNodes } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import { readKeptKey } from './adapters/kept-key.ts';
import { masterKeyOfText } from './adapters/master-key.ts';
import { referencesBy } from './adapters/references.ts';
import { createEngine } from './engine.ts';
import { createGuests } from './guests.ts';
import { createLog } from './log.ts';
import { createWorld } from './surroundings.ts';
import type { SuspectSettings } from './suspect-process.ts';

/** A run under way is finished or given back within this. */
const STOP_MS = 20_000;
/** Between two looks for suspects whose worker's lease is running out. */
const COMING_MS = 100;

/** The process in which runs that a worker died of are tried alone: if it dies too, nothing else dies with it. */
async function work(settings: SuspectSettings): Promise<void> {
  const { log, redactBy } = createLog(settings.logLevel);
  const { masterKeyFile: file } = settings;
  const master = { ...masterKeyOfText(settings.masterKey), ...(file === undefined ? {} : { file }) };
  const engine = await createEngine({
    database: settings.database,
    role: 'suspect',
    catalog: createCatalog(builtInNodes, builtInConnectors),
    references: referencesBy(await readKeptKey(settings.database, master, 'references')),
    redisUrl: undefined,
    slots: 0,
    leaseMs: settings.leaseMs,
    sweepMs: 60_000,
    pollMs: 60_000,
    log,
    spawnSuspects: () => undefined,
    surroundings: async (ground) => {
      const world = await createWorld(ground, {
        master,
        publicUrl: settings.publicUrl,
        plainGrants: settings.plainGrants,
      });
      redactBy(world.known.redactAll);
      const guests = createGuests({ pool: ground.pools.app, processes: settings.sandboxProcesses, log });
      return {
        connections: world.door,
        guests,
        redact: (tenant, text) => world.known.redactorOf(tenant)(text),
        ensureWebhook: world.ensureWebhook,
        watched: () => false,
        committed: () => undefined,
        stored: () => undefined,
        stop: async () => {
          await guests.stop();
          await world.stop();
        },
      };
    },
  });
  let leaving = false;
  const leave = (): void => {
    if (leaving) return;
    leaving = true;
    void engine.stop(STOP_MS).then(() => process.exit(0));
  };
  process.on('SIGTERM', leave);
  // the parent is gone, which is not the run's fault: it is seen through or given back, and a successor starts its own process
  process.once('disconnect', leave);
  if (!process.connected) leave();
  const { worker } = engine;
  if (!worker) throw new Error('an engine of suspects has a worker');
  while (!leaving) {
    if (await worker.runSuspects()) continue;
    if (!(await worker.suspectsComing())) break;
    await pause(COMING_MS);
  }
  if (!leaving) await engine.stop(STOP_MS);
  else await new Promise<never>(() => undefined);
}

process.once('message', (settings: SuspectSettings) => {
  work(settings).then(
    () => process.exit(0),
    (error: unknown) => {
      process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
      process.exit(1);
    },
  );
});
