import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { Readable, type Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress, createZstdDecompress } from 'node:zlib';
import { z } from 'zod';
import { StartError } from './start-error.ts';

/*
 * The file: a line `weft-backup 1`, a line of JSON (BackupHeader), then one zstd stream of frames. A frame is a kind (one
 * byte), the length of what follows (four bytes, big endian) and that many bytes. Kinds in order: any number of
 * `F` (JSON: a file of the data directory) and `T` (JSON: table and columns), each followed by its `D`s (bytes: the file, or
 * rows as PostgreSQL's COPY writes text); then one `Z` (JSON: BackupEnd), which holds the SHA-256 of all before it, the two
 * lines included.
 */

const MAGIC = 'weft-backup 1';
const MAX_HEADER_BYTES = 4 * 1024 * 1024;
/** Bytes a frame holds at most; what is larger goes in several. */
const MAX_FRAME_BYTES = 256 * 1024;
const FRAME_HEAD_BYTES = 5;
const CHUNK_BYTES = 64 * 1024;

const Migration = z.object({ number: z.int(), file: z.string() });

/** What can be read of a backup without unpacking it. */
export const BackupHeader = z.object({
  /** ISO instant of the snapshot, by the database's clock. */
  created: z.iso.datetime(),
  /** Of Weft. */
  version: z.string(),
  migrations: z.array(Migration).min(1),
  /** Tables kept by the month, and the first day of each month there is. */
  months: z.array(z.object({ table: z.string(), month: z.iso.date() })),
  /** Which master key the secrets in the database open with; null when there were none. */
  masterKey: z.string().nullable(),
  /** The master key itself, sealed with a passphrase; absent in a backup made without. */
  sealedKey: z
    .object({
      memory: z.int(),
      passes: z.int(),
      parallelism: z.int(),
      salt: z.base64(),
      iv: z.base64(),
      tag: z.base64(),
      sealed: z.base64(),
    })
    .optional(),
});
export type BackupHeader = z.infer<typeof BackupHeader>;

const TableStart = z.object({ table: z.string(), columns: z.array(z.string()).min(1) });
const FileStart = z.object({ file: z.string() });
const BackupEnd = z.object({
  rows: z.record(z.string(), z.int().nonnegative()),
  /** By name: the last value handed out, and whether it was. */
  sequences: z.record(z.string(), z.object({ last: z.string(), called: z.boolean() })),
  sha256: z.hex(),
});
export type BackupEnd = z.infer<typeof BackupEnd>;

/** What a backup is made of, piece by piece. */
export type Piece =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'table'; readonly table: string; readonly columns: readonly string[] }
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | ({ readonly kind: 'end' } & Omit<BackupEnd, 'sha256'>);

function frame(letter: string, bytes: Buffer): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  head.write(letter, 0, 'latin1');
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

const jsonFrame = (letter: string, value: unknown): Buffer => frame(letter, Buffer.from(JSON.stringify(value)));

async function* framesOf(pieces: AsyncIterable<Piece>, hash: Hash): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let size = 0;
  const take = (): Buffer[] => {
    const whole = Buffer.concat(pending);
    pending = [];
    size = 0;
    const frames: Buffer[] = [];
    for (let at = 0; at < whole.length; at += MAX_FRAME_BYTES)
      frames.push(frame('D', whole.subarray(at, at + MAX_FRAME_BYTES)));
    return frames;
  };
  const sealed = (bytes: Buffer): Buffer => {
    hash.update(bytes);
    return bytes;
  };
  for await (const piece of pieces) {
    if (piece.kind === 'bytes') {
      pending.push(piece.bytes);
      size += piece.bytes.length;
      if (size < MAX_FRAME_BYTES) continue;
    }
    for (const each of take()) yield sealed(each);
    if (piece.kind === 'table') yield sealed(jsonFrame('T', { table: piece.table, columns: piece.columns }));
    else if (piece.kind === 'file') yield sealed(jsonFrame('F', { file: piece.file }));
    else if (piece.kind === 'end') {
      const { rows, sequences } = piece;
      yield jsonFrame('Z', { rows, sequences, sha256: hash.digest('hex') });
    }
  }
}

/**
 * Writes a backup whole or not at all: beside the file first, flushed to disk, then under its name, readable by its owner
 * alone. An error while the pieces are made leaves nothing behind.
 */
export async function writeBackup(file: string, header: BackupHeader, pieces: AsyncIterable<Piece>): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  const head = Buffer.from(`${MAGIC}\n${JSON.stringify(header)}\n`);
  const hash = createHash('sha256').update(head);
  const handle = await open(draft, 'wx', 0o600);
  try {
    await handle.write(head);
    await pipeline(framesOf(pieces, hash), createZstdCompress() as Transform, async (packed: AsyncIterable<Buffer>) => {
      for await (const bytes of packed) await handle.writev([bytes]);
    });
    await handle.sync();
    await handle.close();
    await rename(draft, file);
  } catch (error) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw error;
  }
}

