import { expect, test } from 'vitest';
import type { HttpRequest, HttpResponse } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import { tried } from '#test/support/step-context.ts';
import { switchNode } from './choice.ts';
import { httpFetch, httpSend } from './http.ts';
import { answerFault, retryAfterMs } from './http-fault.ts';
import { each } from './loop.ts';
import { map, set } from './map.ts';
import { scheduleTrigger } from './starts.ts';
import { wait } from './wait.ts';

const answer = (
  status: number,
  headers: Record<string, string> = {},
  body: HttpResponse['body'] = null,
): HttpResponse => ({
  status,
  headers,
  body,
});

test('a schedule refuses times that cannot be read or never come, and seconds', () => {
  const parse = (cron: string, timeZone?: string) => scheduleTrigger.config.safeParse({ cron, timeZone }).success;
  expect(parse('*/15 * * * *')).toBe(true);
  expect(parse('0 6 * * MON-FRI', 'Europe/Helsinki')).toBe(true);
  expect(parse('* * * * * *')).toBe(false);
  expect(parse('61 * * * *')).toBe(false);
  expect(parse('0 0 31 2 *')).toBe(false);
  expect(parse('0 6 * * *', 'Mars/Olympus')).toBe(false);
  expect(scheduleTrigger.config.safeParse({ cron: 'soon' }).error?.issues[0]?.path).toEqual(['cron']);
});

test('two cases of a switch may not share a name, nor be called like a port that is there', () => {
  const cases = (...names: string[]) =>
    switchNode.config.safeParse({ cases: names.map((name) => ({ name, left: 1, operator: 'exists' })) });
  expect(cases('a', 'b').success).toBe(true);
  expect(cases('a', 'a').error?.issues[0]?.path).toEqual(['cases', 1, 'name']);
  expect(cases('failed').success).toBe(false);
  expect(cases('otherwise').success).toBe(false);
  expect(cases('__proto__').success).toBe(false);
});

test('a for each refuses what is no list, and a list that is too long', async () => {
  await expect(tried(each, { input: { list: { lines: [] } } })).rejects.toThrow('list must be a list');
  await expect(tried(each, { config: { items: 'x' }, input: { list: 1 } })).rejects.toThrow('items must be a list');
  await expect(tried(each, { config: { most: 2 }, input: { list: [1, 2, 3] } })).rejects.toMatchObject({
    code: 'TOO_LARGE',
  });
});

test('a wait ends after its length or at its instant, and says one of the two', async () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  const until = async (config: object) => (await tried(wait, { config, input: { value: 1 }, now })).output['until'];
  expect(await until({ amount: 2, unit: 'hours' })).toBe(now + 7_200_000);
  expect(await until({ until: '2026-11-23T11:00:00+01:00' })).toBe(now + 3_600_000);
  expect(wait.config.safeParse({}).success).toBe(false);
  expect(wait.config.safeParse({ amount: 1, until: '2026-11-23T11:00:00Z' }).success).toBe(false);
  expect(wait.config.safeParse({ until: 'tomorrow' }).success).toBe(false);
  await expect(until({ amount: 91, unit: 'days' })).rejects.toThrow('90 days');
});

test('mapping into a prototype is refused before the flow can be saved', () => {
  expect(map.config.safeParse({ fields: [{ to: '__proto__.x', value: 1 }] }).error?.issues[0]?.path).toEqual([
    'fields',
    0,
    'to',
  ]);
  expect(set.config.safeParse({ fields: [{ to: 'a.constructor', value: 1 }] }).success).toBe(false);
});

test('setting a field of a text says that the value must be an object', async () => {
  const trial = { config: { fields: [{ to: 'a', value: 1 }] }, input: { value: 'text' } };
  await expect(tried(set, trial)).rejects.toMatchObject({ code: 'INPUT_INVALID', field: 'value' });
});

