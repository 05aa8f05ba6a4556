import { expect, test } from 'vitest';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { trytonFault, trytonFaultWithin, warningOf } from './fault.ts';

const within = (...error: unknown[]) =>
  trytonFaultWithin({ status: 200, headers: {}, body: { id: 1, error } as never });
const answered = (status: number, headers = {}) => trytonFault({ status, headers, body: '<!doctype html>' });

test('a refusal within 200 ends the step in Tryton’s words', () => {
  const fault = within('UserError', ['The number of digits exceeds the limit of "4".', 'Unit Price', null]);
  expect(fault).toBeInstanceOf(TerminalError);
  expect(fault).toMatchObject({
    code: 'TARGET_REFUSED',
    message: 'The number of digits exceeds the limit of "4". – Unit Price',
  });
  expect(warningOf(fault)).toBeUndefined();
});

test('a question within 200 carries the name by which it is answered', () => {
  const fault = within('UserWarning', ['shipments.no_carrier.7', 'The shipment has no carrier.', '']);
  expect(warningOf(fault)).toBe('shipments.no_carrier.7');
});

test('somebody else’s change at the same moment may be tried again at once, a fault of the server has an unknown outcome', () => {
  expect(within('ConcurrencyException', 'sale.sale,7')).toMatchObject({ code: 'TARGET_BUSY', beforeWork: true });
  const inside = within("'NoneType' object is not iterable", 'Traceback');
  expect(inside).toBeInstanceOf(RetryableError);
  expect(inside).toMatchObject({ code: 'TARGET_DOWN', beforeWork: false });
});

test('an answer with a result is no fault, and a login that asks for more is for a person', () => {
  expect(trytonFaultWithin({ status: 200, headers: {}, body: { id: 1, result: null } })).toBeUndefined();
  expect(trytonFaultWithin({ status: 200, headers: {}, body: '<html>' })).toBeUndefined();
  expect(within('LoginException', ['sms_code', 'SMS code', 'char'])).toBeInstanceOf(HoldError);
});

test('401 is a matter of signing in, 429 of failed logins, 403 and 404 are for good', () => {
  expect(answered(401)).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
  expect(answered(429, { 'retry-after': '5' })).toMatchObject({ code: 'TARGET_BUSY', beforeWork: true, afterMs: 5000 });
  for (const status of [403, 404]) expect(answered(status)).toBeInstanceOf(TerminalError);
  expect(answered(500)).toMatchObject({ code: 'TARGET_DOWN', beforeWork: false });
});
