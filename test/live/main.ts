import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startLivePostgres } from './postgres.ts';
import { missingPackages } from './tryton/start.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SYSTEMS = ['vendure', 'medusa', 'tryton'] as const;
/** Parts of a run by name; what flows cross between systems stands in a folder of its own. */
const CROSSINGS: Readonly<Record<string, string>> = {
  crossing: 'crossing/',
  flows: 'crossing/crossing.test.ts',
  changes: 'crossing/changes.test.ts',
  storm: 'crossing/storm.test.ts',
};

const help = `npm run live -- [SYSTEM…] [--orders N] [--changes N] [--seed S] [--only WHAT] [--dir DIR]
    The connectors against real programs on this machine: the contract suite on each, and flows between the shops and Tryton,
    in peace and while workers are killed and requests fail.
    SYSTEM     vendure, medusa (shops, from npm) and tryton (ERP, from Debian: apt); all three unless told
    --orders   placed in each shop, for the crossing flows and again for the storm; 200 unless told
    --changes  random changes in the systems of each pair; 500 unless told
    --seed     the same seed plays the same buyers, changes and faults; 1 unless told
    --only     contract: only the suite on each system · crossing: only the flows between them, or of those only
               flows: in peace · changes: at random moments · storm: while workers are killed and requests fail
    --dir      where the systems are installed and keep their templates: WEFT_LIVE_DIR, else weft-live in the temp directory.
               The first start on it takes minutes, later ones seconds.

LIVE_DATABASE_URL names a PostgreSQL (as superuser) for Tryton and Medusa; else an embedded one is started in DIR.
The last line of stdout is one JSON object: systems, passed, failed, skipped. A test that is skipped counts as a miss.
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    help: { type: 'boolean', default: false },
    orders: { type: 'string', default: '200' },
    changes: { type: 'string', default: '500' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    dir: { type: 'string' },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n\n${help}`);
  process.exit(2);
}

function wholeOf(name: 'orders' | 'changes' | 'seed'): string {
  if (!/^[1-9]\d{0,4}$/.test(values[name])) refuse(`--${name} must be a whole number from 1 to 99999`);
  return values[name];
}

function systemsOf(): string[] {
  const unknown = positionals.find((name) => !SYSTEMS.some((known) => known === name));
  if (unknown !== undefined) refuse(`there is no system "${unknown}"; ${SYSTEMS.join(', ')}`);
  return positionals.length === 0 ? [...SYSTEMS] : [...new Set(positionals)];
}

/** What is run, each with where it stands under test/live. */
function partsOf(systems: readonly string[]): string[] {
  const { only } = values;
  const contracts = systems.map((system) => `${system}/`);
  if (only === 'contract') return contracts;
  const crosses = systems.includes('tryton') && systems.length > 1;
  if (only === undefined) return crosses ? [...contracts, 'crossing/'] : contracts;
  const part = CROSSINGS[only];
  if (part === undefined) refuse(`--only must be contract, ${Object.keys(CROSSINGS).join(', ')}`);
  if (!crosses) refuse('flows cross between a shop and tryton: name both');
  return [part];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly { readonly status: string; readonly name: string }[];
}

interface Outcome {
  readonly systems: readonly string[];
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

function outcomeOf(systems: readonly string[], file: string): Outcome {
  if (!existsSync(file)) return { systems, passed: 0, failed: 1, skipped: 0 };
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  // a file that could not even begin has no tests of its own to count
  const broken = report.testResults.filter((one) => one.status === 'failed').length;
  return {
    systems,
    passed: report.numPassedTests,
    failed: Math.max(report.numFailedTests, broken),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

async function runTests(parts: readonly string[], environment: NodeJS.ProcessEnv, report: string): Promise<void> {
  const vitest = path.join(ROOT, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`];
  const filters = parts.map((part) => `test/live/${part}`);
  const child = spawn(
    process.execPath,
    [vitest, 'run', '--config', 'vitest.live.config.ts', ...reporters, ...filters],
    {
      cwd: ROOT,
      env: { ...process.env, ...environment },
      stdio: 'inherit',
    },
  );
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, pass);
  await once(child, 'exit');
}

async function run(): Promise<Outcome> {
  const systems = systemsOf();
  const parts = partsOf(systems);
  const [LIVE_ORDERS, LIVE_CHANGES, LIVE_SEED] = [wholeOf('orders'), wholeOf('changes'), wholeOf('seed')];
  if (systems.includes('tryton')) {
    const missing = await missingPackages();
    if (missing.length > 0)
      refuse(`Tryton comes from Debian: apt-get install --no-install-recommends ${missing.join(' ')}`);
  }
  const dir = path.resolve(values.dir ?? process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live'));
  // PostgreSQL runs as another user where we are root, who must pass through
  await mkdir(dir, { recursive: true, mode: 0o711 });
  const scratch = mkdtempSync(path.join(tmpdir(), 'weft-live-report-'));
  const postgres = await startLivePostgres(dir);
  try {
    const environment = {
      LIVE_SYSTEMS: systems.join(),
      LIVE_ORDERS,
      LIVE_CHANGES,
      LIVE_SEED,
      WEFT_LIVE_DIR: dir,
      LIVE_DATABASE_URL: postgres.url,
    };
    const report = path.join(scratch, 'report.json');
    await runTests(parts, environment, report);
    return outcomeOf(systems, report);
  } finally {
    await postgres.close();
    rmSync(scratch, { recursive: true, force: true });
  }
}

if (values.help) process.stdout.write(help);
else {
  const outcome = await run();
  process.stdout.write(`${JSON.stringify(outcome)}\n`);
  process.exitCode = outcome.failed + outcome.skipped > 0 || outcome.passed === 0 ? 1 : 0;
}
