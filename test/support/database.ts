import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';
import { until } from './until.ts';

/** A database of its own for one test file. */
export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** Makes a database on the run's PostgreSQL, empty or as a copy of `template` (which nobody may be connected to). */
export async function createTestDatabase(template = 'template1'): Promise<TestDatabase> {
  const server = inject('databaseUrl');
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server, `create database ${name} template ${pg.escapeIdentifier(template)}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: () => dropDatabase(server, name),
  };
}

/** Connections that were just ended are given the moment they need: cut off then, they would say so to nobody who listens. */
async function dropDatabase(server: string, name: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const isLeft = async (): Promise<boolean> => {
    const { rows } = await client.query('select from pg_stat_activity where datname = $1', [name]);
    return rows.length === 0;
  };
  // a process that was killed keeps its connections for a while, and may
  await until(isLeft, 1000, 10).catch(() => undefined);
  await client.query(`drop database if exists ${name} with (force)`).finally(() => client.end());
}

async function execute(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql).finally(() => client.end());
}
