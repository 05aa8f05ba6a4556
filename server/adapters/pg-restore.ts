import { finished } from 'node:stream/promises';
import pg from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import { migrate, migrations } from '../db/migrate.ts';
import { type BackupHeader, type Piece, readBackup, readBackupHeader } from './backup-file.ts';
import { COPY_SETTINGS } from './pg-backup.ts';
import type { Database } from './pg-pool.ts';
import { StartError } from './start-error.ts';

export interface Restored {
  readonly rows: Readonly<Record<string, number>>;
  /** Migrations of this release that the backup did not have. */
  readonly upgraded: readonly string[];
}

export interface RestoreTarget {
  /** Who owns the tables. */
  readonly owner: Database;
  /** Takes away what is there. */
  readonly wipe: boolean;
  /** Takes a file of the data directory, piece by piece; all rows are there by then. */
  keepFile(file: string, bytes: Buffer): Promise<void>;
}

/** Reads a backup through, and answers its header and the files in it; throws StartError when it is cut off, changed, or from a newer Weft. */
export async function verifyBackup(
  file: string,
): Promise<{ readonly header: BackupHeader; readonly files: readonly string[] }> {
  const { header } = await readBackupHeader(file);
  const known = new Map((await migrations()).map((each) => [each.number, each.file]));
  const newer = header.migrations.find((each) => known.get(each.number) !== each.file);
  if (newer)
    throw new StartError(`${file} was made by another Weft: it has migration ${newer.file}, which is not here.`);
  const files: string[] = [];
  for await (const piece of readBackup(file)) if (piece.kind === 'file') files.push(piece.file);
  return { header, files };
}

/**
 * Fills an empty database from a verified backup: as the backup's release left it, all rows in one transaction, then up to this
 * release. Throws StartError when the database is not empty or in use; then nothing was touched.
 */
export async function restoreBackup(file: string, header: BackupHeader, target: RestoreTarget): Promise<Restored> {
  const { owner, wipe } = target;
  await withClient(owner, async (client) => {
    await requireIdle(client);
    const full = await firstFull(client);
    if (full !== undefined && !wipe)
      throw new StartError(
        `The database is not empty (${full}): restore into an empty one, or take away what is there with --wipe --yes.`,
      );
    await clear(client);
  });
  await migrate(owner, new Set(header.migrations.map((each) => each.number)));
  const rows = await withClient(owner, (client) => fill(client, file, header));
  const upgraded = await migrate(owner);
  let open: string | undefined;
  for await (const piece of readBackup(file)) {
    if (piece.kind === 'table') break;
    if (piece.kind === 'file') open = piece.file;
    else if (piece.kind === 'bytes' && open !== undefined) await target.keepFile(open, piece.bytes);
  }
  return { rows, upgraded };
}

