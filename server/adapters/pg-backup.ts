import { once } from 'node:events';
import pg from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import type { BackupEnd, BackupHeader, Piece } from './backup-file.ts';
import type { Database } from './pg-pool.ts';
import { masterKeyIdOf } from './secret-box.ts';
import { StartError } from './start-error.ts';

/** Held by whoever migrates. */
const MIGRATION_LOCK = 7_310_244;

/**
 * What a restored installation is better without: sessions of people who may have been shut out since, and what is known of
 * the last seconds. `migration` is made by migrating.
 */
const LEFT_OUT = [
  'migration',
  'attendance',
  'user_session',
  'sign_in_attempt',
  'password_reset',
  'connection_sign_in',
  'rate_state',
  'write_turn',
];

/** Text that reads back the same on every server from PostgreSQL 13 on. */
export const COPY_SETTINGS =
  "set local timezone = 'UTC'; set local datestyle = 'ISO, YMD'; set local intervalstyle = 'postgres'; set local bytea_output = 'hex'; set local extra_float_digits = 1; set local client_encoding = 'UTF8'; set local statement_timeout = 0";

/** The database at one instant. */
export interface Snapshot extends Pick<BackupHeader, 'created' | 'migrations' | 'months' | 'masterKey'> {
  /** Tables in an order in which each comes after those it refers to, then the end. */
  pieces(): AsyncGenerator<Piece>;
  end(): Promise<void>;
}

interface Table {
  readonly name: string;
  /** Row level security is on it: its owner sees nothing of it. */
  readonly secured: boolean;
  readonly columns: readonly string[];
}

/** Opens a snapshot that others neither see nor wait for; `owner` is who owns the tables. Rejects with StartError. */
export async function openSnapshot(owner: Database): Promise<Snapshot> {
  const client = new pg.Client({ ...owner, application_name: 'weft backup', options: '-c search_path=public' });
  client.on('error', () => undefined);
  await client.connect();
  const end = (): Promise<void> => client.end().catch(() => undefined);
  try {
    if (!(await exists(client, 'migration')))
      throw new StartError('The database is empty; there is nothing to back up.');
    const lock = await client.query<{ ours: boolean }>('select pg_try_advisory_lock_shared($1) as ours', [
      MIGRATION_LOCK,
    ]);
    if (!lock.rows[0]?.ours) throw new StartError('The database is being brought up to date; try again in a moment.');
    await client.query('begin isolation level repeatable read read only');
    await client.query(COPY_SETTINGS);
    const { rows } = await client.query<{ created: string }>(
      `select to_char(now() at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as created`,
    );
    const migrations = await client.query<BackupHeader['migrations'][number]>(
      'select number, file from migration order by number',
    );
    const tables = await tablesOf(client);
    return {
      created: rows[0]?.created ?? '',
      migrations: migrations.rows,
      months: await monthsOf(client),
      masterKey: await masterKeyOfSecrets(client),
      pieces: () => piecesOf(client, tables),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function exists(client: pg.Client, table: string): Promise<boolean> {
  const { rows } = await client.query<{ there: boolean }>('select to_regclass($1) is not null as there', [table]);
  return rows[0]?.there ?? false;
}

/** Works as the role that sees every customer's rows. */
async function asEngine<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  await client.query('set local role weft_engine');
  const result = await work();
  await client.query('set local role none');
  return result;
}

async function masterKeyOfSecrets(client: pg.Client): Promise<string | null> {
  const { rows } = await asEngine(client, () =>
    client.query<{ wrapped: Buffer }>('select wrapped from tenant_key order by created_at desc limit 1'),
  );
  return rows[0] ? masterKeyIdOf(rows[0].wrapped) : null;
}

async function monthsOf(client: pg.Client): Promise<BackupHeader['months']> {
  const { rows } = await client.query<BackupHeader['months'][number]>(
    `select i.inhparent::regclass::text as "table", to_char(to_date(right(c.relname, 6), 'YYYYMM'), 'YYYY-MM-DD') as month
      from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
      where p.relkind = 'p' and p.relnamespace = 'public'::regnamespace order by 1, 2`,
  );
  return rows;
}

interface TableRow {
  readonly name: string;
  readonly secured: boolean;
  readonly open: boolean;
  readonly columns: string[];
  readonly refers: string[];
}

/** `open`: one policy lets weft_engine see all rows, and none takes some away again. */
const TABLES = `
select c.relname as name, c.relrowsecurity as secured,
  exists (select from pg_policy p where p.polrelid = c.oid and p.polpermissive and p.polcmd in ('*', 'r')
    and 'weft_engine'::regrole = any(p.polroles) and pg_get_expr(p.polqual, c.oid) = 'true')
    and not exists (select from pg_policy p where p.polrelid = c.oid and not p.polpermissive
      and ('weft_engine'::regrole = any(p.polroles) or 0 = any(p.polroles))) as open,
  array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
    and a.attgenerated = '' order by a.attnum) as columns,
  array(select distinct f.confrelid::regclass::text from pg_constraint f where f.conrelid = c.oid and f.contype = 'f'
    and f.confrelid <> c.oid) as refers
from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
order by c.relname`;

async function tablesOf(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<TableRow>(TABLES);
  const kept = rows.filter(({ name }) => !LEFT_OUT.includes(name));
  const hidden = kept.find(({ secured, open }) => secured && !open);
  if (hidden)
    throw new Error(`table ${hidden.name} hides rows from weft_engine, so a backup would lack them: give it a policy`);
  const placed: TableRow[] = [];
  const names = new Set(kept.map((row) => row.name));
  while (placed.length < kept.length) {
    const done = new Set(placed.map((row) => row.name));
    const next = kept.filter(
      ({ name, refers }) => !done.has(name) && refers.every((other) => done.has(other) || !names.has(other)),
    );
    if (next.length === 0) throw new Error('the tables refer to each other in a circle');
    placed.push(...next);
  }
  return placed.map(({ name, secured, columns }) => ({ name, secured, columns }));
}

async function* piecesOf(client: pg.Client, tables: readonly Table[]): AsyncGenerator<Piece> {
  const counts: Record<string, number> = {};
  for (const { name, secured, columns } of tables) {
    yield { kind: 'table', table: name, columns };
    if (secured) await client.query('set local role weft_engine');
    const list = columns.map(pg.escapeIdentifier).join(', ');
    // a query, since a table kept by the month cannot be copied by its name
    // the stream ends before its statement does
    const over = once(client, 'drain');
    const rows = client.query(copyTo(`copy (select ${list} from ${pg.escapeIdentifier(name)}) to stdout`));
    for await (const bytes of rows) yield { kind: 'bytes', bytes: bytes as Buffer };
    await over;
    counts[name] = rows.rowCount;
    if (secured) await client.query('set local role none');
  }
  yield { kind: 'end', rows: counts, sequences: await sequencesOf(client) };
}

/** After the rows: sequences know no snapshot, and one that is ahead of the rows does no harm. */
async function sequencesOf(client: pg.Client): Promise<BackupEnd['sequences']> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class where relkind = 'S' and relnamespace = 'public'::regnamespace order by 1`,
  );
  const sequences: BackupEnd['sequences'] = {};
  for (const { name } of rows) {
    const value = await client.query<{ last: string; called: boolean }>(
      `select last_value::text as last, is_called as called from ${pg.escapeIdentifier(name)}`,
    );
    if (value.rows[0]) sequences[name] = value.rows[0];
  }
  return sequences;
}
