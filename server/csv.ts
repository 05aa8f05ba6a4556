/** Spreadsheets compute what begins like this, also in a file that somebody else filled. */
const FORMULA = /^[=+\-@\t\r\n|%]/;

function cell(value: string | null): string {
  if (value === null) return '';
  const harmless = FORMULA.test(value.trimStart()) || FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n;\t']/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

/** A line of a table as RFC 4180 has it; cells that a spreadsheet would take for a formula are made text by an apostrophe. */
export function csvLine(cells: readonly (string | null)[]): string {
  return `${cells.map(cell).join(',')}\r\n`;
}
