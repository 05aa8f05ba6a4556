import { afterAll, beforeAll, expect, test } from 'vitest';
import { TABLE_LIMITS } from '#runtime/lookup-table.ts';
import { createGuestTables } from '#server/adapters/pg-guest-tables.ts';
import type { Client } from '../support/client.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let kam: Client;
let at: string;
beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Tables AB', '800');
  kam = await web.person('kam', [tenant]);
  at = `/api/tenants/${tenant}/tables`;
});
afterAll(() => web.stop());

const rowsOf = async (name: string): Promise<unknown> => (await kam.ask('GET', `${at}/${name}`)).body.rows;

test('a table is made, filled, searched by pages, changed and removed, and each change stands in the log', async () => {
  const made = await kam.ask('POST', at, { name: 'colours' });
  expect([made.status, made.body]).toMatchObject([201, { name: 'colours', kind: 'text', rows: 0 }]);
  expect((await kam.ask('POST', at, { name: 'colours' })).body.error.code).toBe('TABLE_TAKEN');
  const set = [
    { key: 'red', value: 'röd' },
    { key: 'blue', value: 'blå' },
    { key: 'green', value: 'grön' },
  ];
  const put = await kam.ask('PUT', `${at}/colours/rows`, { set });
  expect(put.body).toMatchObject({ added: 3, changed: 0, removed: 0, table: { rows: 3 } });
  const first = await kam.ask('GET', `${at}/colours?limit=2`);
  expect([first.body.rows.map((row: { key: string }) => row.key), first.body.more]).toEqual([['blue', 'green'], true]);
  expect((await kam.ask('GET', `${at}/colours?limit=2&after=green`)).body).toMatchObject({
    rows: [{ key: 'red', value: 'röd' }],
    more: false,
  });
  expect((await kam.ask('GET', `${at}/colours?find=${encodeURIComponent('Ö')}`)).body.rows).toHaveLength(2);
  const again = { set: [{ key: 'red', value: 'rött' }], remove: ['blue', 'never there'] };
  expect((await kam.ask('PUT', `${at}/colours/rows`, again)).body).toMatchObject({ added: 0, changed: 1, removed: 1 });
  expect((await kam.ask('DELETE', `${at}/colours`)).status).toBe(204);
  expect((await kam.ask('GET', `${at}/colours`)).status).toBe(404);
  const { lines } = (await kam.ask('GET', `/api/tenants/${tenant}/audit?action=table`)).body;
  expect(lines.map(({ action }: { action: string }) => action)).toEqual([
    'table.delete',
    'table.change',
    'table.change',
    'table.create',
  ]);
  expect(lines[1].after).toBe('{"added":0,"changed":1,"removed":1,"keys":["red","blue","never there"]}');
});

test('a file is taken whole or not at all, and comes out as it went in', async () => {
  await kam.ask('POST', at, { name: 'files' });
  const csv = '\ufeffkey;value\r\nA-1;"=1+1"\r\nB;"två; delar"\r\n';
  const taken = await kam.ask('POST', `${at}/files/import`, { csv });
  expect(taken.body).toMatchObject({ added: 2, changed: 0, removed: 0 });
  expect(await rowsOf('files')).toEqual([
    { key: 'A-1', value: '=1+1' },
    { key: 'B', value: 'två; delar' },
  ]);
  const file = await kam.ask('GET', `${at}/files/rows.csv`);
  // what reads it as text drops the byte order mark
  expect(file.body).toBe('key,value\r\nA-1,"\'=1+1"\r\nB,"två; delar"\r\n');
  const back = await kam.ask('POST', `${at}/files/import`, { csv: file.body, replace: true });
  expect(back.body).toMatchObject({ added: 0, changed: 0, removed: 0 });
  expect((await kam.ask('POST', `${at}/files/import`, { csv: 'B,2\nC,3', replace: true })).body).toMatchObject({
    added: 1,
    changed: 1,
    removed: 1,
  });
});