const broken = (file: string, why: string, cause?: unknown): StartError =>
  new StartError(`${file} is no whole backup: ${why}.`, { cause });

/** Reads the two lines at the beginning; throws StartError when they are not those of a backup. */
export async function readBackupHeader(
  file: string,
): Promise<{ readonly header: BackupHeader; readonly bytes: number }> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new StartError(`${file} cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`, {
      cause,
    });
  });
  try {
    const buffer = Buffer.alloc(MAX_HEADER_BYTES);
    const { bytesRead } = await handle.read(buffer, 0, MAX_HEADER_BYTES, 0);
    const text = buffer.subarray(0, bytesRead);
    const first = text.indexOf(10);
    if (first < 0 || text.toString('latin1', 0, first) !== MAGIC) {
      const made = text.toString('latin1', 0, Math.max(0, Math.min(first, 40)));
      if (made.startsWith('weft-backup ')) throw new StartError(`${file} was made by a newer Weft (${made}).`);
      throw broken(file, 'it does not begin as one');
    }
    const second = text.indexOf(10, first + 1);
    if (second < 0) throw broken(file, 'its header is cut off');
    try {
      const header = BackupHeader.parse(JSON.parse(text.toString('utf8', first + 1, second)));
      return { header, bytes: second + 1 };
    } catch (cause) {
      throw broken(file, 'its header is not as Weft writes it', cause);
    }
  } finally {
    await handle.close();
  }
}

interface Frame {
  readonly letter: string;
  readonly bytes: Buffer;
}

/** Splits the unpacked stream into frames; at most one frame and one chunk are in memory. */
async function* readFrames(file: string, source: AsyncIterable<Buffer>): AsyncGenerator<Frame> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= FRAME_HEAD_BYTES) {
      const length = rest.readUInt32BE(at + 1);
      if (length > Math.max(MAX_FRAME_BYTES, MAX_HEADER_BYTES)) throw broken(file, 'a part of it is too large');
      if (rest.length - at < FRAME_HEAD_BYTES + length) break;
      const from = at + FRAME_HEAD_BYTES;
      yield { letter: String.fromCharCode(rest[at] ?? 0), bytes: rest.subarray(from, from + length) };
      at = from + length;
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw broken(file, 'it is cut off');
}

async function* chunksOf(handle: FileHandle, start: number): AsyncGenerator<Buffer> {
  for (let at = start; ; ) {
    const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(CHUNK_BYTES), 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function pieceOf(file: string, { letter, bytes }: Frame): Piece {
  if (letter === 'D') return { kind: 'bytes', bytes };
  try {
    const value: unknown = JSON.parse(bytes.toString());
    if (letter === 'T') return { kind: 'table', ...TableStart.parse(value) };
    if (letter === 'F') return { kind: 'file', ...FileStart.parse(value) };
    if (letter === 'Z') {
      const { rows, sequences } = BackupEnd.parse(value);
      return { kind: 'end', rows, sequences };
    }
  } catch (cause) {
    throw broken(file, 'a part of it cannot be read', cause);
  }
  throw broken(file, `it holds a part of unknown kind "${letter}"`);
}

/** The pieces in order, the end last. Throws StartError at the first sign that the file is not whole; only then is the end given. */
export async function* readBackup(file: string): AsyncGenerator<Piece> {
  const { bytes: headBytes } = await readBackupHeader(file);
  const handle = await open(file);
  let ended = false;
  try {
    const head = Buffer.alloc(headBytes);
    await handle.read(head, 0, headBytes, 0);
    const hash = createHash('sha256').update(head);
    const unpack = createZstdDecompress();
    // its errors are those of the loop below
    const unpacking = pipeline(Readable.from(chunksOf(handle, headBytes)), unpack as Transform).catch(() => undefined);
    for await (const each of readFrames(file, unpack)) {
      if (ended) throw broken(file, 'something follows its end');
      const piece = pieceOf(file, each);
      if (piece.kind === 'end') {
        const { sha256 } = BackupEnd.parse(JSON.parse(each.bytes.toString()));
        if (hash.digest('hex') !== sha256) throw broken(file, 'its checksum differs, so something in it was changed');
        ended = true;
      } else {
        hash.update(frame(each.letter, each.bytes));
      }
      yield piece;
    }
    await unpacking;
    const { size } = await handle.stat();
    if (headBytes + unpack.bytesWritten !== size) throw broken(file, 'something follows its end');
  } catch (error) {
    if (error instanceof StartError) throw error;
    if (
      typeof (error as { code?: unknown }).code === 'string' &&
      String((error as { code: string }).code).startsWith('Z')
    )
      throw broken(file, 'it cannot be unpacked', error);
    throw error;
  } finally {
    await handle.close().catch(() => undefined);
  }
  if (!ended) throw broken(file, 'it is cut off');
}
