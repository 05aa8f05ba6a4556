import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { isWrite } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { ContractSubject } from '../subject.ts';
import { offers, type Stand } from './stand.ts';

const capabilities: readonly AnyCapability[] = Object.values(can).filter(
  (value): value is AnyCapability => typeof value === 'object' && 'effect' in value,
);

const gets: readonly AnyCapability[] = [can.ordersGet, can.customersGet, can.productsGet, can.invoicesGet];
/** Ids that name nothing, or that would name another path if they were pasted into one. */
const ODD_IDS = ['999999999', '.', '..', 'a/b', '1?x=1', '%2e%2e', '../orders', 'åäö 🦞', '#'];

/** What a connector says of itself, and what it says of what is not there. */
export function offersSuite(subject: ContractSubject, stand: () => Stand): void {
  const { connector } = subject;
  const cannot = connector.cannot ?? {};

  test('every capability is offered, or a sentence in both languages says why not', () => {
    const names = capabilities.map(({ name }) => name);
    for (const name of Object.keys(cannot)) {
      // what is asked of one (`orders.set-status:invoiced`), what is never read or told (`orders.changed:paid`, `changes:price`)
      const [about = ''] = name.split(':');
      expect([...names, 'orders.changed', 'changes'], `${name} is no capability`).toContain(about);
    }
    for (const capability of capabilities) {
      const sentence = cannot[capability.name];
      expect([capability.name, sentence === undefined]).toEqual([capability.name, offers(subject, capability)]);
      if (sentence === undefined) continue;
      for (const text of [sentence.en, sentence.sv]) expect(text).toMatch(/^\p{Lu}.{15,300}\.$/u);
      expect(sentence.en).not.toBe(sentence.sv);
    }
  });

  test('every write has a class that holds, and every change a way to be noticed without a webhook', () => {
    for (const offer of connector.offers) {
      if (!isWrite(offer)) expect(offer.capability.effect).toBe('read');
      else if (offer.class === 'B')
        expect([typeof offer.lookup, (offer.settleMs ?? 0) > 0]).toEqual(['function', true]);
    }
    for (const { entity, poll, webhookTopics = [] } of connector.changes) {
      expect(poll, `changes of ${entity} are lost with their webhooks`).toBeDefined();
      if (poll) {
        expect(offers(subject, poll.capability)).toBe(true);
        expect(poll.overlapMs).toBeGreaterThan(0);
      }
      if (webhookTopics.length > 0) expect(connector.webhook).toBeDefined();
    }
  });

  test('the credentials are proven by whose account it is, and wrong ones hold the run for a person', async () => {
    const { door, open, system, proxy } = stand();
    expect((await connector.ping(door.session)).label).toMatch(subject.account ?? /\S/);
    const stranger = open({ secrets: system.wrongSecrets });
    const tries = [
      () => connector.ping(stranger.session),
      ...gets.filter((get) => offers(subject, get)).map((get) => () => stranger.use(get, { id: '1' })),
    ];
    for (const work of tries) {
      const error: unknown = await work().catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(HoldError);
      expect(error).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
    }
    expect(stranger.signInsNeeded()).toBe(connector.oauth ? 0 : tries.length);
    expect(proxy.seen.length).toBeGreaterThan(0);
  });

  for (const get of gets.filter((one) => offers(subject, one))) {
    test(`${get.name} of what is not there says so for good, whatever its id looks like`, async () => {
      for (const id of ODD_IDS) {
        const error: unknown = await stand()
          .door.use(get, { id })
          .catch((cause: unknown) => cause);
        expect(error, id).toBeInstanceOf(TerminalError);
        expect(['TARGET_NOT_FOUND', 'INPUT_INVALID', 'TARGET_REFUSED']).toContain((error as TerminalError).code);
      }
    });
  }

  for (const find of [can.productsFind, can.stockFind].filter((one) => offers(subject, one))) {
    test(`${find.name} finds nothing for a SKU that nobody has`, async () => {
      for (const sku of ['FINNS-INTE', '.', '..', 'a/b', 'åäö 🦞'])
        expect(await stand().door.use(find as AnyCapability, { sku }), sku).toEqual([]);
    });
  }

  if (offers(subject, can.customersFind))
    test('customers.find finds nobody by a key that nobody has, or says that it cannot search by it', async () => {
      const values = {
        number: ['99999999', '.', '..'],
        email: ['ingen@example.se'],
        organisationNumber: ['559999-9999'],
      };
      let searchable = 0;
      for (const by of can.CustomerKey.options)
        for (const value of values[by]) {
          const found: unknown = await stand()
            .door.use(can.customersFind, { by, value })
            .catch((cause: unknown) => cause);
          if (found instanceof Error) expect(found).toMatchObject({ code: 'UNSUPPORTED', field: 'by' });
          else expect(found, value).toEqual([]);
          if (!(found instanceof Error)) searchable++;
        }
      expect(searchable).toBeGreaterThan(0);
    });
}
