import ivm from 'isolated-vm';
import { createSandboxPool } from '#server/adapters/sandbox-pool.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const quiet = { info: () => undefined, warn: () => undefined };

/** Work of an honest size: 3 KB in, 2 KB out. */
const CODE =
  'function run(input) { return { lines: input.lines.map(({ sku, name, quantity }) => ({ sku: "K-" + sku, name: name.slice(0, 2), quantity: quantity * 2 })) }; }';
const INPUT = JSON.stringify({
  lines: Array.from({ length: 44 }, (_, at) => ({ sku: `ARTICLE-${at}`, name: 'x'.repeat(24), quantity: at })),
});
const LIMIT = { timeout: 500 };
const BARS = { batch: 0.8, single: 0.5 };
const BATCH = 32;

interface Round {
  readonly perSecond: number;
  readonly times: readonly number[];
}

async function timed(calls: number, at: number, work: () => Promise<unknown>): Promise<Round> {
  const times: number[] = [];
  const from = performance.now();
  for (let done = 0; done < calls; done += at) {
    await Promise.all(
      Array.from({ length: at }, async () => {
        const began = performance.now();
        await work();
        times.push(performance.now() - began);
      }),
    );
  }
  return { perSecond: (calls / (performance.now() - from)) * 1000, times };
}

/** isolated-vm in this process: one isolate, the script compiled once, a fresh context a call, no watchdog but its own. */
function inProcess(): { call(): Promise<string>; close(): void } {
  const isolate = new ivm.Isolate({ memoryLimit: 32 });
  const script = isolate.compileScriptSync(`${CODE}; 0`);
  return {
    call: async () => {
      const context = isolate.createContextSync();
      script.runSync(context, LIMIT);
      const answer = context.evalClosureSync('return JSON.stringify(run(JSON.parse($0)))', [INPUT], {
        ...LIMIT,
        result: { copy: true },
      });
      context.release();
      return String(answer);
    },
    close: () => isolate.dispose(),
  };
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
const p99 = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.99)] ?? 0;

/** The pool, watchdogs on, beside isolated-vm in one process, by turns; judged by ratios. */
export async function sandboxSuite(
  quick: boolean,
): Promise<{ readonly pass: boolean; readonly [figure: string]: unknown }> {
  const [rounds, calls] = quick ? [5, 320] : [11, 960];
  const pool = createSandboxPool({ processes: 1, log: quiet });
  const own = inProcess();
  const source = { language: 'typescript' as const, text: CODE };
  const call = async (): Promise<string> => (await pool.run({ tenant: 1, source, input: INPUT })).text;
  const [ours, theirs] = [await call(), await own.call()];
  if (ours !== theirs) throw new Error('the two do not answer alike');
  say(`${INPUT.length} bytes in, ${ours.length} out`);
  const ratios: { batch: number[]; single: number[] } = { batch: [], single: [] };
  const times: { batch: number[]; single: number[] } = { batch: [], single: [] };
  try {
    await timed(calls, BATCH, call);
    for (let round = 0; round < rounds; round++) {
      const bare = await timed(calls, 1, own.call);
      for (const [name, at] of [
        ['batch', BATCH],
        ['single', 1],
      ] as const) {
        const measured = await timed(calls, at, call);
        ratios[name].push(measured.perSecond / bare.perSecond);
        times[name].push(...measured.times);
        say(`${name.padEnd(6)} ${Math.round(measured.perSecond)} a second, bare ${Math.round(bare.perSecond)}`);
      }
    }
  } finally {
    own.close();
    await pool.stop();
  }
  const ratio = { batch: median(ratios.batch), single: median(ratios.single) };
  const pass = ratio.batch >= BARS.batch && ratio.single >= BARS.single;
  return { pass, ratio, bars: BARS, p99Ms: { batch: p99(times.batch), single: p99(times.single) } };
}
