import { afterEach, expect, test, vi } from 'vitest';
import { createLog } from './log.ts';

afterEach(() => void vi.restoreAllMocks());

function lineOf(err: unknown): Record<string, unknown> {
  const lines: string[] = [];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
  createLog('warn').log.warn({ err }, 'it broke');
  return JSON.parse(lines[0] ?? '{}').err;
}

test('an error is logged with what it says, its code and its stack, not with the client a library hung on it', () => {
  const error = Object.assign(new Error('the connection ended'), {
    code: '57P01',
    client: { secretKey: 1549866257, connectionParameters: { user: 'weft' } },
  });
  expect(lineOf(error)).toEqual({
    type: 'Error',
    message: 'the connection ended',
    code: '57P01',
    stack: expect.stringContaining('log.test.ts'),
  });
});

test('what was thrown without being an error is logged as it is', () => {
  expect(lineOf('undefined column')).toBe('undefined column');
});
