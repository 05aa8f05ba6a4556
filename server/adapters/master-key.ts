import { createHash, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
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

/** Reads the master key; throws StartError naming the setting or file that is wrong. */
export function readMasterKey({ setting, dataDir }: MasterKeySource): MasterKey {
  if (setting !== undefined && setting !== '') return parse(setting.trim(), 'MASTER_KEY');
  const file = path.join(dataDir, 'master.key');
  return parse((readIfThere(file) ?? makeFile(file)).trim(), file);
}

function parse(text: string, where: string): MasterKey {
  if (!BASE64.test(text)) throw new StartError(`${where} must hold 32 bytes in base64 (44 characters).`);
  return masterKeyOf(Buffer.from(text, 'base64'));
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
    const descriptor = openSync(draft, 'wx', 0o600);
    try {
      writeSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
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
