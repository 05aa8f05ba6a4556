import { type Request, Router } from 'express';
import type { Json } from '#runtime/json.ts';
import { ChangeTable, CreateTable, ImportTable, TableName, TableQuery, TableRow } from '#runtime/lookup-table.ts';
import { parseJsonText } from '../adapters/json-text.ts';
import type { TableStore } from '../adapters/pg-tables.ts';
import { Refused } from '../adapters/refusal.ts';
import { CsvError, csvLine, csvRows } from '../csv.ts';
import { allow, personOf, tenantOf } from './access.ts';

const HEAD = ['key', 'value'] as const;

function nameOf(request: Request): string {
  const parsed = TableName.safeParse(request.params['table']);
  if (!parsed.success) throw new Refused(404, 'TABLE_MISSING', 'there is no such table', { field: 'table' });
  return parsed.data;
}

/** What can be wrong with a line; the page has its own words for each. */
const faults = {
  FILE_QUOTES: 'a quotation mark is not closed, or something stands beside it',
  FILE_COLUMNS: 'there are not two columns, a key and a value',
  FILE_JSON: 'the value is not JSON',
  FILE_KEY: 'the key is empty, or too long',
  FILE_TWICE: 'the key is there twice',
} as const;

const faulty = (line: number, code: keyof typeof faults): Refused =>
  new Refused(422, code, `line ${line}: ${faults[code]}`, { field: 'csv' });

function valueIn(kind: 'text' | 'json', text: string, line: number): Json {
  if (kind === 'text') return text;
  try {
    return parseJsonText(text);
  } catch {
    throw faulty(line, 'FILE_JSON');
  }
}

/** The rows of a file with a key and a value a line; a first line that only names the columns is none. */
function rowsIn(csv: string, kind: 'text' | 'json'): TableRow[] {
  const lines = parsedLines(csv);
  const isHead = (cells: readonly string[]): boolean =>
    HEAD.every((name, at) => cells[at]?.trim().toLowerCase() === name);
  const rows = new Map<string, TableRow>();
  for (const { line, cells } of lines.filter(({ cells }, at) => at > 0 || !isHead(cells))) {
    const [key = '', value] = cells;
    if (value === undefined || cells.slice(2).some((each) => each.trim() !== '')) throw faulty(line, 'FILE_COLUMNS');
    const row = TableRow.safeParse({ key, value: valueIn(kind, value, line) });
    if (!row.success) throw faulty(line, 'FILE_KEY');
    if (rows.has(row.data.key)) throw faulty(line, 'FILE_TWICE');
    rows.set(row.data.key, row.data);
  }
  return [...rows.values()];
}

function parsedLines(csv: string): ReturnType<typeof csvRows> {
  try {
    return csvRows(csv);
  } catch (error) {
    if (error instanceof CsvError) throw faulty(error.line, 'FILE_QUOTES');
    throw error;
  }
}

/** Tables that a customer's code looks things up in. */
export function tableRoutes(tables: TableStore): Router {
  const router = Router({ mergeParams: true });
  router.get('/', allow('flow.read'), async (request, response) => {
    response.json(await tables.list(tenantOf(request)));
  });
  router.post('/', allow('table.edit'), async (request, response) => {
    const wish = CreateTable.parse(request.body);
    response.status(201).json(await tables.create(tenantOf(request), wish, personOf(request).email));
  });
  router.get('/:table', allow('flow.read'), async (request, response) => {
    response.json(await tables.page(tenantOf(request), nameOf(request), TableQuery.parse(request.query)));
  });
  router.put('/:table/rows', allow('table.edit'), async (request, response) => {
    const change = ChangeTable.parse(request.body);
    const { email } = personOf(request);
    response.json(await tables.change(tenantOf(request), nameOf(request), change, email));
  });
  router.get('/:table/rows.csv', allow('flow.read'), async (request, response) => {
    const [tenant, name] = [tenantOf(request), nameOf(request)];
    const { table } = await tables.page(tenant, name, { limit: 1 });
    response.attachment(`${name}.csv`).type('text/csv; charset=utf-8');
    // a byte order mark: without it spreadsheets read å as Ã¥
    response.write(`\ufeff${csvLine(HEAD)}`);
    for await (const rows of tables.all(tenant, name)) {
      if (response.destroyed) return;
      const cell = (value: Json): string => (table.kind === 'text' ? String(value) : JSON.stringify(value));
      response.write(rows.map(({ key, value }) => csvLine([key, cell(value)])).join(''));
    }
    response.end();
  });
  router.post('/:table/import', allow('table.edit'), async (request, response) => {
    const [tenant, name] = [tenantOf(request), nameOf(request)];
    const { csv, replace } = ImportTable.parse(request.body);
    const { table } = await tables.page(tenant, name, { limit: 1 });
    const rows = rowsIn(csv, table.kind);
    response.json(await tables.bring(tenant, name, rows, replace, personOf(request).email));
  });
  router.delete('/:table', allow('table.edit'), async (request, response) => {
    await tables.remove(tenantOf(request), nameOf(request));
    response.status(204).end();
  });
  return router;
}
