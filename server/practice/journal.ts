import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A document's newest state, or its end when `document` is absent. */
export type JournalLine = readonly [collection: string, key: number | string, document?: unknown];

/** An append-only file of documents; a written line survives kill -9 of the process, though not a power cut. */
export interface Journal {
  append(line: JournalLine): void;
  /** Replaces the whole file by these lines, atomically. */
  rewrite(lines: Iterable<JournalLine>): void;
  close(): void;
}

export const memoryJournal: Journal = { append: () => {}, rewrite: () => {}, close: () => {} };

const chunkBytes = 1 << 20;

/**
 * Opens `dir/name.jsonl`, hands every whole line to `replay` and cuts a torn last line off.
 * Throws an Error naming file and line when a line in the middle cannot be read.
 */
export function openJournal(dir: string, name: string, replay: (line: JournalLine) => void): Journal {
  mkdirSync(dir, { recursive: true });
  const path = join(dir, `${name}.jsonl`);
  let fd = openSync(path, 'a+', 0o600);
  let size = readLines(fd, path, replay);
  ftruncateSync(fd, size);

  const append = (line: JournalLine) => {
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      size += bytes.length;
    } catch (error) {
      // Half a line in the middle would spoil the file for the next start.
      ftruncateSync(fd, size);
      throw error;
    }
  };

  const rewrite = (lines: Iterable<JournalLine>) => {
    const fresh = openSync(`${path}.new`, 'w', 0o600);
    let pending = '';
    size = 0;
    const flush = () => {
      const bytes = Buffer.from(pending);
      for (let done = 0; done < bytes.length; ) done += writeSync(fresh, bytes, done);
      size += bytes.length;
      pending = '';
    };
    for (const line of lines) {
      pending += `${JSON.stringify(line)}\n`;
      if (pending.length > chunkBytes) flush();
    }
    flush();
    closeSync(fresh);
    renameSync(`${path}.new`, path);
    closeSync(fd);
    fd = openSync(path, 'a+', 0o600);
  };

  return { append, rewrite, close: () => closeSync(fd) };
}

/** Returns the length of the readable part in bytes: a last line without newline was torn by a kill. */
function readLines(fd: number, path: string, replay: (line: JournalLine) => void): number {
  const total = fstatSync(fd).size;
  const chunk = Buffer.alloc(Math.min(chunkBytes, total));
  let rest: Buffer = Buffer.alloc(0);
  let whole = 0;
  let number = 0;
  for (let at = 0; at < total; ) {
    const read = readSync(fd, chunk, 0, chunk.length, at);
    if (read === 0) break;
    at += read;
    const bytes = Buffer.concat([rest, chunk.subarray(0, read)]);
    let from = 0;
    for (let end = bytes.indexOf(10, from); end >= 0; end = bytes.indexOf(10, from)) {
      number += 1;
      replay(parseLine(bytes.toString('utf8', from, end), path, number));
      whole += end + 1 - from;
      from = end + 1;
    }
    rest = bytes.subarray(from);
  }
  return whole;
}

function parseLine(text: string, path: string, number: number): JournalLine {
  try {
    const line: unknown = JSON.parse(text);
    if (Array.isArray(line) && line.length >= 2) return line as unknown as JournalLine;
  } catch {
    // Told below, with the place.
  }
  throw new Error(`${path} line ${number} is not a journal line; move the file away to start afresh`);
}
