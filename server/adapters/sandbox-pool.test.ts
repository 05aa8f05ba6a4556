import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sandboxesOf } from '#test/support/sandbox-processes.ts';
import { createSandboxPool, type SandboxFault, type SandboxPool } from './sandbox-pool.ts';
import type { GuestResult } from './sandbox-protocol.ts';
import { sandboxLack } from './sandbox-walls.ts';

let pool: SandboxPool;
beforeAll(() => {
  pool = createSandboxPool({ processes: 3, log: pino({ level: 'silent' }) });
});
afterAll(() => pool.stop());

function run(text: string, input: unknown = {}, tenant = 1): Promise<GuestResult> {
  return pool.run({
    tenant,
    source: { language: 'typescript', text },
    input: JSON.stringify(input),
    facts: '{"now":5}',
  });
}

const LOOP = 'function run() { for (;;); }';
const HOG = 'function run() { const all = []; for (;;) all.push(new Array(1e6).fill({ a: 1 })); }';

test('code gets its input and what ctx tells, and its answer and its lines come back', async () => {
  const result = await run(
    'export default { run(input: { n: number }, ctx: any) { ctx.log("n is", input.n); return { n: input.n + 1, now: ctx.now }; } }',
    { n: 1 },
  );
  expect(result).toMatchObject({ end: 'value', text: '{"n":2,"now":5}', logs: ['n is 1'] });
});

test('nothing is left from one call to the next', async () => {
  const text =
    'globalThis.count = (globalThis.count ?? 0) + 1; function run() { Object.prototype.count = 9; return globalThis.count; }';
  // one after the other: most find a context that was made while nothing was to do
  for (let call = 0; call < 6; call++) expect((await run(text)).text).toBe('1');
});

test('calls made together come back each with its own answer', async () => {
  const results = await Promise.all(Array.from({ length: 100 }, (_, n) => run('function run(n) { return n * 2; }', n)));
  expect(results.map(({ text }) => Number(text))).toEqual(Array.from({ length: 100 }, (_, n) => n * 2));
});

test.each([
  ['thrown', 'type A = 1;\nfunction run() {\n  null.x;\n}', 3],
  ['thrown later', 'async function run() {\n  await 0;\n  throw new Error("no");\n}', 3],
  ['a syntax error', 'function run() {\n  return 1 +;\n}', 2],
  ['a syntax error beside types', 'type A = 1;\nfunction run() {\n  return foo( }\n', 3],
  ['an import', 'export default { run() {} };\nimport fs from "node:fs";', 2],
])('an error names the line of the author’s text: %s', async (_, text, line) => {
  expect(await run(text)).toMatchObject({ end: 'failed', line });
});

test('a loop is stopped, mildly, and the next call of the same tenant is answered', async () => {
  const from = performance.now();
  expect(await run(LOOP)).toMatchObject({ end: 'stopped', text: 'time' });
  expect(performance.now() - from).toBeLessThan(2500);
  expect((await run('function run() { return 1; }')).text).toBe('1');
});

test('a call that waits for nothing comes to an end', async () => {
  expect(await run('function run() { return new Promise(() => undefined); }')).toMatchObject({
    end: 'stopped',
    text: 'never',
  });
});

test('of a batch in which one call takes the process along, the others are answered', async () => {
  const calls = ['function run() { return 1; }', HOG, 'function run() { return 2; }'].map((text) =>
    run(text).then(
      ({ text: answer, end }) => (end === 'value' ? answer : end),
      (error: Error) => error.name,
    ),
  );
  const [one, hog, two] = await Promise.all(calls);
  expect([one, two]).toEqual(['1', '2']);
  expect(['stopped', 'SandboxFault']).toContain(hog);
});

test('one tenant’s loops hold up nobody else', async () => {
  const text = 'function run(n) { return n; }';
  await run(text, 1, 7);
  const stop = { now: false };
  const loops = Promise.all(
    [1, 2, 3].map(async () => {
      while (!stop.now) await run(LOOP, {}, 8).catch(() => undefined);
    }),
  );
  const times: number[] = [];
  for (let n = 0; n < 30; n++) {
    const from = performance.now();
    expect((await run(text, n, 7)).text).toBe(String(n));
    times.push(performance.now() - from);
  }
  stop.now = true;
  await loops;
  expect(times.sort((a, b) => a - b)[15]).toBeLessThan(200);
});

test.each([
  ['at once', LOOP],
  ['after a wait', 'async function run() { await 0; for (;;); }'],
])('of one tenant’s calls made together, one that loops %s holds the others up once at most', async (_, loop) => {
  const ended: string[] = [];
  const calls = [loop, loop, loop, 'function run() { return 1; }', loop].map((text) =>
    run(text, {}, 9).then(({ end }) => void ended.push(end)),
  );
  await Promise.all(calls);
  expect(ended.toSorted()).toEqual(['stopped', 'stopped', 'stopped', 'stopped', 'value']);
  expect(ended.indexOf('value')).toBeLessThan(2);
});

