import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import type { FlowError } from '#runtime/error.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Fault, SeenRequest } from '../../support/fault-proxy.ts';
import type { ContractSubject } from '../subject.ts';
import { offers, type Stand } from './stand.ts';

const html = '<!doctype html><title>Underhåll</title><h1>Strax tillbaka</h1>';
const page = (status: number, headers: Readonly<Record<string, string>> = {}): Fault => ({
  reaches: false,
  ends: { status, headers: { 'content-type': 'text/html; charset=utf-8', ...headers }, body: html },
});
const said = (status: number, body: string, type = 'application/json'): Fault => ({
  reaches: false,
  ends: { status, headers: { 'content-type': type }, body },
});
const MANY_MB = Buffer.alloc(11 * 1024 * 1024, ' ');

/** What an answer means, to a read and to a write alike; a write of unknown outcome is never called refused. */
const MEANINGS: Readonly<Record<string, readonly [Fault, object]>> = {
  '429 with Retry-After': [
    page(429, { 'retry-after': '7' }),
    { code: 'TARGET_BUSY', beforeWork: true, afterMs: 7000 } as never,
  ],
  '500': [page(500), { code: 'TARGET_DOWN', beforeWork: false }],
  '502': [page(502), { code: 'TARGET_DOWN', beforeWork: false }],
  '504': [page(504), { code: 'TARGET_DOWN', beforeWork: false }],
  '408': [page(408), { code: 'TARGET_DOWN', beforeWork: false }],
  'a broken line': [
    { reaches: false, ends: 'reset' },
    { code: 'TARGET_DOWN', beforeWork: false },
  ],
  'an answer that breaks off': [
    { reaches: false, ends: 'cut' },
    { code: 'TARGET_DOWN', beforeWork: false },
  ],
  'no answer in time': [
    { reaches: false, ends: 'silence' },
    { code: 'TIMEOUT', beforeWork: false },
  ],
  'a page of HTML with 200': [page(200), { code: 'TARGET_ANSWER_INVALID', beforeWork: false }],
  'HTML that calls itself JSON': [said(200, html), { code: 'TARGET_ANSWER_INVALID', beforeWork: false }],
  'JSON of another shape': [
    said(200, '{"hello":["world"]}'),
    { code: 'TARGET_ANSWER_INVALID', beforeWork: false } as never,
  ],
  'JSON null': [said(200, 'null'), { code: 'TARGET_ANSWER_INVALID', beforeWork: false }],
  'an empty answer': [said(200, ''), { code: 'TARGET_ANSWER_INVALID', beforeWork: false }],
  'JSON as plain text': [said(200, '{}', 'text/plain'), { code: 'TARGET_ANSWER_INVALID', beforeWork: false }],
  'eleven megabytes': [
    { reaches: false, ends: { status: 200, headers: { 'content-type': 'application/json' }, body: MANY_MB } },
    { code: 'TOO_LARGE' },
  ],
};

/** Short only where nothing is to come, so that a busy machine changes no meaning. */
const patience = (subject: ContractSubject, fault: Fault) => ({
  timeoutMs: fault.ends === 'silence' ? (subject.patienceMs ?? 300) : 20_000,
});

async function failure(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'it succeeded',
    (error: unknown) => error,
  );
}

