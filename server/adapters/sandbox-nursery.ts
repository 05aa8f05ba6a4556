import type { Logger } from 'pino';
import type { ProcessEvents, SandboxProcess } from './sandbox-process.ts';
import { startSandboxProcess } from './sandbox-process.ts';
import { type Enclosure, enclosures, sandboxLack } from './sandbox-walls.ts';

/** A process that belongs to nobody yet; whoever takes it says who hears of it. */
interface Fledgling {
  readonly process: SandboxProcess;
  hear(events: ProcessEvents): void;
}

/** Starts sandbox processes, one ahead of need. */
export interface Nursery {
  /** A process of one's own; rejects where there can be none. */
  take(): Promise<Fledgling>;
  /** Lets the one kept ready go. */
  cool(): Promise<void>;
  readonly warm: boolean;
}

const DEAF: ProcessEvents = { results: () => undefined, ask: () => undefined, died: () => undefined };

export function createNursery(log: Pick<Logger, 'info' | 'warn'>, alive: Set<SandboxProcess>): Nursery {
  let enclosure: Enclosure | null = null;
  let spare: Promise<Fledgling> | null = null;

  const make = async (chosen: Enclosure, tryWalls: boolean): Promise<Fledgling> => {
    let listener = DEAF;
    const events: ProcessEvents = {
      results: (results) => listener.results(results),
      ask: (asked) => listener.ask(asked),
      died: (why) => {
        alive.delete(process);
        listener.died(why);
      },
    };
    const process = await startSandboxProcess(chosen, events, tryWalls);
    alive.add(process);
    return {
      process,
      hear: (own) => {
        listener = own;
      },
    };
  };

  /** The first is the proof of what this machine can do, and says so in one line. */
  const first = async (): Promise<Fledgling> => {
    const lack = sandboxLack();
    if (lack !== undefined) throw new Error(lack);
    let reason: unknown;
    for (const candidate of enclosures()) {
      try {
        const made = await make(candidate, true);
        enclosure = candidate;
        tellWalls(log, candidate, made.process);
        return made;
      } catch (error) {
        reason = error;
      }
    }
    throw new Error(`no sandbox process could be started: ${String(reason)}`);
  };

  const start = (): Promise<Fledgling> => {
    const starting = enclosure ? make(enclosure, false) : first();
    starting.catch(() => {
      if (spare === starting) spare = null;
    });
    return starting;
  };

  return {
    take: async () => {
      for (;;) {
        const ahead = spare;
        spare = null;
        // one that somebody killed before it was wanted says nothing of the next
        const fledgling = (await ahead?.catch(() => null)) ?? (await start());
        spare ??= start();
        if (fledgling.process.alive) return fledgling;
      }
    },
    cool: async () => {
      const last = spare;
      spare = null;
      (await last?.catch(() => null))?.process.kill('closed');
    },
    get warm() {
      return spare !== null;
    },
  };
}

function tellWalls(log: Pick<Logger, 'info' | 'warn'>, { title }: Enclosure, { walls, size }: SandboxProcess): void {
  const said = (closed: boolean | undefined): string => (closed ? 'closed' : 'OPEN');
  const watched = size() > 0 ? 'watched from outside' : 'NOT watched from outside on this platform';
  const line = `sandbox on: ${title}; file writing ${said(walls?.write)}, programs ${said(walls?.spawn)}, network ${said(walls?.network)}, memory and CPU ${watched}`;
  if (walls?.write && walls.spawn && walls.network && size() > 0) log.info({ uid: walls.uid }, line);
  else log.warn({ uid: walls?.uid }, line);
}
