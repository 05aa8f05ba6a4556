import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const module = path.join(import.meta.dirname, 'fail-point.ts');
const pass = (setting: string | undefined, ...names: string[]) => {
  const code = `
    const { failPoint } = await import(${JSON.stringify(module)});
    for (const name of ${JSON.stringify(names)}) { process.stdout.write(name + ' '); failPoint(name); }`;
  const { WEFT_FAIL_POINT: _, ...env } = process.env;
  const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], {
    env: setting === undefined ? env : { ...env, WEFT_FAIL_POINT: setting },
    encoding: 'utf8',
  });
  return { passed: child.stdout.trim(), signal: child.signal };
};

test('a process dies at the fail-point it is told of, and at no other', () => {
  expect(pass('write.sent', 'write.intent', 'write.sent', 'write.done')).toEqual({
    passed: 'write.intent write.sent',
    signal: 'SIGKILL',
  });
  expect(pass(undefined, 'write.intent', 'write.sent')).toEqual({ passed: 'write.intent write.sent', signal: null });
});

test('a count picks the pass at which it dies', () => {
  expect(pass('sent:2', 'sent', 'sent', 'sent')).toEqual({ passed: 'sent sent', signal: 'SIGKILL' });
});
