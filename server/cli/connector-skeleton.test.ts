import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AnyConnector } from '#runtime/connector.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { skeletonOf } from './connector-skeleton.ts';

const ROOT = resolve(import.meta.dirname, '../..');
let tree: string;

beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), 'weft-skeleton-'));
  await mkdir(join(tree, 'nodes/connectors'), { recursive: true });
  for (const path of ['package.json', 'node_modules', 'runtime', 'nodes/commerce', 'nodes/connectors/answer.ts'])
    await symlink(join(ROOT, path), join(tree, path));
});
afterAll(() => rm(tree, { recursive: true, force: true }));

test('a new connector loads, signs in, explains each capability and tells faults apart', async () => {
  const files = skeletonOf('my-new-erp', 'My New Erp', ['orders.get', 'stock.set']);
  expect(Object.keys(files)).toEqual([
    'nodes/connectors/my-new-erp/connector.ts',
    'nodes/connectors/my-new-erp/fault.ts',
    'test/contract/my-new-erp.test.ts',
  ]);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(tree, path)), { recursive: true });
    await writeFile(join(tree, path), text);
  }
  const url = pathToFileURL(join(tree, 'nodes/connectors/my-new-erp/connector.ts')).href;
  const { myNewErp } = (await import(/* @vite-ignore */ url)) as { myNewErp: AnyConnector };
  expect(Object.keys(myNewErp.cannot ?? {})).toEqual(['orders.get', 'stock.set']);
  const headers: Record<string, string> = {};
  myNewErp.authorize({ url: new URL('https://erp.example/me'), headers }, { secrets: { token: 'abc' } });
  expect(headers).toEqual({ authorization: 'Bearer abc' });
  const fault = (status: number) =>
    myNewErp.fault({ status, headers: { 'retry-after': '2' }, body: null }, { method: 'GET', path: 'me' });
  expect(fault(429)).toMatchObject({ code: 'TARGET_BUSY', beforeWork: true, afterMs: 2000 });
  expect([fault(500).name, fault(401).name, fault(404).name]).toEqual([
    new RetryableError('INTERNAL', '').name,
    new HoldError('SIGN_IN_NEEDED', 'sign-in', '').name,
    new TerminalError('INTERNAL', '').name,
  ]);
});
