import { expect, test } from 'vitest';
import { createRateGate } from './rate.ts';

test('25 requests in any 5 seconds are let in, the 26th is refused until the first has aged', () => {
  let now = 1_000_000;
  const gate = createRateGate({ requests: 25, perMs: 5000 }, () => now);
  const admitted = () => gate.admit('a');
  for (let count = 0; count < 25; count += 1) {
    expect(admitted()).toBe(true);
    now += 100;
  }
  expect(admitted()).toBe(false);
  now = 1_000_000 + 5000;
  expect(admitted()).toBe(true);
  expect(admitted()).toBe(false);
  expect(gate.admit('another client')).toBe(true);
});

test('the gate tells the most requests that came within the window, refused ones too', () => {
  let now = 0;
  const gate = createRateGate({ requests: 2, perMs: 5000 }, () => now);
  for (const at of [0, 1000, 2000, 5500, 20_000]) {
    now = at;
    gate.admit('a');
  }
  expect(gate.stats()).toEqual({ requests: 5, refused: 1, mostInWindow: 3, times: [0, 1000, 2000, 5500, 20_000] });
});
