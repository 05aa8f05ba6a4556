import { z } from 'zod';
import { type ChainHead, verifyAudit } from '../adapters/pg-audit.ts';
import { createPools } from '../adapters/pg-pool.ts';
import { type Command, CommandError, type Typed } from './command.ts';
import { withDatabase } from './database.ts';
import { readGiven, shaped } from './given-file.ts';

export const audit: Command = {
  usage: 'verify [--against FILE]',
  summary: 'Proves that no line of the audit log was altered or taken away.',
  help: `
  verify          goes through every customer's log from its first line, and the house's (customer 0)
  --against FILE  what an earlier verify printed: its last lines must still be there. Keep it where those who look after
                  the database cannot write, since whoever owns the database could make a whole log anew

Every line holds the hash of the one before. The first that does not follow is named; the last line of the output is one
JSON object with the heads of all chains. Exit code 1 when one is broken.`,
  options: { against: { type: 'string' } },
  words: [1, 1],
  run: async (typed, terminal) => {
    if (typed.words[0] !== 'verify') throw new CommandError(`there is no "audit ${typed.words[0]}"; there is verify`);
    const known = await knownHeads(typed);
    return withDatabase(terminal, {}, async ({ database }) => {
      const pools = createPools(database, () => undefined, 2);
      try {
        const verdict = await verifyAudit(pools.engine, known);
        for (const { tenant, seq, why } of verdict.broken)
          terminal.out(`BROKEN  ${tenant === 0 ? 'the house' : `customer ${tenant}`}, line ${seq}: ${why}`);
        terminal.out(JSON.stringify(verdict));
        return verdict.broken.length === 0 ? 0 : 1;
      } finally {
        await pools.end();
      }
    });
  },
};

const Earlier = z.object({
  heads: z.array(z.strictObject({ tenant: z.int(), seq: z.int(), hash: z.string().regex(/^[0-9a-f]{64}$/) })),
});

async function knownHeads(typed: Typed): Promise<readonly ChainHead[]> {
  const file = typed.text('against');
  if (file === undefined) return [];
  const last = (await readGiven(file)).trim().split('\n').at(-1) ?? '';
  let parsed: unknown;
  try {
    parsed = JSON.parse(last);
  } catch (error) {
    throw new CommandError(`${file}: its last line is not what "audit verify" prints`, 2, { cause: error });
  }
  return shaped(file, Earlier, parsed).heads;
}
