import { existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import packageFile from '../../package.json' with { type: 'json' };
import { type BackupHeader, type Piece, writeBackup } from '../adapters/backup-file.ts';
import { openSnapshot, type Snapshot } from '../adapters/pg-backup.ts';
import { sealKey } from '../adapters/sealed-key.ts';
import type { Config } from '../config.ts';
import { migrations } from '../db/migrate.ts';
import { type Command, CommandError, type Terminal } from './command.ts';
import { withDatabase } from './database.ts';
import { keptKey } from './kept-key.ts';
import { readPassphrase } from './passphrase.ts';

export const backup: Command = {
  usage: 'FILE [--with-key PASSPHRASE-FILE] [--with-practice] [--overwrite]',
  summary: 'Writes everything into one file, while Weft goes on working.',
  help: `
  FILE                        the backup; it must not exist, or --overwrite must be given
  --with-key PASSPHRASE-FILE  puts the master key in, sealed with the passphrase (12 characters at least) in that file.
                              Without the key nothing secret in the backup can ever be opened: not the shops' keys, not the
                              ERPs' tokens; and references would no longer match. Keep master.key elsewhere then
  --with-practice             the practice shop's and ERP's data too

It holds every table as of one instant, orders and customers in the clear: keep it as you would keep the database. Left out:
signed-in sessions, tries at signing in, sign-ins under way at other systems, and the queue, which is made anew.`,
  options: {
    'with-key': { type: 'string' },
    'with-practice': { type: 'boolean' },
    overwrite: { type: 'boolean' },
  },
  words: [1, 1],
  run: async (typed, terminal) => {
    const file = path.resolve(typed.words[0] ?? '');
    if (existsSync(file) && !typed.has('overwrite'))
      throw new CommandError(`${file} exists already; choose another name, or give --overwrite`);
    if (!existsSync(path.dirname(file))) throw new CommandError(`${path.dirname(file)}: there is no such directory`);
    const given = typed.text('with-key');
    const passphrase = given === undefined ? undefined : await readPassphrase(given);
    return withDatabase(terminal, {}, async ({ config, owner }): Promise<0> => {
      const snapshot = await openSnapshot(owner);
      try {
        await requireUpToDate(snapshot);
        const header = await headerOf(snapshot, config, passphrase, terminal);
        const counted: Counted = { rows: {} };
        const files = typed.has('with-practice') ? practiceFiles(config) : none();
        await writeBackup(file, header, counting(joined(files, snapshot.pieces()), counted));
        const rows = Object.values(counted.rows).reduce((sum, count) => sum + count, 0);
        terminal.out(JSON.stringify({ file, created: header.created, rows, key: header.sealedKey !== undefined }));
        return 0;
      } finally {
        await snapshot.end();
      }
    });
  },
};

/** What a release cannot bring up to date it must not be asked to restore. */
async function requireUpToDate({ migrations: done }: Snapshot): Promise<void> {
  const have = new Set(done.map((each) => each.number));
  const lacking = (await migrations()).filter((each) => !have.has(each.number));
  if (lacking.length > 0)
    throw new CommandError(`the database lacks ${lacking[0]?.file}: bring it up to date first with "weft migrate"`, 1);
}

async function headerOf(
  { created, migrations: done, months, masterKey }: Snapshot,
  config: Config,
  passphrase: string | undefined,
  terminal: Terminal,
): Promise<BackupHeader> {
  const master = keptKey(config);
  if (master?.older)
    throw new CommandError('the master key is being rotated: finish that first with "weft keys rotate"', 1);
  const header = { created, version: packageFile.version, migrations: [...done], months: [...months], masterKey };
  if (master && masterKey !== null && master.id !== masterKey)
    throw new CommandError(
      `the database's secrets open with master key ${masterKey}, but MASTER_KEY or master.key is ${master.id}: a backup with it would open nothing`,
      1,
    );
  if (passphrase !== undefined) {
    if (!master) throw new CommandError(`--with-key: there is no master key in ${config.DATA_DIR} or MASTER_KEY`, 1);
    return { ...header, sealedKey: await sealKey(master, passphrase) };
  }
  if (masterKey !== null)
    terminal.note(
      `The master key (${masterKey}) is not in this backup. Keep ${config.MASTER_KEY ? 'MASTER_KEY' : path.join(config.DATA_DIR, 'master.key')} as well: without it no secret in the backup can be opened.`,
    );
  return header;
}

interface Counted {
  rows: Readonly<Record<string, number>>;
}

async function* counting(pieces: AsyncIterable<Piece>, into: Counted): AsyncGenerator<Piece> {
  for await (const piece of pieces) {
    if (piece.kind === 'end') into.rows = piece.rows;
    yield piece;
  }
}

async function* joined(...parts: readonly AsyncIterable<Piece>[]): AsyncGenerator<Piece> {
  for (const part of parts) yield* part;
}

async function* none(): AsyncGenerator<Piece> {}

/** Journals that only grow; what is written meanwhile is cut off at a line by whoever reads them. */
async function* practiceFiles({ DATA_DIR }: Config): AsyncGenerator<Piece> {
  const folder = path.join(DATA_DIR, 'practice');
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries.filter((each) => each.isFile() && !each.name.endsWith('.new'))) {
    yield { kind: 'file', file: `practice/${entry.name}` };
    const handle = await open(path.join(folder, entry.name));
    const { size } = await handle.stat();
    if (size === 0) await handle.close();
    else for await (const bytes of handle.createReadStream({ end: size - 1 })) yield { kind: 'bytes', bytes };
  }
}
