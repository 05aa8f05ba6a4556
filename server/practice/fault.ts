import { z } from 'zod';
import { type Dice, seededDice } from './random.ts';

const chance = z.number().min(0).max(1);

/** Probabilities of what happens to a request; their sum is at most 1. */
const FaultChances = z
  .strictObject({
    tooMany: chance.optional().describe('429 before any work'),
    unavailable: chance.optional().describe('503 before any work'),
    errorAfterCommit: chance.optional().describe('500 after the work was done and kept'),
    timeoutAfterCommit: chance.optional().describe('done and kept, but no answer until the client hangs up'),
    resetAfterCommit: chance.optional().describe('done and kept, then the connection is reset'),
    lateCommit: chance.optional().describe('504 at once, done and kept lateCommitMs later'),
  })
  .refine((chances) => Object.values(chances).reduce<number>((sum, p) => sum + (p ?? 0), 0) <= 1 + 1e-9, {
    message: 'the probabilities of one operation add up to more than 1',
  });
type FaultChances = z.infer<typeof FaultChances>;

export type FaultKind = keyof FaultChances;
const faultKinds = [
  'tooMany',
  'unavailable',
  'errorAfterCommit',
  'timeoutAfterCommit',
  'resetAfterCommit',
  'lateCommit',
] as const satisfies readonly FaultKind[];

/** The classes of operation a fault can be aimed at. */
const operationClasses = ['list', 'read', 'create', 'update', 'delete'] as const;
export type OperationClass = (typeof operationClasses)[number];

/** What webhooks suffer on their way. */
const WebhookFaults = z.strictObject({
  copies: z.int().min(1).max(100).default(1).describe('how often each delivery is sent'),
  copiesDeliveryId: z.enum(['same', 'new', 'mixed']).default('same').describe('delivery id of the extra copies'),
  lost: chance.default(0).describe('probability that a copy is never sent'),
  delayMs: z.int().min(0).max(600_000).default(0),
  shuffleMs: z.int().min(0).max(600_000).default(0).describe('every copy waits a random time up to this long'),
});

/** What goes wrong in a practice system; the empty object is a system in good health. */
export const Faults = z.strictObject({
  seed: z.int().min(0).max(0xffffffff).default(1),
  operations: z
    .record(z.string(), FaultChances)
    .default({})
    .describe('keys: "orders.create", "orders.*", "*.create" or "*"; the most exact one counts'),
  lateCommitMs: z.int().min(0).max(600_000).default(1000),
  lookupLagMs: z.int().min(0).max(600_000).default(0).describe('a created document is in no list for this long'),
  webhooks: WebhookFaults.default(WebhookFaults.parse({})),
});
export type Faults = z.infer<typeof Faults>;

/** Reads faults; throws a ZodError that names the field, also for an operation this system does not have. */
export function parseFaults(value: unknown, resources: readonly string[]): Faults {
  const faults = Faults.parse(value);
  const known = new Set(['*', ...operationClasses.map((c) => `*.${c}`)]);
  for (const r of resources) for (const c of ['*', ...operationClasses]) known.add(`${r}.${c}`);
  const unknown = Object.keys(faults.operations).find((key) => !known.has(key));
  if (unknown === undefined) return faults;
  throw new z.ZodError([
    {
      code: 'custom',
      path: ['operations', unknown],
      message: `no such operation; resources: ${resources.join(', ')}; classes: ${operationClasses.join(', ')}`,
      input: value,
    },
  ]);
}

/** The faults in force, with the dice that choose among them. */
export interface FaultBox {
  readonly faults: Faults;
  set(faults: Faults): void;
  /** What happens to this request; null for nothing. */
  draw(resource: string, operation: OperationClass): FaultKind | null;
  webhookDice(): number;
}

export function createFaultBox(): FaultBox {
  let faults = Faults.parse({});
  let requestDice: Dice = seededDice(faults.seed);
  let webhookDice: Dice = seededDice(faults.seed ^ 0x9e3779b9);
  return {
    get faults() {
      return faults;
    },
    set(next) {
      faults = next;
      requestDice = seededDice(next.seed);
      webhookDice = seededDice(next.seed ^ 0x9e3779b9);
    },
    draw(resource, operation) {
      const { operations } = faults;
      const chances =
        operations[`${resource}.${operation}`] ??
        operations[`${resource}.*`] ??
        operations[`*.${operation}`] ??
        operations['*'];
      if (chances === undefined) return null;
      let left = requestDice();
      for (const kind of faultKinds) {
        left -= chances[kind] ?? 0;
        if (left < 0) return kind;
      }
      return null;
    },
    webhookDice: () => webhookDice(),
  };
}
