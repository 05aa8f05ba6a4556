import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFakeErp, type ErpFault, SETTLE_MS } from '#test/support/fake-erp.ts';
import { flowOf, type Part, partsArbitrary, shortHash, testCatalogOf } from '#test/support/flow-arbitrary.ts';
import { type Blow, createMemoryWorld, type MemoryRun, type MemoryWorld } from '#test/support/memory-ports.ts';
import { decide, type Progress } from './decide.ts';
import type { FlowDocument } from './flow.ts';
import { planOf } from './plan.ts';
import { emptyRun, evolve, fold, type RunState } from './state.ts';

const FAULTS: readonly (readonly ErpFault[])[] = [
  [],
  [],
  [],
  ['busy'],
  ['lost-before'],
  ['lost-after'],
  ['late'],
  ['bad-answer'],
  ['lost-before', 'lost-after'],
  ['busy', 'late', 'busy'],
];

interface Case {
  readonly parts: readonly Part[];
  readonly seed: number;
  readonly runs?: number;
  readonly trace?: FlowDocument['trace'];
  readonly watched?: boolean;
}

interface Ran {
  readonly world: MemoryWorld;
  readonly resends: Map<string, number>;
  readonly erp: ReturnType<typeof createFakeErp>;
}

const roll = (id: string, seed: number, sides: number): number =>
  Number.parseInt(shortHash(`${id}/${seed}`), 36) % sides;

/** A person who looks in the ERP and tells the truth. */
function honestPerson(erp: Ran['erp'], resends: Map<string, number>) {
  return (world: MemoryWorld, run: MemoryRun): boolean => {
    const held = world.events(run).findLast((event) => event.type === 'run.held');
    const reference = String(held?.type === 'run.held' ? held.failure.details?.['reference'] : '');
    const document = erp.documents.find((known) => known.reference === reference);
    const step = held?.type === 'run.held' ? held.step : undefined;
    if (document) world.resume(run, 'sent', step, document.id);
    else {
      resends.set(reference, (resends.get(reference) ?? 0) + 1);
      world.resume(run, 'resend', step);
    }
    return true;
  };
}

async function play(given: Case, blow?: (place: number) => Blow): Promise<Ran> {
  const erp = createFakeErp({
    faults: (id) => FAULTS[roll(id, given.seed, FAULTS.length)] ?? [],
    // of things written at once, which ones are done before another is refused is chance
    refuses: (id) => id.startsWith('alone') && roll(`${id}?`, given.seed, 15) === 0,
    lagMs: SETTLE_MS - 10_000,
  });
  const catalog = testCatalogOf(erp);
  const resends = new Map<string, number>();
  const world = createMemoryWorld({
    erp,
    catalog,
    ...(blow ? { blow } : {}),
    person: honestPerson(erp, resends),
    watched: () => given.watched ?? false,
    advanced: (at, run, state) => {
      if ((given.trace ?? 'all') === 'all' && run.claim === null) expect(shape(at.state(run))).toEqual(shape(state));
    },
  });
  const plan = planOf(flowOf(given.parts, given.trace), catalog);
  for (let index = 0; index < (given.runs ?? 1); index++)
    world.store({
      plan,
      trigger: 's0',
      record: { entity: 'order', connection: 'shop', id: '1042' },
      body: { number: 7 },
    });
  await world.drive();
  return { world, resends, erp };
}

/** What of a state the outcome of a run is. */
function shape(state: RunState): unknown {
  const steps = [...state.steps].map(([path, step]) => [path, step.status, step.output ?? null] as const);
  return JSON.parse(JSON.stringify([state.status, state.answer ?? null, steps.sort(([a], [b]) => (a < b ? -1 : 1))]));
}

function outcome({ world, erp }: Ran, whole: boolean): unknown {
  return {
    runs: world.runs.map((run) => [
      run.status,
      run.failure?.code ?? null,
      run.answer,
      whole ? shape(world.state(run)) : null,
    ]),
    documents: erp.documents.map((document) => document.reference).sort(),
  };
}