test('what waits of a program that was switched off is refused, and nothing else', async () => {
  const call = (name: string, text: string): Promise<string> =>
    pool
      .run({ tenant: 10, name, source: { language: 'typescript', text }, input: '1' })
      .then(({ end }) => end)
      .catch((error: SandboxFault) => error.kind);
  await call('loop', LOOP);
  const calls = [call('loop', LOOP), call('loop', LOOP), call('other', 'function run() { return 1; }')];
  pool.refuse(10, 'loop');
  expect(await Promise.all(calls)).toEqual(['off', 'off', 'value']);
});

test.skipIf(process.platform !== 'linux')(
  'calls whose process somebody kills are begun again; one that has asked the house for something is given back',
  async () => {
    const asked = Promise.withResolvers<void>();
    const source = { language: 'typescript' as const, text: 'function run(n, ctx) { return ctx.lookup("t", "k"); }' };
    const ask = (): Promise<string> => {
      asked.resolve();
      return new Promise(() => undefined);
    };
    const given = pool.run({ tenant: 11, source, input: '1', ask });
    await asked.promise;
    const calls = [1, 2, 3].map((n) => run('function run(n) { return n; }', n, 11));
    await new Promise((resolve) => setImmediate(resolve));
    for (const pid of sandboxesOf(process.pid)) process.kill(pid, 'SIGKILL');
    await expect(given).rejects.toMatchObject({ kind: 'stricken' });
    expect((await Promise.all(calls)).map(({ text }) => text)).toEqual(['1', '2', '3']);
  },
);

test('a process that somebody kills while it starts, before anybody wants it, fails no call', async () => {
  for (const tenant of [51, 52, 53, 54]) {
    // whoever takes a process has another one started
    await run('function run(n) { return n; }', tenant, tenant);
    for (const pid of sandboxesOf(process.pid)) process.kill(pid, 'SIGKILL');
    expect((await run('function run(n) { return n; }', tenant, 100 + tenant)).text).toBe(`${tenant}`);
  }
});

test('more tenants than processes are all served', async () => {
  const answers = await Promise.all(
    Array.from({ length: 7 }, (_, tenant) => run('function run(n) { return n; }', tenant, 100 + tenant)),
  );
  expect(answers.map(({ text }) => text)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
  expect(pool.size).toBeLessThanOrEqual(5);
});

test('the house answers what the code asks, and the wait is not counted against it', async () => {
  const source = {
    language: 'typescript' as const,
    text: 'async function run(input, ctx) { const a = await ctx.lookup("t", "k"); return (await ctx.state.get("x")) + a; }',
  };
  const asked: string[] = [];
  const ask = async (name: string, about: string): Promise<string> => {
    asked.push(`${name} ${about}`);
    await new Promise((resolve) => setTimeout(resolve, 1200));
    return '20';
  };
  const result = await pool.run({ tenant: 1, source, input: '{}', ask });
  expect(result).toMatchObject({ end: 'value', text: '40' });
  expect(asked).toEqual(['lookup {"table":"t","key":"k"}', 'state.get {"key":"x"}']);
});

test('code that loops after the house has answered is stopped for computing too long', async () => {
  const source = {
    language: 'typescript' as const,
    text: 'async function run(input, ctx) { await ctx.lookup("t", "k"); for (;;); }',
  };
  const result = await pool.run({ tenant: 1, source, input: '{}', ask: async () => '1' });
  expect(result.end).toBe('stopped');
  // a machine without time may be to blame, the wait for the house never
  expect(['time', 'busy']).toContain(result.text);
});

test('what code offers is told without running it', async () => {
  expect(
    (await pool.check(1, 'export default { "acme.a": { run() {} }, b: 1, "acme.c": { run: () => 1 } }')).text,
  ).toBe('["acme.a","acme.c"]');
  expect(await pool.check(1, 'for (;;);')).toMatchObject({ end: 'stopped' });
});

test('expressions are evaluated together, over the same values, each for itself', async () => {
  const input = JSON.stringify({
    expressions: ['a * 2', 'missing', '$now()', '$sum(lines.n)'],
    values: { a: 4, lines: [{ n: 1 }, { n: 2 }] },
  });
  const result = await pool.run({ tenant: 1, source: { language: 'jsonata', text: '' }, input, facts: '{"now":0}' });
  expect(JSON.parse(result.text)).toEqual([[8], [], ['1970-01-01T00:00:00.000Z'], [3]]);
});

test('another isolated-vm, or an older Node, is refused in one line', () => {
  expect(sandboxLack('26.10.0', () => '7.0.1')).toBeUndefined();
  expect(sandboxLack('26.10.0', () => '7.0.2')).toBe(
    'the sandbox takes isolated-vm 7.0.1 only, and 7.0.2 is installed',
  );
  expect(sandboxLack('22.1.0')).toBe('the sandbox needs Node 24 or newer, and this is 22.1.0');
});
