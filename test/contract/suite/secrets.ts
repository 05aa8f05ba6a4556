import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { FlowError } from '#runtime/error.ts';
import type { Fault, SeenRequest } from '../../support/fault-proxy.ts';
import type { ContractSubject } from '../subject.ts';
import { runThroughEngine } from './run.ts';
import { offers, type Stand } from './stand.ts';

/** The value as it is, in base64 at each of its three places, and as part of an address. */
function spellings(secret: string): string[] {
  const coded = [0, 1, 2].map((at) =>
    Buffer.concat([Buffer.alloc(at), Buffer.from(secret)])
      .toString('base64')
      .slice(at === 0 ? 0 : at + 1, -4),
  );
  return [secret, encodeURIComponent(secret), ...coded].filter((text) => text.length > 5);
}

function expectNone(text: string, secrets: Iterable<string>): void {
  for (const secret of secrets)
    for (const spelling of spellings(secret)) expect(text.includes(spelling), `${spelling} in ${text}`).toBe(false);
}

/** All an error says, its causes too. */
function wordsOf(error: unknown): string {
  const words: string[] = [];
  for (let at = error; at instanceof Error; at = at.cause) {
    words.push(at.message, at.stack ?? '', at instanceof FlowError ? JSON.stringify(at.details ?? {}) : '');
  }
  return words.join('\n');
}

/** Canaries: every secret the connection has, by value. */
export function secretSuite(subject: ContractSubject, stand: () => Stand): void {
  const faults: Readonly<Record<string, Fault>> = {
    'a refusal': {
      reaches: false,
      ends: { status: 400, headers: { 'content-type': 'application/json' }, body: '{"no":1}' },
    },
    'a broken line': { reaches: false, ends: 'reset' },
    '401': { reaches: false, ends: { status: 401, headers: {}, body: '' } },
    HTML: { reaches: false, ends: { status: 200, headers: { 'content-type': 'text/html' }, body: '<b>' } },
  };
  const get = [can.ordersGet, can.customersGet, can.productsGet].find((one) => offers(subject, one)) as AnyCapability;

  test('no error of the connector holds a secret', async () => {
    const { proxy, open } = stand();
    for (const fault of Object.values(faults)) {
      const session = open({ timeoutMs: 500 });
      proxy.arm(fault, { times: 3 });
      const error: unknown = await session.use(get, { id: '1' }).catch((cause: unknown) => cause);
      proxy.calm();
      expect(error).toBeInstanceOf(Error);
      expectNone(wordsOf(error) + session.notes.join(), session.secrets);
    }
  });

  test('nothing that a run leaves holds a secret, though the system echoes what it was sent', async () => {
    const { proxy, open, isSignIn } = stand();
    // the whole system, and one that lets us in first
    const echoes = subject.connector.signIn ? [() => true, (request: SeenRequest) => !isSignIn(request)] : [() => true];
    const cases = echoes.flatMap((struck) => [400, 500].map((status) => ({ struck, status })));
    for (const { struck, status } of cases) {
      const session = open();
      const credentials: string[] = [];
      const all = [...session.secrets].join(' ');
      const echo = JSON.stringify({
        code: all,
        message: all,
        data: { status, params: { [all]: all } },
        ErrorInformation: { Error: 1, Message: `${all} (${all})`, Code: 1 },
      });
      const ends = { status, headers: { 'content-type': 'application/json', 'retry-after': all }, body: echo };
      proxy.arm(
        { reaches: false, ends },
        {
          times: 100,
          when: (request) => struck(request) && credentials.push(request.headers.authorization ?? request.body) > 0,
        },
      );
      // nothing stands there, so that it fails too when the strikes are used up: a sign-in is tried for days
      const ran = await runThroughEngine(stand(), get, { id: '999999999' }, session);
      proxy.calm();
      expect(ran.status).toBe('failed');
      expect(credentials.length).toBeGreaterThan(0);
      expectNone(ran.log, session.secrets);
      expectNone(
        ran.log,
        credentials.map((text) => text.slice(text.indexOf(' ') + 1)),
      );
    }
  });

  test('credentials are sent in headers alone, never in an address', async () => {
    const { proxy, open, system } = stand();
    const session = open();
    await subject.connector.ping(session.session);
    const secrets = [...Object.values(system.secrets), ...session.secrets];
    for (const { url } of proxy.seen) expectNone(url, secrets);
  });
}
