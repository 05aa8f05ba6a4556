import { expect, test } from 'vitest';
import type { HttpMethod, HttpResponse, Session } from '#runtime/connector.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { inWriteScope } from './write-scope.ts';

const ok: HttpResponse = { status: 200, headers: {}, body: null };
const sessionOf = (...answers: (HttpResponse | Error)[]): Session => ({
  connection: 'erp',
  settings: {},
  signal: new AbortController().signal,
  now: 1,
  note: () => {},
  http: async () => {
    const next = answers.shift() ?? ok;
    if (next instanceof Error) throw next;
    return next;
  },
});
const refusals = [
  new TerminalError('TARGET_REFUSED', 'no such article', { field: 'row' }),
  new HoldError('SIGN_IN_NEEDED', 'sign-in', 'sign in'),
  new RetryableError('TARGET_BUSY', 'wait', { afterMs: 5000, beforeWork: true }),
];
const requests = async (session: Session, ...methods: HttpMethod[]) => {
  for (const method of methods) await session.http({ method, path: 'x' });
};

test('a refusal of the first change of a write stays what it is: nothing was done', async () => {
  for (const refusal of refusals) {
    const write = inWriteScope(sessionOf(ok, refusal), (session) => requests(session, 'GET', 'POST'));
    await expect(write).rejects.toBe(refusal);
  }
});

test('a refusal after a change of the same write is an unknown outcome, with the same words', async () => {
  for (const refusal of refusals) {
    const write = inWriteScope(sessionOf(ok, refusal), (session) => requests(session, 'POST', 'PUT'));
    await expect(write).rejects.toMatchObject({ code: refusal.code, message: refusal.message, beforeWork: false });
    await expect(write).rejects.toBeInstanceOf(RetryableError);
  }
  const afterLoss = inWriteScope(
    sessionOf(new RetryableError('TIMEOUT', 'silence'), refusals[0] as Error),
    async (session) => {
      await requests(session, 'POST').catch(() => {});
      await requests(session, 'PUT');
    },
  );
  await expect(afterLoss).rejects.toMatchObject({ code: 'TARGET_REFUSED', field: 'row', beforeWork: false });
});

test('what a connector gets over by itself is no failure, and another error passes as it is', async () => {
  const taken = inWriteScope(sessionOf(refusals[0] as Error, ok), async (session) => {
    await requests(session, 'POST').catch(() => {});
    await requests(session, 'PUT');
    return session.now;
  });
  expect(await taken).toBe(1);
  const bug = new TypeError('bug');
  await expect(inWriteScope(sessionOf(), async () => Promise.reject(bug))).rejects.toBe(bug);
});
