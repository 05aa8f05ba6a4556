import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { advance } from '#runtime/advance.ts';
import type { ClaimedRun, EnginePorts } from '#runtime/claim.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { CrossReference } from '#runtime/node.ts';
import type { Connections, Links, NewLink, Outcome, References } from '#runtime/ports.ts';
import type { GuestHouse } from '#runtime/sandbox.ts';
import { emptyRun } from '#runtime/state.ts';
import { within } from '../adapters/deadline.ts';

/** Cross-references of a headless run: those stored before, where there are any, and its own. */
export interface LinkBook extends Links {
  /** The target's id when the reference is linked already. */
  known(tenant: number, reference: string): Promise<string | null>;
  keep(tenant: number, run: string, links: readonly NewLink[]): Promise<void>;
}

/** A book that forgets, over one that need not; what is kept here never reaches the one beneath. */
export function createLinkBook(beneath?: Pick<LinkBook, 'find' | 'known'>): LinkBook {
  const own: NewLink[] = [];
  return {
    find: async (tenant, record) => {
      const mine = own
        .filter(({ source, target }) => {
          const isSource = source.connection === record.connection && source.id === record.id;
          return source.entity === record.entity && (isSource || isTarget(target, record));
        })
        .map(({ source, target }): CrossReference => ({ source, target }));
      return [...mine, ...((await beneath?.find(tenant, record)) ?? [])];
    },
    known: async (tenant, reference) =>
      own.find((link) => link.reference === reference)?.target.id ?? (await beneath?.known(tenant, reference)) ?? null,
    keep: async (_tenant, _run, links) => {
      own.push(...links);
    },
  };
}

const isTarget = (target: NewLink['target'], record: { connection: string; id: string }): boolean =>
  target.connection === record.connection && target.id === record.id;

export interface HeadlessRun extends Pick<ClaimedRun, 'tenant' | 'plan' | 'trigger' | 'record' | 'payload'> {
  readonly connections: Connections;
  readonly references: References;
  readonly links: LinkBook;
  readonly guests: GuestHouse;
  /** Milliseconds of retries and waits that are sat out; a longer one ends the run as waiting. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
  /** Called with each line of the log as it happens. */
  tell(event: RunEvent): void;
  /** Called when a write is about to leave, after the lines before it. */
  writing(write: { readonly step: string; readonly reference: string; readonly capability: string }): void;
}

/** Takes a run from its trigger to its end in memory, with the engine the server uses. Answers how it stopped. */
export async function runHeadless(run: HeadlessRun): Promise<Outcome> {
  const id = randomUUID();
  const started = Date.now();
  const claimed = { ...run, id, receivedAt: started, state: emptyRun() };
  let outcome: Outcome = { state: 'waiting', afterMs: 0 };
  const keep = async ({ events, links }: { events: readonly RunEvent[]; links: readonly NewLink[] }): Promise<void> => {
    if (links.length > 0) await run.links.keep(run.tenant, id, links);
    for (const event of events) run.tell(event);
  };
  const ports: EnginePorts = {
    clock: { now: () => Date.now() },
    references: run.references,
    connections: run.connections,
    links: run.links,
    guests: run.guests,
    within,
    // every line at once, as if somebody watched
    watched: () => true,
    signal: run.signal,
    journal: {
      // one run alone: nobody else writes
      reserve: async () => true,
      intent: async (write, commit) => {
        await keep(commit);
        const known = await run.links.known(run.tenant, write.reference);
        if (known === null) run.writing(write);
        return { known };
      },
      trace: keep,
      release: async (last, commit) => {
        await keep(commit);
        outcome = last;
      },
    },
  };
  for (let attempt = 1; ; attempt++) {
    await advance({ ...claimed, attempt }, ports);
    if (outcome.state !== 'waiting' || run.signal.aborted) return outcome;
    if (Date.now() - started + outcome.afterMs > run.patienceMs) return outcome;
    await pause(outcome.afterMs, undefined, { signal: run.signal }).catch(() => undefined);
  }
}
