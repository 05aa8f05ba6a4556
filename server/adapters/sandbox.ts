import { createHash } from 'node:crypto';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { GuestDoor, Program, Sandbox } from '#runtime/sandbox.ts';
import { parseJsonText } from './json-text.ts';
import { SandboxFault, type SandboxPool } from './sandbox-pool.ts';
import type { GuestResult } from './sandbox-protocol.ts';

/** Remembers what had to be stopped. Three times in ten minutes switches a program off for its tenant. */
export interface Strikes {
  isOff(tenant: number, program: string): Promise<boolean>;
  /** True when it is off now, be it by this one. */
  strike(tenant: number, program: string, why: string): Promise<boolean>;
}

const MOST_VALUES = 50_000;

/** What strikes are counted by: the program's name and what it says. */
function nameOf({ name, source }: Program): string {
  return source === '' ? name : `${name} ${createHash('sha256').update(source).digest('hex').slice(0, 12)}`;
}

const stopped: Readonly<Record<string, string>> = {
  time: 'the code computed for longer than it may',
  never: 'the code waits for something that never comes',
  memory: 'the code took more memory than it may',
  wall: 'the code computed for longer than it may',
  cpu: 'the code computed for longer than it may',
  crash: 'the code brought its process down',
};

/** The sandbox as the engine knows it, over the pool. */
export function createSandbox(pool: SandboxPool, strikes: Strikes): Sandbox {
  const off = (program: string): TerminalError =>
    new TerminalError('CODE_OFF', `${program} is switched off`, { details: { program } });

  const struck = async (tenant: number, program: string, why: string): Promise<never> => {
    const isOff = await strikes.strike(tenant, program, why);
    // what came before it was off still waits, and would cost its customer half a second each
    if (isOff) pool.refuse(tenant, program);
    const message = `${program}: ${stopped[why] ?? why}`;
    throw isOff
      ? new TerminalError('CODE_OFF', `${message}; it is now switched off`, { details: { program } })
      : new TerminalError('CODE_STOPPED', message, { details: { program } });
  };

  const outcome = async (tenant: number, program: string, result: GuestResult): Promise<Json | undefined> => {
    switch (result.end) {
      case 'nothing':
        return undefined;
      case 'value':
        return parsed(result.text, program);
      case 'too-large':
        throw new TerminalError('TOO_LARGE', `${program}: the answer is larger than 1 MB`, { details: { program } });
      case 'stopped':
        if (result.text !== 'busy') return struck(tenant, program, result.text);
        throw new RetryableError('SANDBOX_DOWN', 'the machine had no time for the code', { afterMs: 2000 });
      default: {
        const { line, column, text } = result;
        const at = line === undefined ? '' : ` (line ${line}${column === undefined ? '' : `, column ${column}`})`;
        const details = {
          program,
          ...(line === undefined ? {} : { line }),
          ...(column === undefined ? {} : { column }),
        };
        throw new TerminalError('CODE_FAILED', `${text}${at}`, { details });
      }
    }
  };

  return {
    run: async (tenant, program, call, door, signal) => {
      signal.throwIfAborted();
      const name = nameOf(program);
      if (await strikes.isOff(tenant, name)) throw off(name);
      const { entry, input, facts } = call;
      let result: GuestResult;
      try {
        result = await pool.run({
          tenant,
          source: { language: program.language, text: program.source },
          name,
          ...(entry === undefined ? {} : { entry }),
          input: JSON.stringify(input),
          facts: JSON.stringify(facts),
          measured: door.used !== undefined,
          ...askOf(door),
        });
      } catch (error) {
        if (!(error instanceof SandboxFault)) throw error;
        if (error.kind === 'off') throw off(name);
        if (error.kind === 'guilty') return struck(tenant, name, error.message);
        throw new RetryableError('SANDBOX_DOWN', error.message, { afterMs: 2000, cause: error });
      }
      for (const line of result.logs) door.log(line);
      if (result.used) door.used?.(result.used);
      return outcome(tenant, name, result);
    },
  };
}

function askOf({ ask }: GuestDoor): { ask?: (name: string, text: string) => Promise<string> } {
  if (!ask) return {};
  return {
    ask: async (name, text) => {
      const question = parseJsonText(text, { values: MOST_VALUES });
      if (typeof question !== 'object' || question === null || Array.isArray(question))
        throw new TerminalError('CODE_FAILED', `ctx.${name} takes an object`);
      return JSON.stringify(await ask(name, question as Readonly<Record<string, Json>>));
    },
  };
}

function parsed(text: string, program: string): Json {
  try {
    return parseJsonText(text, { values: MOST_VALUES });
  } catch (error) {
    const why = error instanceof Error ? error.message : 'it cannot be read';
    throw new TerminalError('OUTPUT_INVALID', `${program}: the answer cannot be used: ${why}`);
  }
}

const STRIKES = 3;
const WITHIN_MS = 600_000;

/** Strikes of one process alone, for the command line and trials. */
export function createMemoryStrikes(): Strikes {
  const struck = new Map<string, number[]>();
  const off = new Set<string>();
  return {
    isOff: async (tenant, program) => off.has(`${tenant} ${program}`),
    strike: async (tenant, program) => {
      const key = `${tenant} ${program}`;
      const now = performance.now();
      const recent = [...(struck.get(key) ?? []).filter((at) => at > now - WITHIN_MS), now];
      struck.set(key, recent);
      if (recent.length >= STRIKES) off.add(key);
      return off.has(key);
    },
  };
}
