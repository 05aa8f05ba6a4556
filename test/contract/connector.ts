import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import { createContractJudge, missingContracts } from '../support/vendor-contract.ts';
import type { ContractSubject } from './subject.ts';
import { changeSuite } from './suite/changes.ts';
import { faultSuite } from './suite/faults.ts';
import { LISTS, listSuite } from './suite/lists.ts';
import { moneySuite } from './suite/money.ts';
import { offersSuite } from './suite/offers.ts';
import { roundTripSuite } from './suite/round-trips.ts';
import { secretSuite } from './suite/secrets.ts';
import { offers, openStand, type Stand } from './suite/stand.ts';
import { statusSuite } from './suite/statuses.ts';
import { writeSuite } from './suite/writes.ts';

const READS = [can.ordersGet, can.customersGet, can.productsGet];
const MAKINGS = [can.ordersCreate, can.customersCreate, can.productsCreate];

interface Part {
  readonly name: string;
  readonly suite: (subject: ContractSubject, stand: () => Stand) => void;
  /** One of these is enough for it to have something to try. */
  readonly needs: readonly AnyCapability[];
}

const PARTS: readonly Part[] = [
  { name: 'says what it is', suite: offersSuite, needs: [] },
  { name: 'keeps what it is given', suite: roundTripSuite, needs: MAKINGS },
  { name: 'moves orders on', suite: statusSuite, needs: [can.ordersSetStatus, can.ordersUpdate, can.invoicesCreate] },
  { name: 'keeps money', suite: moneySuite, needs: [can.ordersGet] },
  { name: 'understands what goes wrong', suite: faultSuite, needs: READS },
  { name: 'writes once', suite: writeSuite, needs: MAKINGS },
  { name: 'keeps secrets', suite: secretSuite, needs: READS },
  { name: 'notices changes', suite: changeSuite, needs: [can.ordersList, can.customersList, can.productsList] },
  { name: 'reads lists', suite: listSuite, needs: LISTS },
];

/** What every connector must keep; `subject` says how its system is started and what it has no place for. */
export function connectorContract(subject: ContractSubject): void {
  let open: Stand | undefined;
  const stand = (): Stand => {
    if (!open) throw new Error('the stand is not open yet');
    return open;
  };

  describe(`the ${subject.connector.title} connector`, () => {
    beforeAll(async () => {
      open = await openStand(subject);
    });
    afterEach(() => stand().proxy.calm());
    afterAll(() => open?.close());

    for (const { name, suite, needs } of PARTS)
      if (needs.length === 0 || needs.some((one) => offers(subject, one))) describe(name, () => suite(subject, stand));

    const { vendor } = subject;
    if (vendor === undefined) return;
    const missing = missingContracts();
    if (missing !== null) console.warn(missing);
    test.runIf(missing === null)('every call it made fits the vendor’s own description', () => {
      const judge = createContractJudge();
      const violations = new Set(
        stand()
          .calls()
          .flatMap((call) => judge({ vendor, ...call })),
      );
      expect([...violations]).toEqual([]);
    });
  });
}
