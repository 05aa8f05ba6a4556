import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BindingForm, type Operand, readBinding, writeBinding } from './binding-form.ts';
import { transforms } from './transform.ts';

const part = fc.oneof(
  fc.string({ minLength: 1, maxLength: 8 }),
  fc.nat({ max: 99 }),
  fc.constantFrom('order', 'e-mail'),
);
const path = fc
  .tuple(fc.stringMatching(/^[a-z][A-Za-z0-9_-]{0,8}$/), fc.array(part, { maxLength: 4 }))
  .filter(([head]) => !['true', 'false', 'null', 'steps'].includes(head))
  .map(([head, rest]) => ({ path: [head, ...rest] }));
const operand: fc.Arbitrary<Operand> = fc.oneof(
  path,
  fc.oneof(fc.string({ maxLength: 12 }), fc.integer(), fc.boolean(), fc.constant(null)).map((value) => ({ value })),
);
const form: fc.Arbitrary<BindingForm> = fc.record({
  subject: operand,
  pipes: fc.array(
    fc.constantFrom(...Object.entries(transforms)).chain(
      ([
        name,
        {
          args: [least, most],
        },
      ]) => fc.array(operand, { minLength: least, maxLength: Math.min(most, 5) }).map((args) => ({ name, args })),
    ),
    { maxLength: 4 },
  ),
});

test('a binding that is read and written again is the same binding', () => {
  fc.assert(
    fc.property(form, (binding) => {
      const text = writeBinding(binding);
      expect(readBinding(text)).toEqual(binding);
      // a config ends a binding at the first }}
      expect(text).not.toContain('}}');
    }),
  );
});

test('a binding is written as a person would write it', () => {
  expect(writeBinding(readBinding('order.lines[0]["unit price"]|round( 2 )|default("a \\"b\\"")'))).toBe(
    'order.lines[0]["unit price"] | round(2) | default("a \\"b\\"")',
  );
});
