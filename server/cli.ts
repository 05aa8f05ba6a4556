import { FlowError } from '#runtime/error.ts';
import { Refused } from './adapters/refusal.ts';
import { StartError } from './adapters/start-error.ts';
import { type Command, CommandError, readTyped, type Terminal } from './cli/command.ts';
import { ConfigError } from './config.ts';

/** Each is read only when it is asked for, so that a small one answers at once. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import('./cli/run.ts')).run,
  check: async () => (await import('./cli/check.ts')).check,
  nodes: async () => (await import('./cli/nodes.ts')).nodes,
  connectors: async () => (await import('./cli/connectors.ts')).connectors,
  connector: async () => (await import('./cli/connector.ts')).connector,
  plugin: async () => (await import('./cli/plugin.ts')).plugin,
  migrate: async () => (await import('./cli/migrate.ts')).migrate,
  replay: async () => (await import('./cli/replay.ts')).replay,
  reconcile: async () => (await import('./cli/reconcile.ts')).reconcile,
  audit: async () => (await import('./cli/audit.ts')).audit,
  user: async () => (await import('./cli/user.ts')).user,
  keys: async () => (await import('./cli/keys.ts')).keys,
  backup: async () => (await import('./cli/backup.ts')).backup,
  restore: async () => (await import('./cli/restore.ts')).restore,
};

const terminal: Terminal = {
  env: process.env,
  out: (line) => void process.stdout.write(`${line}\n`),
  note: (line) => void process.stderr.write(`${line}\n`),
};

async function overview(): Promise<string> {
  const lines = ['Usage: npm run weft -- COMMAND …', ''];
  for (const [name, load] of Object.entries(commands)) lines.push(`  ${name.padEnd(11)} ${(await load()).summary}`);
  lines.push('', '"weft COMMAND --help" tells more. Exit code: 0 good, 1 it came out badly, 2 it could not be begun.');
  return lines.join('\n');
}

async function main(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(await overview());
    return name === undefined ? 2 : 0;
  }
  const load = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!load) throw new CommandError(`there is no command "${name}"; "weft --help" lists them`);
  const command = await load();
  if (rest.includes('--help') || rest.includes('-h')) {
    terminal.out(`Usage: npm run weft -- ${name} ${command.usage}\n\n${command.summary}\n\n${command.help.trim()}`);
    return 0;
  }
  return command.run(readTyped(name, command, rest), terminal);
}

/** One line that names what is wrong. */
function lineOf(error: unknown): string {
  if (error instanceof FlowError || error instanceof Refused) {
    return error.field !== undefined && !error.message.includes(error.field)
      ? `${error.field}: ${error.message}`
      : error.message;
  }
  if (error instanceof AggregateError && error.message === '') return lineOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

// whoever reads us has seen enough, as in "weft nodes | head"
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const ours = error instanceof CommandError || error instanceof StartError || error instanceof ConfigError;
  terminal.note(ours ? error.message : lineOf(error));
  process.exitCode = error instanceof CommandError ? error.exitCode : error instanceof ConfigError ? 2 : 1;
}
