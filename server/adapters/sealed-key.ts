import { type Argon2Parameters, argon2, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import type { BackupHeader } from './backup-file.ts';
import { type MasterKey, masterKeyOf } from './master-key.ts';
import { StartError } from './start-error.ts';

type SealedKey = NonNullable<BackupHeader['sealedKey']>;

const derive = promisify((parameters: Argon2Parameters, done: (error: Error | null, key: Buffer) => void) =>
  argon2('argon2id', parameters, done),
);

const CIPHER = 'aes-256-gcm';
const CONTEXT = Buffer.from('weft backup master key');
/** RFC 9106's second choice, 64 MiB: whoever holds the file has all the time there is. */
const COST = { memory: 65_536, passes: 3, parallelism: 4 } as const;
const MOST = { memory: 1_048_576, passes: 20, parallelism: 16 } as const;

/** Seals the master key with a passphrase, by argon2id and AES-256-GCM. */
export async function sealKey(master: MasterKey, passphrase: string): Promise<SealedKey> {
  const nonce = randomBytes(16);
  const iv = randomBytes(12);
  const key = await derive({ ...COST, message: passphrase, nonce, tagLength: 32 });
  const cipher = createCipheriv(CIPHER, key, iv);
  cipher.setAAD(CONTEXT);
  const sealed = Buffer.concat([cipher.update(master.key.export()), cipher.final()]);
  const base64 = (bytes: Buffer): string => bytes.toString('base64');
  return { ...COST, salt: base64(nonce), iv: base64(iv), tag: base64(cipher.getAuthTag()), sealed: base64(sealed) };
}

/** Opens a sealed master key; throws StartError when the passphrase is not the one. */
export async function openSealedKey(sealed: SealedKey, passphrase: string): Promise<MasterKey> {
  const { memory, passes, parallelism } = sealed;
  if (memory > MOST.memory || passes > MOST.passes || parallelism > MOST.parallelism)
    throw new StartError('The key in the backup asks for more memory or time than Weft gives.');
  const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
  const key = await derive({
    memory,
    passes,
    parallelism,
    message: passphrase,
    nonce: bytes(sealed.salt),
    tagLength: 32,
  });
  const decipher = createDecipheriv(CIPHER, key, bytes(sealed.iv), { authTagLength: 16 });
  decipher.setAAD(CONTEXT);
  decipher.setAuthTag(bytes(sealed.tag));
  try {
    return masterKeyOf(Buffer.concat([decipher.update(bytes(sealed.sealed)), decipher.final()]));
  } catch (cause) {
    throw new StartError('The passphrase does not open the key in the backup.', { cause });
  }
}
