import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { actingAs } from '../adapters/acting.ts';
import { keyOverview, renewDataKeys, rewrapAll } from '../adapters/key-rotation.ts';
import { type MasterKey, masterKeyOf, writeMasterKeyFile } from '../adapters/master-key.ts';
import { createAuditLog, HOUSE } from '../adapters/pg-audit.ts';
import { createPools } from '../adapters/pg-pool.ts';
import { requireMasterKey } from '../adapters/vault.ts';
import type { Config } from '../config.ts';
import { type Command, CommandError, shellActor, type Terminal } from './command.ts';
import { type OpenDatabase, withDatabase } from './database.ts';
import { keptKey } from './kept-key.ts';

export const keys: Command = {
  usage: 'list | rotate [--master] [--data]',
  summary: 'Shows which keys are in use, or puts new ones in their place while Weft works.',
  help: `
  list           the master keys that Weft knows, and what each wraps
  rotate         a new master key and new data keys of every customer
    --master     only the master key: every data key is wrapped anew
    --data       only the data keys: every secret is sealed anew, row by row

With the key in DATA_DIR/master.key a new one is made and put there, and the old one beside it as master.key.ID: backups made
before open with that one alone, so keep it where you keep them, or delete it with them. With MASTER_KEY: first start every
process anew with MASTER_KEY=NEW,OLD (openssl rand -base64 32 makes one), then rotate, then start them with MASTER_KEY=NEW.
Stopped half-way, rotate goes on where it was when it is called again. Runs, references and sessions are not touched.
The last line is one JSON object.`,
  options: { master: { type: 'boolean' }, data: { type: 'boolean' } },
  words: [1, 1],
  run: async (typed, terminal) => {
    const [what] = typed.words;
    if (what !== 'list' && what !== 'rotate')
      throw new CommandError(`there is no "keys ${what}"; there are list and rotate`);
    const both = !typed.has('master') && !typed.has('data');
    return withDatabase(terminal, {}, async (open) => {
      const master = keptKey(open.config);
      if (!master)
        throw new CommandError(`there is no master key in ${open.config.DATA_DIR}, and MASTER_KEY is not set`, 1);
      if (what === 'list') return list(open, master, terminal);
      const wanted = { master: both || typed.has('master'), data: both || typed.has('data') };
      return actingAs(shellActor(), () => rotate(open, master, terminal, wanted));
    });
  },
};

async function list({ database }: OpenDatabase, master: MasterKey, terminal: Terminal): Promise<0 | 1> {
  const pools = createPools(database, () => undefined, 2);
  try {
    const overview = await keyOverview(pools.engine);
    const known = [master, ...(master.older ?? [])];
    for (const [index, { id }] of known.entries())
      terminal.out(`${id}  ${index === 0 ? 'in use' : 'older '}  wraps ${overview.masters[id] ?? 0} data keys`);
    const lost = Object.keys(overview.masters).filter((id) => !known.some((key) => key.id === id));
    for (const id of lost) terminal.out(`${id}  not here  wraps ${overview.masters[id]} data keys`);
    terminal.out(JSON.stringify({ master: master.id, older: known.slice(1).map(({ id }) => id), ...overview }));
    return lost.length === 0 ? 0 : 1;
  } finally {
    await pools.end();
  }
}

interface Wanted {
  readonly master: boolean;
  readonly data: boolean;
}

async function rotate(open: OpenDatabase, master: MasterKey, terminal: Terminal, wanted: Wanted): Promise<0> {
  const pools = createPools(open.database, () => undefined, 2);
  try {
    await requireMasterKey(pools.engine, master);
    const log = createAuditLog(pools.app);
    await log.add(HOUSE, { action: 'key.begin', on: { id: master.id, title: master.id }, after: { ...wanted } });
    const next = wanted.master ? beginMaster(open.config, master, terminal) : master;
    let wrapped = 0;
    if (wanted.master) {
      wrapped = await rewrapAll(pools.engine, next);
      if (next.file !== undefined) writeMasterKeyFile(next.file, { id: next.id, key: next.key });
      // a process that read the file just before may have made a customer's first key since
      wrapped += await rewrapAll(pools.engine, next);
    }
    const renewed = wanted.data ? await renewDataKeys(pools.engine, next) : { tenants: 0, values: 0 };
    if (wanted.master && next.file === undefined)
      terminal.note(`Now start every process with the first key of MASTER_KEY alone (${next.id}).`);
    const done = { master: next.id, wrapped, ...renewed };
    await log.add(HOUSE, { action: 'key.end', on: { id: next.id, title: next.id }, after: done });
    terminal.out(JSON.stringify(done));
    return 0;
  } finally {
    await pools.end();
  }
}

/** The new key with the old one after it, both known to every process from here on; one that was begun before is gone on with. */
function beginMaster(config: Config, master: MasterKey, terminal: Terminal): MasterKey {
  if (master.older) return master;
  if (master.file === undefined)
    throw new CommandError(
      'MASTER_KEY holds one key: put a new one before it (MASTER_KEY=NEW,OLD), start every process anew with both, then rotate',
      1,
    );
  const aside = `${master.file}.${master.id}`;
  if (!existsSync(aside)) writeMasterKeyFile(aside, { id: master.id, key: master.key });
  const next = { ...masterKeyOf(randomBytes(32)), older: [master], file: master.file };
  writeMasterKeyFile(master.file, next);
  terminal.note(
    `The key before is now ${aside}: backups made until now in ${config.DATA_DIR} or elsewhere open with it alone.`,
  );
  return next;
}
