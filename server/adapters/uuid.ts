import { randomFillSync } from 'node:crypto';

const POOL = Buffer.allocUnsafe(16 * 256);
let used = POOL.length;

/** Random bytes, drawn many at a time, since each draw costs as much as a step. */
function random(count: number): Buffer {
  if (used + count > POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += count;
  return POOL.subarray(used - count, used);
}

/** 64 random bits: a fence that nobody else has, whatever was lost in a crash. */
export function randomClaim(): bigint {
  return random(8).readBigInt64BE();
}

/** UUIDv7 (RFC 9562): the first 48 bits are milliseconds, so ids of one process sort by arrival. */
export function uuidv7(now: number): string {
  const bytes = random(16);
  bytes.writeUIntBE(monotonic(now), 0, 6);
  bytes[6] = ((sequence >> 8) & 0x0f) | 0x70;
  bytes[7] = sequence & 0xff;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

let last = 0;
let sequence = 0;

/** Ids made within one millisecond count up in the 12 bits after it; a clock that steps back does not disorder them. */
function monotonic(now: number): number {
  const millisecond = Math.floor(now);
  if (millisecond > last) {
    last = millisecond;
    sequence = 0;
  } else if (++sequence > 0xfff) {
    last++;
    sequence = 0;
  }
  return last;
}
