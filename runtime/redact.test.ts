import { expect, test } from 'vitest';
import type { RunEvent } from './event.ts';
import { createRedactor, REDACTED, redactedLog } from './redact.ts';

const secret = 'p@ss "w/rd+ä?';
const redact = createRedactor([secret, 'tiny']);

test.each([
  ['plain', `key ${secret}!`],
  ['in JSON', JSON.stringify({ note: secret })],
  ['in JSON in JSON', JSON.stringify({ note: JSON.stringify({ a: secret }) })],
  ['in a URL', `https://x.example/?k=${encodeURIComponent(secret)}`],
  ['in a form', new URLSearchParams({ k: secret }).toString().replace('%3F', '%3F')],
])('a secret is taken out %s', (_where, text) => {
  const out = redact(text);
  expect(out).toContain(REDACTED);
  expect(out).not.toContain('w/rd');
  expect(out).not.toContain(encodeURIComponent('w/rd'));
});

test.each([0, 1, 2])('a secret is taken out of base64 and base64url at offset %i', (offset) => {
  for (const form of ['base64', 'base64url'] as const) {
    const text = Buffer.from(`${'x'.repeat(offset)}${secret}:rest`).toString(form);
    expect(redact(text)).toContain(REDACTED);
  }
});

test('values of telling keys are taken out of JSON, others stay', () => {
  const out = redact(JSON.stringify({ client_secret: 'a\\"b', 'X-Api-Key': 'k', cookie: 'c', name: 'Anna' }));
  expect(JSON.parse(out)).toEqual({ client_secret: REDACTED, 'X-Api-Key': REDACTED, cookie: REDACTED, name: 'Anna' });
});

test('short secrets would redact half the text, so they stay', () => {
  expect(redact('tiny words')).toBe('tiny words');
});

test('a secret with half a character does no harm', () => {
  expect(createRedactor(['abc\ud800defg'])('x')).toBe('x');
});

test('a secret that reads like a word of the log leaves the log readable', () => {
  const events: RunEvent[] = [
    { type: 'step.succeeded', seq: 1, at: 2, step: 'customer', ms: 0, output: { customer: { key: 'customer' } } },
    {
      type: 'run.held',
      seq: 2,
      at: 2,
      step: 'customer',
      hold: 'review',
      failure: { code: 'OUTCOME_UNKNOWN', message: 'no customer', details: { reference: 'customer', cookie: 'abc' } },
    },
  ];
  expect(JSON.parse(redactedLog(events, createRedactor(['customer', 'succeeded'])))).toEqual([
    { ...events[0], output: { customer: { key: REDACTED } } },
    {
      ...events[1],
      failure: {
        code: 'OUTCOME_UNKNOWN',
        message: `no ${REDACTED}`,
        details: { reference: 'customer', cookie: REDACTED },
      },
    },
  ]);
});
