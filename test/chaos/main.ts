import { parseArgs } from 'node:util';
import { allCases } from './points.ts';
import { isBad, runAllPoints, runChaos } from './run.ts';
import { type FaultName, faultNames } from './storm.ts';

const help = `npm run chaos -- [--orders N] [--faults kill,pg,erp] [--seed S] [--short]
    Orders go from a shop through Weft into an ERP while processes are killed and systems fail; then the ERP's ledger is
    compared with what the shop took. All runs in processes of its own on a PostgreSQL of its own.
    --orders          how many; 1000 unless told
    --faults          kill    workers and web die by SIGKILL
                      web     the web alone does
                      pg      PostgreSQL is restarted without a word (immediate)
                      erp     30 % of the ERP's requests fail, most of them after the work was done
                      redis   a Redis is the doorbell, emptied and killed; left out where there is no redis-server
                      shop    one in ten of the shop's requests fails
                      stop    workers are frozen for longer than their lease. A process frozen between its look and
                              its write can send twice: not among the unless-told ones
                      sandbox the flow has a step of a customer's own code, whose processes are frozen with calls
                              under way in them and then die by SIGKILL (Linux)
                      points  alone: instead of a storm, one process dies at every await of the durable path, in the first
                              attempt, a retry and a lookup, one order each
                      kill,pg,erp unless told; webhooks are always lost (5 %), doubled and shuffled
    --seed            the same seed plays the same faults in the same order; a random one unless told
    --short           150 orders in under 90 seconds, for every change
    --without-lookup  negative control: nobody looks after a write of unknown outcome, so duplicates must be found
    --keep            leaves logs and database where they are

The last line of stdout is one JSON object: seed, accepted, lost, duplicated, wrong, stuck and more.
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    orders: { type: 'string' },
    faults: { type: 'string', default: 'kill,pg,erp' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    'without-lookup': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${help}`);
  process.exit(2);
}

function wholeOf(name: string, text: string | undefined, otherwise: number, most: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d{1,9}$/.test(text) || Number(text) > most) refuse(`--${name} must be a whole number up to ${most}`);
  return Number(text);
}

function faultsIn(text: string): ReadonlySet<FaultName> {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.find((name) => !faultNames.some((known) => known === name));
  if (unknown !== undefined) refuse(`--faults: there is no fault "${unknown}"; ${faultNames.join(', ')}`);
  return new Set(names as FaultName[]);
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function kills(): Promise<void> {
  const { findings: _told, ...verdict } = await runAllPoints({ cases: allCases, keep: values.keep, say });
  say(JSON.stringify({ seed: 0, ...verdict }));
  process.exitCode = verdict.lost + verdict.duplicated + verdict.wrong + verdict.stuck + verdict.waiting > 0 ? 1 : 0;
}

async function run(): Promise<void> {
  const { short } = values;
  const result = await runChaos({
    orders: wholeOf('orders', values.orders, short ? 150 : 1000, 100_000),
    faults: faultsIn(values.faults),
    seed: wholeOf('seed', values.seed, Math.floor(Math.random() * 1_000_000), 999_999_999),
    perSecond: short ? 8 : 12,
    everyMs: short ? 2500 : 3500,
    settleMs: short ? 60_000 : 240_000,
    withoutLookup: values['without-lookup'],
    keep: values.keep,
    say,
  });
  say(JSON.stringify(result));
  process.exitCode = isBad(result) ? 1 : 0;
}

if (values.help) process.stdout.write(help);
else if (values.faults === 'points') await kills();
else await run();
