import { lockDataDir } from '../../server/adapters/data-dir.ts';
import { startEmbeddedPostgres } from '../../server/adapters/embedded-postgres.ts';
import { StartError } from '../../server/adapters/start-error.ts';

// A start of Weft as far as its database: prints one JSON line when it is up, stops it on SIGTERM, ends with 1 and one
// line when it may not start.
try {
  const lock = lockDataDir(process.argv[2] ?? 'data');
  lock.announce('http://127.0.0.1:4000');
  const progress: string[] = [];
  const server = await startEmbeddedPostgres({ dataDir: lock.path, onProgress: (line) => progress.push(line) });
  process.once('SIGTERM', async () => {
    await server.stop('fast');
    lock.release();
    process.exit(0);
  });
  const { url, adopted } = server;
  console.log(JSON.stringify({ url, adopted, progress, pids: server.pids() }));
  setInterval(() => {}, 60_000);
} catch (error) {
  console.error(error instanceof StartError ? error.message : error);
  process.exit(1);
}
