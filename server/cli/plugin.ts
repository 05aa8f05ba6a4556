import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { namedShapes, type PluginDocument, PluginId } from '#runtime/plugin.ts';
import { pluginSkeleton } from '#runtime/plugin-skeleton.ts';
import { actingAs } from '../adapters/acting.ts';
import { createPluginStore } from '../adapters/pg-plugins.ts';
import { createPools } from '../adapters/pg-pool.ts';
import { starterPlugins } from '../adapters/plugin-folder.ts';
import { tryPlugin } from '../adapters/plugin-trial.ts';
import { createGuests } from '../guests.ts';
import { createLog } from '../log.ts';
import { catalog } from './catalog.ts';
import { type Command, CommandError, shellActor, type Terminal, type Typed } from './command.ts';
import { withDatabase } from './database.ts';
import { readGivenPlugin } from './given-plugins.ts';
import { createHeadlessGuests } from './headless-guests.ts';

const NOBODY = 0;

async function begin(place: string, terminal: Terminal): Promise<0> {
  const id = path.basename(place);
  if (!PluginId.safeParse(id).success)
    throw new CommandError(`"${id}" must be lower case letters and digits with hyphens between, at most 40`);
  const title = id.charAt(0).toUpperCase() + id.slice(1).replaceAll('-', ' ');
  await mkdir(place, { recursive: true });
  const { about, code } = pluginSkeleton(id, title);
  const files = { 'plugin.json': `${JSON.stringify(about, null, 2)}\n`, 'code.ts': code };
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(place, name);
    try {
      await writeFile(file, text, { flag: 'wx' });
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
      throw new CommandError(`${file} is there already and was left alone`, 1, { cause });
    }
    terminal.out(file);
  }
  terminal.note(`It passes: npm run weft -- plugin test ${place}; nodes/plugins/README.md says what comes next.`);
  return 0;
}

/** Throws CommandError naming each example that does not hold. */
async function test(plugin: PluginDocument, terminal: Terminal): Promise<void> {
  const guests = createHeadlessGuests();
  try {
    const shapes = namedShapes(catalog.nodes);
    const faults = await tryPlugin(plugin, shapes, { tenant: NOBODY, pool: guests.pool, sandbox: guests.sandbox });
    if (faults.length > 0) throw new CommandError(faults.join('\n'), 1);
    terminal.note(`${plugin.id} ${plugin.version}: ${plugin.examples.length} examples hold`);
  } finally {
    await guests.stop();
  }
}

async function pack(typed: Typed, plugin: PluginDocument, terminal: Terminal): Promise<0> {
  await test(plugin, terminal);
  const file = typed.text('out') ?? `${plugin.id}-${plugin.version}.json`;
  await writeFile(file, `${JSON.stringify(plugin)}\n`);
  terminal.out(file);
  return 0;
}

async function install(typed: Typed, plugin: PluginDocument, terminal: Terminal): Promise<0> {
  const tenant = typed.number('tenant', 1);
  if (tenant === undefined) throw new CommandError('install needs --tenant N, the number of the customer');
  return withDatabase(terminal, {}, async ({ database }) => {
    const pools = createPools(database, () => undefined, 2);
    const guests = createGuests({ pool: pools.app, processes: 1, log: createLog('warn').log });
    try {
      const store = createPluginStore({ pool: pools.app, catalog, guests, starters: starterPlugins });
      const actor = shellActor();
      const installed = await actingAs(actor, () => store.install(tenant, plugin, actor.name));
      terminal.out(`${installed.id} ${installed.version} is active for customer ${tenant}`);
      return 0 as const;
    } finally {
      await guests.stop();
      await pools.end();
    }
  });
}

export const plugin: Command = {
  usage: 'new|test|pack|install PLACE [--out FILE] [--tenant N]',
  summary: 'Begins, tests, packs or installs a plugin: code of a customer’s own that becomes nodes.',
  help: `
  new DIR             begins a plugin in DIR, whose last part is its id, with two examples that hold
  test DIR|FILE       runs its examples in the sandbox
  pack DIR            tests it and writes one file
  install DIR|FILE    tests it and makes it the active version of a customer's
  --out FILE          where to pack to; ID-VERSION.json unless told
  --tenant N          the customer's number, for install

nodes/plugins/README.md says how a plugin is written.`,
  options: { out: { type: 'string' }, tenant: { type: 'string' } },
  words: [2, 2],
  run: async (typed, terminal) => {
    const [verb, place = ''] = typed.words;
    if (verb === 'new') return begin(place, terminal);
    if (verb !== 'test' && verb !== 'pack' && verb !== 'install')
      throw new CommandError(`usage: weft plugin ${plugin.usage}`);
    const document = await readGivenPlugin(place);
    if (verb === 'pack') return pack(typed, document, terminal);
    if (verb === 'install') return install(typed, document, terminal);
    await test(document, terminal);
    return 0;
  },
};
