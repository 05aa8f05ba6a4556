import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockDataDir } from './data-dir.ts';

let directory: string;
beforeEach(() => {
  directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'weft-lock-')));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const holdInAnotherProcess = async () => {
  const module = path.join(import.meta.dirname, 'data-dir.ts');
  const code = `
    const { lockDataDir } = await import(${JSON.stringify(module)});
    lockDataDir(${JSON.stringify(directory)}).announce('http://127.0.0.1:4000');
    process.stdout.write('held');
    setInterval(() => {}, 60_000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  return child;
};

test('a second start on the same directory is told who has it and where it answers', async () => {
  const other = await holdInAnotherProcess();
  try {
    expect(() => lockDataDir(directory)).toThrow(
      `Weft already runs on ${directory} (process ${other.pid}, http://127.0.0.1:4000): stop it first, or set DATA_DIR to another directory.`,
    );
  } finally {
    other.kill('SIGKILL');
    await once(other, 'exit');
  }
});

test('the directory of a process killed with -9 is free at once, whatever its pid file says', async () => {
  const other = await holdInAnotherProcess();
  other.kill('SIGKILL');
  await once(other, 'exit');
  writeFileSync(path.join(directory, 'weft.pid'), `{"pid":${process.pid}}`);
  lockDataDir(directory).release();
});

test('one process cannot take a directory twice, and can take it again after giving it back', () => {
  const first = lockDataDir(directory);
  expect(() => lockDataDir(directory)).toThrow(`Weft already runs on ${directory} (process ${process.pid})`);
  first.release();
  first.release();
  lockDataDir(directory).release();
});

test('a directory that cannot be made is refused with the setting to change', () => {
  writeFileSync(path.join(directory, 'file'), '');
  expect(() => lockDataDir(path.join(directory, 'file', 'data'))).toThrow(/cannot use .*set DATA_DIR to a directory/);
});
