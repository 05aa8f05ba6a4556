import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import { makeDataDir, startWeft } from '../support/weft-process.ts';
import { attackWithBadInput, attackWithForgeries } from './calls.ts';
import { attackForSecrets } from './canaries.ts';
import { attackWithFlows } from './fuzz.ts';
import { attackNeighbour } from './isolation.ts';
import { attackWithCode } from './plugins.ts';
import { attackWithAddresses } from './ssrf.ts';
import { createTally, type Tally } from './tally.ts';
import { openTarget, type Target } from './target.ts';

const help = `npm run hostile -- [--long] [--only code] [--flows N] [--seed S]
    Attacks a Weft of its own, in a process of its own on a database of its own: addresses of the inner network, forged
    webhooks, malformed calls and documents, a neighbour who wants into another customer's data, bent flows, systems that say every secret back, and code that
    wants out of the sandbox (and does get out of node:vm).
    --only code  only the last
    --long     100,000 bent flows in place of 10,000
    --flows    how many
    --seed     of the bent flows; a random one unless told

The last line of stdout is one JSON object: cases, contained, failed, skipped and seed. Exit code 1 when one got through.
`;

const { values } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string' },
    flows: { type: 'string' },
    seed: { type: 'string' },
  },
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function numberOf(name: 'flows' | 'seed', fallback: number): number {
  const given = values[name];
  if (given === undefined) return fallback;
  if (/^\d{1,9}$/.test(given)) return Number(given);
  process.stderr.write(`--${name} must be a whole number\n\n${help}`);
  process.exit(2);
}

async function timed(name: string, tally: Tally, attack: () => Promise<void>): Promise<void> {
  const before = tally.result();
  const from = performance.now();
  await attack();
  const after = tally.result();
  const [cases, failed] = [after.cases - before.cases, after.failed - before.failed];
  say(`${name}: ${cases} cases, ${failed} got through, ${((performance.now() - from) / 1000).toFixed(1)} s`);
}

async function attackAddresses(tally: Tally): Promise<void> {
  const { cases, contained, failed, internalHits } = await attackWithAddresses();
  for (let at = 0; at < contained; at++) tally.add('address', null);
  for (const each of failed) tally.add('address', each);
  tally.add('requests that reached the inner network', internalHits === 0 ? null : String(internalHits));
  if (contained + failed.length !== cases) tally.add('addresses', 'the count does not add up');
}

async function attackAll(target: Target, tally: Tally, flows: number, seed: number): Promise<void> {
  const { pid } = target.weft;
  await timed('forged webhooks', tally, () => attackWithForgeries(target, tally));
  await timed('bad input', tally, () => attackWithBadInput(target, tally));
  await timed('a neighbour', tally, () => attackNeighbour(target, tally));
  await timed('bent flows', tally, () => attackWithFlows(target, tally, flows, seed));
  const ready = await fetch(`${target.weft.url}/ready`).catch(() => null);
  tally.add('the same process still answers', ready?.status === 200 && process.kill(pid, 0) ? null : 'it does not');
  const logged = target.weft.lines.filter((line) => line.includes('"level":50') || line.includes('"level":60'));
  tally.add('nothing was unexpected to the server', logged.length === 0 ? null : logged.slice(0, 3).join('\n'));
}

async function attackProduct(tally: Tally, flows: number, seed: number): Promise<void> {
  await timed('inner addresses', tally, () => attackAddresses(tally));
  const [data, database] = [makeDataDir(), makeDataDir()];
  const postgres = await startEmbeddedPostgres({ dataDir: database.path, onProgress: () => undefined });
  try {
    const weft = await startWeft({
      dataDir: data.path,
      env: { DATABASE_URL: postgres.url, API_RATE: '10000000', API_TENANT_RATE: '10000000' },
    });
    try {
      const target = await openTarget(weft, postgres.url);
      const at = { databaseUrl: postgres.url, dataDir: data.path };
      await attackAll(target, tally, flows, seed)
        .then(() => timed('secrets said back', tally, () => attackForSecrets(target, tally, at)))
        .finally(target.close);
    } finally {
      await weft.stop();
    }
  } finally {
    await postgres.stop('fast');
    await data.remove();
    await database.remove();
  }
}

async function main(): Promise<void> {
  const seed = numberOf('seed', randomInt(1_000_000_000));
  const flows = numberOf('flows', values.long ? 100_000 : 10_000);
  const tally = createTally(say);
  if (values.only !== undefined && values.only !== 'code') {
    process.stderr.write(`--only knows code\n\n${help}`);
    process.exit(2);
  }
  await timed('code in the sandbox', tally, () => attackWithCode(tally, say));
  if (values.only === undefined) await attackProduct(tally, flows, seed);
  const result = tally.result();
  say(JSON.stringify({ ...result, seed }));
  process.exitCode = result.failed === 0 ? 0 : 1;
}

if (values.help) process.stdout.write(help);
else await main();
