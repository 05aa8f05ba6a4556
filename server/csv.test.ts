import { expect, test } from 'vitest';
import { csvLine, csvRows } from './csv.ts';

test('cells with commas, quotes and line breaks come back whole', () => {
  expect(csvLine(['plain', 'a,b', 'say "hi"', 'two\nlines', null, ''])).toBe(
    'plain,"a,b","say ""hi""","two\nlines",,\r\n',
  );
});

test('a cell that a spreadsheet would compute is text', () => {
  for (const begins of ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n@x', '|calc', '%x'])
    expect(csvLine([begins])).toBe(`"'${begins.replaceAll('"', '""')}"\r\n`);
});

test('an apostrophe in a name is no reason to alter the name', () => {
  expect(csvLine(['O’Brien', "O'Brien"])).toBe('O’Brien,"O\'Brien"\r\n');
});

const cellsOf = (text: string): readonly (readonly string[])[] => csvRows(text).map(({ cells }) => cells);

test('what is written is read back as it was', () => {
  const rows = [
    ['plain', 'a,b;c', 'say "hi"', 'two\nlines', ''],
    ['=1+1', "'quoted'", ' =1', 'åäö', '-5'],
  ];
  expect(cellsOf(`\ufeff${rows.map(csvLine).join('')}`)).toEqual(rows);
});

test.each([
  ['semicolons, as Swedish spreadsheets write', 'A;1,5\r\nB;2\r\n'],
  ['tabs', 'A\t1,5\nB\t2'],
  ['old line ends', 'A;1,5\rB;2\r'],
])('a table with %s is read', (_, text) => {
  expect(cellsOf(text)).toEqual([
    ['A', '1,5'],
    ['B', '2'],
  ]);
});

test('a semicolon in a value of a file with commas is no separator', () => {
  expect(cellsOf('key,value\nA,x;y\n')).toEqual([
    ['key', 'value'],
    ['A', 'x;y'],
  ]);
});

test('empty lines are left out, and the others keep their number', () => {
  expect(csvRows('A,1\n\n,\nB,"2\n3"\nC,4\n')).toEqual([
    { line: 1, cells: ['A', '1'] },
    { line: 4, cells: ['B', '2\n3'] },
    { line: 6, cells: ['C', '4'] },
  ]);
  expect(cellsOf('A,')).toEqual([['A', '']]);
});

test.each(['A,"1', 'A,1\nB,"2"3'])('a quotation mark out of place is named by its line: %j', (text) => {
  expect(() => csvRows(text)).toThrow(expect.objectContaining({ line: text.includes('\n') ? 2 : 1 }));
});
