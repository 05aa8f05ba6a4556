import {
  ChangeTable,
  CreateTable,
  ImportTable,
  TableChanged,
  TableList,
  TablePage,
  TableQuery,
  TableSummary,
} from '#runtime/lookup-table.ts';
import { type OperationGroup, refusal } from './operation.ts';

const tables = '/api/tenants/:tenant/tables';
const missing = refusal(404, 'TABLE_MISSING', 'the customer has no such table');
const locked = refusal(403, 'PACKAGE_NEEDED', 'tables are part of a larger package');
const full = refusal(409, 'TABLE_FULL', 'the table, or all together, would hold more than they may');
const invalid = refusal(422, 'ROW_INVALID', 'a value does not fit the table');

export const tableOperations: OperationGroup = {
  title: 'Tables',
  about: 'Keys and values that plugins and code look things up in (ctx.lookup), and that people edit.',
  operations: [
    {
      method: 'get',
      path: tables,
      summary: 'List tables, and those that plugins bring',
      access: 'flow.read',
      answers: { 200: TableList },
    },
    {
      method: 'post',
      path: tables,
      summary: 'Make a table',
      description:
        'Named as PLUGIN.TABLE it takes the place of the table a plugin brings, and begins with that one’s rows.',
      access: 'table.edit',
      body: CreateTable,
      answers: { 201: TableSummary },
      refusals: [
        locked,
        refusal(409, 'TABLE_TAKEN', 'there is a table of that name'),
        refusal(409, 'TOO_MANY_TABLES', 'the customer has as many as it can have'),
        full,
      ],
    },
    {
      method: 'get',
      path: `${tables}/:table`,
      summary: 'Read rows of a table, by key',
      access: 'flow.read',
      query: TableQuery,
      answers: { 200: TablePage },
      refusals: [missing],
    },
    {
      method: 'put',
      path: `${tables}/:table/rows`,
      summary: 'Set and remove rows',
      description: 'Code sees the change within five seconds.',
      access: 'table.edit',
      body: ChangeTable,
      answers: { 200: TableChanged },
      refusals: [locked, missing, full, invalid],
    },
    {
      method: 'get',
      path: `${tables}/:table/rows.csv`,
      summary: 'Download a table as CSV',
      access: 'flow.read',
      answers: { 200: 'text/csv' },
      refusals: [missing],
    },
    {
      method: 'post',
      path: `${tables}/:table/import`,
      summary: 'Bring in rows from a CSV file',
      description: 'Two columns, key and value, by commas, semicolons or tabs; all of the file is taken or nothing.',
      access: 'table.edit',
      body: ImportTable,
      answers: { 200: TableChanged },
      refusals: [
        locked,
        missing,
        full,
        invalid,
        refusal(422, 'FILE_QUOTES', 'a quotation mark is out of place in the line that the message names'),
        refusal(422, 'FILE_COLUMNS', 'that line has not two columns'),
        refusal(422, 'FILE_JSON', 'the value of that line is not JSON'),
        refusal(422, 'FILE_KEY', 'the key of that line is empty or too long'),
        refusal(422, 'FILE_TWICE', 'the key of that line is there twice'),
      ],
    },
    {
      method: 'delete',
      path: `${tables}/:table`,
      summary: 'Remove a table',
      access: 'table.edit',
      answers: { 204: 'empty' },
      refusals: [missing],
    },
  ],
};