/** What goes wrong on the way, and what the connector makes of it. */
export function faultSuite(subject: ContractSubject, stand: () => Stand): void {
  const renews = subject.connector.oauth !== undefined || subject.connector.signIn !== undefined;
  const reads = ([can.ordersGet, can.customersGet, can.productsGet] as readonly AnyCapability[]).filter((one) =>
    offers(subject, one),
  );
  const idOf = async (get: AnyCapability): Promise<string> => {
    const { goods, system, buyer, customer, door } = stand();
    const { sku = '' } = await goods(2500);
    if (get === can.ordersGet) return (await system.placeOrder({ lines: [{ sku, quantity: 1 }], buyer: buyer() })).id;
    if (get === can.customersGet) return (await customer()).id;
    return (await door.use(can.productsFind, { sku }))[0]?.source.id ?? '';
  };

  for (const [name, [fault, meaning]] of Object.entries(MEANINGS)) {
    test(`${name} is understood: a read may be tried again`, async () => {
      const { proxy, open } = stand();
      const slow = open(patience(subject, fault));
      for (const get of reads) {
        const id = await idOf(get);
        proxy.arm(fault);
        const error = await failure(slow.use(get, { id }));
        expect(error).toBeInstanceOf(RetryableError);
        expect(error).toMatchObject(meaning);
        await expect(slow.use(get, { id })).resolves.toMatchObject({ source: { id } });
      }
    });

    if (offers(subject, can.customersCreate))
      test(`${name} is understood: a write is never said to be refused`, async () => {
        const { proxy, open, buyer, call, isWrite } = stand();
        proxy.arm(fault, { when: isWrite });
        const customer = buyer();
        const error = await failure(open(patience(subject, fault)).use(can.customersCreate, { customer }, call()));
        expect(error).toBeInstanceOf(RetryableError);
        expect(error).toMatchObject(meaning);
      });
  }

  test('503 may be tried again, and is taken for harmless only when the system says when to come back', async () => {
    const { proxy, door } = stand();
    const [get] = reads;
    if (!get) return;
    const id = await idOf(get);
    proxy.arm(page(503));
    expect(await failure(door.use(get, { id }))).toMatchObject({ code: 'TARGET_DOWN', beforeWork: false });
    proxy.arm(page(503, { 'retry-after': '3' }));
    expect(await failure(door.use(get, { id }))).toMatchObject({ code: 'TARGET_DOWN', afterMs: 3000 });
  });

  test.each([400, 403, 404, 405, 409, 410, 422])(
    '%i ends the step in words, with what the system said',
    async (status) => {
      const { proxy, door } = stand();
      for (const get of reads) {
        const id = await idOf(get);
        proxy.arm(page(status));
        const error = await failure(door.use(get, { id }));
        expect(error).toBeInstanceOf(status === 409 ? Error : TerminalError);
        expect((error as FlowError).message).not.toBe('');
        expect((error as FlowError).details).toMatchObject({ status });
      }
    },
  );

  test('401 in mid-run renews the sign-in once where it can be renewed, else a person is asked', async () => {
    const { proxy, open, isSignIn } = stand();
    const [get] = reads;
    if (!get) return;
    const id = await idOf(get);
    const session = open();
    await session.use(get, { id });
    const own = (request: SeenRequest): boolean => !isSignIn(request);
    proxy.arm(page(401), { when: own });
    if (renews) {
      await expect(session.use(get, { id })).resolves.toBeDefined();
      expect(session.renewals()).toBe(1);
      proxy.arm(page(401), { when: own, times: 2 });
    }
    const error = await failure(session.use(get, { id }));
    expect(error).toBeInstanceOf(HoldError);
    expect(error).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
    expect(session.signInsNeeded()).toBe(1);
    await expect(session.use(get, { id })).resolves.toBeDefined();
  });

  if (renews)
    test('twenty requests that find the token spent renew it once between them', async () => {
      const { proxy, open } = stand();
      const [get] = reads;
      if (!get) return;
      const id = await idOf(get);
      const session = open();
      await session.use(get, { id });
      const spent = proxy.seen.at(-1)?.headers.authorization;
      expect(spent).toBeDefined();
      proxy.arm(page(401), { times: 1000, when: ({ headers }) => headers.authorization === spent });
      await Promise.all(Array.from({ length: 20 }, () => session.use(get, { id })));
      expect(session.renewals()).toBe(1);
      expect(proxy.seen.at(-1)?.headers.authorization).not.toBe(spent);
    });
}
