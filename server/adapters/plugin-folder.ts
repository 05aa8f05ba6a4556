import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { PluginDocument } from '#runtime/plugin.ts';
import { inputIssue } from './input-issue.ts';

/** A plugin that cannot be read from its files; the message names the file and the field. */
export class PluginFileError extends Error {}

function parsed(value: unknown, file: string): PluginDocument {
  const read = PluginDocument.safeParse(value);
  if (read.success) return read.data;
  throw new PluginFileError(`${file}: ${inputIssue(read.error).message}`);
}

async function json(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    throw new PluginFileError(`${file}: ${error instanceof Error ? error.message : 'cannot be read'}`);
  }
}

/** Reads a plugin as its author keeps it, a folder with plugin.json and code.ts, or packed as one file. Rejects with PluginFileError. */
export async function readPlugin(place: string): Promise<PluginDocument> {
  if (place.endsWith('.json')) return parsed(await json(place), place);
  const file = path.join(place, 'plugin.json');
  const about = await json(file);
  const code = await readFile(path.join(place, 'code.ts'), 'utf8').catch((error: Error) => {
    throw new PluginFileError(error.message);
  });
  return parsed({ ...(about as object), code }, file);
}

const STARTERS = path.join(import.meta.dirname, '../../nodes/plugins');
let starters: Promise<readonly PluginDocument[]> | undefined;

/** The plugins that come with Weft, read once. */
export function starterPlugins(): Promise<readonly PluginDocument[]> {
  starters ??= readdir(STARTERS, { withFileTypes: true }).then((entries) =>
    Promise.all(
      entries
        .filter((entry) => entry.isDirectory())
        .map(({ name }) => name)
        .toSorted()
        .map((name) => readPlugin(path.join(STARTERS, name))),
    ),
  );
  return starters;
}
