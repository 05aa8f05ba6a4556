/** Spreadsheets compute what begins like this, also in a file that somebody else filled; an apostrophe is what stops them. */
const FORMULA = /^[=+\-@\t\r\n|%']/;

const isFormula = (value: string): boolean => FORMULA.test(value.trimStart()) || FORMULA.test(value);

function cell(value: string | null): string {
  if (value === null) return '';
  const harmless = isFormula(value) ? `'${value}` : value;
  return /[",\r\n;\t']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A line of a table as RFC 4180 has it; cells that a spreadsheet would take for a formula are made text by an apostrophe. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}

/** A line of a file, with its number from 1. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** A file that is no table; `line` counts from 1. */
export class CsvError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(message);
    this.name = 'CsvError';
    this.line = line;
  }
}

const LOOKED_AT = 50;

/** What stands between the cells: what most of the first lines have; a comma last, since numbers have it too. */
function separatorOf(text: string): string {
  const lines = text.replace(/"[^"]*"/g, '').split(/[\r\n]+/, LOOKED_AT);
  const having = (sign: string): number => lines.filter((line) => line.includes(sign)).length;
  return ['\t', ';', ','].reduce((best, sign) => (having(sign) > having(best) ? sign : best));
}

const asWritten = (text: string): string => (text.startsWith("'") && isFormula(text.slice(1)) ? text.slice(1) : text);

/** The lines of a table as spreadsheets write it, by commas, semicolons or tabs; empty ones are left out. Throws CsvError. */
export function csvRows(given: string): CsvRow[] {
  const text = given.replace(/^\uFEFF/, '');
  const separator = separatorOf(text);
  // a quoted cell, or an unquoted one, and what ends it
  const token = new RegExp(
    `(?:"([^"]*(?:""[^"]*)*)"|([^"${separator}\\r\\n][^${separator}\\r\\n]*|))(${separator}|\\r?\\n|\\r|$)`,
    'y',
  );
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let [line, begun] = [1, 1];
  while (token.lastIndex < text.length || cells.length > 0) {
    const found = token.exec(text);
    if (!found) throw new CsvError(line, 'a quotation mark is not closed, or something stands beside it');
    const [whole, quoted, bare = '', end = ''] = found;
    cells.push(asWritten(quoted === undefined ? bare : quoted.replaceAll('""', '"')));
    line += whole.split('\n').length - 1;
    if (end === separator) continue;
    if (cells.some((each) => each.trim() !== '')) rows.push({ line: begun, cells });
    cells = [];
    begun = line;
  }
  return rows;
}
