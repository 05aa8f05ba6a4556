import { userInfo } from 'node:os';
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import type { Actor } from '../adapters/acting.ts';

/** The command line cannot be met: one line that says why. Exit code 2 for what was typed or given, 1 for what came of it. */
export class CommandError extends Error {
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 2, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** Where a command reads and writes. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A line of the answer. */
  out(line: string): void;
  /** A line beside the answer: progress, warnings. */
  note(line: string): void;
}

/** What was typed after the command's name. */
export interface Typed {
  readonly words: readonly string[];
  has(option: string): boolean;
  text(option: string): string | undefined;
  all(option: string): readonly string[];
  /** Throws CommandError unless it is a whole number of at least `least`. */
  number(option: string, least: number): number | undefined;
}

/** Whoever works at this command line, as the audit log names them. */
export const shellActor = (): Actor => ({
  id: null,
  name: `cli ${userInfo().username}`,
  role: null,
  ip: null,
  guest: null,
});

export interface Command {
  /** What follows the name, as the help shows it. */
  readonly usage: string;
  readonly summary: string;
  /** A line an option or word, and what else there is to know. */
  readonly help: string;
  readonly options: ParseArgsOptionsConfig;
  /** Words it takes at least and at most. */
  readonly words: readonly [least: number, most: number];
  /** Answers the exit code: 0 good, 1 it came out badly. Rejects with CommandError and the errors of the adapters. */
  run(typed: Typed, terminal: Terminal): Promise<0 | 1>;
}

/** Reads what follows the name; throws CommandError naming the option or word that is wrong. */
export function readTyped(name: string, command: Command, args: readonly string[]): Typed {
  const hint = `; see "weft ${name} --help"`;
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: command.options,
      allowPositionals: true,
      strict: true,
    });
    const [least, most] = command.words;
    if (positionals.length < least) throw new CommandError(`usage: weft ${name} ${command.usage}`);
    if (positionals.length > most) throw new CommandError(`"${positionals[most]}" is one word too many${hint}`);
    return typedOf(positionals, values as Readonly<Record<string, unknown>>);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(`${message.replace(/\. To specify.*$/s, '')}${hint}`, 2, { cause: error });
  }
}

function typedOf(words: readonly string[], values: Readonly<Record<string, unknown>>): Typed {
  const all = (option: string): readonly string[] => {
    const value = values[option];
    return Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : [];
  };
  return {
    words,
    all,
    has: (option) => values[option] !== undefined && values[option] !== false,
    text: (option) => all(option).at(-1),
    number: (option, least) => {
      const text = all(option).at(-1);
      if (text === undefined) return undefined;
      const number = Number(text);
      if (/^\d{1,15}$/.test(text) && number >= least) return number;
      throw new CommandError(`--${option} must be a whole number of at least ${least}, not "${text}"`);
    },
  };
}
