import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import type pg from 'pg';

/** Ways in which a secret may be written. */
function spellingsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  // base64 at each of its three places, without the characters that hold a neighbour's bits
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .slice(shift === 0 ? 0 : shift + 1)
      .replace(/=+$/, '')
      .slice(0, -1),
  );
  return [secret, bytes.toString('hex'), bytes.toString('hex').toUpperCase(), encodeURIComponent(secret), ...base64];
}

/** Of the canaries, those that the text holds in any spelling. */
export function leaksIn(text: string, canaries: ReadonlyMap<string, string>): string[] {
  return [...canaries].flatMap(([name, secret]) =>
    spellingsOf(secret).some((each) => text.includes(each)) ? [name] : [],
  );
}

const UNPACK = [zstdDecompressSync, gunzipSync, inflateSync, brotliDecompressSync];

function opened(bytes: Buffer): string {
  const plain = bytes.toString('latin1');
  for (const unpack of UNPACK) {
    try {
      return `${plain}\n${unpack(bytes).toString('latin1')}`;
    } catch {
      // packed in another way, or not at all
    }
  }
  return plain;
}

/** Every table as text, with its bytes as hex, as they are, and unpacked. */
export async function dumpOf(pool: pg.Pool): Promise<ReadonlyMap<string, string>> {
  const { rows: tables } = await pool.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'bullmq')",
  );
  const dump = new Map<string, string>();
  for (const { name } of tables) {
    const { rows } = await pool.query<{ row: string }>(`select t::text as row from ${name} t`);
    const text = rows.map(({ row }) => row).join('\n');
    const bytes = [...text.matchAll(/\\x([0-9a-f]{2,})/g)].map((found) => opened(Buffer.from(found[1] ?? '', 'hex')));
    dump.set(name, [text, ...bytes].join('\n'));
  }
  return dump;
}