function assertExactlyOnce({ world, erp, resends }: Ran): void {
  const made = erp.documents.map((document) => document.reference);
  expect(new Set(made).size).toBe(made.length);
  for (const document of erp.documents.filter(({ class: kind }) => kind === 'C')) {
    const sent = erp.sends.filter((reference) => reference === document.reference).length;
    const busy = sent - 1 - (resends.get(document.reference) ?? 0);
    // an answer of "slow down" says that nothing was done, so that alone may be sent again by machine
    expect(busy).toBeLessThanOrEqual(2);
  }
  for (const run of world.runs) {
    const events = world.events(run);
    for (const [index, event] of events.entries())
      expect(event.seq).toBeGreaterThan(index === 0 ? -1 : (events[index - 1]?.seq ?? 0));
    const end = events.findIndex((event) => ['run.succeeded', 'run.failed', 'run.cancelled'].includes(event.type));
    expect(end).toBe(events.length - 1);
    const bit = emptyRun();
    for (const event of events) evolve(bit, event);
    expect(bit).toEqual(fold(events));
  }
}

function assertDecideAlike({ world }: Ran): void {
  for (const run of world.runs) {
    const state = emptyRun();
    const progress: Progress = [];
    for (const event of world.events(run)) {
      evolve(state, event);
      const told = decide(run.plan, run.trigger, state, event.at, progress);
      const alone = decide(run.plan, run.trigger, state, event.at);
      expect({ ...told, step: '' }).toEqual({ ...alone, step: '' });
    }
  }
}

const cases = fc.record({ parts: partsArbitrary(), seed: fc.integer({ min: 0, max: 1000 }) });

test('a run killed or robbed of its lease anywhere ends as one left alone, with every document once', async () => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.array(fc.tuple(fc.nat(60), fc.constantFrom<Blow>('kill', 'lease')), { minLength: 1, maxLength: 3 }),
      async (given, blows) => {
        const calm = await play(given);
        assertExactlyOnce(calm);
        assertDecideAlike(calm);
        const at = new Map(blows.map(([place, blow]) => [place % Math.max(1, calm.world.places), blow]));
        const hit = await play(given, (place) => at.get(place) ?? 'none');
        assertExactlyOnce(hit);
        expect(outcome(hit, true)).toEqual(outcome(calm, true));
      },
    ),
    { numRuns: 150 },
  );
}, 60_000);

test('death at every single place of a flow changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (given) => {
      const calm = await play(given);
      for (let place = 0; place < Math.min(calm.world.places, 80); place++) {
        for (const blow of ['kill', 'lease'] as const) {
          const hit = await play(given, (at) => (at === place ? blow : 'none'));
          assertExactlyOnce(hit);
          expect(outcome(hit, true)).toEqual(outcome(calm, true));
        }
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);

test('two runs of one record, cut anywhere, leave one document of each kind', async () => {
  await fc.assert(
    fc.asyncProperty(cases, fc.array(fc.nat(80), { maxLength: 4 }), async (given, deaths) => {
      const calm = await play(given);
      const hit = await play({ ...given, runs: 2 }, (place) => (deaths.includes(place) ? 'kill' : 'none'));
      assertExactlyOnce(hit);
      expect((outcome(hit, false) as { documents: string[] }).documents).toEqual(
        (outcome(calm, false) as { documents: string[] }).documents,
      );
    }),
    { numRuns: 80 },
  );
}, 60_000);

test('thin logs and watched runs lose and double nothing either', async () => {
  await fc.assert(
    fc.asyncProperty(
      cases,
      fc.constantFrom<FlowDocument['trace']>('failed', 'sampled'),
      fc.boolean(),
      fc.array(fc.nat(60), { maxLength: 3 }),
      async (given, trace, watched, deaths) => {
        const calm = await play(given);
        const hit = await play({ ...given, trace, watched }, (place) => (deaths.includes(place) ? 'kill' : 'none'));
        assertExactlyOnce(hit);
        expect(outcome(hit, false)).toEqual(outcome(calm, false));
      },
    ),
    { numRuns: 80 },
  );
}, 60_000);