test('what is sent carries the step’s key, its headers as text, and the value when no body is given', async () => {
  const sent: HttpRequest[] = [];
  const http = async (request: HttpRequest) => {
    sent.push(request);
    return answer(201, { 'content-type': 'application/json' }, { id: 7 });
  };
  const config = { url: 'https://example.com/orders', headers: { 'X-Shop': 5 }, query: { page: 2 } };
  const { output } = await tried(httpSend, { config, input: { value: { number: '1042' } }, http });
  expect(output['response']).toEqual({ status: 201, headers: { 'content-type': 'application/json' }, body: { id: 7 } });
  expect(sent).toEqual([
    {
      method: 'POST',
      path: 'https://example.com/orders',
      query: { page: 2 },
      headers: { 'X-Shop': '5', 'Idempotency-Key': 'abcdefghijklmnopqrstuvwx' },
      body: { number: '1042' },
      timeoutMs: 30_000,
    },
  ]);
});

test('a path without a connection, secrets in headers and line breaks in them are refused', async () => {
  await expect(tried(httpSend, { config: { url: '/orders' }, input: { value: 1 } })).rejects.toThrow('whole address');
  const headers = (given: object) => httpSend.config.safeParse({ url: 'https://example.com', headers: given });
  expect(headers({ Authorization: 'Bearer x' }).error?.issues[0]?.path).toEqual(['headers', 'Authorization']);
  expect(headers({ 'X-A': 'a\r\nX-B: b' }).success).toBe(false);
  expect(headers({ Host: 'a' }).success).toBe(false);
  expect(headers({ 'idempotency-key': 'mine' }).success).toBe(false);
  expect(httpSend.config.safeParse({ url: '//example.com/x' }).success).toBe(false);
  expect(httpSend.config.safeParse({ url: 'ftp://example.com/x' }).success).toBe(false);
});

test('an answer of another system is sorted into done, later, unknown and refused', () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  expect(answerFault(answer(204), now)).toBeUndefined();
  expect(answerFault(answer(429, { 'retry-after': '7' }), now)).toMatchObject({
    code: 'TARGET_BUSY',
    afterMs: 7000,
    beforeWork: true,
  });
  expect(answerFault(answer(503, { 'retry-after': '1' }), now)).toMatchObject({ beforeWork: true });
  expect(answerFault(answer(503), now)).toMatchObject({ code: 'TARGET_DOWN', beforeWork: false });
  expect(answerFault(answer(500), now)).toBeInstanceOf(RetryableError);
  for (const [status, code] of [
    [404, 'TARGET_NOT_FOUND'],
    [400, 'TARGET_REFUSED'],
    [302, 'TARGET_REFUSED'],
    [401, 'TARGET_REFUSED'],
  ] as const) {
    expect(answerFault(answer(status), now)).toBeInstanceOf(TerminalError);
    expect(answerFault(answer(status), now)).toMatchObject({ code });
  }
});

test('a Retry-After date counts from the answer’s own date', () => {
  const now = Date.parse('2026-11-23T09:00:00Z');
  expect(retryAfterMs('Mon, 23 Nov 2026 09:01:00 GMT', now)).toBe(60_000);
  expect(retryAfterMs('Mon, 23 Nov 2026 08:00:00 GMT', now)).toBe(0);
  expect(retryAfterMs('soon', now)).toBeUndefined();
  const headers = { 'retry-after': 'Mon, 23 Nov 2026 10:00:05 GMT', date: 'Mon, 23 Nov 2026 10:00:00 GMT' };
  expect(answerFault(answer(429, headers), now)).toMatchObject({ afterMs: 5000 });
});

test('fetching something that is not there can be an answer instead of a failure', async () => {
  const config = { url: 'https://example.com/orders/9', missing: 'empty' };
  const { output } = await tried(httpFetch, { config, input: { value: 9 }, http: async () => answer(404) });
  expect(output).toEqual({ missing: 9 });
  const gone = tried(httpFetch, { config: { url: config.url }, input: { value: 9 }, http: async () => answer(404) });
  await expect(gone).rejects.toMatchObject({ code: 'TARGET_NOT_FOUND' });
});