async function withClient<T>(owner: Database, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...owner, application_name: 'weft restore', options: '-c search_path=public' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function requireIdle(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select application_name as name from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and application_name like 'weft %' limit 1`,
  );
  if (rows[0]) throw new StartError(`Weft is at work on the database (${rows[0].name}): stop it first.`);
}

/** What in the database would be lost; undefined when there is nothing. */
async function firstFull(client: pg.Client): Promise<string | undefined> {
  const { rows } = await client.query<{ name: string; secured: boolean }>(
    `select relname as name, relrowsecurity as secured from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition order by relname`,
  );
  if (rows.length > 0 && !rows.some((row) => row.name === 'migration'))
    throw new StartError(`The database holds tables that are not Weft's (${rows[0]?.name}): give it one of its own.`);
  for (const { name, secured } of rows.filter((row) => row.name !== 'migration')) {
    await client.query('begin');
    if (secured) await client.query('set local role weft_engine');
    const found = await client.query(`select from ${pg.escapeIdentifier(name)} limit 1`);
    await client.query('rollback');
    if (found.rowCount) return `there are rows in ${name}`;
  }
  return undefined;
}

/** Takes away all that migrating made: tables and functions of ours, never those of an extension. */
const CLEAR = `
do $$
declare thing record;
begin
  drop schema if exists bullmq cascade;
  for thing in select c.oid::regclass as name from pg_class c
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
      and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e') loop
    execute format('drop table %s cascade', thing.name);
  end loop;
  for thing in select p.oid::regprocedure as name from pg_proc p
    where p.pronamespace = 'public'::regnamespace
      and not exists (select from pg_depend d where d.objid = p.oid and d.deptype = 'e') loop
    execute format('drop routine if exists %s cascade', thing.name);
  end loop;
end $$`;

async function clear(client: pg.Client): Promise<void> {
  await client.query(CLEAR);
}

async function fill(client: pg.Client, file: string, header: BackupHeader): Promise<Record<string, number>> {
  await client.query('begin');
  try {
    await client.query(COPY_SETTINGS);
    for (const { table, month } of header.months) await client.query('select make_partition($1, $2)', [table, month]);
    const counts = await copyAll(client, file);
    // whoever had claimed a run is gone with the database it was claimed in
    await client.query('set local role weft_engine');
    await client.query('update due set claim = null, lease_until = null where claim is not null');
    await client.query('set local role none');
    await client.query('insert into restoration (backup_at) values ($1)', [header.created]);
    await client.query('commit');
    await client.query('analyze');
    return counts;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

async function copyAll(client: pg.Client, file: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  let open: { readonly table: string; readonly stream: CopyStreamQuery } | undefined;
  const close = async (): Promise<void> => {
    if (!open) return;
    const { table, stream } = open;
    open = undefined;
    stream.end();
    await finished(stream);
    counts[table] = stream.rowCount;
    await seal(client, table);
  };
  for await (const piece of readBackup(file)) {
    if (piece.kind === 'bytes') {
      if (open) await put(open.stream, piece.bytes);
      continue;
    }
    await close();
    if (piece.kind === 'table') open = { table: piece.table, stream: await startTable(client, piece) };
    else if (piece.kind === 'end') await finish(client, piece, counts, file);
  }
  return counts;
}

/** Resolves when the database has taken the bytes, so that no more than these are in memory. */
const put = (stream: CopyStreamQuery, bytes: Buffer): Promise<void> =>
  new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

/** Rows can be copied only past forced row level security, and are not to set off what a change would. */
async function startTable(
  client: pg.Client,
  { table, columns }: Extract<Piece, { kind: 'table' }>,
): Promise<CopyStreamQuery> {
  const name = pg.escapeIdentifier(table);
  await client.query(`alter table ${name} no force row level security`);
  await client.query(`alter table ${name} disable trigger user`);
  await client.query(`delete from ${name}`);
  const stream = client.query(copyFrom(`copy ${name} (${columns.map(pg.escapeIdentifier).join(', ')}) from stdin`));
  // whoever writes is told as well
  stream.on('error', () => undefined);
  return stream;
}

async function seal(client: pg.Client, table: string): Promise<void> {
  const name = pg.escapeIdentifier(table);
  await client.query(`alter table ${name} enable trigger user`);
  const { rows } = await client.query<{ secured: boolean }>(
    'select relrowsecurity as secured from pg_class where oid = $1::regclass',
    [name],
  );
  if (rows[0]?.secured) await client.query(`alter table ${name} force row level security`);
}

async function finish(
  client: pg.Client,
  { rows, sequences }: Extract<Piece, { kind: 'end' }>,
  counts: Readonly<Record<string, number>>,
  file: string,
): Promise<void> {
  const short = Object.entries(rows).find(([table, count]) => counts[table] !== count);
  if (short) throw new Error(`${file}: ${short[0]} should have ${short[1]} rows and got ${counts[short[0]] ?? 0}`);
  for (const [name, { last, called }] of Object.entries(sequences))
    await client.query('select setval($1::regclass, $2, $3)', [pg.escapeIdentifier(name), last, called]);
}
