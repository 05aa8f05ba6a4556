import { existsSync } from 'node:fs';
import path from 'node:path';
import { type MasterKey, readMasterKey } from '../adapters/master-key.ts';
import type { Config } from '../config.ts';

export const keyFileOf = (config: Config): string => path.join(config.DATA_DIR, 'master.key');

/** The master key there is; undefined when there is none, since one made now would open nothing. Throws StartError. */
export function keptKey(config: Config): MasterKey | undefined {
  if (config.MASTER_KEY === undefined && !existsSync(keyFileOf(config))) return undefined;
  return readMasterKey({ setting: config.MASTER_KEY, dataDir: config.DATA_DIR });
}
