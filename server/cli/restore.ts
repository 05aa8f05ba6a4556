import { existsSync } from 'node:fs';
import { appendFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { BackupHeader } from '../adapters/backup-file.ts';
import type { MasterKey } from '../adapters/master-key.ts';
import { restoreBackup, verifyBackup } from '../adapters/pg-restore.ts';
import { openSealedKey } from '../adapters/sealed-key.ts';
import type { Config } from '../config.ts';
import { type Command, CommandError, type Terminal } from './command.ts';
import { withDatabase } from './database.ts';
import { keptKey, keyFileOf } from './kept-key.ts';
import { readPassphrase } from './passphrase.ts';

export const restore: Command = {
  usage: 'FILE [--key PASSPHRASE-FILE] [--wipe --yes] [--check]',
  summary: 'Fills an empty database from a backup; Weft must not be running.',
  help: `
  FILE                   a backup; it is read through and its checksum compared before anything is touched
  --key PASSPHRASE-FILE  opens the master key in the backup and puts it into DATA_DIR
  --wipe --yes           takes away all that is in the database now, and puts another master.key aside
  --check                only reads the backup through and tells what it is

An older Weft's backup is brought up to this release. Afterwards sessions have ended; runs that were under way go on; and
since what was written to other systems after the backup is in no log, every write that can be looked up is looked up before
it is sent, and one that cannot waits for a person where its run was begun before. Systems whose refresh tokens
work once (Fortnox) may ask to be signed in to again.`,
  options: {
    key: { type: 'string' },
    wipe: { type: 'boolean' },
    yes: { type: 'boolean' },
    check: { type: 'boolean' },
  },
  words: [1, 1],
  run: async (typed, terminal) => {
    if (typed.has('wipe') && !typed.has('yes'))
      throw new CommandError(
        '--wipe takes away everything that is in the database now; give --yes as well if that is meant',
      );
    const file = path.resolve(typed.words[0] ?? '');
    const { header, files } = await verifyBackup(file);
    if (typed.has('check')) {
      const { created, version, migrations, masterKey, sealedKey } = header;
      const about = { created, version, migration: migrations.at(-1)?.number, masterKey, key: sealedKey !== undefined };
      terminal.out(JSON.stringify({ file, whole: true, ...about }));
      return 0;
    }
    const given = typed.text('key');
    const passphrase = given === undefined ? undefined : await readPassphrase(given);
    const wipe = typed.has('wipe');
    return withDatabase(terminal, { make: true, alone: true }, async ({ config, owner }): Promise<0> => {
      const putKey = await planKey(header, config, passphrase, wipe);
      const keepFile = await planFiles(files, config, wipe);
      const { rows, upgraded } = await restoreBackup(file, header, { owner, wipe, keepFile });
      await putKey(terminal);
      const count = Object.values(rows).reduce((sum, each) => sum + each, 0);
      terminal.out(JSON.stringify({ created: header.created, rows: count, upgraded }));
      return 0;
    });
  },
};

/** What will be done about the master key; throws CommandError, before anything is touched, where it cannot be right. */
async function planKey(
  header: BackupHeader,
  config: Config,
  passphrase: string | undefined,
  wipe: boolean,
): Promise<(terminal: Terminal) => Promise<void>> {
  const { masterKey, sealedKey } = header;
  if (passphrase !== undefined && !sealedKey) throw new CommandError('--key: there is no master key in the backup');
  const sealed = passphrase !== undefined && sealedKey ? await openSealedKey(sealedKey, passphrase) : undefined;
  const wanted = sealed?.id ?? masterKey;
  const here = keptKey(config);
  const file = keyFileOf(config);
  if (wanted === null || here?.id === wanted) return async () => undefined;
  if (config.MASTER_KEY !== undefined)
    throw new CommandError(`MASTER_KEY is key ${here?.id}; the backup's secrets open with ${wanted}: set that one`);
  if (here && !wipe)
    throw new CommandError(
      `${file} is key ${here.id}; the backup's secrets open with ${wanted}: put that one in its place, or give --wipe --yes`,
    );
  return async (terminal) => {
    if (here) {
      const aside = `${file}.${here.id}`;
      await rename(file, aside);
      terminal.note(`The key that was here is now ${aside}.`);
    }
    if (sealed) await putFile(file, sealed);
    else
      terminal.note(
        `Before Weft is started, put master.key ${wanted} into ${config.DATA_DIR}: without it no connection can be opened.`,
      );
  };
}

async function putFile(file: string, { key }: MasterKey): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `${key.export().toString('base64')}\n`, { mode: 0o600, flag: 'wx' });
}

const PRACTICE_FILE = /^practice\/[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Takes the files of the practice systems; throws CommandError, before anything is touched, where they have no place. */
async function planFiles(
  files: readonly string[],
  config: Config,
  wipe: boolean,
): Promise<(file: string, bytes: Buffer) => Promise<void>> {
  const wrong = files.find((file) => !PRACTICE_FILE.test(file));
  if (wrong !== undefined) throw new CommandError(`the backup holds a file called ${wrong}, which has no place`, 1);
  const taken = files.map((file) => path.join(config.DATA_DIR, file)).find((file) => existsSync(file));
  if (taken !== undefined && !wipe) throw new CommandError(`${taken} is there already; --wipe --yes replaces it`, 1);
  const begun = new Set<string>();
  return async (file, bytes) => {
    const target = path.join(config.DATA_DIR, file);
    if (!begun.has(file)) {
      begun.add(file);
      await mkdir(path.dirname(target), { recursive: true });
      await rm(target, { force: true });
    }
    await appendFile(target, bytes, { mode: 0o600 });
  };
}
