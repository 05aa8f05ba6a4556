import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A PostgreSQL superuser's URL; tests make their own databases on it (`createTestDatabase`). */
    databaseUrl: string;
  }
}

/** One PostgreSQL for the whole run: the given one, else an embedded one that goes with the run. */
export async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env.WEFT_TEST_DATABASE_URL ?? process.env.DATABASE_URL;
  if (given) {
    project.provide('databaseUrl', given);
    return undefined;
  }
  const directory = await mkdtemp(path.join(tmpdir(), 'weft-test-'));
  // As root, PostgreSQL runs as another user, who must pass through.
  await chmod(directory, 0o711);
  // No test cuts the power, so waiting for the disk would prove nothing here.
  const settings = { fsync: 'off', max_connections: '200' };
  const remove = () => rm(directory, { recursive: true, force: true });
  const postgres = await startEmbeddedPostgres({ dataDir: directory, settings, onProgress: () => {} }).catch(
    async (error) => {
      await remove();
      throw error;
    },
  );
  project.provide('databaseUrl', postgres.url);
  return async () => {
    await postgres.stop('fast');
    await remove();
  };
}
