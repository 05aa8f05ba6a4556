import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createContractJudge, missingContracts } from '../support/vendor-contract.ts';
import type { ContractSubject } from './subject.ts';
import { changeSuite } from './suite/changes.ts';
import { faultSuite } from './suite/faults.ts';
import { listSuite } from './suite/lists.ts';
import { moneySuite } from './suite/money.ts';
import { offersSuite } from './suite/offers.ts';
import { roundTripSuite } from './suite/round-trips.ts';
import { secretSuite } from './suite/secrets.ts';
import { openStand, type Stand } from './suite/stand.ts';
import { statusSuite } from './suite/statuses.ts';
import { writeSuite } from './suite/writes.ts';

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

    describe('says what it is', () => offersSuite(subject, stand));
    describe('keeps what it is given', () => roundTripSuite(subject, stand));
    describe('moves orders on', () => statusSuite(subject, stand));
    describe('keeps money', () => moneySuite(subject, stand));
    describe('understands what goes wrong', () => faultSuite(subject, stand));
    describe('writes once', () => writeSuite(subject, stand));
    describe('keeps secrets', () => secretSuite(subject, stand));
    describe('notices changes', () => changeSuite(subject, stand));
    describe('reads lists', () => listSuite(subject, stand));

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
