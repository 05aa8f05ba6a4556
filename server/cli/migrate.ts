import { migrate as bringUp } from '../db/migrate.ts';
import type { Command } from './command.ts';
import { withDatabase } from './database.ts';

export const migrate: Command = {
  usage: '',
  summary: 'Brings the database up to this release; the server does so by itself at start.',
  help: `
  MIGRATE_DATABASE_URL, else DATABASE_URL, else the embedded database of DATA_DIR, made when there is none.
  Several at once wait for each other; a database newer than this release is refused.`,
  options: {},
  words: [0, 0],
  run: (_typed, terminal) =>
    withDatabase(terminal, { make: true }, async ({ owner }): Promise<0> => {
      const applied = await bringUp(owner);
      for (const file of applied) terminal.out(file);
      terminal.note(applied.length === 0 ? 'The database is up to date.' : `${applied.length} migrations applied.`);
      return 0;
    }),
};
