import { z } from 'zod';
import { Sentence } from './error.ts';
import { Json } from './json.ts';

/** What a customer's tables hold at most. */
export const TABLE_LIMITS = {
  tables: 50,
  /** In one table. */
  rows: 20_000,
  /** Letters of keys and values, in all tables together. */
  letters: 5_000_000,
  key: 200,
  value: 4000,
  /** Rows of one change, and of one page. */
  together: 1000,
  /** Letters of a file that is brought in. */
  file: 1_500_000,
} as const;

const NO_ZERO = (text: string): boolean => !text.includes('\u0000');

/** `colours`, or `sku-rewrite.renamed`: the customer's own in the place of one that a plugin brings. */
export const TableName = z
  .string()
  .max(81)
  .regex(
    /^[a-z][a-z0-9-]{0,39}(\.[a-z][a-z0-9-]{0,39})?$/,
    'must be lower case letters, digits and hyphens, and begin with a letter',
  );

/** Whether every value is a text, or any JSON. */
export const TableKind = z.enum(['text', 'json']);
export type TableKind = z.infer<typeof TableKind>;

const RowKey = z.string().trim().min(1).max(TABLE_LIMITS.key).refine(NO_ZERO, 'may not hold a zero byte');
export const TableRow = z.strictObject({ key: RowKey, value: Json });
export type TableRow = z.infer<typeof TableRow>;

export const TableSummary = z.strictObject({
  name: TableName,
  kind: TableKind,
  rows: z.int(),
  updatedAt: z.number(),
  updatedBy: z.string(),
});
export type TableSummary = z.infer<typeof TableSummary>;

/** A table that an installed plugin brings and the customer has no own one in the place of. */
const OfferedTable = z.strictObject({ name: TableName, plugin: Sentence, kind: TableKind, rows: z.int() });
export type OfferedTable = z.infer<typeof OfferedTable>;

/** GET /tenants/:tenant/tables. `allowed`: false where the package holds no tables. */
export const TableList = z.strictObject({
  tables: z.array(TableSummary),
  offered: z.array(OfferedTable),
  allowed: z.boolean(),
});
export type TableList = z.infer<typeof TableList>;

/** POST /tenants/:tenant/tables: empty, or with the rows of the plugin's whose place it takes, and of its kind. */
export const CreateTable = z.strictObject({ name: TableName, kind: TableKind.default('text') });
export type CreateTable = z.infer<typeof CreateTable>;

/** GET /tenants/:tenant/tables/:table?find&after&limit; by key, `after` is the last of the page before. */
export const TableQuery = z.strictObject({
  /** A part of a key or a value. */
  find: z.string().max(200).optional(),
  after: z.string().max(TABLE_LIMITS.key).optional(),
  limit: z.coerce.number().int().min(1).max(TABLE_LIMITS.together).default(100),
});
export type TableQuery = z.infer<typeof TableQuery>;

export const TablePage = z.strictObject({ table: TableSummary, rows: z.array(TableRow), more: z.boolean() });
export type TablePage = z.infer<typeof TablePage>;

/** PUT /tenants/:tenant/tables/:table/rows */
export const ChangeTable = z.strictObject({
  set: z.array(TableRow).max(TABLE_LIMITS.together).default([]),
  remove: z.array(z.string().max(TABLE_LIMITS.key)).max(TABLE_LIMITS.together).default([]),
});
export type ChangeTable = z.infer<typeof ChangeTable>;

/** POST /tenants/:tenant/tables/:table/import: rows of two columns; `replace`: what the file does not have goes. */
export const ImportTable = z.strictObject({
  csv: z.string().max(TABLE_LIMITS.file).refine(NO_ZERO, 'may not hold a zero byte'),
  replace: z.boolean().default(false),
});
export type ImportTable = z.infer<typeof ImportTable>;

export const TableChanged = z.strictObject({
  table: TableSummary,
  added: z.int(),
  changed: z.int(),
  removed: z.int(),
});
export type TableChanged = z.infer<typeof TableChanged>;
