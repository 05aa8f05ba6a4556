import { open } from 'node:fs/promises';
import { text as textOf } from 'node:stream/consumers';
import type { z } from 'zod';
import { FlowError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { inputIssue } from '../adapters/input-issue.ts';
import { parseJsonText } from '../adapters/json-text.ts';
import { CommandError } from './command.ts';

const MAX_BYTES = 50 * 1024 * 1024;

/** Text of a file, or of standard input for `-`; throws CommandError naming the file. */
export async function readGiven(file: string): Promise<string> {
  if (file === '-') return textOf(process.stdin);
  try {
    const handle = await open(file);
    try {
      const { size } = await handle.stat();
      if (size > MAX_BYTES) throw new CommandError(`${file} has ${size} bytes; ${MAX_BYTES} is the most`);
      return await handle.readFile('utf8');
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'there is no such file' : error instanceof Error ? error.message : 'it cannot be read';
    throw new CommandError(`${file}: ${why}`, 2, { cause: error });
  }
}

/** JSON of a file; throws CommandError naming the file and the place. */
export async function readGivenJson(file: string): Promise<Json> {
  const text = await readGiven(file);
  try {
    return parseJsonText(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    throw new CommandError(`${file}: ${error instanceof Error ? error.message : 'is not JSON'}`, 2, { cause: error });
  }
}

/** The value in its shape; throws CommandError naming the file and the field. */
export function shaped<T>(file: string, schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new CommandError(`${file}: ${inputIssue(parsed.error).message}`);
}

/** Does what may find fault with a file's content, and names the file in the error. */
export function about<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FlowError)) throw error;
    const named = error.field !== undefined && !error.message.includes(error.field) ? `${error.field}: ` : '';
    throw new CommandError(`${file}: ${named}${error.message}`, 2, { cause: error });
  }
}
