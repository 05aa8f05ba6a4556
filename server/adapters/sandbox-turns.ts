import type { Logger } from 'pino';
import { bereave, createLane, type Lane, question, receive, send, setClocks } from './sandbox-lane.ts';
import type { Nursery } from './sandbox-nursery.ts';

/** Who has a process and who waits for one: at most one a tenant, taken by turns. */
export interface Turns {
  laneOf(tenant: number): Lane;
  /** There is work in the lane. */
  want(lane: Lane): void;
  readonly lanes: ReadonlyMap<number, Lane>;
  /** Gives up what has long had nothing to do; to be called now and then. */
  tend(): void;
}

interface TurnOptions {
  readonly nursery: Nursery;
  readonly processes: number;
  readonly idleMs: number;
  readonly log: Pick<Logger, 'warn'>;
}

/** Milliseconds a tenant may work on while another waits for a process. */
const TURN_MS = 250;

export function createTurns({ nursery, processes, idleMs, log }: TurnOptions): Turns {
  const lanes = new Map<number, Lane>();
  const waiting: Lane[] = [];
  const starting = new Set<Lane>();

  const holders = (): Lane[] => [...lanes.values()].filter((lane) => lane.process !== null);

  const give = async (lane: Lane): Promise<void> => {
    starting.add(lane);
    try {
      const { process, hear } = await nursery.take();
      hear({
        results: (results) => lane.process === process && receive(lane, results),
        ask: (asked) => lane.process === process && question(lane, asked),
        died: (why) => {
          if (lane.process !== process) return;
          if (why !== 'closed')
            log.warn({ tenant: lane.tenant, why, calls: lane.flying.size }, 'a sandbox process died');
          bereave(lane, why);
          if (lane.queue.length > 0) want(lane);
          serve();
        },
      });
      lane.process = process;
    } catch (error) {
      log.warn({ err: error }, 'the sandbox has no process');
      for (const ticket of lane.queue.clear()) ticket.died('crash', false);
    } finally {
      starting.delete(lane);
    }
    lane.since = performance.now();
    lane.usedAt = lane.since;
    send(lane);
    setClocks(lane);
  };

  const release = (lane: Lane): void => {
    const { process } = lane;
    lane.process = null;
    lane.draining = false;
    process?.rest();
    process?.kill('closed');
    if (lane.queue.length > 0) want(lane);
  };

  /** Gives a free place to who has waited longest. */
  const serve = (): void => {
    while (waiting.length > 0) {
      if (holders().length + starting.size < processes) {
        void give(waiting.shift() as Lane);
        continue;
      }
      const [idle] = holders()
        .filter((lane) => lane.flying.size === 0 && lane.queue.length === 0)
        .sort((one, other) => one.usedAt - other.usedAt);
      if (!idle) {
        askForRoom();
        return;
      }
      release(idle);
    }
  };

  /** As many as wait are told to finish what they have begun, those first that have had the longest turn. */
  const askForRoom = (): void => {
    const asked = holders().filter((lane) => lane.draining).length;
    const held = holders()
      .filter((lane) => !lane.draining && performance.now() - lane.since > TURN_MS)
      .sort((one, other) => one.since - other.since);
    for (const lane of held.slice(0, Math.max(0, waiting.length - asked))) {
      lane.draining = true;
      if (lane.flying.size === 0) release(lane);
    }
  };

  const want = (lane: Lane): void => {
    if (lane.process || starting.has(lane) || waiting.includes(lane)) return;
    waiting.push(lane);
    serve();
  };

  return {
    lanes,
    want,
    laneOf: (tenant) => {
      const known = lanes.get(tenant);
      if (known) return known;
      const lane = createLane(tenant, (drained) => {
        release(drained);
        serve();
      });
      lanes.set(tenant, lane);
      return lane;
    },
    tend: () => {
      const now = performance.now();
      for (const [tenant, lane] of lanes) {
        if (lane.flying.size > 0 || lane.queue.length > 0 || starting.has(lane)) continue;
        if (lane.process && now - lane.usedAt > idleMs) release(lane);
        if (!lane.process) lanes.delete(tenant);
      }
      serve();
    },
  };
}
