import { expect, test } from 'vitest';
import type { HttpResponse } from '#runtime/connector.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { vendure } from './connector.ts';
import { faultWithin, vendureFault } from './fault.ts';
import failures from './fixtures/failures.json' with { type: 'json' };
import orders from './fixtures/orders.json' with { type: 'json' };

const answerOf = (name: keyof typeof failures): HttpResponse => ({
  headers: {},
  ...(failures[name] as { status: number; body: Json }),
});

test.each([
  ['no right', HoldError, 'SIGN_IN_NEEDED', 'not currently authorized'],
  ['wrong password', HoldError, 'SIGN_IN_NEEDED', 'credentials are invalid'],
  ['not there', TerminalError, 'TARGET_NOT_FOUND', 'No Order with the id'],
  ['bad input', TerminalError, 'TARGET_REFUSED', 'more than 1000'],
  ['fulfilled already', TerminalError, 'TARGET_REFUSED', 'already part of a Fulfillment'],
  ['cannot transition', TerminalError, 'TARGET_REFUSED', '"Cancelled" to "Shipped"'],
  ['e-mail taken', TerminalError, 'TARGET_REFUSED', 'not available'],
  // of unknown outcome: it may be the shop’s own trouble
  ['database error', RetryableError, 'TARGET_DOWN', 'constraint failed'],
] as const)('“%s”, told with 200, is what it is', (name, kind, code, words) => {
  const fault = faultWithin(answerOf(name));
  expect(fault).toBeInstanceOf(kind);
  expect(fault).toMatchObject({ code, details: { status: 200 } });
  expect(fault?.message).toContain(words);
});

test('a query that the shop does not know is refused with its words', () => {
  const fault = vendureFault(answerOf('unknown field'));
  expect(fault).toBeInstanceOf(TerminalError);
  expect(fault.message).toContain('Cannot query field "nope"');
});

test('an answer that tells of no failure is none', () => {
  for (const body of Object.values(orders)) expect(faultWithin({ status: 200, headers: {}, body })).toBeUndefined();
  for (const body of [null, '', 'html', [], { data: null }, { data: { done: null } }, { errors: [] }])
    expect(faultWithin({ status: 200, headers: {}, body })).toBeUndefined();
});

const given = {
  settings: vendure.settings.parse({ url: 'https://shop.example/admin-api' }),
  secrets: { username: 'anna', password: 'hemligt' },
};

test('the token is read from its header, and a shop that gives none by header is told apart from a broken answer', () => {
  const body = { data: { login: { __typename: 'CurrentUser' } } };
  const answer = { status: 200, headers: { 'vendure-auth-token': 'abc' }, body };
  expect(vendure.signIn?.token(answer, given)).toBe('abc');
  expect(() => vendure.signIn?.token({ ...answer, headers: {} }, given)).toThrow('tokenMethod');
  expect(() => vendure.signIn?.token({ ...answer, body: { ok: true } }, given)).toThrow(
    expect.objectContaining({ code: 'TARGET_ANSWER_INVALID' }),
  );
});

test('an API key is sent as it is, without signing in, and one of the two ways is needed', () => {
  const secrets = vendure.secrets.parse({ apiKey: '7:key' });
  expect(vendure.signIn?.needed?.({ ...given, secrets })).toBe(false);
  expect(vendure.signIn?.needed?.(given)).toBe(true);
  const headers: Record<string, string> = {};
  vendure.authorize({ url: new URL(given.settings.url), headers }, { secrets });
  expect(headers).toEqual({ 'vendure-api-key': '7:key' });
  for (const half of [{}, { username: 'anna' }, { password: 'hemligt' }])
    expect(vendure.secrets.safeParse(half).success).toBe(false);
});

test('no credential travels in the clear to another machine', () => {
  expect(vendure.settings.safeParse({ url: 'http://shop.example/admin-api' }).success).toBe(false);
  expect(vendure.settings.safeParse({ url: 'http://127.0.0.1:3000/admin-api' }).success).toBe(true);
  const send = () =>
    vendure.authorize(
      { url: new URL('http://shop.example/x'), headers: {} },
      { secrets: given.secrets, accessToken: 't' },
    );
  expect(send).toThrow(expect.objectContaining({ code: 'HOST_NOT_ALLOWED' }));
});

test('a field name of the settings is a name, since it becomes part of a query', () => {
  const settings = (organisationNumberField: string) =>
    vendure.settings.safeParse({ url: 'https://shop.example/admin-api', organisationNumberField }).success;
  expect([settings('orgNr'), settings(''), settings('a}b'), settings('a b'), settings('__schema{x')]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
