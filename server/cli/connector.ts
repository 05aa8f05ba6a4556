import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { catalog } from './catalog.ts';
import { type Command, CommandError } from './command.ts';
import { skeletonOf } from './connector-skeleton.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** Every capability that some connector offers or says it cannot. */
function capabilityNames(): string[] {
  const names = catalog.connectors.flatMap((each) => [
    ...each.offers.map((offer) => offer.capability.name),
    ...Object.keys(each.cannot ?? {}),
  ]);
  return [...new Set(names)].sort();
}

const titleOf = (id: string): string =>
  id
    .split('-')
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join(' ');

export const connector: Command = {
  usage: 'new NAME',
  summary: 'Begins a connector to a system that there is none for, with its tests.',
  help: `
  NAME  in lower case with hyphens, such as my-erp: the id saved in connections

Writes nodes/connectors/NAME/ and test/contract/NAME.test.ts, and overwrites nothing; nodes/connectors/README.md says what
comes next.`,
  options: {},
  words: [2, 2],
  run: async (typed, terminal) => {
    const [verb, id = ''] = typed.words;
    if (verb !== 'new') throw new CommandError(`usage: weft connector ${connector.usage}`);
    if (!NAME.test(id) || id.length > 40)
      throw new CommandError(`"${id}" must be lower case letters and digits with hyphens between, at most 40`);
    if (catalog.connector(id)) throw new CommandError(`there is a connector "${id}" already`);
    for (const [path, text] of Object.entries(skeletonOf(id, titleOf(id), capabilityNames()))) {
      const file = join(ROOT, path);
      await mkdir(dirname(file), { recursive: true });
      try {
        await writeFile(file, text, { flag: 'wx' });
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
        throw new CommandError(`${path} is there already and was left alone`, 1, { cause });
      }
      terminal.out(path);
    }
    terminal.note(`It passes: npx vitest run --project integration test/contract/${id}.test.ts`);
    terminal.note('nodes/connectors/README.md says what comes next; a line in nodes/index.ts puts it in the product.');
    return 0;
  },
};
