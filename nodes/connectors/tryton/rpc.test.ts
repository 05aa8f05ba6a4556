import { expect, test } from 'vitest';
import type { Session } from '#runtime/connector.ts';
import { kept } from './rpc.ts';

let now = 0;
const step = (settings: object): Session => ({ settings, now }) as Session;

test('what seldom changes is loaded once a minute for a connection, and anew when the connection is another', async () => {
  let loads = 0;
  const load = kept(async () => ++loads);
  const connection = {};
  const first = step(connection);
  expect(await Promise.all([load(first), load(first)])).toEqual([1, 1]);
  now += 59_999;
  expect(await load(step(connection))).toBe(1);
  expect(await load(step({}))).toBe(2);
  now += 1;
  expect(await load(step(connection))).toBe(3);
});

test('what could not be loaded is tried again, and a step does not fail because another was given up', async () => {
  const { promise, reject } = Promise.withResolvers<string>();
  const answers = [promise, Promise.resolve('loaded')];
  const load = kept(async () => answers.shift() as Promise<string>);
  const connection = {};
  const givenUp = load(step(connection));
  expect(await load(step(connection))).toBe('loaded');
  reject(new Error('given up'));
  await expect(givenUp).rejects.toThrow('given up');
  expect(await load(step(connection))).toBe('loaded');
});
