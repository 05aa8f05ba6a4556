import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type MasterKey, masterKeyById } from './master-key.ts';

const CIPHER = 'aes-256-gcm';
const FORMAT = 1;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const ID_BYTES = 4;
const HEAD_BYTES = 1 + ID_BYTES + IV_BYTES + TAG_BYTES;

/** A sealed value that cannot be opened: another key, another place, or changed bytes. Which of them is not told apart. */
export class SealBroken extends Error {
  constructor(what: string) {
    super(`${what} cannot be opened: the key is not the one it was sealed with, or the bytes were moved or changed`);
    this.name = 'SealBroken';
  }
}

/** The place a sealed value belongs to; it opens nowhere else. */
export interface SealPlace {
  readonly tenant: number;
  readonly connection: string;
  /** What it is, such as `secrets` or `token`. */
  readonly kind: string;
  /** Counts the values of this place, so that an older one put back is noticed. */
  readonly version: number;
}

/** A tenant's data key, opened, with its number in the tenant's list of keys. */
export interface DataKey {
  readonly id: number;
  readonly key: KeyObject;
}

// Blob: format (1), key id (4), IV (12), tag (16), ciphertext. Sealed and wrapped values share it.
function encrypt(key: KeyObject, keyId: Buffer, context: string, plain: Uint8Array): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  const head = Buffer.concat([Buffer.of(FORMAT), keyId]);
  cipher.setAAD(Buffer.concat([head, Buffer.from(context)]));
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([head, iv, cipher.getAuthTag(), body]);
}

function decrypt(key: KeyObject, context: string, blob: Buffer, what: string): Buffer {
  if (blob.length < HEAD_BYTES || blob[0] !== FORMAT) throw new SealBroken(what);
  const head = blob.subarray(0, 1 + ID_BYTES);
  const iv = blob.subarray(head.length, head.length + IV_BYTES);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.concat([head, Buffer.from(context)]));
  decipher.setAuthTag(blob.subarray(HEAD_BYTES - TAG_BYTES, HEAD_BYTES));
  try {
    return Buffer.concat([decipher.update(blob.subarray(HEAD_BYTES)), decipher.final()]);
  } catch {
    throw new SealBroken(what);
  }
}

const wrapContext = (tenant: number, keyNumber: number) => JSON.stringify(['weft data key', tenant, keyNumber]);
const sealContext = (place: SealPlace) =>
  JSON.stringify(['weft sealed', place.tenant, place.connection, place.kind, place.version]);

/** Makes a tenant's data key and its wrapped form, the only one that is stored. */
export function makeDataKey(master: MasterKey, tenant: number, id: number): { key: DataKey; wrapped: Buffer } {
  const bytes = randomBytes(32);
  const wrapped = encrypt(master.key, Buffer.from(master.id, 'hex'), wrapContext(tenant, id), bytes);
  return { key: { id, key: createSecretKey(bytes) }, wrapped };
}

/** Opens a wrapped data key; throws SealBroken under another master key or for another tenant. */
export function openDataKey(master: MasterKey, tenant: number, id: number, wrapped: Buffer): DataKey {
  return { id, key: createSecretKey(unwrapDataKey(master, tenant, id, wrapped)) };
}

function unwrapDataKey(master: MasterKey, tenant: number, id: number, wrapped: Buffer): Buffer {
  return decrypt(wrapperOf(master, wrapped), wrapContext(tenant, id), wrapped, `data key ${id} of tenant ${tenant}`);
}

/** The master key that wrapped it; the one in use where that is none that is known, so that it fails as any wrong key does. */
function wrapperOf(master: MasterKey, wrapped: Buffer): KeyObject {
  return (masterKeyById(master, masterKeyIdOf(wrapped)) ?? master).key;
}

/** The same data key, wrapped by the master key in use. */
export function rewrapDataKey(master: MasterKey, tenant: number, id: number, wrapped: Buffer): Buffer {
  const bytes = unwrapDataKey(master, tenant, id, wrapped);
  return encrypt(master.key, Buffer.from(master.id, 'hex'), wrapContext(tenant, id), bytes);
}

const keptContext = (purpose: string) => JSON.stringify(['weft kept key', purpose]);

/** Wraps a key that outlives the master key it was derived from. */
export function wrapKeptKey(master: MasterKey, purpose: string, key: KeyObject): Buffer {
  return encrypt(master.key, Buffer.from(master.id, 'hex'), keptContext(purpose), key.export());
}

/** Opens it; throws SealBroken under another master key or for another purpose. */
export function openKeptKey(master: MasterKey, purpose: string, wrapped: Buffer): KeyObject {
  return createSecretKey(
    decrypt(wrapperOf(master, wrapped), keptContext(purpose), wrapped, `the kept key for ${purpose}`),
  );
}

/** Id of the master key a data key was wrapped with. */
export function masterKeyIdOf(wrapped: Buffer): string {
  return wrapped.subarray(1, 1 + ID_BYTES).toString('hex');
}

/** Seals bytes to one place under a tenant's data key. */
export function seal(key: DataKey, place: SealPlace, plain: Uint8Array): Buffer {
  const id = Buffer.alloc(ID_BYTES);
  id.writeUInt32BE(key.id);
  return encrypt(key.key, id, sealContext(place), plain);
}

/** Number of the data key a sealed value needs. */
export function dataKeyIdOf(sealed: Buffer): number {
  if (sealed.length < HEAD_BYTES) throw new SealBroken('a sealed value');
  return sealed.readUInt32BE(1);
}

/** Opens a sealed value; throws SealBroken when it was moved to another place, changed, or sealed with another key. */
export function unseal(key: DataKey, place: SealPlace, sealed: Buffer): Buffer {
  return decrypt(key.key, sealContext(place), sealed, `the ${place.kind} of connection ${place.connection}`);
}
