import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { HttpResponse } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import { createCircuitBreakers } from './circuit-breaker.ts';

const answer = (status: number) => async (): Promise<HttpResponse> => ({ status, headers: {}, body: null });
const down = async (): Promise<HttpResponse> => {
  throw new RetryableError('TARGET_DOWN', 'reset');
};
const quick = () => createCircuitBreakers({ failures: 3, firstPauseMs: 40, longestPauseMs: 80 });
const outcomeOf = (call: Promise<HttpResponse>) =>
  call.then(
    ({ status }) => status,
    (error: RetryableError) => (error.beforeWork ? 'refused' : error.message),
  );

test('after failures in a row calls are refused at once, with a time to come back and nothing sent', async () => {
  const breakers = quick();
  expect(await outcomeOf(breakers.run('erp', down))).toBe('reset');
  expect(await outcomeOf(breakers.run('erp', answer(503)))).toBe(503);
  breakers.check('erp');
  expect(await outcomeOf(breakers.run('erp', down))).toBe('reset');
  let sent = 0;
  const call = breakers.run('erp', async () => {
    sent += 1;
    return answer(200)();
  });
  await expect(call).rejects.toMatchObject({ code: 'TARGET_DOWN', beforeWork: true, afterMs: expect.any(Number) });
  expect(() => breakers.check('erp')).toThrow('has not answered for a while');
  expect(sent).toBe(0);
  expect(await outcomeOf(breakers.run('shop', answer(200)))).toBe(200);
});

test('a refusal by the system, a busy answer and a bad request are no failures', async () => {
  const breakers = quick();
  for (let count = 0; count < 5; count++) {
    await breakers.run('erp', answer(429));
    await breakers.run('erp', answer(400));
    const refusal = async () => {
      throw new TerminalError('HOST_NOT_ALLOWED', 'no');
    };
    await expect(breakers.run('erp', refusal)).rejects.toThrow('no');
  }
  breakers.check('erp');
});

test('one success between failures keeps the circuit closed', async () => {
  const breakers = quick();
  for (let count = 0; count < 6; count++) {
    await breakers.run('erp', count % 3 === 2 ? answer(200) : answer(500));
  }
  breakers.check('erp');
});

test('after the pause one probe goes, alone: it closes the circuit or doubles the pause', async () => {
  const breakers = quick();
  for (let count = 0; count < 3; count++) await breakers.run('erp', answer(500));
  await sleep(45);
  let release = (_answer: HttpResponse) => {};
  const probe = breakers.run('erp', () => new Promise((resolve) => (release = resolve)));
  expect(await outcomeOf(breakers.run('erp', answer(200)))).toBe('refused');
  release(await answer(502)());
  expect((await probe).status).toBe(502);
  await sleep(45);
  expect(await outcomeOf(breakers.run('erp', answer(200)))).toBe('refused');
  await sleep(40);
  expect(await outcomeOf(breakers.run('erp', answer(200)))).toBe(200);
  expect(await outcomeOf(breakers.run('erp', answer(200)))).toBe(200);
});

test('a connection that was mended is tried at once', async () => {
  const breakers = quick();
  for (let count = 0; count < 3; count++) await breakers.run('erp', answer(500));
  breakers.close('erp');
  expect(await outcomeOf(breakers.run('erp', answer(200)))).toBe(200);
});
