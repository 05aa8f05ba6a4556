import { randomUUID } from 'node:crypto';
import type { BrowserContext, WebSocketRoute } from 'playwright-core';
import type { RunSummary } from '#runtime/protocol.ts';

const PER_SECOND = 200;
/** As often as the server sends what it has gathered. */
const SENDS_PER_SECOND = 10;

/** What the live line brings: statuses of runs, as if the server were busy, without its work on this machine. */
export interface Statuses {
  /** Until the returned function is called. */
  start(flow: string): () => void;
  readonly sent: () => number;
}

function runOf(flow: string, index: number): RunSummary {
  return {
    id: randomUUID(),
    flow,
    flowName: 'Tusen steg',
    version: 1,
    status: (['running', 'succeeded', 'waiting', 'failed'] as const)[index % 4] ?? 'running',
    entity: 'order',
    record: String(1000 + index),
    via: 'webhook',
    receivedAt: Date.now(),
    endedAt: null,
    attempt: 1,
    dueAt: null,
    hold: null,
    failure: null,
  };
}

/** Stands between the page and the server's live line, and adds to what it says. */
export async function joinLine(context: BrowserContext): Promise<Statuses> {
  const lines = new Set<WebSocketRoute>();
  await context.routeWebSocket(/\/socket\.io\//, (line) => {
    line.connectToServer();
    lines.add(line);
    line.onClose(() => lines.delete(line));
  });
  let sent = 0;
  return {
    start: (flow) => {
      const each = PER_SECOND / SENDS_PER_SECOND;
      const timer = setInterval(() => {
        const runs = Array.from({ length: each }, (_, index) => runOf(flow, sent + index));
        for (const line of lines) line.send(`42${JSON.stringify(['runs', { runs }])}`);
        if (lines.size > 0) sent += each;
      }, 1000 / SENDS_PER_SECOND);
      return () => clearInterval(timer);
    },
    sent: () => sent,
  };
}
