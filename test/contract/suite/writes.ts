import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { AnyCapability, Entity } from '#runtime/capability.ts';
import { isWrite, offerOf } from '#runtime/connector.ts';
import type { Fault } from '../../support/fault-proxy.ts';
import type { ContractSubject } from '../subject.ts';
import { draftOf } from './draft.ts';
import { runThroughEngine } from './run.ts';
import { CONNECTION, offers, type Stand } from './stand.ts';

const answer = (status: number, headers: Readonly<Record<string, string>> = {}): Fault['ends'] => ({
  status,
  headers: { 'content-type': 'text/plain', ...headers },
  body: 'no',
});

const STRIKES: Readonly<Record<string, Fault>> = {
  '500 before it is done': { reaches: false, ends: answer(500) },
  '500 after it is done': { reaches: true, ends: answer(500) },
  '504 after it is done': { reaches: true, ends: answer(504) },
  '429 before it is done': { reaches: false, ends: answer(429, { 'retry-after': '2' }) },
  '503 after it is done': { reaches: true, ends: answer(503) },
  'a broken line before it is done': { reaches: false, ends: 'reset' },
  'a broken line after it is done': { reaches: true, ends: 'reset' },
  'half an answer after it is done': { reaches: true, ends: 'cut' },
  'no answer after it is done': { reaches: true, ends: 'silence' },
  'a page of HTML after it is done': {
    reaches: true,
    ends: { status: 200, headers: { 'content-type': 'text/html' }, body: '<h1>' },
  },
  'JSON of another shape after it is done': {
    reaches: true,
    ends: { status: 200, headers: { 'content-type': 'application/json' }, body: '{"ok":true}' },
  },
};

interface Making {
  readonly capability: AnyCapability;
  readonly entity: Entity;
  input(stand: Stand): Promise<{ readonly input: unknown; readonly of: string }>;
}

async function placed(stand: Stand): Promise<string> {
  const { sku = '' } = await stand.goods(2500);
  return (await stand.system.placeOrder({ lines: [{ sku, quantity: 1 }], buyer: stand.buyer() })).id;
}

const MAKINGS: readonly Making[] = [
  {
    capability: can.ordersCreate,
    entity: 'order',
    input: async (stand) => ({
      input: await draftOf(stand, { lines: [{ rate: 2500, quantity: '2', price: '99.5' }], freight: '49' }),
      of: '',
    }),
  },
  {
    capability: can.customersCreate,
    entity: 'customer',
    input: async (stand) => ({ input: { customer: stand.buyer() }, of: '' }),
  },
  {
    capability: can.productsCreate,
    entity: 'product',
    input: async (stand) => ({ input: { product: stand.product() }, of: '' }),
  },
  {
    capability: can.ordersAddNote,
    entity: 'note',
    async input(stand) {
      const id = await placed(stand);
      const text = `Skickad med “båt” & tåg 🚂 ${stand.unique('n')}`;
      return { input: { order: { connection: CONNECTION, id }, text, toCustomer: false, revision: '1' }, of: id };
    },
  },
  {
    capability: can.invoicesCreate,
    entity: 'invoice',
    async input(stand) {
      const id = await placed(stand);
      return { input: { order: { connection: CONNECTION, id } }, of: id };
    },
  },
];

/** Whatever becomes of a request or its answer, the system holds the document once in the end, and the run ends well. */
export function writeSuite(subject: ContractSubject, stand: () => Stand): void {
  for (const { capability, entity, input } of MAKINGS.filter((one) => offers(subject, one.capability))) {
    const offer = offerOf(subject.connector, capability.name);
    if (!offer || !isWrite(offer) || offer.class === 'C') continue;
    const many = async (of: string): Promise<number> => {
      const count = stand().system.count[entity];
      if (!count) throw new Error(`the subject cannot count its ${entity} records`);
      return count(of);
    };

    test(`${capability.name} makes one document, whatever happens to any of its requests`, async () => {
      const { proxy, open, isWrite } = stand();
      const clean = await input(stand());
      proxy.calm();
      const first = await runThroughEngine(stand(), capability, clean.input, open());
      expect(first.status, first.log).toBe('succeeded');
      const requests = proxy.seen.filter(isWrite).length;
      expect(requests).toBeGreaterThan(0);
      for (const [name, fault] of Object.entries(STRIKES)) {
        for (let skip = 0; skip < requests; skip++) {
          const made = await input(stand());
          const before = await many(made.of);
          const struck = proxy.arm(fault, { when: isWrite, skip });
          const ran = await runThroughEngine(
            stand(),
            capability,
            made.input,
            open({ timeoutMs: fault.ends === 'silence' ? (subject.patienceMs ?? 400) : 20_000 }),
          );
          const told = `${name}, request ${skip + 1}: ${ran.hold} ${ran.log}`;
          expect(struck(), told).toBe(1);
          expect([ran.status, ran.hold], told).toEqual(['succeeded', null]);
          expect((await many(made.of)) - before, told).toBe(1);
        }
      }
    });

    test(`${capability.name} makes one document when its answer is lost and looking for it fails at first`, async () => {
      const { proxy, open, isRead, isWrite } = stand();
      const made = await input(stand());
      const before = await many(made.of);
      proxy.arm({ reaches: true, ends: 'reset' }, { when: isWrite });
      proxy.arm({ reaches: false, ends: answer(500) }, { when: isRead, times: 1 });
      const ran = await runThroughEngine(stand(), capability, made.input, open());
      proxy.calm();
      expect([ran.status, ran.hold], ran.log).toEqual(['succeeded', null]);
      expect((await many(made.of)) - before).toBe(1);
    });

    test(`${capability.name} refused by the system ends the run with its words and makes nothing`, async () => {
      const { proxy, open, isWrite } = stand();
      const made = await input(stand());
      const before = await many(made.of);
      for (const status of [400, 409, 422]) {
        proxy.arm({ reaches: false, ends: answer(status) }, { when: isWrite, times: 10 });
        const ran = await runThroughEngine(stand(), capability, made.input, open());
        proxy.calm();
        expect(ran.status, ran.log).toBe('failed');
        expect(ran.log).toContain(String(status));
      }
      expect((await many(made.of)) - before).toBe(0);
    });

    if (offer.class === 'B')
      test(`${capability.name} is not looked up as made by a reference of another record`, async () => {
        const { door, call } = stand();
        const made = await input(stand());
        const wanted = call();
        expect(await door.lookUp(capability, made.input, wanted)).toBeNull();
        const written = await door.use(capability, made.input, wanted);
        expect(await door.lookUp(capability, made.input, wanted)).toMatchObject({ id: (written as { id: string }).id });
      });
  }
}
