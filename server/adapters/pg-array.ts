/**
 * PostgreSQL's binary array format (src/backend/utils/adt/arrayfuncs.c, array_recv): a Buffer parameter is sent as it is,
 * which spares the text encoding of node-postgres (bytea as hex, JSON escaped twice) on the hot path.
 */
const OID = { uuid: 2950, int8: 20, int4: 23, text: 25, bytea: 17, bool: 16 } as const;

type Writer<T> = { readonly size: (value: T) => number; readonly write: (value: T, into: Buffer, at: number) => void };

function encode<T>(oid: number, values: readonly (T | null)[], writer: Writer<T>): Buffer {
  let size = 20;
  let hasNull = 0;
  for (const value of values) {
    size += 4;
    if (value === null) hasNull = 1;
    else size += writer.size(value);
  }
  const out = Buffer.allocUnsafe(size);
  out.writeInt32BE(1, 0);
  out.writeInt32BE(hasNull, 4);
  out.writeInt32BE(oid, 8);
  out.writeInt32BE(values.length, 12);
  out.writeInt32BE(1, 16);
  let at = 20;
  for (const value of values) {
    if (value === null) {
      out.writeInt32BE(-1, at);
      at += 4;
      continue;
    }
    const length = writer.size(value);
    out.writeInt32BE(length, at);
    writer.write(value, out, at + 4);
    at += 4 + length;
  }
  return out;
}

const uuid: Writer<string> = {
  size: () => 16,
  write: (value, into, at) => {
    into.write(value.replaceAll('-', ''), at, 16, 'hex');
  },
};
const int8: Writer<bigint> = { size: () => 8, write: (value, into, at) => into.writeBigInt64BE(value, at) };
const int4: Writer<number> = { size: () => 4, write: (value, into, at) => into.writeInt32BE(value, at) };
const bool: Writer<boolean> = { size: () => 1, write: (value, into, at) => into.writeUInt8(value ? 1 : 0, at) };
const text: Writer<string> = {
  size: (value) => Buffer.byteLength(value),
  write: (value, into, at) => {
    into.write(value, at, 'utf8');
  },
};
const bytea: Writer<Uint8Array> = {
  size: (value) => value.byteLength,
  write: (value, into, at) => into.set(value, at),
};

/** Encoders for `$1::uuid[]` and its like. */
export const pgArray = {
  uuid: (values: readonly (string | null)[]) => encode(OID.uuid, values, uuid),
  int8: (values: readonly (bigint | null)[]) => encode(OID.int8, values, int8),
  int4: (values: readonly (number | null)[]) => encode(OID.int4, values, int4),
  text: (values: readonly (string | null)[]) => encode(OID.text, values, text),
  bytea: (values: readonly (Uint8Array | null)[]) => encode(OID.bytea, values, bytea),
  bool: (values: readonly (boolean | null)[]) => encode(OID.bool, values, bool),
} as const;
