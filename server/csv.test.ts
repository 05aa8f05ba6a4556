import { expect, test } from 'vitest';
import { csvLine } from './csv.ts';

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
