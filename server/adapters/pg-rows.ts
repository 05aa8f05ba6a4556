import { pgArray } from './pg-array.ts';

/** One column of the rows a statement is given, in PostgreSQL's own words. */
export type Column = { readonly name: string } & (
  | { readonly type: 'uuid' | 'text'; readonly values: readonly (string | null)[] }
  | { readonly type: 'int8'; readonly values: readonly (bigint | null)[] }
  | { readonly type: 'int4'; readonly values: readonly (number | null)[] }
  | { readonly type: 'bytea'; readonly values: readonly (Uint8Array | null)[] }
);

/** Rows as parameters of a statement. */
export interface Rows {
  /** A select that gives the rows. */
  readonly sql: string;
  readonly parameters: readonly unknown[];
  /** How a CTE over them is kept: many are read once, one is put in where it is used. */
  readonly kept: 'materialized' | 'not materialized';
}

function encoded(column: Column): Buffer {
  switch (column.type) {
    case 'uuid':
      return pgArray.uuid(column.values);
    case 'text':
      return pgArray.text(column.values);
    case 'int8':
      return pgArray.int8(column.values);
    case 'int4':
      return pgArray.int4(column.values);
    case 'bytea':
      return pgArray.bytea(column.values);
  }
}

function scalar({ type, values }: Column): unknown {
  const value = values[0] ?? null;
  return type === 'int8' && value !== null ? String(value) : value;
}

/**
 * Many rows as arrays to unnest; a single one as plain parameters, whose statement has neither function scans nor joins over
 * them and costs half. `$from` is the first parameter's number.
 */
export function rowsOf(columns: readonly Column[], from: number): Rows {
  const names = columns.map((column) => column.name);
  if (columns[0]?.values.length === 1) {
    const fields = columns.map(({ name, type }, index) => `$${from + index}::${type} as ${name}`);
    return { sql: `select ${fields.join(', ')}`, parameters: columns.map(scalar), kept: 'not materialized' };
  }
  const arrays = columns.map(({ type }, index) => `$${from + index}::${type}[]`);
  return {
    sql: `select * from unnest(${arrays.join(', ')}) as t(${names.join(', ')})`,
    parameters: columns.map(encoded),
    kept: 'materialized',
  };
}
