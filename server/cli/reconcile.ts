import { setTimeout as pause } from 'node:timers/promises';
import { z } from 'zod';
import type { Finding, FindingList } from '#runtime/protocol.ts';
import { actingAs } from '../adapters/acting.ts';
import { createFindingStore, type FindingStore } from '../adapters/pg-findings.ts';
import { createPools, type Pools } from '../adapters/pg-pool.ts';
import { type Command, CommandError, shellActor, type Typed } from './command.ts';
import { withDatabase } from './database.ts';
import { tableLines } from './table.ts';

const LOOK_MS = 500;

export const reconcile: Command = {
  usage: '[FLOW…] [--tenant N] [--hours N] [--list] [--seconds N]',
  summary: 'Goes through what webhooks and polls should have brought, now, and lists what was found.',
  help: `
  FLOW…        ids of flows; all that are live unless told
  --tenant N   only this customer's
  --hours N    how far to look back this once, in place of RECONCILE_HOURS
  --list       begins nothing: only lists what is open or was repaired
  --seconds N  how long to wait for the passes to end; 600 unless told, 0: not at all

A Weft that is running does the work; without one the passes begin when it starts. A change that was missed becomes a run; a document
that is doubled, missing, without its reference or unlike its record is listed for a person.
The last line is one JSON object: started, running, repaired, open. Exit code 1 when something is open or a pass did not end.`,
  options: {
    tenant: { type: 'string' },
    hours: { type: 'string' },
    list: { type: 'boolean' },
    seconds: { type: 'string' },
  },
  words: [0, 100],
  run: async (typed, terminal) => {
    const wanted = readWanted(typed);
    return withDatabase(terminal, {}, async ({ database }) => {
      const pools = createPools(database, () => undefined, 2);
      try {
        const store = createFindingStore(pools.app);
        const flows = await flowsOf(pools, wanted);
        const before = await passesOf(store, flows);
        let started = 0;
        if (!wanted.list)
          for (const { tenant, flow } of flows)
            started += await actingAs(shellActor(), () => store.start(tenant, { flow, hours: wanted.hours }));
        const answers = await ended(store, flows, before, started === 0 ? 0 : wanted.seconds);
        const findings = answers.flatMap((answer) => answer.findings).filter(isTold);
        for (const line of tableLines(findings.map(lineOf))) terminal.out(line);
        const count = (state: Finding['state']): number => findings.filter((one) => one.state === state).length;
        const running = answers
          .flatMap((answer) => answer.passes)
          .filter((one) => isGoing(one, before, started)).length;
        terminal.out(JSON.stringify({ started, running, repaired: count('repaired'), open: count('open') }));
        return count('open') > 0 || (running > 0 && wanted.seconds > 0) ? 1 : 0;
      } finally {
        await pools.end();
      }
    });
  },
};

interface Wanted {
  readonly flows: readonly string[];
  readonly tenant: number | undefined;
  readonly hours: number | undefined;
  readonly list: boolean;
  readonly seconds: number;
}

function readWanted(typed: Typed): Wanted {
  const wrong = typed.words.find((word) => !z.uuid().safeParse(word).success);
  if (wrong !== undefined) throw new CommandError(`"${wrong}" is no id of a flow`);
  return {
    flows: typed.words,
    tenant: typed.number('tenant', 1),
    hours: typed.number('hours', 1),
    list: typed.has('list'),
    seconds: typed.number('seconds', 0) ?? 600,
  };
}

interface FlowOf {
  readonly tenant: number;
  readonly flow: string;
}

async function flowsOf(pools: Pools, { flows, tenant }: Wanted): Promise<FlowOf[]> {
  const { rows } = await pools.engine.query<FlowOf>(
    `select f.tenant_id as tenant, f.id as flow from flow f
      where f.state = 'live' and (cardinality($1::uuid[]) = 0 or f.id = any($1::uuid[])) and ($2::int is null or f.tenant_id = $2) order by 1, 2`,
    [flows, tenant ?? null],
  );
  const unknown = flows.find((flow) => !rows.some((row) => row.flow === flow.toLowerCase()));
  if (unknown !== undefined) throw new CommandError(`there is no live flow ${unknown}`);
  return rows;
}

type Pass = FindingList['passes'][number];
/** When each trigger's last whole pass ended. */
type Ends = ReadonlyMap<string, number>;

const keyOf = (pass: Pass): string => `${pass.flow}/${pass.trigger}`;
const answersOf = (store: FindingStore, flows: readonly FlowOf[]): Promise<FindingList[]> =>
  Promise.all(flows.map(({ tenant, flow }) => store.list(tenant, { flow, limit: 500 })));

async function passesOf(store: FindingStore, flows: readonly FlowOf[]): Promise<Ends> {
  const passes = (await answersOf(store, flows)).flatMap((answer) => answer.passes);
  return new Map(passes.map((pass) => [keyOf(pass), pass.endedAt ?? 0]));
}

/** A pass that was begun and has not ended. */
function isGoing(pass: Pass, before: Ends, started: number): boolean {
  return started > 0 && (pass.endedAt ?? 0) <= (before.get(keyOf(pass)) ?? 0);
}

async function ended(
  store: FindingStore,
  flows: readonly FlowOf[],
  before: Ends,
  seconds: number,
): Promise<FindingList[]> {
  const until = performance.now() + seconds * 1000;
  for (;;) {
    const answers = await answersOf(store, flows);
    const going = answers.flatMap((answer) => answer.passes).some((pass) => isGoing(pass, before, 1));
    if (!going || performance.now() >= until) return answers;
    await pause(LOOK_MS);
  }
}

const isTold = (finding: Finding): boolean => finding.state === 'open' || finding.state === 'repaired';

function lineOf({ state, kind, entity, record, documents, detail, foundAt }: Finding): string[] {
  const told = [documents.join(', '), detail].filter((text) => text !== '').join('  ');
  return [new Date(foundAt).toISOString(), state, kind, `${entity} ${record ?? '-'}`, told];
}
