import { readdir, readFile } from 'node:fs/promises';
import { runMigrations } from 'bullmq';
import pg from 'pg';

/** One lock for all processes that start at once: the first migrates, the others wait and find it done. */
const LOCK = 7_310_244;

const FILE = /^(\d{3})-[a-z0-9-]+\.sql$/;

/** A numbered file of this release. */
export interface Migration {
  readonly number: number;
  readonly file: string;
}

/** Those of this release, in order. */
export async function migrations(): Promise<Migration[]> {
  const folder = new URL('.', import.meta.url);
  const files = (await readdir(folder)).filter((file) => FILE.test(file)).sort();
  return files.map((file) => ({ number: Number(file.slice(0, 3)), file }));
}

/**
 * Brings a database up to this release, each numbered file in one transaction; answers the files applied.
 * Throws when the database is newer than this release. `only`: as an older release would leave it, to be filled from that one's backup.
 */
export async function migrate(
  connection: pg.ClientConfig | string,
  only?: ReadonlySet<number>,
): Promise<readonly string[]> {
  const client = new pg.Client(connection);
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await client.query(
      'create table if not exists migration (number int primary key, file text not null, applied_at timestamptz not null default now())',
    );
    const done = new Set(
      (await client.query<{ number: number }>('select number from migration')).rows.map((row) => row.number),
    );
    const all = await migrations();
    const newest = all.at(-1)?.number ?? 0;
    const ahead = [...done].find((number) => number > newest);
    if (ahead !== undefined)
      throw new Error(`the database has migration ${ahead}; this Weft knows ${newest} at most. Start the newer Weft.`);
    const applied: string[] = [];
    for (const { number, file } of all) {
      if (done.has(number) || (only && !only.has(number))) continue;
      await apply(client, number, file);
      applied.push(file);
    }
    const guarded = await client.query("select from pg_proc where proname = 'keep_guests_out'");
    if (guarded.rows.length > 0) await client.query('select keep_guests_out()');
    await runMigrations(client, 'bullmq');
    return applied;
  } finally {
    await client.end();
  }
}

/** Roles belong to the whole server: another database's first migration may be making the same ones in the same moment. */
function isRoleRace(error: unknown): boolean {
  const { code, message, constraint } = error as { code?: string; message?: string; constraint?: string };
  return constraint === 'pg_authid_rolname_index' || (code === 'XX000' && message === 'tuple concurrently updated');
}

const MOST_TRIES = 5;

async function apply(client: pg.Client, number: number, file: string, tries = 1): Promise<void> {
  const sql = await readFile(new URL(file, import.meta.url), 'utf8');
  await client.query('begin');
  try {
    await client.query(sql);
    await client.query('insert into migration (number, file) values ($1, $2)', [number, file]);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    if (isRoleRace(error) && tries < MOST_TRIES) return apply(client, number, file, tries + 1);
    throw new Error(`migration ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}
