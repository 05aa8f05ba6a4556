import { createHash, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import { StartError } from './start-error.ts';

const KEY_BYTES = 32;
const BASE64 = /^[A-Za-z0-9+/]{43}=$/;

/** The key every other key hangs on; it is never in the database. */
export interface MasterKey {
  /** Eight hex digits that tell master keys apart without telling anything about them. */
  readonly id: string;
  readonly key: KeyObject;
  /** While a rotation is under way: keys that still open what it has not come to. */
  readonly older?: readonly MasterKey[];
  /** Where it was read, and is read anew when something was wrapped by a key that is not known. */
  readonly file?: string;
}

/** Makes a master key of 32 bytes. */
export function masterKeyOf(bytes: Uint8Array): MasterKey {
  if (bytes.length !== KEY_BYTES) throw new Error(`a master key has ${KEY_BYTES} bytes, not ${bytes.length}`);
  const id = createHash('sha256').update('weft master key id\0').update(bytes).digest('hex').slice(0, 8);
  return { id, key: createSecretKey(bytes) };
}

/** A key for one purpose, the same for ever, from which neither the master key nor another purpose's can be found. */
export function deriveKey(master: MasterKey, purpose: string): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync('sha256', master.key, '', `weft ${purpose}`, KEY_BYTES)));
}

/** Where the key comes from: the `MASTER_KEY` setting, else `master.key` in the data directory, made when absent. */
export interface MasterKeySource {
  readonly setting: string | undefined;
  readonly dataDir: string;
}

/** Reads the master key, and while a rotation is under way the older ones after it; throws StartError naming the setting or file that is wrong. */
export function readMasterKey({ setting, dataDir }: MasterKeySource): MasterKey {
  if (setting !== undefined && setting !== '') return parse(setting, 'MASTER_KEY');
  const file = path.join(dataDir, 'master.key');
  return { ...parse(readIfThere(file) ?? makeFile(file), file), file };
}

/** Keys as the setting and the file hold them: each 44 characters of base64, the one in use first, between them commas or white space. */
function parse(text: string, where: string): MasterKey {
  const [newest, ...older] = text
    .trim()
    .split(/[\s,]+/)
    .map((each) => {
      if (!BASE64.test(each)) throw new StartError(`${where} must hold 32 bytes in base64 (44 characters).`);
      return masterKeyOf(Buffer.from(each, 'base64'));
    });
  if (!newest) throw new StartError(`${where} is empty.`);
  return older.length === 0 ? newest : { ...newest, older };
}

/** The keys as text, as the setting and the file hold them. */
export function masterKeyText({ key, older = [] }: MasterKey): string {
  return [key, ...older.map((each) => each.key)].map((each) => each.export().toString('base64')).join('\n');
}

/** The keys that text holds; throws StartError. */
export const masterKeyOfText = (text: string): MasterKey => parse(text, 'the master key');

/** The key as it is now: another process may have rotated it meanwhile. */
export function currentMasterKey(master: MasterKey): MasterKey {
  const text = master.file === undefined ? undefined : readIfThere(master.file);
  return text === undefined || master.file === undefined ? master : { ...parse(text, master.file), file: master.file };
}

/** The key of that id among those in use; undefined when it is none of them. */
export function masterKeyById(master: MasterKey, id: string): MasterKey | undefined {
  const among = (keys: MasterKey): MasterKey | undefined =>
    [keys, ...(keys.older ?? [])].find((each) => each.id === id);
  return among(master) ?? (master.file === undefined ? undefined : among(currentMasterKey(master)));
}

/** What is said when the database belongs to another key. */
export function wrongMasterKey(other: string, master: MasterKey): StartError {
  return new StartError(
    `The database's secrets were sealed with master key ${other}, but Weft was given ${master.id}: set MASTER_KEY, or put back the master.key file that belongs to this database.`,
  );
}

/** Puts the keys in the file in one step: whoever reads meanwhile sees those before or these. */
export function writeMasterKeyFile(file: string, master: MasterKey): void {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    writeDurably(draft, `${masterKeyText(master)}\n`);
    renameSync(draft, file);
  } catch (error) {
    throw unusable(file, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function writeDurably(file: string, text: string): void {
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    const text = readFileSync(file, 'utf8');
    // A copy or an unpacked archive may have opened it to others.
    chmodSync(file, 0o600);
    return text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw unusable(file, error);
  }
}

function makeFile(file: string): string {
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    const text = `${randomBytes(KEY_BYTES).toString('base64')}\n`;
    writeDurably(draft, text);
    // A link is made whole or not at all, and never over another process's key.
    linkSync(draft, file);
    return text;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return readFileSync(file, 'utf8');
    throw unusable(file, error);
  } finally {
    rmSync(draft, { force: true });
  }
}

function unusable(file: string, cause: unknown): StartError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StartError(`Weft cannot use its key file ${file} (${reason}): mend it, or set MASTER_KEY.`, { cause });
}