test.each([
  ['a quotation mark out of place', 'A,1\nB,"2', 'FILE_QUOTES', 2],
  ['one column', 'A,1\n\nB', 'FILE_COLUMNS', 3],
  ['three columns', 'A,1,2', 'FILE_COLUMNS', 1],
  ['an empty key', 'A,1\n ,2', 'FILE_KEY', 2],
  ['a key that is there twice', 'A,1\nB,2\nA,3', 'FILE_TWICE', 3],
])('a file with %s is refused by its line', async (_, csv, code, line) => {
  await kam.ask('POST', at, { name: 'refused' });
  const { status, body } = await kam.ask('POST', `${at}/refused/import`, { csv });
  expect([status, body.error.code, body.error.message]).toEqual([422, code, expect.stringMatching(`^line ${line}: `)]);
  expect(await rowsOf('refused')).toEqual([]);
});

test('a table of JSON takes JSON only, a table of texts texts only, and neither more than it may hold', async () => {
  await kam.ask('POST', at, { name: 'steps', kind: 'json' });
  const wrong = await kam.ask('POST', `${at}/steps/import`, { csv: 'SE,"[{""upTo"":1}]"\nNO,{' });
  expect(wrong.body.error).toMatchObject({ code: 'FILE_JSON', message: expect.stringMatching(/^line 2/) });
  await kam.ask('POST', `${at}/steps/import`, { csv: 'SE,"[{""upTo"":1}]"' });
  expect(await rowsOf('steps')).toEqual([{ key: 'SE', value: [{ upTo: 1 }] }]);
  await kam.ask('POST', at, { name: 'texts' });
  const put = (set: object[]) => kam.ask('PUT', `${at}/texts/rows`, { set });
  expect((await put([{ key: 'a', value: 1 }])).body.error.code).toBe('ROW_INVALID');
  expect((await put([{ key: 'a', value: 'x'.repeat(TABLE_LIMITS.value) }])).body.error.code).toBe('ROW_INVALID');
  const lines = Array.from({ length: TABLE_LIMITS.rows + 1 }, (_, n) => `${n},x`);
  const full = await kam.ask('POST', `${at}/texts/import`, { csv: lines.join('\n') });
  expect([full.status, full.body.error.code]).toEqual([409, 'TABLE_FULL']);
  expect((await kam.ask('POST', `${at}/texts/import`, { csv: lines.slice(1).join('\n') })).body.added).toBe(
    TABLE_LIMITS.rows,
  );
});

test('a table takes the place of the one a plugin brings and begins with its rows; code reads it, and only its own customer’s', async () => {
  const plugins = `/api/tenants/${tenant}/plugins`;
  expect((await kam.ask('POST', `${plugins}/starters/sku-rewrite`, {})).status).toBe(201);
  const { offered } = (await kam.ask('GET', at)).body;
  expect(offered).toContainEqual(expect.objectContaining({ name: 'sku-rewrite.renamed', kind: 'text', rows: 2 }));
  expect((await kam.ask('POST', at, { name: 'sku-rewrite.renamed' })).body).toMatchObject({ kind: 'text', rows: 2 });
  await kam.ask('PUT', `${at}/sku-rewrite.renamed/rows`, { set: [{ key: 'GIFT', value: 'KORT' }] });
  expect((await kam.ask('GET', at)).body.offered).toEqual([]);
  const tables = createGuestTables(web.pools.app);
  const other = await web.tenant('Others AB', '800');
  expect(await tables.find(tenant, 'sku-rewrite.renamed', 'GIFT')).toBe('KORT');
  expect(await tables.find(tenant, 'sku-rewrite.renamed', 'nothing')).toBeNull();
  expect(await tables.find(other, 'sku-rewrite.renamed', 'GIFT')).toBeUndefined();
});

test('below package 800 tables are told to be locked and are not made', async () => {
  const small = await web.tenant('Small AB', '400');
  const theirs = await web.person('customer-admin', [small]);
  expect((await theirs.ask('GET', `/api/tenants/${small}/tables`)).body).toEqual({
    tables: [],
    offered: [],
    allowed: false,
  });
  const refused = await theirs.ask('POST', `/api/tenants/${small}/tables`, { name: 'colours' });
  expect([refused.status, refused.body.error.code]).toEqual([403, 'PACKAGE_NEEDED']);
});
