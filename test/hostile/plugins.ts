import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { pino } from 'pino';
import { answerGuest } from '#runtime/guest.ts';
import type { JsonObject } from '#runtime/json.ts';
import { parseJsonText } from '#server/adapters/json-text.ts';
import { createSandboxPool, type SandboxPool } from '#server/adapters/sandbox-pool.ts';
import { until } from '../support/until.ts';
import { type Ending, type HostileCode, hostileCode } from './plugin-code.ts';
import type { Tally } from './tally.ts';
import { breachesOfVm } from './vm-teeth.ts';

const WALL_MS = 2500;
const MOST_GROWTH = 150 * 1024 * 1024;
const MOST_CHILD = 330 * 1024 * 1024;
const TEETH = 7;
const SECRET = 'weft-canary-secret-3f9a';
const ATTACKER = 1;
const NEIGHBOUR = 2;
const CANARY = 'function run(n) { return { canary: n * 2 }; }';

interface Outcome {
  readonly ending: Ending;
  readonly value: unknown;
  readonly said: string;
  readonly ms: number;
}

/** The house's real answers, for a plugin that declares one host and says that it reads. */
const ask = () => {
  const answer = answerGuest({
    tenant: ATTACKER,
    guest: {
      program: { name: 'hostile', language: 'typescript', source: '' },
      plugin: { id: 'hostile', hosts: ['api.example'], tables: { t: { k: 1 } } },
    },
    effect: 'read',
    state: { get: async () => 1, set: async () => undefined, delete: async () => undefined },
    tables: { find: async () => undefined },
    http: () => Promise.reject(new Error('nothing may come this far')),
    links: async () => [],
  });
  return async (name: string, text: string) => JSON.stringify(await answer(name, parseJsonText(text) as JsonObject));
};

async function attempt(pool: SandboxPool, { code }: HostileCode): Promise<Outcome> {
  const from = performance.now();
  const ended = (ending: Ending, value: unknown, said: string): Outcome => ({
    ending,
    value,
    said,
    ms: performance.now() - from,
  });
  try {
    const source = { language: 'typescript' as const, text: code };
    const result = await pool.run({ tenant: ATTACKER, source, input: '{"a":1}', facts: '{"now":1}', ask: ask() });
    const said = `${result.text} ${result.logs.join(' ')}`;
    if (result.end !== 'value') return ended(result.end as Ending, undefined, said);
    try {
      return ended('value', parseJsonText(result.text, { values: 50_000 }), said);
    } catch {
      return ended('refused', undefined, said);
    }
  } catch (error) {
    return ended('killed', undefined, String(error));
  }
}

const prototypes = [Object.prototype, Array.prototype, Function.prototype, Promise.prototype, Error.prototype];
const shapeOfPrototypes = (): string =>
  prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join(' ');

/** The largest sandbox process, by this process's own children. */
function largestChild(): number {
  let largest = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      if (Number(fields[1]) === process.pid) largest = Math.max(largest, Number(fields[21]) * 4096);
    } catch {
      // it is gone
    }
  }
  return largest;
}

const markers = (): string =>
  readdirSync('/tmp')
    .filter((name) => name.startsWith('weft-sandbox'))
    .join();

function wrongWith(attack: HostileCode, outcome: Outcome): string | null {
  const { ending, value, said, ms } = outcome;
  if (ms > WALL_MS) return `took ${Math.round(ms)} ms`;
  if (attack.endings && !attack.endings.includes(ending)) return `ended as ${ending}: ${said.slice(0, 200)}`;
  if (ending === 'value' && attack.harmless && !attack.harmless(value)) return `answered ${JSON.stringify(value)}`;
  return said.includes(SECRET) ? 'told a secret' : null;
}

async function attackOnce(
  pool: SandboxPool,
  attack: HostileCode,
  before: string,
  files: string,
): Promise<string | null> {
  // a fresh process stands ready, as it does in a server that has been up for a second
  await pool.run({ tenant: ATTACKER, source: { language: 'typescript', text: CANARY }, input: '1' });
  let largest = 0;
  const watching = existsSync('/proc')
    ? setInterval(() => (largest = Math.max(largest, largestChild())), 80)
    : undefined;
  const started = Math.floor(Math.random() * 1000);
  const canary = pool.run({
    tenant: NEIGHBOUR,
    source: { language: 'typescript', text: CANARY },
    input: String(started),
  });
  canary.catch(() => undefined);
  const outcome = await attempt(pool, attack);
  clearInterval(watching);
  const after = await pool.run({ tenant: NEIGHBOUR, source: { language: 'typescript', text: CANARY }, input: '21' });
  const wrong = wrongWith(attack, outcome);
  if (wrong) return wrong;
  if ((await canary).text !== `{"canary":${started * 2}}`) return 'the neighbour’s call beside it went wrong';
  if (after.text !== '{"canary":42}') return 'the neighbour’s call after it went wrong';
  if (shapeOfPrototypes() !== before) return 'a prototype of the host was changed';
  if (markers() !== files) return 'a file was written';
  return largest > MOST_CHILD ? `its process grew to ${Math.round(largest / 1024 / 1024)} MB` : null;
}

/** Lets every piece of hostile code run in the real pool, beside a neighbour who must notice nothing; then against node:vm, which must fail. */
export async function attackWithCode(tally: Tally, say: (line: string) => void): Promise<void> {
  process.env['WEFT_HOSTILE_SECRET'] = SECRET;
  const pool = createSandboxPool({ processes: 3, log: pino({ level: 'silent' }) });
  const before = shapeOfPrototypes();
  const files = markers();
  const rss = process.memoryUsage.rss();
  try {
    for (const attack of hostileCode)
      tally.add(attack.name, await attackOnce(pool, attack, before, files).catch(String));
    const growth = process.memoryUsage.rss() - rss;
    tally.add('the host stays small', growth < MOST_GROWTH ? null : `grew by ${Math.round(growth / 1024 / 1024)} MB`);
  } finally {
    await pool.stop();
    delete process.env['WEFT_HOSTILE_SECRET'];
  }
  await until(async () => pool.size === 0);
  const breaches = await breachesOfVm(hostileCode);
  say(`the same code in node:vm: ${breaches.length} breaches, such as ${breaches.slice(0, 3).join('; ')}`);
  tally.add('the attacks bite where there is no sandbox', breaches.length >= TEETH ? null : breaches.join());
}
