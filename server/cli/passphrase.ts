import { CommandError } from './command.ts';
import { readGiven } from './given-file.ts';

/** The passphrase in a file, its last line break left off; throws CommandError when it is too short to keep anything. */
export async function readPassphrase(file: string): Promise<string> {
  const text = (await readGiven(file)).replace(/\r?\n$/, '');
  if (text.length < 12 || text.length > 1024)
    throw new CommandError(`${file}: a passphrase has 12 to 1024 characters, this one ${text.length}`);
  return text;
}
